#pragma once

#include "canon/canon.h"
#include "mapping_kit.h"

/* An order of Shopify's by the document that is shipped, as the flow reads it: ERR_INVALID with an item for each fault
 * where one of them leaves it unreadable. */
static inline enum err shopify_read(struct scope *sc, const struct doc *body, struct canon_order *out)
{
    const struct mapping_shipped *s = mapping_shipped("shopify", "order");
    const struct mapping_how how = {.creating = true};
    struct mapping_faults faults = {0};
    struct mapping *m = NULL;
    struct mapping_result r;
    const struct doc *d;

    CHECK_OK(doc_parse(sc, (struct str){s->text, s->n}, &d));
    CHECK(mapping_compile(sc->arena, d, NULL, &m, &faults));
    mapping_run(sc->arena, m, body, &how, &r);
    bool readable = r.made;

    for (size_t i = 0; i < r.faults.n; i++)
        readable = readable && canon_readable(r.faults.v[i].code);
    if (readable)
        return canon_order_read(sc, &r.value, out);
    for (size_t i = 0; i < r.faults.n; i++)
        scope_item(sc, r.faults.v[i].pointer, r.faults.v[i].code, "%s", r.faults.v[i].detail);
    return FAIL(sc, ERR_INVALID, "%s %s", r.faults.v[0].pointer, r.faults.v[0].detail);
}
