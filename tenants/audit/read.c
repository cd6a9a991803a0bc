#include <string.h>

#include "audit/audit_int.h"
#include "q_audit.h"
#include "sys/loop.h"

/* A program asks again and again; a person is worth an entry a minute. A program's reads come due spread over the
 * second half, so that ten thousand of them do not at once. */
#define COVERED_PERSON_US  (INT64_C(60) * 1000000)
#define COVERED_MACHINE_US (INT64_C(300) * 1000000)

/* What makes two reads one: partner, customer, actor, address, action and object. */
static struct audit_mark *mark_of(struct scope *sc, const struct audit_act *act)
{
    struct audit_mark *m = ARENA_NEW(sc->arena, struct audit_mark);
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    buf_init(&b, sc->arena, 1024);
    buf_add(&b, sc->tenant.partner_id.b, 16);
    buf_add(&b, sc->tenant.has_customer ? sc->tenant.customer_id.b : (const uint8_t[16]){0}, 16);
    buf_add(&b, sc->actor_id.b, 16);
    buf_add(&b, act->object_id.b, 16);
    buf_c(&b, (char)sc->actor);
    buf_s(&b, act->action);
    buf_c(&b, '\0');
    buf_s(&b, act->object_kind ? act->object_kind : "");
    buf_c(&b, '\0');
    buf_s(&b, sc->address ? sc->address : "");
    crypto_blake2b(b.p, b.n, hash);
    memcpy(m->key, hash, sizeof(m->key));
    m->good_us = sc->actor == ACTOR_API_KEY || sc->actor == ACTOR_CLIENT
                     ? COVERED_MACHINE_US - COVERED_MACHINE_US / 2 * hash[31] / 256
                     : COVERED_PERSON_US;
    return m;
}

static enum err note_read(struct scope *sc, const struct audit_act *act)
{
    struct audit_mark *m;

    if (!sc->tenant.has_partner)
        return OK;
    if (sc->actor == ACTOR_OPERATOR) {
        audit_keep(sc, act);
        return OK;
    }
    m = mark_of(sc, act);
    if (!audit_seen(m, loop_now_us()))
        audit_keep(sc, act)->mark = m;
    return OK;
}

enum err audit_read(struct scope *sc, const char *action, const char *object_kind, const struct uuid *object_id)
{
    struct audit_act act = {.action = action, .object_kind = object_kind};

    if (object_id)
        act.object_id = *object_id;
    return note_read(sc, &act);
}

enum err audit_read_of(struct scope *sc, const struct uuid *customer_id, const char *action, const char *object_kind,
                       const struct uuid *object_id)
{
    struct audit_act act = {.action = action,
                            .object_kind = object_kind,
                            .object_id = *object_id,
                            .has_customer = true,
                            .customer_id = *customer_id};

    return note_read(sc, &act);
}

static struct audit_entry entry_of(struct scope *sc, const struct q_audit_list_row *r)
{
    struct audit_entry e = {.partner_id = sc->tenant.partner_id,
                            .entry_id = r->entry_id,
                            .actor_id = r->actor_id,
                            .customer_id = r->customer_id,
                            .object_id = r->object_id,
                            .request_id = r->request_id,
                            .seq = r->seq,
                            .at_us = r->at_us,
                            .actor_kind = r->actor_kind,
                            .actor_name = r->actor_name,
                            .address = r->address,
                            .action = r->action,
                            .object_kind = r->object_kind,
                            .detail = r->detail,
                            .reason = r->reason,
                            .before_hash = r->before_hash,
                            .after_hash = r->after_hash,
                            .hash_version = r->hash_version};

    MUST_BE(r->prev_hash.n == sizeof(e.prev_hash) && r->hash.n == sizeof(e.hash));
    memcpy(e.prev_hash, r->prev_hash.p, sizeof(e.prev_hash));
    memcpy(e.hash, r->hash.p, sizeof(e.hash));
    return e;
}

#define FOREVER_US (INT64_C(253402300799) * 1000000) /* the last second of the year 9999 */

enum err audit_list(struct scope *sc, const struct audit_filter *f, size_t most, struct audit_entry **out,
                    size_t *out_n)
{
    struct q_audit_list_in in = {.before = f->before ? f->before : INT64_MAX,
                                 .from_seq = f->from_seq,
                                 .from_at_us = f->from_us,
                                 .to_at_us = f->to_us ? f->to_us : FOREVER_US,
                                 .action = f->action ? f->action : "",
                                 .actor_id = f->actor_id,
                                 .object_id = f->object_id,
                                 .most = (int32_t)most};
    struct q_audit_list_rows rows;
    struct audit_entry *v;

    TRY(sc, q_audit_list(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct audit_entry, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = entry_of(sc, &rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}
