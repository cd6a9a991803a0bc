#include <math.h>

#include "json/doc_value.h"

#include "base/must.h"
#include "kit/test.h"

static const char *written(const struct doc *d)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    doc_write(&b, d);
    CHECK(!b.full);
    return buf_cstr(&b);
}

TEST(computed_values_are_written_like_those_that_were_read)
{
    struct doc items[] = {doc_make_int(INT64_MIN),
                          doc_make_real(-0.5),
                          doc_make_bool(true),
                          {.kind = DOC_NULL},
                          doc_make_text(STR("\"\x01\xc3\xa9")),
                          doc_make_array(NULL, 0)};
    struct doc members[] = {doc_make_text(STR("a\n")), doc_make_array(items, ARRAY_LEN(items)), doc_make_text(STR("")),
                            doc_make_object(NULL, 0)};
    struct doc d = doc_make_object(members, 2);

    CHECK_STR(written(&d), "{\"a\\n\":[-9223372036854775808,-0.5,true,null,\"\\\"\\u0001\xc3\xa9\",[]],\"\":{}}");
    CHECK_STR(written(NULL), "null");
    CHECK_STR(written(&(struct doc){.kind = DOC_OTHER}), "null");
}

TEST(a_text_is_written_behind_what_the_buffer_has)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1000);
    buf_s(&b, "x:");
    json_put_text(&b, STR("y"));
    doc_write(&b, NULL);
    CHECK_STR(buf_cstr(&b), "x:\"y\"null");
}

/* Whatever the ceiling, what fits is whole and what does not is said. */
TEST(a_ceiling_is_kept_to_the_octet)
{
    struct scope *sc = test_scope();
    const struct doc *d = NULL;
    const char *text =
        "{\"name\":[1,2.50,true,false,null,\"caf\xc3\xa9 \\\"x\\\"\\u0001\",{},[]],\"b\":{\"c\":\"0123456789012345\"}}";
    size_t n = strlen(text);

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    for (size_t max = 0; max < n + 300; max++) {
        struct buf b;

        buf_init(&b, sc->arena, max);
        doc_write(&b, d);
        CHECK(b.full == (max < n));
        CHECK(b.n <= max);
        if (!b.full)
            CHECK_STR(buf_cstr(&b), text);
    }
}

TEST(what_is_too_deep_leaves_the_buffer_full)
{
    struct doc deep[DOC_DEPTH_MAX + 2] = {doc_make_int(1)};
    struct buf b;

    for (size_t i = 1; i < ARRAY_LEN(deep); i++)
        deep[i] = doc_make_array(&deep[i - 1], 1);
    CHECK_INT(strlen(written(&deep[DOC_DEPTH_MAX])), 2 * DOC_DEPTH_MAX + 1);
    buf_init(&b, test_scope()->arena, 1000);
    doc_write(&b, &deep[DOC_DEPTH_MAX + 1]);
    CHECK(b.full);
}

TEST(a_text_of_any_length_is_written_whole)
{
    struct scope *sc = test_scope();
    char *text = arena_alloc(sc->arena, 3000);

    memset(text, 'x', 3000);
    for (size_t n = 0; n < 3000; n += n < 100 ? 1 : 97) {
        struct doc d = doc_make_text((struct str){text, n});
        const char *got = written(&d);

        CHECK_INT(strlen(got), n + 2);
        CHECK(got[0] == '"' && memcmp(got + 1, text, n) == 0 && got[n + 1] == '"');
    }
}

/* A quotient by 0 may be told to people before anybody refuses it. */
TEST(a_number_that_is_not_finite_is_written_as_null_and_is_no_decimal)
{
    static const double values[] = {INFINITY, -INFINITY, NAN};

    for (size_t i = 0; i < 3; i++) {
        struct doc d = doc_make_real(values[i]);
        struct decimal out;

        CHECK_STR(written(&d), "null");
        CHECK(!doc_decimal(&d, &out));
    }
}
