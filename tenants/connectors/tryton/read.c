#include <inttypes.h>
#include <string.h>

#include "connectors/tryton/tryton_int.h"

/* An answer that says nothing certain: what was to be changed may have been. */
static enum err unclear(struct scope *sc, enum erp_op op, const char *what)
{
    return FAIL(sc, erp_op_changes(op) ? ERR_UPSTREAM_UNKNOWN : ERR_UPSTREAM_BUSY, "the ERP answered %s", what);
}

/* At most max octets, and no half of a character. */
static int cut(struct str text, size_t max)
{
    size_t n = text.n < max ? text.n : max;

    while (n && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* What follows the first line is the database's, for operators. */
static int first_line(struct str text)
{
    const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;

    return cut((struct str){text.p, end ? (size_t)(end - text.p) : text.n}, 200);
}

/* Its own code raises these inside the transaction, which is rolled back then, and swallows them in what it does after
 * the commit; and the database gives them for a commit only when it did not commit. */
static bool is_conflict(struct str text)
{
    return str_is(text, "ConcurrencyException") || str_starts(text, "could not obtain lock") ||
           str_starts(text, "could not serialize") || str_starts(text, "deadlock detected");
}

/* ["UserError",["sentence",…]], or [text, traceback] of an exception inside. That may as well come from the commit,
 * whose answer was lost, or from what is done after it: so it tells nothing of the change. */
static enum err error_read(struct scope *sc, enum erp_op op, const struct doc *error)
{
    struct str first = doc_text(doc_at(error, 0));
    struct str sentence = doc_text(doc_at(doc_at(error, 1), 0));
    enum err e;

    if (str_is(first, "UserError") || str_is(first, "UserWarning")) {
        if (str_is(first, "UserWarning"))
            sentence = doc_text(doc_at(doc_at(error, 1), 1));
        return FAIL(sc, ERR_UPSTREAM_NO, "the ERP refused: %.*s", cut(sentence, 400), sentence.n ? sentence.p : "");
    }
    if (is_conflict(first))
        return FAIL(sc, ERR_UPSTREAM_BUSY, "the ERP was busy with the same record");
    e = unclear(sc, op, arena_f(sc->arena, "an error of its own: %.*s", first_line(first), first.n ? first.p : ""));
    scope_detail(sc, "%.*s", cut(first, 400), first.n ? first.p : "");
    return e;
}

static enum err status_read(struct scope *sc, enum erp_op op, int status)
{
    enum err e;

    switch (status) {
    case 200:
        return OK;
    case 401:
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the ERP does not accept the credentials");
    case 403:
        return FAIL(sc, ERR_UPSTREAM_NO, "the ERP's user may not do that");
    case 429:
        e = FAIL(sc, op == ERP_LOGIN ? ERR_UPSTREAM_AUTH : ERR_UPSTREAM_BUSY, "the ERP asks to come back later");
        scope_retry_after(sc, 60);
        return e;
    default:
        return unclear(sc, op, arena_f(sc->arena, "with status %d", status));
    }
}

static enum err login_read(struct scope *sc, const struct doc *result, struct erp_out *out)
{
    struct str token = doc_text(doc_at(result, 1));
    int64_t user;

    if (!doc_int(doc_at(result, 0), &user) || token.n == 0)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the ERP does not accept the credentials");
    out->session = arena_f(sc->arena, "%" PRId64 ":%.*s", user, (int)token.n, token.p);
    return OK;
}

static bool state_read(const struct doc *record, enum erp_sale_state *out)
{
    static const struct {
        const char *name;
        enum erp_sale_state state;
    } states[] = {{"draft", ERP_SALE_DRAFT},         {"quotation", ERP_SALE_QUOTED},
                  {"confirmed", ERP_SALE_CONFIRMED}, {"processing", ERP_SALE_CONFIRMED},
                  {"done", ERP_SALE_CONFIRMED},      {"cancelled", ERP_SALE_CANCELLED}};
    struct str said = doc_text(doc_get(record, "state"));

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (str_is(said, states[i].name)) {
            *out = states[i].state;
            return true;
        }
    return false;
}

static enum err sale_read(struct scope *sc, enum erp_op op, const struct doc *record, struct erp_out *out)
{
    if (!state_read(record, &out->state))
        return unclear(sc, op, "with a sale without a state");
    if (!doc_decimal(doc_path(record, "total_amount.decimal"), &out->total))
        return unclear(sc, op, "with a sale without a total");
    out->number = doc_cstr(sc->arena, doc_get(record, "number"));
    return OK;
}

static enum err found_read(struct scope *sc, enum erp_op op, const struct doc *result, struct erp_out *out)
{
    const struct doc *record = doc_at(result, 0);

    if (doc_kind(result) != DOC_ARRAY)
        return unclear(sc, op, "with no list");
    out->found = doc_count(result) > 0;
    if (!out->found)
        return OK;
    if (!doc_int(doc_get(record, "id"), &out->id))
        return unclear(sc, op, "with a record without an id");
    if (op == ERP_PARTY_FIND)
        (void)doc_int(doc_at(doc_get(record, "addresses"), 0), &out->address_id);
    if (op == ERP_SALE_FIND || op == ERP_SALE_READ)
        return sale_read(sc, op, record, out);
    return OK;
}

static enum err products_read(struct scope *sc, const struct erp_in *in, const struct doc *result)
{
    if (doc_kind(result) != DOC_ARRAY)
        return unclear(sc, ERP_PRODUCTS_FIND, "with no list");
    for (size_t i = 0; i < doc_count(result); i++) {
        const struct doc *record = doc_at(result, i);
        struct str code = doc_text(doc_get(record, "code"));

        for (size_t k = 0; k < in->product_count; k++) {
            struct erp_product *p = &in->products[k];

            if (!str_is(code, p->sku) || p->unit_id)
                continue;
            if (!doc_int(doc_get(record, "id"), &p->id) || !doc_int(doc_get(record, "default_uom"), &p->unit_id))
                return unclear(sc, ERP_PRODUCTS_FIND, "with a product without an id or unit");
        }
    }
    return OK;
}

static enum err result_read(struct scope *sc, enum erp_op op, const struct erp_in *in, const struct doc *result,
                            struct erp_out *out)
{
    switch (op) {
    case ERP_LOGIN:
        return login_read(sc, result, out);
    case ERP_PRODUCTS_FIND:
        return products_read(sc, in, result);
    case ERP_CURRENCY_FIND:
    case ERP_PARTY_FIND:
    case ERP_SALE_FIND:
    case ERP_SALE_READ:
        return found_read(sc, op, result, out);
    case ERP_PARTY_CREATE:
    case ERP_PRODUCT_CREATE:
    case ERP_SALE_CREATE:
        out->found = doc_int(doc_at(result, 0), &out->id);
        return out->found ? OK : unclear(sc, op, "with no id");
    default: /* buttons answer null whatever they did */
        return OK;
    }
}

enum err tryton_read(struct scope *sc, enum erp_op op, const struct erp_in *in, const struct http_reply *reply,
                     struct erp_out *out)
{
    const struct doc *answer;

    TRY(sc, status_read(sc, op, reply->status));
    if (doc_parse(sc, reply->body, &answer) != OK) {
        scope_clear(sc);
        return unclear(sc, op, "with something that is not JSON");
    }
    if (doc_kind(doc_get(answer, "error")) == DOC_ARRAY)
        return error_read(sc, op, doc_get(answer, "error"));
    if (!doc_get(answer, "result"))
        return unclear(sc, op, "with neither a result nor an error");
    return result_read(sc, op, in, doc_get(answer, "result"), out);
}
