#include "crypto/crypto.h"
#include "files/page_int.h"
#include "walk/walk.h"

/* What one transaction stores of a file: rows that became messages, and rows that were refused. */

#define DAY_US   (INT64_C(86400) * 1000000)
#define JOB_DAYS 7

void files_page_refuse(struct scope *sc, struct files_page *p, int64_t *so_far, const struct files_refused *r)
{
    p->refused_all++;
    if ((*so_far)++ >= FILES_ROWS_KEPT)
        return;
    p->numbers[p->refused_n] = r->number;
    p->lines[p->refused_n] = r->line;
    p->fields[p->refused_n] = r->field ? r->field : "";
    p->reasons[p->refused_n++] = arena_cut(sc->arena, r->reason, 500);
}

enum err files_page_take(struct scope *sc, const struct q_file_flow_row *flow, const struct files_taken *t,
                         struct files_page *p)
{
    struct walk_plan plan = {.span_us = JOB_DAYS * DAY_US};
    uint8_t *hash = ARENA_ARRAY(sc->arena, uint8_t, CRYPTO_HASH_BYTES);
    size_t i = p->n;

    if (flow)
        TRY(sc, walk_message(sc, &flow->flow_id, flow->current_version, t->body, &plan));
    crypto_hash(t->json.p, t->json.n, hash);
    p->messages[i] = uuid_new();
    p->topics[i] = t->topic;
    p->dedupes[i] = t->dedupe;
    p->kinds[i] = flow ? WALK_KIND : NULL;
    p->lanes[i] = plan.lane;
    p->spans[i] = plan.span_us;
    p->keyeds[i] = plan.key != NULL;
    p->keys[i] = plan.key ? plan.key : t->key;
    p->objects[i] = t->key;
    p->bodies[i] = (struct bytes){t->json.p, t->json.n};
    p->hashes[i] = (struct bytes){hash, CRYPTO_HASH_BYTES};
    p->n++;
    return OK;
}

static const struct uuid nobody;

enum err files_page_store(struct scope *sc, const struct files_due *of, const struct q_file_flow_row *flow,
                          const struct files_page *p, struct q_file_store_rows *out)
{
    return q_file_store(sc,
                        &(struct q_file_store_in){.partner_id = sc->tenant.partner_id,
                                                  .customer_id = sc->tenant.customer_id,
                                                  .connection_id = of->connection_id,
                                                  .message_ids = p->messages,
                                                  .message_ids_n = p->n,
                                                  .topics = (const char **)p->topics,
                                                  .topics_n = p->n,
                                                  .dedupe_keys = (const char **)p->dedupes,
                                                  .dedupe_keys_n = p->n,
                                                  .business_keys = (const char **)p->keys,
                                                  .business_keys_n = p->n,
                                                  .object_keys = (const char **)p->objects,
                                                  .object_keys_n = p->n,
                                                  .kinds = (const char **)p->kinds,
                                                  .kinds_n = p->n,
                                                  .lanes = p->lanes,
                                                  .lanes_n = p->n,
                                                  .keyeds = p->keyeds,
                                                  .keyeds_n = p->n,
                                                  .spans_us = p->spans,
                                                  .spans_us_n = p->n,
                                                  .bodies = p->bodies,
                                                  .bodies_n = p->n,
                                                  .body_hashes = p->hashes,
                                                  .body_hashes_n = p->n,
                                                  .has_flow_id = flow != NULL,
                                                  .flow_id = flow ? flow->flow_id : nobody,
                                                  .has_flow_version = flow != NULL,
                                                  .flow_version = flow ? flow->current_version : 0,
                                                  .shadow = flow && flow->shadow},
                        out);
}

enum err files_page_store_refused(struct scope *sc, const struct files_due *of, const struct files_page *p)
{
    if (!p->refused_n)
        return OK;
    return q_file_refuse(sc,
                         &(struct q_file_refuse_in){.partner_id = sc->tenant.partner_id,
                                                    .customer_id = sc->tenant.customer_id,
                                                    .file_id = of->file_id,
                                                    .numbers = p->numbers,
                                                    .numbers_n = p->refused_n,
                                                    .lines = p->lines,
                                                    .lines_n = p->refused_n,
                                                    .fields = (const char **)p->fields,
                                                    .fields_n = p->refused_n,
                                                    .reasons = (const char **)p->reasons,
                                                    .reasons_n = p->refused_n},
                         NULL);
}

void files_page_announce(struct scope *sc, const struct q_file_store_rows *jobs, files_notify *notify, void *arg)
{
    struct flow_ticket *v = ARENA_ARRAY(sc->arena, struct flow_ticket, jobs->n);

    for (size_t i = 0; i < jobs->n; i++)
        v[i] = (struct flow_ticket){sc->tenant.partner_id, sc->tenant.customer_id, jobs->v[i].job_id, jobs->v[i].lane};
    if (jobs->n && notify)
        notify(arg, v, jobs->n);
}
