#include <string.h>

#include "audit/audit_int.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "q_audit.h"
#include "sys/loop.h"

#define NAME_MAX_OCTETS    200
#define ADDRESS_MAX_OCTETS 60

/* NULL for nothing. */
static const char *cut(struct scope *sc, const char *text, size_t max)
{
    return text && *text ? arena_cut(sc->arena, text, max) : NULL;
}

static struct bytes digest(struct scope *sc, struct str json)
{
    uint8_t *hash;

    if (json.n == 0)
        return (struct bytes){0};
    hash = arena_alloc(sc->arena, CRYPTO_HASH_BYTES);
    crypto_blake2b(json.p, json.n, hash);
    return (struct bytes){hash, CRYPTO_HASH_BYTES};
}

/* One statement locks the head and says what the actor is called. The first entry of all begins the record. */
static enum err lock(struct scope *sc, const struct q_audit_head_lock_row **out)
{
    struct q_audit_head_lock_in in = {.actor_kind = actor_kind_name(sc->actor), .actor_id = sc->actor_id};

    TRY(sc, q_audit_head_lock(sc, &in, out));
    if (*out)
        return OK;
    TRY(sc, q_audit_head_begin(sc, &(struct q_audit_head_begin_in){.partner_id = sc->tenant.partner_id}, NULL));
    TRY(sc, q_audit_head_lock(sc, &in, out));
    return *out ? OK : FAIL(sc, ERR_INTERNAL, "the audit record could not be begun");
}

/* Gives the entries their numbers, names and hashes, each after the one before. */
static void chain(struct scope *sc, const struct audit_pending *p, const struct q_audit_head_lock_row *head)
{
    const char *name = cut(sc, sc->actor_name ? sc->actor_name : head->actor_name, NAME_MAX_OCTETS);
    const void *prev = head->hash.p;
    int64_t seq = head->seq;

    MUST_BE(head->hash.n == CRYPTO_HASH_BYTES);
    for (struct audit_kept *k = p->first; k; k = k->next) {
        struct audit_entry *e = &k->entry;
        struct str text;

        e->seq = ++seq;
        e->actor_name = name;
        if (!e->reason)
            e->reason = cut(sc, head->reason, AUDIT_REASON_MAX);
        memcpy(e->prev_hash, prev, sizeof(e->prev_hash));
        text = audit_canonical(sc, e);
        crypto_blake2b(text.p, text.n, e->hash);
        prev = e->hash;
    }
}

struct columns {
    int64_t *seqs, *ats;
    struct uuid *entry_ids, *customer_ids, *object_ids;
    const char **actions, **object_kinds, **details, **reasons;
    struct bytes *befores, *afters, *prevs, *hashes;
};

static void columns_make(struct scope *sc, size_t n, struct columns *c)
{
    struct arena *a = sc->arena;

    *c = (struct columns){.seqs = ARENA_ARRAY(a, int64_t, n),
                          .ats = ARENA_ARRAY(a, int64_t, n),
                          .entry_ids = ARENA_ARRAY(a, struct uuid, n),
                          .customer_ids = ARENA_ARRAY(a, struct uuid, n),
                          .object_ids = ARENA_ARRAY(a, struct uuid, n),
                          .actions = ARENA_ARRAY(a, const char *, n),
                          .object_kinds = ARENA_ARRAY(a, const char *, n),
                          .details = ARENA_ARRAY(a, const char *, n),
                          .reasons = ARENA_ARRAY(a, const char *, n),
                          .befores = ARENA_ARRAY(a, struct bytes, n),
                          .afters = ARENA_ARRAY(a, struct bytes, n),
                          .prevs = ARENA_ARRAY(a, struct bytes, n),
                          .hashes = ARENA_ARRAY(a, struct bytes, n)};
}

static void columns_put(struct columns *c, size_t i, const struct audit_entry *e)
{
    c->seqs[i] = e->seq;
    c->ats[i] = e->at_us;
    c->entry_ids[i] = e->entry_id;
    c->customer_ids[i] = e->customer_id;
    c->object_ids[i] = e->object_id;
    c->actions[i] = e->action;
    c->object_kinds[i] = e->object_kind;
    c->details[i] = e->detail;
    c->reasons[i] = e->reason;
    c->befores[i] = e->before_hash;
    c->afters[i] = e->after_hash;
    c->prevs[i] = (struct bytes){e->prev_hash, sizeof(e->prev_hash)};
    c->hashes[i] = (struct bytes){e->hash, sizeof(e->hash)};
}

static enum err append(struct scope *sc, const struct audit_pending *p, struct columns *c)
{
    const struct audit_entry *last = NULL;
    size_t n = 0;

    for (const struct audit_kept *k = p->first; k; k = k->next) {
        last = &k->entry;
        columns_put(c, n++, last);
    }
    MUST_BE(last);
    db_commit_next(sc); /* so that the head is locked no longer than it must be */
    return q_audit_append(sc,
                          &(struct q_audit_append_in){.partner_id = last->partner_id,
                                                      .seq = last->seq,
                                                      .hash = {last->hash, sizeof(last->hash)},
                                                      .hash_version = last->hash_version,
                                                      .actor_kind = last->actor_kind,
                                                      .has_actor_id = !uuid_is_nil(&last->actor_id),
                                                      .actor_id = last->actor_id,
                                                      .actor_name = last->actor_name,
                                                      .address = last->address,
                                                      .has_request_id = !uuid_is_nil(&last->request_id),
                                                      .request_id = last->request_id,
                                                      .seqs = c->seqs,
                                                      .seqs_n = n,
                                                      .entry_ids = c->entry_ids,
                                                      .entry_ids_n = n,
                                                      .ats_us = c->ats,
                                                      .ats_n = n,
                                                      .customer_ids = c->customer_ids,
                                                      .customer_ids_n = n,
                                                      .actions = c->actions,
                                                      .actions_n = n,
                                                      .object_kinds = c->object_kinds,
                                                      .object_kinds_n = n,
                                                      .object_ids = c->object_ids,
                                                      .object_ids_n = n,
                                                      .before_hashes = c->befores,
                                                      .before_hashes_n = n,
                                                      .after_hashes = c->afters,
                                                      .after_hashes_n = n,
                                                      .details = c->details,
                                                      .details_n = n,
                                                      .reasons = c->reasons,
                                                      .reasons_n = n,
                                                      .prev_hashes = c->prevs,
                                                      .prev_hashes_n = n,
                                                      .hashes = c->hashes,
                                                      .hashes_n = n},
                          NULL);
}

/* The transaction's last words. Nothing but the head is waited for behind this. */
static enum err write_all(struct scope *sc)
{
    struct audit_pending *p = sc->audit;
    const struct q_audit_head_lock_row *head;
    struct columns c;

    sc->audit = NULL;
    if (p->then)
        TRY(sc, p->then(sc));
    columns_make(sc, p->count, &c);
    TRY(sc, lock(sc, &head));
    chain(sc, p, head);
    TRY(sc, append(sc, p, &c));
    for (const struct audit_kept *k = p->first; k; k = k->next)
        if (k->mark)
            audit_saw(k->mark, loop_now_us());
    return OK;
}

static struct audit_pending *pending_of(struct scope *sc)
{
    struct audit_pending *p = sc->audit;

    if (p)
        return p;
    p = ARENA_NEW(sc->arena, struct audit_pending);
    p->end = &p->first;
    p->then = sc->before_commit;
    sc->audit = p;
    sc->before_commit = write_all;
    return p;
}

struct audit_kept *audit_keep(struct scope *sc, const struct audit_act *act)
{
    struct audit_kept *k = ARENA_NEW(sc->arena, struct audit_kept);
    struct audit_pending *p = pending_of(sc);

    k->entry = (struct audit_entry){.partner_id = sc->tenant.partner_id,
                                    .entry_id = uuid_new(),
                                    .actor_id = sc->actor_id,
                                    .object_id = act->object_id,
                                    .request_id = sc->request_id,
                                    .at_us = time_now_us(),
                                    .actor_kind = actor_kind_name(sc->actor),
                                    .address = cut(sc, sc->address, ADDRESS_MAX_OCTETS),
                                    .action = arena_strdup(sc->arena, act->action),
                                    .object_kind = cut(sc, act->object_kind, TYPEID_PREFIX_MAX),
                                    .detail = cut(sc, act->detail, AUDIT_DETAIL_MAX),
                                    .reason = cut(sc, act->reason, AUDIT_REASON_MAX),
                                    .before_hash = digest(sc, act->before),
                                    .after_hash = digest(sc, act->after),
                                    .hash_version = AUDIT_HASH_VERSION};
    if (act->has_customer)
        k->entry.customer_id = act->customer_id;
    else if (sc->tenant.has_customer)
        k->entry.customer_id = sc->tenant.customer_id;
    if (p->spare) {
        p->end = &p->first;
        p->count = 0;
        p->spare = false;
    }
    *p->end = k;
    p->end = &k->next;
    p->count++;
    return k;
}

void audit_note_spare(struct scope *sc, const struct audit_act *act)
{
    if (!sc->tenant.has_partner || sc->audit)
        return;
    audit_keep(sc, act);
    sc->audit->spare = true;
}

void audit_note(struct scope *sc, const struct audit_act *act)
{
    if (sc->tenant.has_partner)
        audit_keep(sc, act);
}
