#include "x12_kit.h"

TEST(no_two_places_side_by_side_have_the_same_id)
{
    const char *set;

    for (size_t i = 0; x12_set_text(i, &set); i++) {
        const struct x12_structure *st = x12_structure_of(test_scope()->arena, str_of(set));

        for (uint32_t r = 0; r < st->n; r++)
            for (uint32_t next = st->rules[r].end; next < st->n && st->rules[next].level >= st->rules[r].level;
                 next = st->rules[next].end)
                if (st->rules[next].level == st->rules[r].level && strcmp(st->rules[next].id, st->rules[r].id) == 0)
                    test_failed(__FILE__, __LINE__, "%s has %s twice side by side", set, st->rules[r].id);
    }
}

TEST(there_are_structures_of_twelve_sets)
{
    static const char *const sets[] = {"850", "855", "856", "810", "846", "860",
                                       "940", "943", "944", "945", "820", "997"};
    const char *set;

    for (size_t i = 0; i < 12; i++)
        CHECK(x12_structure_of(test_scope()->arena, str_of(sets[i])));
    CHECK(!x12_set_text(12, &set));
    CHECK(!x12_structure_of(test_scope()->arena, STR("832")));
}

TEST(segments_are_sorted_and_their_words_can_be_read)
{
    for (size_t i = 0; i < x12_segment_count; i++) {
        const struct x12_definition *d = &x12_segments[i];

        CHECK(i == 0 || strcmp(d[-1].id, d->id) < 0);
        CHECK_STR(x12_elements_of(str_of(d->id)), d->elements);
        for (const char *p = d->elements; *p && *p != '|'; p++)
            CHECK(strchr("AINRDTCM0123456789- .", *p));
        for (const char *p = strchr(d->elements, '|'); p && *++p;)
            CHECK(strchr("PRECL0123456789 ", *p));
    }
    CHECK(!x12_elements_of(STR("QQQ")));
}

/* Every segment that a structure may hold is known by its id alone. */
TEST(a_segment_of_any_set_is_known)
{
    CHECK(x12_segment_known(STR("PO1")) && x12_segment_known(STR("LFH")) && x12_segment_known(STR("BNX")));
    CHECK(!x12_segment_known(STR("P")) && !x12_segment_known(STR("QQQ")) && !x12_segment_known(STR("O1")));
    CHECK(!x12_segment_known(STR("PO")) && !x12_segment_known(STR("LONG")));
}
