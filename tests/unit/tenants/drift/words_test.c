#include "drift_kit.h"

/* What is written of a shape after 300 payloads, each with the field and a value of so many. */
static const char *kept(const char *name, const char *value, unsigned values)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct buf b;

    for (unsigned i = 0; i < 300; i++) {
        const struct doc *d = NULL;
        struct drift_seen seen;
        char *json = arena_f(test_scope()->arena, "{\"%s\":\"%s%u\"}", name, value, i % values);

        CHECK_OK(doc_parse(test_scope(), str_of(json), &d));
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    }
    buf_init(&b, test_scope()->arena, DRIFT_STORED_MAX);
    drift_shape_write(test_scope()->arena, &b, s);
    return buf_cstr(&b);
}

TEST(words_are_kept_only_where_they_are_few_and_nobodys)
{
    CHECK(strstr(kept("state", "paid_", 4), "paid_2\""));
    CHECK(!strstr(kept("first_name", "Ada_", 4), "Ada_"));
    CHECK(!strstr(kept("email", "ada_", 4), "ada_"));
    CHECK(!strstr(kept("state", "to be paid ", 4), "to be"));
    CHECK(!strstr(kept("state", "ada@example.co", 4), "example"));
    CHECK(!strstr(kept("state", "555-0100 555-0100 ", 2), "555"));
    CHECK(!strstr(kept("state", "x_0123456789012345678901234567890123456789012345678901234567890123456789", 2), "x_0"));
}

TEST(what_has_many_values_is_no_list_of_words)
{
    CHECK(strstr(kept("state", "word_", 26), "word_1\""));
    CHECK(!strstr(kept("state", "word_", 60), "word_1\""));
}
