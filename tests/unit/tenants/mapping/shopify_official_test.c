#include <stdio.h>
#include <stdlib.h>

#include "shopify_kit.h"

/* The vendor's own example bodies, which are no part of this repository. */
static const struct doc *cases(struct scope *sc)
{
    const char *shared = getenv("TENON_SHARED");
    const struct doc *d;
    struct buf b;
    size_t n;
    char *p;
    FILE *f;

    if (!shared || !*shared)
        test_skip("TENON_SHARED is not set");
    f = fopen(arena_f(sc->arena, "%s/vendor-apis/shopify/cases/rest-examples-2026-07.json", shared), "rb");
    if (!f)
        test_skip("there are no example bodies");
    buf_init(&b, sc->arena, 32 << 20);
    while ((p = buf_reserve(&b, 65536)) && (n = fread(p, 1, 65536, f)) > 0)
        buf_advance(&b, n);
    (void)fclose(f);
    CHECK_OK(doc_parse(sc, buf_str(&b), &d));
    return d;
}

/* What is kept of an order keeps to its schema. */
static void keeps_to_schema(struct scope *sc, const struct canon_order *o)
{
    const struct canon_object *schema = canon_object_find(STR("sales_order"));
    struct canon_faults all;
    const struct doc *d;
    struct buf b;

    buf_init(&b, sc->arena, 1 << 20);
    canon_order_write(&b, o);
    CHECK_OK(doc_parse(sc, buf_str(&b), &d));
    if (!canon_valid(sc->arena, schema, d, &all))
        test_failed(__FILE__, __LINE__, "order %s: %s %s", o->natural_key, all.v[0].pointer, all.v[0].detail);
}

/* Whole orders add up; answers that were asked for some fields only are refused with what they lack. */
static void judge(struct scope *sc, const struct doc *body, size_t *read, size_t *cut)
{
    struct canon_order o;

    scope_clear(sc);
    if (!doc_get(body, "created_at")) {
        CHECK_ERR(shopify_read(sc, body, &o), ERR_INVALID);
        CHECK(scope_fault(sc)->item_count > 0);
        (*cut)++;
        return;
    }
    CHECK_OK(shopify_read(sc, body, &o));
    CHECK_OK(canon_order_check(sc, &o));
    if (scope_fault(sc)->message)
        test_failed(__FILE__, __LINE__, "order %s: %s", o.natural_key, scope_fault(sc)->message);
    keeps_to_schema(sc, &o);
    (*read)++;
}

TEST(official_orders_are_read_and_add_up)
{
    struct scope *sc = test_scope();
    const struct doc *all = cases(sc);
    size_t read = 0, cut = 0;

    for (size_t i = 0; i < doc_count(all); i++) {
        const struct doc *body = doc_path(doc_at(all, i), "response.body");
        const struct doc *list = doc_get(body, "orders");

        if (!str_is(doc_text(doc_get(doc_at(all, i), "operation")), "order GET"))
            continue;
        for (size_t k = 0; k < doc_count(list); k++)
            judge(sc, doc_at(list, k), &read, &cut);
        if (doc_kind(doc_get(body, "order")) == DOC_OBJECT)
            judge(sc, doc_get(body, "order"), &read, &cut);
    }
    CHECK(read > 0);
    printf("# %zu orders add up, %zu answers of some fields only are refused\n", read, cut);
}
