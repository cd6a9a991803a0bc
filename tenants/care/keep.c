#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_care.h"
#include "sys/config.h"
#include "sys/loop.h"
#include "json/doc_value.h"

/* What a vendor sends where is kept as the work needs it: looked at every few hours, since people and vendors take it
 * away. Nothing is remembered of what was registered; what the vendor lists is the truth, so a run that was broken off,
 * or whose answer was lost, is made good by the next one. */

#define LEASE_S  300
#define AGAIN_S  (6 * 3600)
#define SOON_S   900 /* after a fault; twice as long after each further one, and AGAIN_S at most */
#define RUN_US   INT64_C(240000000)
#define KEPT_MAX 16384

enum err care_keeps_due(struct scope *sc, size_t most, struct care_due **out, size_t *out_n)
{
    struct q_care_keeps_due_rows rows;

    TRY(sc, q_care_keeps_due(sc, &(struct q_care_keeps_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct care_due, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct care_due){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].connection_id};
    *out_n = rows.n;
    return OK;
}

/* Where deliveries come to: at the partner's own host. */
static enum err address(struct keeping *k)
{
    int port = (int)config_int("PUBLIC_PORT");
    const struct q_keep_host_row *row;
    const char *path;
    enum err e;

    TRY(k->sc, q_keep_host(k->sc, &row));
    if (!row)
        return FAIL(k->sc, ERR_HOLD, "the partner has no verified host that deliveries could come to");
    e = link_hook_path(k->sc, k->link, &path);
    if (e == ERR_NOT_FOUND) {
        scope_clear(k->sc);
        return FAIL(k->sc, ERR_HOLD,
                    "its address for webhooks is known to the vendor alone, since it was made before such were kept: "
                    "register by hand, or make another connection");
    }
    TRY(k->sc, e);
    k->address = port == 443 ? arena_f(k->sc->arena, "https://%s%s", row->host, path)
                             : arena_f(k->sc->arena, "https://%s:%d%s", row->host, port, path);
    link_wipe_later(k->sc, str_of(k->address));
    return OK;
}

static enum err listed(struct keeping *k, const struct doc **out)
{
    struct ask list = {.operation = manifest_subscription_list(k->m)};
    struct told told;
    enum err e = link_ask(k->sc, k->link, &list, &told);

    if (e == ERR_UPSTREAM_AUTH) {
        scope_clear(k->sc);
        e = link_ask(k->sc, k->link, &list, &told);
    }
    TRY(k->sc, e);
    *out = told.value;
    return OK;
}

static enum err keep(struct keeping *k, const struct uuid *connection_id)
{
    const struct doc *list;

    TRY(k->sc, link_open(k->sc, connection_id, &k->link));
    link_lane(k->link, LANE_ORDERS);
    link_budget(k->link, k->budget);
    k->m = manifest_of(link_connector(k->link));
    k->topic_count = manifest_topics(k->m, &k->topics);
    if (k->topic_count == 0 || k->topic_count > CARE_TOPICS_MAX)
        return FAIL(k->sc, ERR_HOLD, "the vendor cannot be asked what it sends where");
    TRY(k->sc, address(k));
    TRY(k->sc, link_secrets(k->sc, k->link, &k->secrets));
    TRY(k->sc, listed(k, &list));
    k->seen = true;
    if (manifest_subscriptions_whole(k->m))
        care_keep_whole(k, list);
    else
        care_keep_each(k, list);
    return OK;
}

static const char *kept_text(const struct keeping *k)
{
    struct buf b;

    buf_init(&b, k->sc->arena, KEPT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < k->topic_count; i++) {
        buf_s(&b, i ? ",{\"topic\":" : "{\"topic\":");
        json_put_text(&b, str_of(k->topics[i]));
        buf_f(&b, ",\"state\":\"%s\"}", k->there[i] ? "registered" : "missing");
    }
    buf_c(&b, ']');
    return buf_cstr(&b);
}

enum err care_keep_run(struct scope *sc, const struct care_due *of)
{
    struct keeping k = {.sc = sc, .budget = ARENA_NEW(sc->arena, struct connector_budget)};
    const struct q_keep_claim_row *row;

    *k.budget = (struct connector_budget){CARE_BOUND_US, CARE_OCTETS_MAX};
    TRY(sc, q_keep_claim(sc, &(struct q_keep_claim_in){.connection_id = of->connection_id, .lease_s = LEASE_S}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return OK;
    sc->deadline_us = loop_now_us() + RUN_US;
    if (keep(&k, &of->connection_id) != OK) {
        log_fault(LOG_WARN, "care", sc, "what a vendor sends where could not be kept");
        k.fault = care_words(sc);
    }
    sc->deadline_us = 0;
    TRY(sc, q_keep_store(sc,
                         &(struct q_keep_store_in){.connection_id = of->connection_id,
                                                   .kept = k.seen ? kept_text(&k) : NULL,
                                                   .fault = k.fault,
                                                   .soon_s = SOON_S,
                                                   .again_s = AGAIN_S},
                         NULL));
    return db_commit(sc);
}

/* ---- for people ---- */

enum err care_keep_ask(struct scope *sc, const struct connection *c, bool wanted)
{
    const struct connector *connector;
    const char *const *topics;

    TRY(sc, connector_of(sc, c, &connector));
    if (manifest_topics(manifest_of(connector), &topics) == 0)
        return FAIL(sc, ERR_CONFLICT,
                    "such a system cannot be asked what it sends where: register its webhooks by hand");
    return q_keep_ask(sc,
                      &(struct q_keep_ask_in){.partner_id = sc->tenant.partner_id,
                                              .customer_id = c->customer_id,
                                              .connection_id = c->connection_id,
                                              .kept = wanted},
                      NULL);
}

enum err care_keep_get(struct scope *sc, const struct connection *c, struct care_keeping *out)
{
    const struct connector *connector;
    const struct q_keep_get_row *row;
    const char *const *topics;
    const struct doc *list;

    *out = (struct care_keeping){.kept_us = INT64_MIN, .next_us = INT64_MIN};
    TRY(sc, connector_if_good(sc, c, &connector));
    out->can = manifest_topics(manifest_of(connector), &topics) > 0;
    TRY(sc, q_keep_get(sc, &(struct q_keep_get_in){.connection_id = c->connection_id}, &row));
    if (!row)
        return OK;
    out->wanted = row->has_keep_at;
    out->next_us = row->has_keep_at ? row->keep_at_us : INT64_MIN;
    out->kept_us = row->has_kept_at ? row->kept_at_us : INT64_MIN;
    out->fault = row->keep_fault;
    if (!row->kept)
        return OK;
    TRY(sc, doc_parse(sc, str_of(row->kept), &list));
    for (size_t i = 0; i < doc_count(list) && i < CARE_TOPICS_MAX; i++)
        out->topics[out->topic_count++] = (struct care_topic){doc_cstr(sc->arena, doc_get(doc_at(list, i), "topic")),
                                                              doc_cstr(sc->arena, doc_get(doc_at(list, i), "state"))};
    return OK;
}
