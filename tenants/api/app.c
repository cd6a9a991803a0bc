#include <string.h>

#include "api/manners_int.h"
#include "db/db.h"
#include "org/hosts.h"

/* clang-format off */
const struct route *const api_routes[] = { /* one a line */
    api_hook_routes,
    api_order_routes,
    api_overview_routes,
    api_stream_routes,
    api_why_routes,
    api_exception_routes,
    api_exception_job_routes,
    api_schema_routes,
    api_connector_routes,
    api_own_connector_routes,
    api_mapping_routes,
    api_mapping_version_routes,
    api_mapping_try_routes,
    api_mapping_dry_run_routes,
    api_flow_routes,
    api_flow_version_routes,
    api_flow_connection_routes,
    api_flow_run_routes,
    api_flow_bulk_routes,
    api_flow_batch_routes,
    api_flow_control_routes,
    api_approval_routes,
    api_feed_routes,
    api_file_routes,
    api_connection_life_routes,
    api_connection_try_routes,
    api_job_routes,
    api_job_input_routes,
    api_usage_routes,
    api_live_routes,
    api_backtest_routes,
    api_connection_routes,
    api_message_routes,
    api_cross_routes,
    api_cross_entry_routes,
    api_drift_routes,
    api_drift_shape_routes,
    api_brand_routes,
    api_brand_colours_routes,
    api_page_routes,
    api_look_routes,
    api_signin_page_routes,
    api_portal_page_routes,
    api_mail_routes,
    api_audit_routes,
    api_customer_routes,
    api_lifecycle_routes,
    api_store_routes,
    api_environment_routes,
    api_simulate_routes,
    api_host_routes,
    api_proof_routes,
    api_describe_routes,
    api_grant_routes,
    api_sign_in_routes,
    api_me_routes,
    api_user_routes,
    api_factor_routes,
    api_oidc_routes,
    api_passkey_routes,
    api_key_routes,
    api_client_routes,
    api_oauth_routes,
    api_embed_routes,
    NULL,
};
/* clang-format on */

static _Thread_local struct api_thread *here;

struct api_thread *api_here(void)
{
    return here;
}

enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = (struct uuid){0};
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, list_name, cursor, &at));
    if (at.n != sizeof(out->b))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out->b, at.p, sizeof(out->b));
    return OK;
}

/* The caller's own customer, or for a caller of the whole partner the one its `customer` header names. */
enum err api_customer_of(struct scope *sc, const struct rq *rq, struct uuid *out)
{
    struct str said = rq_header(rq, "customer");

    if (sc->tenant.has_customer && said.n == 0) {
        *out = sc->tenant.customer_id;
        return OK;
    }
    if (rq_header_count(rq, "customer") != 1 || !typeid_parse("cus", said.p, said.n, out))
        return FAIL(sc, ERR_INVALID, "name the customer in a \"customer: cus_…\" header");
    if (sc->tenant.has_customer && !uuid_equal(out, &sc->tenant.customer_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    return OK;
}

enum err api_replaced(struct scope *sc, const struct rq *rq, enum err found, const int64_t *now, int64_t *out)
{
    *out = 0;
    if (found == ERR_NOT_FOUND) {
        scope_clear(sc);
        return OK;
    }
    TRY(sc, found);
    TRY(sc, rq_if_match(sc, rq, out));
    return *out == *now ? OK : rq_stale(sc, *now);
}

static void begin(struct scope *sc, void *thread_data)
{
    here = thread_data;
    sc->db = here->db;
}

static enum err host(struct scope *sc, struct rq *rq)
{
    struct org_host *found = ARENA_NEW(sc->arena, struct org_host);
    enum err e;

    sc->address = str_dup(sc->arena, rq->peer);
    if (!stranger_may_ask(rq->peer) && !org_host_is_known(rq->host))
        return stranger_refuse(sc);
    e = org_host_find(sc, rq->host, found);
    if (e == ERR_NOT_FOUND)
        stranger_was_wrong(rq->peer);
    TRY(sc, e);
    if (found->suspended && !str_starts(rq->path, "/hooks/"))
        return FAIL(sc, ERR_FORBIDDEN, "this service is suspended");
    rq->host_data = found;
    rq->owner = found->partner_id;
    return OK;
}

/* Who makes up names costs a question each time, here as with requests. */
static enum err certificate(struct scope *sc, struct str name, struct http_certificate *out)
{
    struct str peer = str_of(sc->address);
    struct org_host found;
    enum err e;

    if (!stranger_may_ask(peer) && !org_host_is_known(name))
        return stranger_refuse(sc);
    e = org_host_find(sc, name, &found);
    if (e == ERR_NOT_FOUND)
        stranger_was_wrong(peer);
    TRY(sc, e);
    return org_certificate_find(sc, name, &out->chain, &out->key);
}

enum err api_certificate(struct scope *sc, struct str name, struct http_certificate *out)
{
    enum err e = certificate(sc, name, out);

    db_rollback(sc);
    return e;
}

void api_app(struct api_thread *t, struct http_app *out)
{
    *out = (struct http_app){.routes = api_routes,
                             .host = host,
                             .auth = api_auth,
                             .begin = begin,
                             .admit = api_admit,
                             .end = api_end,
                             .dress = api_dress,
                             .relations = api_relations,
                             .reword = api_reword,
                             .renew = api_renew,
                             .certificate = api_certificate,
                             .thread_data = t};
}
