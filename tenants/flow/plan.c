#include "crypto/crypto.h"
#include "flow/flow.h"
#include "q_flow.h"

#define COLUMN(type, name)      type *name = (type *)arena_array(sc->arena, n, sizeof(type))
#define ARRAY(member_, column_) .member_ = (column_), .member_##_n = n

static struct bytes hash_of(struct scope *sc, struct bytes body)
{
    uint8_t *hash = arena_alloc(sc->arena, CRYPTO_HASH_BYTES);

    crypto_hash(body.p, body.n, hash);
    return (struct bytes){hash, CRYPTO_HASH_BYTES};
}

static void tickets_of(struct scope *sc, const struct q_job_plan_rows *rows, struct flow_ticket **out, size_t *out_n)
{
    struct flow_ticket *v = ARENA_ARRAY(sc->arena, struct flow_ticket, rows->n);

    for (size_t i = 0; i < rows->n; i++)
        v[i] = (struct flow_ticket){sc->tenant.partner_id, rows->v[i].customer_id, rows->v[i].job_id, rows->v[i].lane};
    *out = v;
    *out_n = rows->n;
}

enum err ledger_plan(struct scope *sc, const struct flow_plan *v, size_t n, struct flow_ticket **out, size_t *out_n)
{
    COLUMN(struct uuid, customers);
    COLUMN(struct uuid, jobs);
    COLUMN(struct uuid, flows);
    COLUMN(int32_t, versions);
    COLUMN(bool, shadows);
    COLUMN(const char *, origins);
    COLUMN(const char *, kinds);
    COLUMN(const char *, keys);
    COLUMN(bool, keyeds);
    COLUMN(int32_t, lanes);
    COLUMN(int64_t, run_ats);
    COLUMN(int64_t, deadlines);
    COLUMN(struct bytes, bodies);
    COLUMN(struct bytes, hashes);
    COLUMN(const char *, givers);
    struct q_job_plan_rows rows;

    for (size_t i = 0; i < n; i++) {
        customers[i] = v[i].customer_id;
        jobs[i] = v[i].job_id;
        flows[i] = v[i].flow_id;
        versions[i] = v[i].version;
        shadows[i] = v[i].shadow;
        origins[i] = v[i].origin_key;
        kinds[i] = v[i].kind;
        keys[i] = v[i].business_key;
        keyeds[i] = v[i].keyed;
        lanes[i] = v[i].lane;
        run_ats[i] = v[i].run_at_us;
        deadlines[i] = v[i].deadline_us;
        bodies[i] = v[i].body;
        hashes[i] = hash_of(sc, v[i].body);
        givers[i] = v[i].given_by;
    }
    TRY(sc, q_job_plan(sc,
                       &(struct q_job_plan_in){.partner_id = sc->tenant.partner_id,
                                               ARRAY(customer_ids, customers),
                                               ARRAY(job_ids, jobs),
                                               ARRAY(flow_ids, flows),
                                               ARRAY(versions, versions),
                                               ARRAY(shadows, shadows),
                                               ARRAY(origin_keys, origins),
                                               ARRAY(kinds, kinds),
                                               ARRAY(business_keys, keys),
                                               ARRAY(keyeds, keyeds),
                                               ARRAY(lanes, lanes),
                                               .run_ats_us = run_ats,
                                               .run_ats_n = n,
                                               .deadlines_us = deadlines,
                                               .deadlines_n = n,
                                               ARRAY(bodies, bodies),
                                               ARRAY(body_hashes, hashes),
                                               ARRAY(given_bys, givers)},
                       &rows));
    tickets_of(sc, &rows, out, out_n);
    return OK;
}
