#include "maps_kit.h"

#define BASE                                                                                                           \
    "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"a\",\"expr\":\"1\"}],\"rules\":[{\"to\":\"/number\",\"expr\":"     \
    "\"name\"},{\"to\":\"/currency\",\"constant\":\"USD\"},{\"to\":\"/email\",\"expr\":\"email\"}]}"

static const struct doc *doc_of(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

/* The document, and behind it the conflicts. */
static const char *merged(const char *theirs, const char *ours, const struct maps_choice *choices, size_t n)
{
    struct maps_merge in = {doc_of(BASE), doc_of(theirs), doc_of(ours), choices, n};
    struct maps_merged out;
    struct buf b;

    CHECK_OK(maps_merge(test_scope(), &in, &out));
    buf_init(&b, test_scope()->arena, 8192);
    buf_add(&b, out.document.p, out.document.n);
    for (size_t i = 0; i < out.conflict_count; i++)
        buf_f(&b, " %s %s", out.conflicts[i].part, out.conflicts[i].name);
    return buf_cstr(&b);
}

TEST(what_one_side_alone_changed_is_taken)
{
    CHECK_STR(merged("{\"format\":\"mapping/1\",\"let\":[{\"name\":\"z\",\"expr\":\"0\"},{\"name\":\"a\",\"expr\":"
                     "\"$z\"}],\"rules\":[{\"to\":\"/number\",\"expr\":\"number\"},{\"to\":\"/currency\",\"constant\":"
                     "\"USD\"},{\"to\":\"/note\",\"expr\":\"note\"}]}",
                     "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"a\",\"expr\":\"1\"}],\"rules\":[{\"to\":"
                     "\"/number\",\"expr\":\"name\"},{\"to\":\"/currency\",\"constant\":\"EUR\"},{\"to\":\"/email\","
                     "\"expr\":\"email\"},{\"to\":\"/phone\",\"expr\":\"phone\"}]}",
                     NULL, 0),
              "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"z\",\"expr\":\"0\"},{\"name\":\"a\",\"expr\":\"$z\"}],"
              "\"rules\":[{\"to\":\"/number\",\"expr\":\"number\"},{\"to\":\"/currency\",\"constant\":\"EUR\"},"
              "{\"to\":\"/note\",\"expr\":\"note\"},{\"to\":\"/phone\",\"expr\":\"phone\"}]}");
}

#define THEIRS                                                                                                         \
    "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"a\",\"expr\":\"2\"}],\"rules\":[{\"to\":\"/number\",\"expr\":"     \
    "\"number\"},{\"to\":\"/currency\",\"constant\":\"CHF\"}]}"
#define OURS                                                                                                           \
    "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"a\",\"expr\":\"3\"}],\"rules\":[{\"to\":\"/currency\","            \
    "\"constant\":\"EUR\"},{\"to\":\"/email\",\"expr\":\"contact\"}]}"

TEST(what_both_changed_is_a_conflict_and_ours_stands_until_somebody_chooses)
{
    CHECK_STR(merged(THEIRS, OURS, NULL, 0), OURS " let a rule /currency rule /email rule /number");
}

TEST(a_choice_settles_its_conflict_alone)
{
    struct maps_choice choices[] = {{"let", "a", MAPS_THEIRS},
                                    {"rule", "/currency", MAPS_BASE},
                                    {"rule", "/email", MAPS_THEIRS},
                                    {"rule", "/number", MAPS_THEIRS}};

    CHECK_STR(merged(THEIRS, OURS, choices, 4),
              "{\"format\":\"mapping/1\",\"let\":[{\"name\":\"a\",\"expr\":\"2\"}],\"rules\":[{\"to\":\"/number\","
              "\"expr\":\"number\"},{\"to\":\"/currency\",\"constant\":\"USD\"}]}");
    CHECK_STR(merged(THEIRS, OURS, choices, 3) + strlen(merged(THEIRS, OURS, choices, 3)) - 13, " rule /number");
}

TEST(the_same_change_on_both_sides_is_none)
{
    CHECK_STR(merged(OURS, OURS, NULL, 0), OURS);
}

TEST(what_becomes_of_two_full_documents_is_told_or_refused)
{
    struct scope *sc = test_scope();
    struct maps_merged out;
    struct maps_merge in;
    struct buf b[2];

    for (int side = 0; side < 2; side++) {
        buf_init(&b[side], sc->arena, 1 << 16);
        buf_s(&b[side], "{\"format\":\"mapping/1\",\"rules\":[0");
        for (int i = 1; i < MAPPING_RULES_MAX; i++)
            buf_f(&b[side], ",{\"to\":\"/%d-%d\"}", side, i);
        buf_s(&b[side], "]}");
    }
    in = (struct maps_merge){doc_of(BASE), doc_of(buf_cstr(&b[0])), doc_of(buf_cstr(&b[1])), NULL, 0};
    CHECK_ERR(maps_merge(sc, &in, &out), ERR_INVALID); /* 799 rules */
    scope_clear(sc);
    in.ours = in.base;
    CHECK_OK(maps_merge(sc, &in, &out));
    CHECK_INT(out.taken.n, 3 + 1 + MAPPING_RULES_MAX); /* ours had three rules and a value */
}
