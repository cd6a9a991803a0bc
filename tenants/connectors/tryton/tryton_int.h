#pragma once

#include "connectors/tryton/tryton.h"

#define TRYTON_BODY_MAX     ((size_t)2 << 20)
#define TRYTON_PRICE_DIGITS 4

/* A service product's SKU as the settings name it. */
const char *tryton_service(struct scope *sc, const struct erp_site *site, const char *what, const char *fallback);
int64_t tryton_setting(const struct erp_site *site, const char *key, int64_t fallback);
/* The tax codes of all taxes of a line; false when one has none. A tax of nothing at a rate of zero needs none. */
bool tryton_tax_ids(const struct erp_site *site, const struct canon_taxes *taxes, int64_t ids[CANON_TAXES_MAX],
                    size_t *n);

/* The sale as lines of the ERP: what it is asked to create. */
struct tryton_line {
    const char *sku;
    const char *title;
    struct decimal quantity;
    struct decimal unit_price;       /* net, at most 4 digits */
    const struct canon_taxes *taxes; /* NULL: none */
};

struct tryton_sale {
    struct tryton_line *lines;
    size_t n, cap;
};

/* All lines, the rounding line last, so that the ERP's total is the order's. ERR_HOLD when that cannot be. */
enum err tryton_plan(struct scope *sc, const struct erp_site *site, const struct canon_order *order,
                     struct tryton_sale *out);

enum err tryton_build(struct scope *sc, enum erp_op op, const struct erp_site *site, const struct erp_in *in,
                      struct http_call *out);
enum err tryton_read(struct scope *sc, enum erp_op op, const struct erp_in *in, const struct http_reply *reply,
                     struct erp_out *out);
enum err tryton_skus(struct scope *sc, const struct erp_site *site, const struct canon_order *order,
                     struct erp_product **out, size_t *out_n);
void tryton_put_sale_lines(struct buf *b, const struct erp_site *site, const struct tryton_sale *sale,
                           const struct erp_in *in);
void tryton_put_decimal(struct buf *b, struct decimal d);
