#include <string.h>

#include "api/customer_int.h"
#include "audit/audit.h"
#include "db/db.h"
#include "lifecycle/lifecycle.h"
#include "sys/loop.h"

#define BUNDLE_WHOLE_MAX ((int64_t)16 << 20) /* octets in one answer; larger ones come by pages */
#define ERASE_US         (INT64_C(15) * 1000000)

/* ---- suspend, resume, erase ---- */

struct why {
    const char *reason, *confirm;
};

static const struct wire_field suspend_fields[] = {
    WIRE_TEXT(struct why, reason, 500, "Why; shown with the customer."),
    {},
};
static const struct wire suspend_wire = {"CustomerSuspend", sizeof(struct why), suspend_fields};

static const struct wire_field erase_fields[] = {
    WIRE_TEXT(struct why, confirm, 120, "The customer's name, to the letter."),
    WIRE_TEXT(struct why, reason, 500, "Why; kept in the certificate."),
    {},
};
static const struct wire erase_wire = {"CustomerErase", sizeof(struct why), erase_fields};

static enum err suspend(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer c;
    struct why why;

    TRY(sc, api_customer_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &suspend_wire, &why));
    TRY(sc, lifecycle_suspend(sc, &c.customer_id, why.reason));
    api_customer_note(sc, "customer.suspend", &c.customer_id, why.reason);
    return api_customer_answer(sc, rs, 200, &c.customer_id);
}

static enum err resume(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer c;

    TRY(sc, api_customer_named(sc, rq, &c));
    TRY(sc, lifecycle_resume(sc, &c.customer_id));
    api_customer_note(sc, "customer.resume", &c.customer_id, NULL);
    return api_customer_answer(sc, rs, 200, &c.customer_id);
}

/* What is not deleted within the time is left to a repeat of the same request; the keys have gone with the first. */
static enum err erase(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer c;
    struct why why;
    bool closed;

    TRY(sc, api_customer_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &erase_wire, &why));
    api_customer_note(sc, "customer.erase", &c.customer_id, why.reason);
    TRY(sc, lifecycle_erase(sc, &c.customer_id, why.confirm, why.reason, loop_now_us() + ERASE_US, &closed));
    return api_customer_answer(sc, rs, closed ? 200 : 202, &c.customer_id);
}

/* ---- exports ---- */

static const char *const states[] = {"waiting", "running", "ready", "failed", "expired", NULL};

struct export_view {
    struct uuid id, customer_id;
    const char *state, *reason, *chain;
    int64_t created_at, ready_at, expires_at, size, pages;
};

static const struct wire_field export_fields[] = {
    WIRE_ID(struct export_view, id, "exp", "This export."),
    WIRE_ID(struct export_view, customer_id, "cus", "Whose data it holds."),
    WIRE_ENUM(struct export_view, state, states, "How far it is; a ready one can be fetched until it expires."),
    WIRE_TEXT(struct export_view, reason, 500, "Why it failed; null otherwise."),
    WIRE_TIME(struct export_view, created_at, "When it was asked for."),
    WIRE_TIME(struct export_view, ready_at, "When it was made; null before."),
    WIRE_TIME(struct export_view, expires_at, "When it is deleted."),
    WIRE_INT(struct export_view, size, 0, INT64_MAX, "Octets of the bundle."),
    WIRE_INT(struct export_view, pages, 0, INT32_MAX, "Pages of the bundle, each at most 1 MiB."),
    WIRE_TEXT(struct export_view, chain, 64, "The hash over all its lines that the signed manifest holds, hex."),
    {},
};
static const struct wire export_wire = {"Export", sizeof(struct export_view), export_fields};

static enum err export_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct lifecycle_export x;
    struct export_view v;
    struct buf chain;

    TRY(sc, lifecycle_export_get(sc, id, &x));
    buf_init(&chain, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&chain, x.chain.p, x.chain.n);
    v = (struct export_view){.id = x.export_id,
                             .customer_id = x.customer_id,
                             .state = x.state,
                             .reason = x.reason,
                             .chain = x.chain.p ? buf_cstr(&chain) : NULL,
                             .created_at = x.created_at_us,
                             .ready_at = x.ready_at_us,
                             .expires_at = x.expires_at_us,
                             .size = x.size,
                             .pages = x.pages};
    return rs_json(sc, rs, status, &export_wire, &v);
}

static enum err unbranded(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "an export holds all store brands of the customer") : OK;
}

static enum err export_ask(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_customer c;
    struct uuid id;

    TRY(sc, unbranded(sc));
    TRY(sc, api_customer_named(sc, rq, &c));
    TRY(sc, lifecycle_export_ask(sc, &c.customer_id, &id));
    api_customer_note(sc, "customer.export", &c.customer_id, NULL);
    return export_answer(sc, rs, 202, &id);
}

static enum err export_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "export_id", "exp", &id));
    return export_answer(sc, rs, 200, &id);
}

static enum err whole(struct scope *sc, const struct lifecycle_export *x, struct str *out)
{
    struct buf b;

    if (x->size > BUNDLE_WHOLE_MAX)
        return FAIL(sc, ERR_CONFLICT,
                    "the bundle is larger than 16 MiB: fetch ?page=1 to ?page=%d and put them together", x->pages);
    buf_init(&b, sc->arena, (size_t)BUNDLE_WHOLE_MAX);
    for (int32_t i = 1; i <= x->pages; i++) {
        struct bytes page;

        TRY(sc, lifecycle_export_page(sc, x, i, &page));
        buf_add(&b, page.p, page.n);
    }
    *out = buf_str(&b);
    return OK;
}

static enum err export_bundle(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct lifecycle_export x;
    struct bytes page = {0};
    struct str body;
    struct uuid id;
    int64_t number;

    TRY(sc, rq_path_id(sc, rq, "export_id", "exp", &id));
    TRY(sc, rq_query_int(sc, rq, "page", 0, 1, INT32_MAX, &number));
    TRY(sc, lifecycle_export_get(sc, &id, &x));
    TRY(sc, audit_read_of(sc, &x.customer_id, "customer.export.read", "exp", &id));
    if (strcmp(x.state, "ready") != 0)
        return FAIL(sc, ERR_CONFLICT, "the export is %s, only a ready one can be fetched", x.state);
    if (number > x.pages)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such page of this export");
    if (number) {
        TRY(sc, lifecycle_export_page(sc, &x, (int32_t)number, &page));
        body = (struct str){page.p, page.n};
    } else {
        TRY(sc, whole(sc, &x, &body));
    }
    rs_header(sc, rs, "content-disposition", "attachment; filename=\"export.jsonl\"");
    return rs_bytes(sc, rs, 200, "application/jsonl", body);
}

static const char *const bundle_query[] = {"page", NULL};

const struct route api_lifecycle_routes[] = {
    {POST, "/v1/customers/{customer_id}/suspend", suspend, .name = "customers.suspend",
     .summary = "Stops the work of a customer; what comes in is kept.", .may = PERMISSION_CUSTOMERS_WRITE,
     .takes = &suspend_wire, .answers = &api_customer_wire},
    {POST, "/v1/customers/{customer_id}/resume", resume, .name = "customers.resume",
     .summary = "Lets the work of a customer go on.", .may = PERMISSION_CUSTOMERS_WRITE, .answers = &api_customer_wire},
    {POST, "/v1/customers/{customer_id}/erase", erase, .name = "customers.erase",
     .summary = "Erases a suspended customer for good and answers with the certificate.",
     .may = PERMISSION_CUSTOMERS_ERASE, .takes = &erase_wire, .answers = &api_customer_wire},
    {POST, "/v1/customers/{customer_id}/exports", export_ask, .idempotent = true, .name = "customers.export",
     .summary = "Asks for a signed bundle of all that a customer has.", .may = PERMISSION_CUSTOMERS_EXPORT,
     .answers = &export_wire},
    {GET, "/v1/exports/{export_id}", export_get, .name = "exports.get", .summary = "How far an export is.",
     .may = PERMISSION_CUSTOMERS_EXPORT, .answers = &export_wire},
    {GET, "/v1/exports/{export_id}/bundle", export_bundle, .name = "exports.bundle",
     .summary = "The signed bundle of an export.", .may = PERMISSION_CUSTOMERS_EXPORT, .query = bundle_query},
    {},
};
