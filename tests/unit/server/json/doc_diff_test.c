#include "json/doc_value.h"

#include "base/must.h"
#include "kit/test.h"

static const struct doc *given_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static struct doc_changes changes;

/* "path: before -> after" and a line feed, for each. */
static const char *told(const struct doc *before, const struct doc *after, size_t limit)
{
    struct arena *a = test_scope()->arena;
    struct buf b;

    doc_diff(a, before, after, limit, &changes);
    buf_init(&b, a, 1 << 20);
    for (size_t i = 0; i < changes.n; i++) {
        const struct doc_change *c = &changes.items[i];

        CHECK(!c->before || doc_pointer(before, c->path) == c->before);
        CHECK(!c->after || doc_pointer(after, c->path) == c->after);
        buf_f(&b, "%s:", c->path);
        if (c->before)
            doc_write(&b, c->before);
        buf_s(&b, "->");
        if (c->after)
            doc_write(&b, c->after);
        buf_c(&b, '\n');
    }
    return buf_cstr(&b);
}

static const char *diff(const char *before, const char *after)
{
    return told(given_doc(before), given_doc(after), 100);
}

TEST(what_is_equal_has_no_changes)
{
    CHECK_STR(diff("{\"a\":[1,{\"b\":null}],\"c\":1.0}", "{\"c\":1,\"a\":[1e0,{\"b\":null}]}"), "");
    CHECK_STR(diff("1", "1.0"), "");
    CHECK_INT(changes.n, 0);
    CHECK(!changes.more);
}

TEST(each_change_has_its_path_and_both_values)
{
    CHECK_STR(diff("1", "2"), ":1->2\n");
    CHECK_STR(diff("{\"a\":1}", "[1]"), ":{\"a\":1}->[1]\n");
    CHECK_STR(diff("{\"a\":{\"b\":[1,2,3]},\"x\":\"y\"}", "{\"x\":\"z\",\"a\":{\"b\":[1,5,3]}}"),
              "/a/b/1:2->5\n/x:\"y\"->\"z\"\n");
    CHECK_STR(diff("{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}"), "/a~1b/~0:1->2\n");
}

TEST(what_is_added_or_removed_is_absent_on_one_side)
{
    CHECK_STR(diff("{\"a\":1,\"b\":null}", "{\"c\":[],\"a\":1}"), "/b:null->\n/c:->[]\n");
    CHECK_STR(diff("[1,2]", "[1,2,3,4]"), "/2:->3\n/3:->4\n");
    CHECK_STR(diff("[[1],2]", "[[]]"), "/0/0:1->\n/1:2->\n");
    CHECK_STR(told(NULL, given_doc("1"), 9), ":->1\n");
    CHECK_STR(told(NULL, NULL, 9), "");
}

TEST(items_are_compared_by_their_place)
{
    CHECK_STR(diff("[1,2,3]", "[0,1,2,3]"), "/0:1->0\n/1:2->1\n/2:3->2\n/3:->3\n");
}

TEST(over_the_limit_it_is_said_that_there_are_more)
{
    const struct doc *before = given_doc("[1,2,3,{\"a\":1}]"), *after = given_doc("[4,5,6,{\"b\":1}]");

    CHECK_STR(told(before, after, 2), "/0:1->4\n/1:2->5\n");
    CHECK(changes.more);
    CHECK_STR(told(before, after, 0), "");
    CHECK(changes.more);
    told(before, after, 5);
    CHECK(!changes.more && changes.n == 5);
    told(before, before, 0);
    CHECK(!changes.more);
}

TEST(what_lies_below_too_long_a_path_is_a_change_of_what_it_is_in)
{
    struct arena *a = test_scope()->arena;
    char *name = arena_alloc(a, DOC_POINTER_MAX + 1);
    const char *text = "{\"in\":{\"%s\":%d,\"b\":%d}}";

    memset(name, 'n', DOC_POINTER_MAX);
    name[DOC_POINTER_MAX] = '\0';
    told(given_doc(arena_f(a, text, name, 1, 1)), given_doc(arena_f(a, text, name, 2, 1)), 9);
    CHECK_INT(changes.n, 1);
    CHECK_STR(changes.items[0].path, "/in");
    CHECK_STR(diff(arena_f(a, text, name, 1, 1), arena_f(a, text, name, 1, 2)), "/in/b:1->2\n");
    name[DOC_POINTER_MAX - strlen("/in/")] = '\0';
    told(given_doc(arena_f(a, text, name, 1, 1)), given_doc(arena_f(a, text, name, 2, 1)), 9);
    CHECK_INT(strlen(changes.items[0].path), DOC_POINTER_MAX);
}
