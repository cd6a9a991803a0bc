#include "kit/test.h"
#include "json/doc.h"

static const char *sorted(const char *text)
{
    struct scope *sc = test_scope();
    const struct doc *d;
    struct buf b;

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    buf_init(&b, sc->arena, 100000);
    doc_write_sorted(sc->arena, &b, d);
    return buf_cstr(&b);
}

TEST(members_stand_in_the_order_of_their_names)
{
    CHECK_STR(sorted("{\"b\": 1, \"a\": [ {\"z\":null,\"y\":true} , 2.50 ], \"\\u0061b\": \"x\"}"),
              "{\"a\":[{\"y\":true,\"z\":null},2.50],\"ab\":\"x\",\"b\":1}");
    CHECK_STR(sorted("{\"a\":1,\"aa\":2,\"\":3}"), "{\"\":3,\"a\":1,\"aa\":2}");
    CHECK_STR(sorted("[]"), "[]");
    CHECK_STR(sorted("{}"), "{}");
}

TEST(items_keep_their_order_and_numbers_their_text)
{
    CHECK_STR(sorted("[2,1,1.0,10e1]"), "[2,1,1.0,10e1]");
}
