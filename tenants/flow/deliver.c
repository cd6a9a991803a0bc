#include <inttypes.h>
#include <string.h>

#include "flow/flow_int.h"
#include "obs/obs.h"
#include "sys/config.h"
#include "sys/fault.h"

/* What the steps of one delivery share. */
struct delivery {
    struct flow_job *job;
    struct link *to;
    struct erp_in in;  /* of the sale */
    struct erp_in one; /* of the step at hand */
    enum erp_op find, make;
    struct erp_out sale;
};

static const char *id_text(struct scope *sc, int64_t id)
{
    return arena_f(sc->arena, "%" PRId64, id);
}

static int64_t id_of(const char *text)
{
    struct decimal d;

    return decimal_parse_plain(str_of(text), &d) && d.scale == 0 ? (int64_t)d.digits : 0;
}

static int settle_ms(const struct delivery *d)
{
    int64_t set = config_int("SETTLE_MS");

    return set >= 0 ? (int)set : link_connector(d->to)->erp->settle_ms;
}

static enum err account_enter(struct scope *sc, void *arg)
{
    struct delivery *d = arg;

    return link_enter(sc, d->to);
}

static void account_leave(void *arg)
{
    struct delivery *d = arg;

    link_leave(d->to);
}

static void account_mark(void *arg, int64_t leave_by_us, int64_t due_us)
{
    struct delivery *d = arg;

    link_mark(d->to, leave_by_us, due_us);
}

/* ---- "find or create" of one thing by its reference ---- */

static enum err thing_probe(struct scope *sc, void *arg, const char **out_ref)
{
    struct delivery *d = arg;
    struct erp_out out;

    TRY(sc, link_do(sc, d->to, d->find, &d->one, &out));
    *out_ref = NULL;
    if (d->find == ERP_PRODUCTS_FIND) {
        out.found = d->one.products[0].id != 0;
        out.id = d->one.products[0].id;
    }
    if (out.found)
        *out_ref = id_text(sc, out.id);
    return OK;
}

static enum err thing_send(struct scope *sc, void *arg, const char **out_ref)
{
    struct delivery *d = arg;
    struct erp_out out;

    TRY(sc, link_do(sc, d->to, d->make, &d->one, &out));
    *out_ref = id_text(sc, out.id);
    return OK;
}

static enum err thing_hash(struct scope *sc, void *arg, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct delivery *d = arg;

    return link_hash(sc, d->to, d->make, &d->one, out);
}

static struct effect effect_on(struct delivery *d, const char *operation, const char *key)
{
    return (struct effect){.operation = operation,
                           .key = key,
                           .connection_id = link_connection(d->to)->connection_id,
                           .settle_ms = settle_ms(d),
                           .arg = d,
                           .enter = account_enter,
                           .leave = account_leave,
                           .mark = account_mark};
}

/* differs: as of an effect. */
static enum err thing(struct scope *sc, struct delivery *d, const char *operation, const char *differs, int64_t *out_id)
{
    struct effect e = effect_on(d, operation, d->one.ref);
    const char *ref;

    e.probe_first = !differs; /* what others may have made as well */
    e.differs = differs;
    e.probe = thing_probe;
    e.send = thing_send;
    e.hash = thing_hash;
    TRY(sc, effect_run(sc, d->job, &e, &ref));
    *out_id = id_of(ref);
    return OK;
}

/* ---- what a sale refers to ---- */

static enum err currency(struct scope *sc, struct delivery *d)
{
    struct erp_in in = {.text = d->in.order->currency};
    struct erp_out out;
    int64_t unused;

    if (link_recall(d->to, "currency", in.text, &d->in.currency_id, &unused))
        return OK;
    TRY(sc, link_do(sc, d->to, ERP_CURRENCY_FIND, &in, &out));
    if (!out.found)
        return FAIL(sc, ERR_HOLD, "\"%s\" has no currency %s", link_connection(d->to)->name, in.text);
    d->in.currency_id = out.id;
    link_remember(d->to, "currency", in.text, out.id, 0);
    return OK;
}

static enum err product_make(struct scope *sc, struct delivery *d, struct erp_product *p)
{
    const struct canon_order *order = d->in.order;
    struct erp_out out;
    const char *title = p->sku;

    for (size_t i = 0; i < order->line_count; i++)
        if (order->lines[i].sku && strcmp(order->lines[i].sku, p->sku) == 0 && order->lines[i].title)
            title = order->lines[i].title;
    d->one = (struct erp_in){.ref = p->sku, .text = title, .order = order, .products = p, .product_count = 1};
    d->find = ERP_PRODUCTS_FIND;
    d->make = ERP_PRODUCT_CREATE;
    TRY(sc, thing(sc, d, "product.create", NULL, &p->id));
    if (!p->unit_id)
        TRY(sc, link_do(sc, d->to, ERP_PRODUCTS_FIND, &d->one, &out));
    if (!p->unit_id)
        return FAIL(sc, ERR_HOLD, "the product \"%s\" was made in \"%s\" once and is not there any more", p->sku,
                    link_connection(d->to)->name);
    return OK;
}

static size_t products_recall(struct delivery *d, struct erp_product *missing)
{
    size_t n = 0;

    for (size_t i = 0; i < d->in.product_count; i++) {
        struct erp_product *p = &d->in.products[i];

        if (!link_recall(d->to, "product", p->sku, &p->id, &p->unit_id))
            missing[n++] = *p;
    }
    return n;
}

static struct erp_product *product_named(struct delivery *d, const char *sku)
{
    for (size_t i = 0; i < d->in.product_count; i++)
        if (strcmp(d->in.products[i].sku, sku) == 0)
            return &d->in.products[i];
    return NULL;
}

static enum err products(struct scope *sc, struct delivery *d)
{
    struct erp_product *missing;
    struct erp_out out;
    struct erp_in in;
    size_t n;

    TRY(sc, link_connector(d->to)->erp->skus(sc, link_site(d->to), d->in.order, &d->in.products, &d->in.product_count));
    missing = ARENA_ARRAY(sc->arena, struct erp_product, d->in.product_count);
    n = products_recall(d, missing);
    if (n == 0)
        return OK;
    in = (struct erp_in){.products = missing, .product_count = n};
    TRY(sc, link_do(sc, d->to, ERP_PRODUCTS_FIND, &in, &out));
    for (size_t i = 0; i < n; i++) {
        if (!missing[i].id)
            TRY(sc, product_make(sc, d, &missing[i]));
        *product_named(d, missing[i].sku) = missing[i];
        link_remember(d->to, "product", missing[i].sku, missing[i].id, missing[i].unit_id);
    }
    return OK;
}

/* Customers of a shop are known by the shop's id; guests by their address; others by their order. */
static const char *party_ref(struct scope *sc, const char *prefix, const struct canon_order *order)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf hex;

    if (order->customer.key)
        return arena_f(sc->arena, "%sC%s", prefix, order->customer.key);
    if (!order->customer.email)
        return arena_f(sc->arena, "%sO%s", prefix, order->natural_key);
    crypto_hash(order->customer.email, strlen(order->customer.email), hash);
    buf_init(&hex, sc->arena, 64);
    buf_hex(&hex, hash, 8);
    return arena_f(sc->arena, "%sG%s", prefix, buf_cstr(&hex));
}

static enum err party(struct scope *sc, struct delivery *d, const char *ref)
{
    struct erp_out out;
    int64_t id;

    if (link_recall(d->to, "party", ref, &d->in.party_id, &d->in.address_id))
        return OK;
    d->one = (struct erp_in){.ref = ref, .order = d->in.order};
    d->find = ERP_PARTY_FIND;
    d->make = ERP_PARTY_CREATE;
    TRY(sc, thing(sc, d, "party.create", NULL, &id));
    TRY(sc, link_do(sc, d->to, ERP_PARTY_FIND, &d->one, &out));
    if (!out.found)
        return FAIL(sc, ERR_HOLD, "the customer \"%s\" was made in \"%s\" once and is not there any more", ref,
                    link_connection(d->to)->name);
    if (!out.address_id)
        return FAIL(sc, ERR_HOLD, "the customer \"%s\" in \"%s\" has no address", ref, link_connection(d->to)->name);
    d->in.party_id = out.id;
    d->in.address_id = out.address_id;
    link_remember(d->to, "party", ref, out.id, out.address_id);
    return OK;
}

/* ---- the sale ---- */

static enum err cancelled(struct scope *sc, struct delivery *d)
{
    return FAIL(sc, ERR_HOLD, "the sale was cancelled in \"%s\"", link_connection(d->to)->name);
}

static enum err confirm_probe(struct scope *sc, void *arg, const char **out_ref)
{
    struct delivery *d = arg;

    TRY(sc, link_do(sc, d->to, ERP_SALE_READ, &d->one, &d->sale));
    if (d->sale.state == ERP_SALE_CANCELLED)
        return cancelled(sc, d);
    *out_ref = d->sale.state == ERP_SALE_CONFIRMED ? id_text(sc, d->one.id) : NULL;
    return OK;
}

/* A button that did nothing answers like one that worked, so the state is read back. What a reading that fails says is
 * of the reading alone: the button has been pressed. */
static enum err confirm_send(struct scope *sc, void *arg, const char **out_ref)
{
    struct delivery *d = arg;
    struct erp_out unused;
    enum err e;

    TRY(sc, link_do(sc, d->to, ERP_SALE_QUOTE, &d->one, &unused));
    FAULT_POINT("sale.between_quote_and_confirm");
    TRY(sc, link_do(sc, d->to, ERP_SALE_CONFIRM, &d->one, &unused));
    e = confirm_probe(sc, d, out_ref);
    if (e != OK && e != ERR_HOLD)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "whether \"%s\" confirmed the sale could not be read back",
                    link_connection(d->to)->name);
    TRY(sc, e);
    if (!*out_ref)
        return FAIL(sc, ERR_UPSTREAM_NO, "\"%s\" did not confirm the sale", link_connection(d->to)->name);
    return OK;
}

/* The sale as it stands there, before it binds anybody. */
static enum err sale_fits(struct scope *sc, struct delivery *d)
{
    TRY(sc, link_do(sc, d->to, ERP_SALE_READ, &d->one, &d->sale));
    if (!d->sale.found)
        return FAIL(sc, ERR_HOLD, "the sale was made in \"%s\" once and is not there any more",
                    link_connection(d->to)->name);
    if (d->sale.state == ERP_SALE_CANCELLED)
        return cancelled(sc, d);
    return deliver_totals(sc, link_connection(d->to)->name, d->in.order, &d->sale);
}

static enum err sale(struct scope *sc, struct delivery *d, const char *reference)
{
    struct effect confirm = effect_on(d, "sale.confirm", reference);
    const char *ref;
    int64_t id;

    d->in.ref = reference;
    d->one = d->in;
    d->find = ERP_SALE_FIND;
    d->make = ERP_SALE_CREATE;
    TRY(sc, thing(sc, d, "sale.create",
                  arena_f(sc->arena, "the order was changed after its sale was made in \"%s\"",
                          link_connection(d->to)->name),
                  &id));
    d->one = (struct erp_in){.id = id};
    TRY(sc, sale_fits(sc, d));
    confirm.probe = confirm_probe;
    confirm.send = confirm_send;
    TRY(sc, effect_run(sc, d->job, &confirm, &ref));
    d->sale.id = id;
    return OK;
}

enum err deliver_totals(struct scope *sc, const char *where, const struct canon_order *order,
                        const struct erp_out *sale)
{
    char ours[DECIMAL_TEXT_MAX], theirs[DECIMAL_TEXT_MAX];

    if (decimal_compare(sale->total, order->total) == 0)
        return OK;
    metric_add(METRIC_TOTALS_DIFFER, 1);
    decimal_format(order->total, ours);
    decimal_format(sale->total, theirs);
    return FAIL(sc, ERR_HOLD, "the sale in \"%s\" comes to %s %s, and the order to %s %s", where, theirs,
                order->currency, ours, order->currency);
}

enum err deliver_order(struct scope *sc, struct flow_job *job, struct link *to, const char *reference,
                       const struct canon_order *order, struct erp_out *out)
{
    struct delivery d = {.job = job, .to = to, .in = {.order = order}};
    const char *prefix_end = strstr(reference, order->natural_key);
    const char *prefix = arena_strndup(sc->arena, reference, prefix_end ? (size_t)(prefix_end - reference) : 0);

    TRY(sc, currency(sc, &d));
    TRY(sc, products(sc, &d));
    TRY(sc, party(sc, &d, party_ref(sc, prefix, order)));
    TRY(sc, sale(sc, &d, reference));
    *out = d.sale;
    return OK;
}
