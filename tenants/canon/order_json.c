#include "base/timefmt.h"
#include "canon/canon.h"

/* Members in a fixed order and decimals as text, so that the same order always gives the same octets. */
struct writer {
    struct buf *out;
    bool first;
};

static void open_object(struct writer *w)
{
    buf_c(w->out, '{');
    w->first = true;
}

static void close_object(struct writer *w)
{
    buf_c(w->out, '}');
    w->first = false;
}

static void name(struct writer *w, const char *key)
{
    if (!w->first)
        buf_c(w->out, ',');
    w->first = false;
    buf_c(w->out, '"');
    buf_s(w->out, key);
    buf_s(w->out, "\":");
}

static void text(struct writer *w, const char *key, const char *value)
{
    name(w, key);
    if (value)
        json_put_text(w->out, str_of(value));
    else
        buf_s(w->out, "null");
}

static void number(struct writer *w, const char *key, struct decimal d)
{
    char digits[DECIMAL_TEXT_MAX];

    decimal_format(d, digits);
    text(w, key, digits);
}

static void truth(struct writer *w, const char *key, bool value)
{
    name(w, key);
    buf_s(w->out, value ? "true" : "false");
}

static void when(struct writer *w, const char *key, int64_t us)
{
    char at[TIME_TEXT_MAX];

    time_format(us, at);
    text(w, key, at);
}

static void separate(struct writer *w, size_t i)
{
    if (i)
        buf_c(w->out, ',');
}

static void open_list(struct writer *w, const char *key)
{
    name(w, key);
    buf_c(w->out, '[');
}

static void close_list(struct writer *w)
{
    buf_c(w->out, ']');
    w->first = false;
}

static void taxes(struct writer *w, const struct canon_taxes *v)
{
    open_list(w, "taxes");
    for (size_t i = 0; i < v->n; i++) {
        separate(w, i);
        open_object(w);
        text(w, "title", v->v[i].title);
        number(w, "rate", v->v[i].rate);
        number(w, "amount", v->v[i].amount);
        close_object(w);
    }
    close_list(w);
}

static void lines(struct writer *w, const struct canon_order *o)
{
    open_list(w, "lines");
    for (size_t i = 0; i < o->line_count; i++) {
        const struct canon_line *l = &o->lines[i];

        separate(w, i);
        open_object(w);
        text(w, "key", l->key);
        text(w, "sku", l->sku);
        text(w, "title", l->title);
        number(w, "quantity", l->quantity);
        number(w, "unit_price", l->unit_price);
        number(w, "discount", l->discount);
        taxes(w, &l->taxes);
        close_object(w);
    }
    close_list(w);
}

static void shipping(struct writer *w, const struct canon_order *o)
{
    open_list(w, "shipping");
    for (size_t i = 0; i < o->shipping_count; i++) {
        const struct canon_shipping *s = &o->shipping[i];

        separate(w, i);
        open_object(w);
        text(w, "title", s->title);
        number(w, "price", s->price);
        number(w, "discount", s->discount);
        taxes(w, &s->taxes);
        close_object(w);
    }
    close_list(w);
}

static void address(struct writer *w, const char *key, const struct canon_address *a)
{
    name(w, key);
    if (!a) {
        buf_s(w->out, "null");
        return;
    }
    open_object(w);
    text(w, "name", a->name);
    text(w, "company", a->company);
    text(w, "street", a->street);
    text(w, "street2", a->street2);
    text(w, "postal_code", a->postal_code);
    text(w, "city", a->city);
    text(w, "region", a->region);
    text(w, "country", a->country);
    text(w, "phone", a->phone);
    close_object(w);
}

static void customer(struct writer *w, const struct canon_customer *c)
{
    name(w, "customer");
    open_object(w);
    text(w, "key", c->key);
    text(w, "name", c->name);
    text(w, "email", c->email);
    text(w, "phone", c->phone);
    close_object(w);
}

static void discounts(struct writer *w, const struct canon_order *o)
{
    open_list(w, "discounts");
    for (size_t i = 0; i < o->discount_count; i++) {
        separate(w, i);
        open_object(w);
        text(w, "code", o->discounts[i].code);
        text(w, "title", o->discounts[i].title);
        number(w, "amount", o->discounts[i].amount);
        close_object(w);
    }
    close_list(w);
}

static void fees(struct writer *w, const struct canon_order *o)
{
    open_list(w, "fees");
    for (size_t i = 0; i < o->fee_count; i++) {
        separate(w, i);
        open_object(w);
        text(w, "title", o->fees[i].title);
        number(w, "amount", o->fees[i].amount);
        taxes(w, &o->fees[i].taxes);
        close_object(w);
    }
    close_list(w);
}

static void tenders(struct writer *w, const struct canon_order *o)
{
    open_list(w, "tenders");
    for (size_t i = 0; i < o->tender_count; i++) {
        separate(w, i);
        open_object(w);
        text(w, "kind", o->tenders[i].kind);
        text(w, "key", o->tenders[i].key);
        text(w, "title", o->tenders[i].title);
        number(w, "amount", o->tenders[i].amount);
        close_object(w);
    }
    close_list(w);
}

static void text_if(struct writer *w, const char *key, const char *value)
{
    if (value)
        text(w, key, value);
}

/* Came after the others: an order without them is written as it always was, so that its hash stays. */
static void later(struct writer *w, const struct canon_order *o)
{
    text_if(w, "channel", o->channel);
    text_if(w, "state", o->state);
    text_if(w, "source_state", o->source_state);
    text_if(w, "payment_state", o->payment_state);
    if (o->discount_count)
        discounts(w, o);
    if (o->fee_count)
        fees(w, o);
    if (o->taxes.n)
        taxes(w, &o->taxes);
    if (decimal_sign(o->rounding))
        number(w, "rounding", o->rounding);
    if (o->tender_count)
        tenders(w, o);
}

void canon_order_write(struct buf *out, const struct canon_order *o)
{
    struct writer w = {out, true};

    open_object(&w);
    text(&w, "schema", CANON_ORDER_SCHEMA);
    text(&w, "natural_key", o->natural_key);
    text(&w, "number", o->number);
    text(&w, "currency", o->currency);
    when(&w, "placed_at", o->placed_at_us);
    when(&w, "updated_at", o->updated_at_us);
    truth(&w, "taxes_included", o->taxes_included);
    truth(&w, "cancelled", o->cancelled);
    truth(&w, "test", o->test);
    customer(&w, &o->customer);
    address(&w, "billing", o->billing);
    address(&w, "shipping_to", o->shipping_to);
    lines(&w, o);
    shipping(&w, o);
    number(&w, "tip", o->tip);
    number(&w, "duties", o->duties);
    number(&w, "subtotal", o->subtotal);
    number(&w, "discount_total", o->discount_total);
    number(&w, "tax_total", o->tax_total);
    number(&w, "total", o->total);
    text(&w, "note", o->note);
    later(&w, o);
    close_object(&w);
}
