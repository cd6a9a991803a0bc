#include <string.h>

#include "db/db.h"
#include "flow/ledger_int.h"
#include "q_flow.h"
#include "sys/fault.h"

/* Effects of many jobs of one tenant in one statement. */

/* Everybody inserts in this order, so that two batches that mean the same effects wait for one another and no more. */
static bool comes_before(const struct effect_mark *a, const struct effect_mark *b)
{
    int order = memcmp(a->e->connection_id.b, b->e->connection_id.b, sizeof(a->e->connection_id.b));

    if (order == 0)
        order = strcmp(a->e->operation, b->e->operation);
    return order ? order < 0 : strcmp(a->e->key, b->e->key) < 0;
}

static void sort(struct effect_mark **v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct effect_mark *m = v[i];
        size_t at = i;

        for (; at > 0 && comes_before(m, v[at - 1]); at--)
            v[at] = v[at - 1];
        v[at] = m;
    }
}

#define COLUMN(type, name) type *name = (type *)arena_array(sc->arena, n, sizeof(type))

enum err effects_mark(struct scope *sc, void *const *tickets, size_t n)
{
    struct effect_mark **m = ARENA_ARRAY(sc->arena, struct effect_mark *, n);
    struct q_effects_mark_rows rows;
    COLUMN(struct uuid, effects);
    COLUMN(struct uuid, connections);
    COLUMN(struct uuid, jobs);
    COLUMN(struct uuid, mappings);
    COLUMN(const char *, operations);
    COLUMN(const char *, keys);
    COLUMN(struct bytes, hashes);
    COLUMN(int64_t, epochs);
    COLUMN(int32_t, pins);

    for (size_t i = 0; i < n; i++)
        m[i] = tickets[i];
    sort(m, n);
    for (size_t i = 0; i < n; i++) {
        const struct flow_pin *pin = &m[i]->job->pin;

        effects[i] = m[i]->effect_id;
        connections[i] = m[i]->e->connection_id;
        jobs[i] = m[i]->job->job_id;
        operations[i] = m[i]->e->operation;
        keys[i] = m[i]->e->key;
        hashes[i] = m[i]->has_hash ? (struct bytes){m[i]->hash, CRYPTO_HASH_BYTES} : (struct bytes){"", 0};
        epochs[i] = m[i]->job->epoch;
        pins[i] = pin->due ? pin->version : -1;
        mappings[i] = pin->own ? pin->mapping_id : (struct uuid){{0}};
        m[i]->outcome = EFFECT_MARK_FENCED;
    }
    FAULT_POINT("effect.before_mark");
    db_commit_next(sc);
    TRY(sc, q_effects_mark(sc,
                           &(struct q_effects_mark_in){.effect_ids = effects,
                                                       .effect_ids_n = n,
                                                       .connection_ids = connections,
                                                       .connection_ids_n = n,
                                                       .job_ids = jobs,
                                                       .job_ids_n = n,
                                                       .operations = operations,
                                                       .operations_n = n,
                                                       .effect_keys = keys,
                                                       .effect_keys_n = n,
                                                       .hashes = hashes,
                                                       .hashes_n = n,
                                                       .epochs = epochs,
                                                       .epochs_n = n,
                                                       .pins = pins,
                                                       .pins_n = n,
                                                       .mapping_ids = mappings,
                                                       .mapping_ids_n = n},
                           &rows));
    for (size_t i = 0; i < rows.n; i++)
        m[rows.v[i].place - 1]->outcome = rows.v[i].made ? EFFECT_MARK_MADE : EFFECT_MARK_KNOWN;
    return OK;
}

enum err effects_confirm(struct scope *sc, void *const *tickets, size_t n)
{
    struct q_effects_confirm_rows rows;
    COLUMN(struct uuid, effects);
    COLUMN(struct uuid, jobs);
    COLUMN(int64_t, epochs);
    COLUMN(const char *, refs);

    for (size_t i = 0; i < n; i++) {
        struct effect_done *d = tickets[i];

        effects[i] = d->effect_id;
        jobs[i] = d->job->job_id;
        epochs[i] = d->job->epoch;
        refs[i] = d->ref;
        d->confirmed = false;
    }
    db_commit_next(sc);
    TRY(sc, q_effects_confirm(sc,
                              &(struct q_effects_confirm_in){.effect_ids = effects,
                                                             .effect_ids_n = n,
                                                             .job_ids = jobs,
                                                             .job_ids_n = n,
                                                             .epochs = epochs,
                                                             .epochs_n = n,
                                                             .external_refs = refs,
                                                             .external_refs_n = n},
                              &rows));
    for (size_t i = 0; i < rows.n; i++)
        ((struct effect_done *)tickets[rows.v[i].place - 1])->confirmed = true;
    return OK;
}
