#include "json/doc.h"

#include "base/must.h"
#include "kit/test.h"

static const struct doc *given_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

/* The examples of RFC 6901, section 5. */
TEST(pointers_mean_what_rfc_6901_says)
{
    static const char *const pointers[] = {"/foo/0", "/",     "/a~1b", "/c%d", "/e^f",
                                           "/g|h",   "/i\\j", "/k\"l", "/ ",   "/m~0n"};
    static const char *const values[] = {"\"bar\"", "0", "1", "2", "3", "4", "5", "6", "7", "8"};
    static const char *const absent[] = {"foo",
                                         "/foo/2",
                                         "/foo/-",
                                         "/foo/01",
                                         "/foo/",
                                         "/m~n",
                                         "/m~",
                                         "/m~2n",
                                         "/x",
                                         "/foo/0/0",
                                         "/fo",
                                         "/fooo",
                                         "/foo/99999999999999999999"};
    const struct doc *d = given_doc("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                                    "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}");

    CHECK(doc_pointer(d, "") == d);
    for (size_t i = 0; i < ARRAY_LEN(pointers); i++) {
        struct buf b;

        buf_init(&b, test_scope()->arena, 100);
        doc_write(&b, doc_pointer(d, pointers[i]));
        CHECK_STR(buf_cstr(&b), values[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        CHECK(doc_pointer(d, absent[i]) == NULL);
}

TEST(a_step_that_is_put_is_found_whatever_its_name)
{
    static const char *const names[] = {"", "a", "~", "/", "~1", "a/b~c//", "~0~", "caf\xc3\xa9 \"x\""};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct buf text, pointer;
        const struct doc *d;

        buf_init(&text, test_scope()->arena, 200);
        buf_s(&text, "{\"list\":[0,{");
        json_put_text(&text, str_of(names[i]));
        buf_s(&text, ":7}]}");
        d = given_doc(buf_cstr(&text));
        buf_init(&pointer, test_scope()->arena, 200);
        doc_pointer_put(&pointer, STR("list"));
        doc_pointer_put_index(&pointer, 1);
        doc_pointer_put(&pointer, str_of(names[i]));
        CHECK(doc_pointer(d, buf_cstr(&pointer)) == doc_at(doc_at(doc_get(d, "list"), 1), 0));
        CHECK(doc_pointer(d, buf_cstr(&pointer)) != NULL);
    }
}

TEST(tildes_and_slashes_are_escaped)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 100);
    doc_pointer_put(&b, STR("a~/b"));
    doc_pointer_put(&b, (struct str){NULL, 0});
    doc_pointer_put_index(&b, 12);
    CHECK_STR(buf_cstr(&b), "/a~0~1b//12");
}
