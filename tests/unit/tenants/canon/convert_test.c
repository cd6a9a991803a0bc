#include <stdlib.h>

#include "canon_kit.h"

/* What becomes of a value in a field of sales_order; "same" for one that stays. */
static const char *converted(const char *path, const struct doc *value)
{
    struct arena *a = test_scope()->arena;
    struct doc out = doc_make_bool(false);
    struct buf b;

    if (!canon_convert(a, canon_field_at(kit_object("sales_order"), str_of(path)), value, &out)) {
        CHECK_INT(out.kind, DOC_FALSE);
        return "same";
    }
    buf_init(&b, a, 1 << 16);
    doc_write(&b, &out);
    return buf_cstr(&b);
}

TEST(numbers_become_decimals_without_loss)
{
    struct doc real = doc_make_real(0.1 + 0.2), integer = doc_make_int(-7);

    CHECK_STR(converted("/total", kit_read("12.50")), "\"12.50\"");
    CHECK_STR(converted("/total", kit_read("9007199254740993")), "\"9007199254740993\"");
    CHECK_STR(converted("/lines/*/quantity", kit_read("1e2")), "\"100\"");
    CHECK_STR(converted("/total", &real), "\"0.30000000000000004\"");
    CHECK_STR(converted("/rounding", &integer), "\"-7\"");
}

TEST(integers_become_keys_and_texts)
{
    CHECK_STR(converted("/natural_key", kit_read("9007199254740993")), "\"9007199254740993\"");
    CHECK_STR(converted("/number", kit_read("1001")), "\"1001\"");
    CHECK_STR(converted("/number", kit_read("1001.5")), "same");
}

TEST(what_fits_or_cannot_fit_stays)
{
    CHECK_STR(converted("/total", kit_read("\"12.50\"")), "same");
    CHECK_STR(converted("/total", kit_read("1e400")), "same");
    CHECK_STR(converted("/total", kit_read("null")), "same");
    CHECK_STR(converted("/test", kit_read("1")), "same");
    CHECK_STR(converted("/placed_at", kit_read("1764000000")), "same");
    CHECK_STR(converted("/lines", kit_read("{}")), "same");
}

TEST(numbers_inside_lists_and_objects_are_reached)
{
    CHECK_STR(converted("/lines", kit_read("[{\"sku\":\"a\",\"quantity\":\"1\"},{\"key\":5,\"quantity\":2,\"odd\":3,"
                                           "\"taxes\":[{\"amount\":0.5}]},4]")),
              "[{\"sku\":\"a\",\"quantity\":\"1\"},{\"key\":\"5\",\"quantity\":\"2\",\"odd\":3,"
              "\"taxes\":[{\"amount\":\"0.5\"}]},4]");
    CHECK_STR(converted("/customer", kit_read("{\"key\":7,\"name\":null}")), "{\"key\":\"7\",\"name\":null}");
    CHECK_STR(converted("/customer", kit_read("{\"key\":\"7\"}")), "same");
}
