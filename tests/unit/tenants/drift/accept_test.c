#include "drift_kit.h"

static struct drift_seen see(struct drift_shape *s, const char *json, unsigned times)
{
    const struct doc *d = NULL;
    struct drift_seen seen = {0};

    CHECK_OK(doc_parse(test_scope(), str_of(json), &d));
    for (unsigned i = 0; i < times; i++)
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    return seen;
}

/* Judges until something is told, at most twenty times. */
static struct drift_deviation until(struct drift_shape *s, const char *json)
{
    struct drift_seen seen = {0};

    for (unsigned i = 0; i < 20 && !seen.n; i++)
        seen = see(s, json, 1);
    CHECK(seen.n == 1 && seen.v[0].opened);
    return seen.n ? seen.v[0] : (struct drift_deviation){.path = "", .got = "", .expected = ""};
}

static struct drift_shape *usual(const char *json)
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);

    CHECK(see(s, json, DRIFT_LEARN).learning);
    CHECK(!see(s, json, 100).n);
    return s;
}

#define USUAL "{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}"

static void check_accepted(const char *changed, const char *path, enum drift_what what)
{
    struct drift_shape *s = usual(USUAL);
    struct drift_deviation d = until(s, changed);
    struct drift_seen seen;

    CHECK_STR(d.path, path);
    CHECK_STR(drift_what_name(d.what), drift_what_name(what));
    seen = see(s, changed, 1);
    CHECK(seen.n == 1 && !seen.v[0].opened); /* until somebody has said so */
    CHECK(drift_accept(s, path, what));
    CHECK(!drift_accept(s, path, what));
    CHECK_INT(see(s, changed, 300).n, 0);
}

TEST(a_deviation_is_told_of_every_payload_until_it_is_accepted)
{
    check_accepted("{\"held_by\":{\"kind\":1},\"state\":\"paid\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}",
                   "held_by", DRIFT_TYPE);
    check_accepted("{\"held_by\":\"location\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}", "state", DRIFT_MISSING);
    check_accepted("{\"held_by\":\"location\",\"state\":\"captured\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}",
                   "state", DRIFT_VALUE);
    check_accepted("{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500000,\"at\":\"2026-11-23T10:00:00Z\"}",
                   "weight", DRIFT_UNIT);
    check_accepted("{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500,\"at\":\"2026-11-23\"}", "at",
                   DRIFT_FORMAT);
}

TEST(null_where_there_was_something_is_a_field_that_is_missing)
{
    struct drift_shape *s = usual(USUAL);

    CHECK_STR(
        drift_what_name(
            until(s, "{\"held_by\":null,\"state\":\"paid\",\"weight\":5e2,\"at\":\"2026-11-23T10:00:00Z\"}").what),
        "missing");
}

TEST(a_new_field_is_told_once_and_passes)
{
    const char *more =
        "{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\",\"vip\":true}";
    struct drift_shape *s = usual(USUAL);
    struct drift_deviation d = until(s, more);

    CHECK_STR(d.path, "vip");
    CHECK_INT(d.what, DRIFT_NEW);
    CHECK_INT(d.action, DRIFT_PASS);
    CHECK_INT(see(s, more, 200).n, 0);
}

TEST(what_a_mapping_reads_is_told_of_one_payload_and_held)
{
    static const char *const reads[] = {"held_by.kind", "weight"};
    struct drift_shape *s = usual(USUAL);
    struct drift_seen seen;

    drift_shape_bear(s, reads, 2);
    seen = see(s, "{\"held_by\":\"location\",\"state\":7,\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}", 1);
    CHECK_INT(seen.n, 0); /* nobody reads it: the next one decides */
    seen = see(s, "{\"held_by\":{\"kind\":1},\"state\":\"paid\",\"weight\":500,\"at\":\"2026-11-23T10:00:00Z\"}", 1);
    CHECK_INT(seen.n, 1);
    CHECK(seen.v[0].bearing && seen.v[0].opened);
    CHECK_INT(seen.action, DRIFT_HOLD);
    CHECK_STR(seen.v[0].expected, "a word");
    CHECK_STR(seen.v[0].got, "an object");
}

TEST(the_policy_says_what_becomes_of_a_payload)
{
    struct drift_policy strict = drift_policy_usual;
    struct drift_shape *s = usual(USUAL);
    const struct doc *d = NULL;
    struct drift_seen seen;

    strict.other[DRIFT_TYPE] = DRIFT_FAIL;
    CHECK_OK(doc_parse(test_scope(),
                       STR("{\"held_by\":[1],\"state\":\"paid\",\"weight\":500,"
                           "\"at\":\"2026-11-23T10:00:00Z\"}"),
                       &d));
    for (unsigned i = 0; i < 3; i++)
        drift_see(test_scope()->arena, s, d, &strict, &seen);
    CHECK_STR(drift_action_name(seen.action), "fail");
}
