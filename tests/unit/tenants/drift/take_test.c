#include "drift/drift_int.h"
#include "drift_kit.h"

/* Two copies of one shape, learnt from at once: what one has seen since they were alike, for the other. */

#define USUAL "{\"id\":1,\"state\":\"paid\",\"weight\":500}"

static struct drift_shape *fresh(void)
{
    return drift_shape_new(test_scope()->arena);
}

static struct drift_seen see(struct drift_shape *s, const char *text, unsigned times)
{
    struct drift_seen seen = {0};
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    for (unsigned i = 0; i < times; i++)
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    return seen;
}

static struct drift_shape *copied(const struct drift_shape *s)
{
    struct drift_shape *out = NULL;
    struct buf b;

    buf_init(&b, test_scope()->arena, DRIFT_STORED_MAX);
    drift_shape_write(test_scope()->arena, &b, s);
    CHECK_OK(drift_shape_parse(test_scope(), test_scope()->arena, buf_str(&b), &out));
    return out;
}

static const char *written(const struct drift_shape *s)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, DRIFT_STORED_MAX);
    drift_shape_write(test_scope()->arena, &b, s);
    return buf_cstr(&b);
}

TEST(nothing_seen_since_adds_nothing)
{
    struct drift_shape *a = fresh(), *b;
    const char *before;

    see(a, USUAL, 300);
    b = copied(a);
    before = written(b);
    drift_shape_take(b, copied(a), copied(a), true);
    CHECK_STR(written(b), before);
}

TEST(what_two_saw_since_is_as_if_one_had)
{
    struct drift_shape *one = fresh(), *two, *base, *all = fresh();

    see(one, USUAL, 300);
    see(all, USUAL, 300);
    base = copied(one);
    two = copied(one);
    see(one, USUAL, 40);
    see(two, USUAL, 60);
    see(all, USUAL, 100);
    drift_shape_take(one, two, base, true);
    CHECK_INT(drift_shape_payloads(one), 400);
    CHECK_INT(one->n, all->n);
    for (uint32_t i = 0; i < one->n; i++) {
        CHECK_INT(one->nodes[i].filled, all->nodes[i].filled);
        CHECK_INT(one->nodes[i].n, all->nodes[i].n);
        CHECK_INT(one->nodes[i].absent, all->nodes[i].absent);
    }
    CHECK_STR(see(one, USUAL, 50).n ? "told" : "", "");
}

/* What is weighed and not yet told must not become usual on the way. */
TEST(what_is_new_in_one_is_new_in_the_other)
{
    struct drift_shape *one = fresh(), *two, *base;
    struct drift_seen seen;

    see(one, USUAL, 300);
    base = copied(one);
    two = copied(one);
    CHECK_INT(see(two, "{\"id\":1,\"state\":7,\"weight\":500}", 1).n, 0);
    CHECK_INT(see(two, "{\"id\":1,\"state\":\"torn\",\"weight\":500}", 1).n, 0);
    drift_shape_take(one, two, base, true);
    seen = see(one, "{\"id\":1,\"state\":7,\"weight\":500}", 2);
    CHECK_INT(seen.n, 1);
    CHECK_STR(drift_what_name(seen.v[0].what), "type_changed");
    CHECK(see(one, "{\"id\":1,\"state\":\"torn\",\"weight\":500}", 6).n >= 1);
}

TEST(what_one_opened_is_open_in_the_other_unless_that_is_not_wanted)
{
    const char *odd = "{\"id\":1,\"state\":{\"x\":1},\"weight\":500}";
    struct drift_shape *one = fresh(), *two, *base, *plain;
    struct drift_seen seen;

    see(one, USUAL, 300);
    base = copied(one);
    plain = copied(one);
    two = copied(one);
    see(two, odd, 3);
    drift_shape_take(plain, two, base, false);
    drift_shape_take(one, two, base, true);
    seen = see(one, odd, 1);
    CHECK(seen.n >= 1 && !seen.v[0].opened);
    seen = see(plain, odd, 1);
    CHECK(seen.n >= 1 && seen.v[0].opened);
}

TEST(a_field_that_only_one_has_seen_was_absent_in_the_others_payloads)
{
    const char *more = "{\"id\":1,\"state\":\"paid\",\"weight\":500,\"tip\":2}";
    struct drift_shape *one = fresh(), *two, *base;
    struct drift_field *v;
    size_t n;

    see(one, USUAL, 100);
    base = copied(one);
    two = copied(one);
    see(one, more, 50);
    see(two, USUAL, 50);
    drift_shape_take(one, two, base, true);
    drift_shape_fields(test_scope()->arena, one, &v, &n);
    CHECK_INT(n, 4);
    CHECK_STR(v[3].path, "tip");
    CHECK_INT(v[3].present, 250);
}

TEST(looking_learns_nothing)
{
    const char *odd = "{\"id\":1,\"state\":{\"x\":1},\"weight\":500}";
    struct drift_shape *s = fresh();
    const struct doc *d = NULL;
    struct drift_seen seen;
    const char *before;

    see(s, USUAL, 300);
    before = written(s);
    CHECK_OK(doc_parse(test_scope(), str_of(odd), &d));
    for (int i = 0; i < 5; i++)
        drift_look(test_scope()->arena, s, d, NULL, &seen);
    CHECK_STR(written(s), before);
    see(s, odd, 3);
    drift_look(test_scope()->arena, s, d, NULL, &seen);
    CHECK(seen.n >= 1 && !seen.v[0].opened);
}

static void check_dismissed(const char *odd, const char *path, enum drift_what what)
{
    struct drift_shape *s = fresh();
    struct drift_seen seen = {0};

    see(s, USUAL, 300);
    for (int i = 0; i < 20 && !seen.n; i++)
        seen = see(s, odd, 1);
    CHECK(seen.n >= 1);
    CHECK(drift_dismiss(s, path, what));
    CHECK(!drift_dismiss(s, path, what));
    CHECK_INT(see(s, USUAL, 30).n, 0);
    seen = (struct drift_seen){0};
    for (int i = 0; i < 20 && !seen.n; i++)
        seen = see(s, odd, 1);
    CHECK(seen.n >= 1 && seen.v[0].opened && seen.v[0].what == what);
}

TEST(what_is_dismissed_is_a_deviation_again_when_it_comes_back)
{
    check_dismissed("{\"id\":1,\"state\":{\"x\":1},\"weight\":500}", "state", DRIFT_TYPE);
    check_dismissed("{\"id\":1,\"state\":\"torn\",\"weight\":500}", "state", DRIFT_VALUE);
    check_dismissed("{\"id\":1,\"weight\":500}", "state", DRIFT_MISSING);
    check_dismissed("{\"id\":1,\"state\":\"paid\",\"weight\":500000}", "weight", DRIFT_UNIT);
}

TEST(fields_are_told_as_people_know_them)
{
    struct drift_shape *s = fresh();
    struct drift_field *v;
    size_t n;

    see(s, "{\"email\":\"a@example.com\",\"state\":\"paid\",\"lines\":[{\"sku\":\"A\",\"grams\":5}],\"tags\":[\"x\"]}",
        250);
    drift_shape_fields(test_scope()->arena, s, &v, &n);
    CHECK_INT(n, 7);
    CHECK_STR(v[0].path, "email");
    CHECK_INT(v[0].word_count, 0); /* of a person */
    CHECK_STR(v[1].words[0], "paid");
    CHECK_STR(v[2].path, "lines");
    CHECK_STR(v[3].path, "lines.sku");
    CHECK(v[4].range != NULL);
    CHECK_STR(v[5].kinds, "a list");
    CHECK_STR(v[6].path, "tags");
}
