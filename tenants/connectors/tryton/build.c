#include <string.h>

#include "base/timefmt.h"
#include "connectors/tryton/tryton_int.h"

/* Every call is {"id":1,"method":…,"params":[…,context]}. */
static void call_open(struct buf *b, const char *method)
{
    buf_s(b, "{\"id\":1,\"method\":\"");
    buf_s(b, method);
    buf_s(b, "\",\"params\":[");
}

static void call_close(struct buf *b, const struct erp_site *site)
{
    buf_s(b, ",{\"company\":");
    buf_i64(b, tryton_setting(site, "company", 1));
    buf_s(b, "}]}");
}

static void put_text(struct buf *b, const char *s)
{
    json_put_text(b, str_of(s ? s : ""));
}

void tryton_put_decimal(struct buf *b, struct decimal d)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_format(d, text);
    buf_f(b, "{\"__class__\":\"Decimal\",\"decimal\":\"%s\"}", text);
}

static void put_find(struct buf *b, const char *model, const char *field, const char *value, const char *fields)
{
    call_open(b, arena_f(b->arena, "model.%s.search_read", model));
    buf_f(b, "[[\"%s\",\"=\",", field);
    put_text(b, value);
    buf_f(b, "]],0,2,[[\"id\",\"ASC\"]],%s", fields);
}

static void put_login(struct buf *b, const struct erp_site *site, const struct erp_in *in)
{
    call_open(b, "common.db.login");
    put_text(b, site->user);
    buf_s(b, ",{\"password\":");
    json_put_text(b, in->password);
    buf_s(b, "},\"en\"]}");
}

static void put_products_find(struct buf *b, const struct erp_in *in)
{
    call_open(b, "model.product.product.search_read");
    buf_s(b, "[[\"code\",\"in\",[");
    for (size_t i = 0; i < in->product_count; i++) {
        if (i)
            buf_c(b, ',');
        put_text(b, in->products[i].sku);
    }
    buf_s(b, "]]],0,null,[[\"id\",\"ASC\"]],[\"code\",\"default_uom\"]");
}

static bool is_service(struct scope *sc, const struct erp_site *site, const char *sku)
{
    static const char *const kinds[][2] = {{"shipping", "SHIPPING"},
                                           {"discount", "DISCOUNT"},
                                           {"rounding", "ROUNDING"},
                                           {"tax", "TAX"},
                                           {"tip", "TIP"},
                                           {"duties", "DUTIES"},
                                           {"fee", "FEE"}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(tryton_service(sc, site, kinds[i][0], kinds[i][1]), sku) == 0)
            return true;
    return false;
}

static enum err put_product_create(struct scope *sc, struct buf *b, const struct erp_site *site,
                                   const struct erp_in *in)
{
    int64_t unit = tryton_setting(site, "unit", 1);
    int64_t category = tryton_setting(site, "account_category", 0);

    if (str_is(doc_text(doc_get(site->settings, "products_on_miss")), "hold"))
        return FAIL(sc, ERR_HOLD, "the SKU \"%s\" is not a product there", in->ref);
    call_open(b, "model.product.template.create");
    buf_s(b, "[{\"name\":");
    put_text(b, in->text ? in->text : in->ref);
    buf_f(b, ",\"type\":\"%s\",\"default_uom\":%lld,\"salable\":true,\"sale_uom\":%lld,\"list_price\":",
          is_service(sc, site, in->ref) ? "service" : "goods", (long long)unit, (long long)unit);
    tryton_put_decimal(b, decimal_of(0));
    if (category)
        buf_f(b, ",\"account_category\":%lld", (long long)category);
    buf_s(b, ",\"products\":[[\"create\",[{\"suffix_code\":");
    put_text(b, in->ref);
    buf_s(b, "}]]]}]");
    return OK;
}

static const char *party_name(const struct canon_order *o)
{
    if (o->customer.name)
        return o->customer.name;
    return o->customer.email ? o->customer.email : "Web guest";
}

static void put_address(struct buf *b, const struct canon_order *o)
{
    const struct canon_address *a = o->shipping_to ? o->shipping_to : o->billing;
    struct buf street;

    buf_init(&street, b->arena, 2000);
    if (a && a->street)
        buf_s(&street, a->street);
    if (a && a->street2)
        buf_f(&street, "\n%s", a->street2);
    buf_s(b, "{\"party_name\":");
    put_text(b, a && a->name ? a->name : party_name(o));
    buf_s(b, ",\"street\":");
    put_text(b, buf_cstr(&street));
    buf_s(b, ",\"postal_code\":");
    put_text(b, a ? a->postal_code : NULL);
    buf_s(b, ",\"city\":");
    put_text(b, a ? a->city : NULL);
    buf_c(b, '}');
}

static void put_party_create(struct buf *b, const struct erp_in *in)
{
    call_open(b, "model.party.party.create");
    buf_s(b, "[{\"name\":");
    put_text(b, party_name(in->order));
    buf_s(b, ",\"code\":");
    put_text(b, in->ref);
    buf_s(b, ",\"addresses\":[[\"create\",[");
    put_address(b, in->order);
    buf_s(b, "]]]");
    if (in->order->customer.email) {
        buf_s(b, ",\"contact_mechanisms\":[[\"create\",[{\"type\":\"email\",\"value\":");
        put_text(b, in->order->customer.email);
        buf_s(b, "}]]]");
    }
    buf_s(b, "}]");
}

static const struct erp_product *product_of(const struct erp_in *in, const char *sku)
{
    for (size_t i = 0; i < in->product_count; i++)
        if (strcmp(in->products[i].sku, sku) == 0)
            return &in->products[i];
    return NULL;
}

static void put_taxes(struct buf *b, const struct erp_site *site, const struct canon_taxes *taxes)
{
    int64_t ids[CANON_TAXES_MAX];
    size_t n;

    if (!taxes || !tryton_tax_ids(site, taxes, ids, &n))
        return;
    buf_s(b, ",\"taxes\":[[\"add\",[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(b, ',');
        buf_i64(b, ids[i]);
    }
    buf_s(b, "]]]");
}

void tryton_put_sale_lines(struct buf *b, const struct erp_site *site, const struct tryton_sale *sale,
                           const struct erp_in *in)
{
    char quantity[DECIMAL_TEXT_MAX];

    for (size_t i = 0; i < sale->n; i++) {
        const struct tryton_line *l = &sale->lines[i];
        const struct erp_product *p = product_of(in, l->sku);

        MUST_BE(p && p->id);
        decimal_format(l->quantity, quantity);
        buf_f(b, "%s{\"type\":\"line\",\"product\":%lld,\"unit\":%lld,\"quantity\":%s,\"unit_price\":", i ? "," : "",
              (long long)p->id, (long long)p->unit_id, quantity);
        tryton_put_decimal(b, l->unit_price);
        buf_s(b, ",\"description\":");
        put_text(b, l->title ? l->title : l->sku);
        put_taxes(b, site, l->taxes);
        buf_c(b, '}');
    }
}

static void put_link(struct buf *b, const struct erp_site *site, const char *key)
{
    int64_t id = tryton_setting(site, key, 0);

    if (id)
        buf_f(b, ",\"%s\":%lld", key, (long long)id);
}

static enum err put_sale_create(struct scope *sc, struct buf *b, const struct erp_site *site, const struct erp_in *in)
{
    struct tryton_sale sale;
    int year, month, day;

    TRY(sc, tryton_plan(sc, site, in->order, &sale));
    time_civil(in->order->placed_at_us, &year, &month, &day);
    call_open(b, "model.sale.sale.create");
    buf_f(b, "[{\"company\":%lld,\"currency\":%lld,\"party\":%lld,\"invoice_address\":%lld,\"shipment_address\":%lld",
          (long long)tryton_setting(site, "company", 1), (long long)in->currency_id, (long long)in->party_id,
          (long long)in->address_id, (long long)in->address_id);
    put_link(b, site, "payment_term");
    put_link(b, site, "warehouse");
    buf_s(b, ",\"reference\":");
    put_text(b, in->ref);
    buf_s(b, ",\"description\":");
    put_text(b, in->order->number);
    buf_f(b, ",\"sale_date\":{\"__class__\":\"date\",\"year\":%d,\"month\":%d,\"day\":%d}", year, month, day);
    buf_s(b, ",\"invoice_method\":\"order\",\"shipment_method\":\"order\",\"lines\":[[\"create\",[");
    tryton_put_sale_lines(b, site, &sale, in);
    buf_s(b, "]]]}]");
    return OK;
}

static void put_on_sale(struct buf *b, const char *method, int64_t id)
{
    call_open(b, arena_f(b->arena, "model.sale.sale.%s", method));
    buf_f(b, "[%lld]", (long long)id);
}

static enum err put_call(struct scope *sc, struct buf *b, enum erp_op op, const struct erp_site *site,
                         const struct erp_in *in)
{
    switch (op) {
    case ERP_CURRENCY_FIND:
        put_find(b, "currency.currency", "code", in->text, "[\"code\"]");
        return OK;
    case ERP_PARTY_FIND:
        put_find(b, "party.party", "code", in->ref, "[\"code\",\"addresses\"]");
        return OK;
    case ERP_PARTY_CREATE:
        put_party_create(b, in);
        return OK;
    case ERP_PRODUCTS_FIND:
        put_products_find(b, in);
        return OK;
    case ERP_PRODUCT_CREATE:
        return put_product_create(sc, b, site, in);
    case ERP_SALE_FIND:
        put_find(b, "sale.sale", "reference", in->ref, "[\"state\",\"number\",\"total_amount\"]");
        return OK;
    case ERP_SALE_CREATE:
        return put_sale_create(sc, b, site, in);
    case ERP_SALE_QUOTE:
        put_on_sale(b, "quote", in->id);
        return OK;
    case ERP_SALE_CONFIRM:
        put_on_sale(b, "confirm", in->id);
        return OK;
    case ERP_SALE_READ:
        put_on_sale(b, "read", in->id);
        buf_s(b, ",[\"state\",\"number\",\"total_amount\"]");
        return OK;
    default:
        return FAIL(sc, ERR_INTERNAL, "the ERP cannot do that");
    }
}

/* Session base64("user:id:token"); the session text is "id:token", or the whole where the manifest signed in. */
static const char *authorization(struct scope *sc, const struct erp_site *site)
{
    const char *plain = arena_f(sc->arena, "%s:%s", site->user, site->session);
    struct buf b;

    if (strncmp(site->session, "Session ", 8) == 0)
        return site->session;
    buf_init(&b, sc->arena, 1024);
    buf_s(&b, "Session ");
    buf_base64(&b, plain, strlen(plain));
    return buf_cstr(&b);
}

enum err tryton_build(struct scope *sc, enum erp_op op, const struct erp_site *site, const struct erp_in *in,
                      struct http_call *out)
{
    struct buf b;

    buf_init(&b, sc->arena, TRYTON_BODY_MAX);
    if (op == ERP_LOGIN) {
        put_login(&b, site, in);
    } else {
        TRY(sc, put_call(sc, &b, op, site, in));
        call_close(&b, site);
    }
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the order is too large for the ERP");
    *out = (struct http_call){.method = "POST",
                              .url = site->url,
                              .content_type = "application/json",
                              .authorization = op != ERP_LOGIN && site->session ? authorization(sc, site) : NULL,
                              .body = buf_str(&b),
                              .secret_body = op == ERP_LOGIN};
    return OK;
}
