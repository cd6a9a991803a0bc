#include "kit/test.h"
#include "xref/xref_int.h"

static const char tables[] =
    "{\"sku\": {\"rules\": {\"key_case\": \"fold\"}, \"entries\": {\"A-1\": \"X\", \"b\": \"Y\"}},"
    " \"tax\": {\"entries\": [{\"key\": \"V\", \"value\": \"old\", \"valid_to\": \"2026-01-01T00:00:00Z\"},"
    " {\"key\": \"V\", \"value\": \"new\", \"valid_from\": \"2026-01-01T00:00:00Z\"}]}}";

static struct str packed(const struct xref_snapshot *s)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    xref_snapshot_pack(s, &b);
    return buf_str(&b);
}

TEST(a_snapshot_answers_alike_in_another_process)
{
    struct xref_snapshot *s = NULL, *t = NULL;
    struct str out;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(xref_snapshot_from_doc(test_scope(), str_of(tables), &s));
    CHECK(xref_snapshot_unpack(test_scope()->arena, packed(s), &t));
    CHECK_STR(xref_snapshot_hash(t), xref_snapshot_hash(s));
    CHECK(xref_find(t, STR("sku"), STR(" a-1 "), 0, &out) && str_is(out, "X"));
    CHECK(xref_find(t, STR("tax"), STR("V"), INT64_C(1767225599000000), &out) && str_is(out, "old"));
    CHECK(xref_find(t, STR("tax"), STR("V"), INT64_C(1767225601000000), &out) && str_is(out, "new"));
    CHECK(!xref_find(t, STR("tax"), STR("v"), 0, &out));
}

TEST(what_is_cut_off_or_has_more_is_no_snapshot)
{
    struct xref_snapshot *s = NULL, *t;
    struct str whole;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(xref_snapshot_from_doc(test_scope(), str_of(tables), &s));
    whole = packed(s);
    for (size_t n = 0; n < whole.n; n++)
        if (xref_snapshot_unpack(test_scope()->arena, (struct str){arena_memdup(test_scope()->arena, whole.p, n), n},
                                 &t))
            test_failed(__FILE__, __LINE__, "%zu of %zu octets are taken", n, whole.n);
    char *more = arena_zalloc(test_scope()->arena, whole.n + 1);

    memcpy(more, whole.p, whole.n);
    CHECK(!xref_snapshot_unpack(test_scope()->arena, (struct str){more, whole.n + 1}, &t));
}
