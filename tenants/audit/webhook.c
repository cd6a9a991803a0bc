#include <stdio.h>
#include <string.h>

#include "audit/audit_int.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "org/org.h"
#include "q_audit.h"

#define SECRET_BYTES 32
#define SECRET_NAME  "whsec_"

/* Seconds until the try after this one, as Standard Webhooks proposes: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14
 * h, 20 h, 24 h. */
static const int32_t delays[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, 86400};
#define TRIES ((int)ARRAY_LEN(delays))

/* What the sealed secret is bound to. */
static struct str label(struct scope *sc, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    return str_of(arena_f(sc->arena, "audit-webhook/%s/%d", partner, (int)epoch));
}

enum err audit_webhook_get(struct scope *sc, struct audit_webhook *out)
{
    const struct q_audit_webhook_get_row *row;

    TRY(sc, q_audit_webhook_get(sc, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "no address is named");
    *out = (struct audit_webhook){row->url, row->created_at_us, row->row_version};
    return OK;
}

static void secret_text(struct scope *sc, const uint8_t secret[SECRET_BYTES], char out[AUDIT_SECRET_TEXT_MAX])
{
    struct buf b;

    buf_init(&b, sc->arena, AUDIT_SECRET_TEXT_MAX);
    buf_s(&b, SECRET_NAME);
    buf_base64(&b, secret, SECRET_BYTES);
    snprintf(out, AUDIT_SECRET_TEXT_MAX, "%s", buf_cstr(&b));
    explicit_bzero(b.p, b.n);
}

enum err audit_webhook_put(struct scope *sc, const char *url, int64_t version, int64_t *out_version,
                           char out_secret[AUDIT_SECRET_TEXT_MAX])
{
    struct q_audit_webhook_put_in in = {.partner_id = sc->tenant.partner_id, .url = url, .row_version = version};
    struct q_audit_webhook_put_rows rows;
    uint8_t secret[SECRET_BYTES];

    TRY(sc, org_epoch(sc, ORG_CONNECTION, &in.key_epoch));
    crypto_random(secret, sizeof(secret));
    secret_text(sc, secret, out_secret);
    enum err e = org_seal(sc, ORG_CONNECTION, label(sc, in.key_epoch), (struct bytes){secret, sizeof(secret)},
                          &in.key_epoch, &in.sealed);
    explicit_bzero(secret, sizeof(secret));
    TRY(sc, e);
    TRY(sc, q_audit_webhook_put(sc, &in, &rows));
    if (rows.n == 0)
        return FAIL(sc, ERR_CONFLICT, "the address was changed meanwhile");
    audit_note(sc, &(struct audit_act){.action = "audit_webhook.put", .detail = url});
    *out_version = rows.v[0].row_version;
    return OK;
}

enum err audit_webhook_remove(struct scope *sc, int64_t version)
{
    struct q_audit_webhook_remove_rows rows;

    TRY(sc, q_audit_webhook_remove(sc, &(struct q_audit_webhook_remove_in){.row_version = version}, &rows));
    if (rows.n == 0)
        return FAIL(sc, ERR_CONFLICT, "the address was changed meanwhile");
    audit_note(sc, &(struct audit_act){.action = "audit_webhook.remove"});
    return OK;
}

enum err audit_sending(struct scope *sc, size_t most, struct audit_due_one **out, size_t *out_n)
{
    struct q_audit_sending_rows rows;
    struct audit_due_one *v;

    TRY(sc, q_audit_sending(sc, &(struct q_audit_sending_in){.most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct audit_due_one, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct audit_due_one){rows.v[i].partner_id, rows.v[i].seq};
    *out = v;
    *out_n = rows.n;
    return OK;
}

static void body_make(struct scope *sc, const struct q_audit_delivery_what_row *w, struct audit_sending *s)
{
    struct audit_checkpoint c = {.seq = s->seq,
                                 .at_us = w->at_us,
                                 .hash = w->hash,
                                 .signature = w->signature,
                                 .key_id = w->key_id,
                                 .signed_text = w->signed_text};
    char now[TIME_TEXT_MAX];
    struct buf b;

    time_format(time_now_us(), now);
    buf_init(&b, sc->arena, 20000);
    buf_f(&b, "{\"type\":\"audit.checkpoint\",\"timestamp\":\"%s\",\"data\":", now);
    audit_put_checkpoint(&b, &c);
    buf_c(&b, '}');
    s->body = buf_str(&b);
}

/* HMAC-SHA256 over "id.timestamp.body". */
static enum err sign(struct scope *sc, const struct q_audit_delivery_what_row *w, struct audit_sending *s)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    uint8_t mac[32];
    struct buf b;

    TRY(sc, org_unseal(sc, ORG_CONNECTION, w->key_epoch, w->wrapped, label(sc, w->key_epoch), w->sealed, &secret));
    buf_init(&b, sc->arena, s->body.n + 200);
    buf_f(&b, "%s.%s.", s->id, s->timestamp);
    buf_add(&b, s->body.p, s->body.n);
    crypto_hmac_sha256(secret_bytes(secret), secret_size(secret), b.p, b.n, mac);
    buf_init(&b, sc->arena, 100);
    buf_s(&b, "v1,");
    buf_base64(&b, mac, sizeof(mac));
    s->signature = buf_cstr(&b);
    return OK;
}

enum err audit_send_begin(struct scope *sc, int64_t seq, struct audit_sending *out)
{
    struct q_audit_delivery_begin_in in = {.seq = seq, .delays = delays, .delays_n = ARRAY_LEN(delays)};
    const struct q_audit_delivery_begin_row *mine;
    const struct q_audit_delivery_what_row *what;
    char id[TYPEID_TEXT_MAX + 1];

    *out = (struct audit_sending){.seq = seq};
    TRY(sc, q_audit_delivery_begin(sc, &in, &mine));
    TRY(sc, q_audit_delivery_what(sc, &(struct q_audit_delivery_what_in){.seq = seq}, &what));
    TRY(sc, db_commit(sc));
    if (!mine || !what)
        return OK;
    typeid_format("dlv", &mine->delivery_id, id);
    out->id = arena_strdup(sc->arena, id);
    out->url = what->url;
    out->last = mine->attempts >= TRIES;
    out->timestamp = arena_f(sc->arena, "%lld", (long long)(time_now_us() / 1000000));
    if (!what->url)
        return audit_send_end(sc, out, 0, "no address is named any more");
    body_make(sc, what, out);
    TRY(sc, sign(sc, what, out));
    out->wanted = true;
    return OK;
}

/* 410 says that nobody wants it there; a redirect is no answer. */
enum err audit_send_end(struct scope *sc, const struct audit_sending *s, int status, const char *reason)
{
    bool ok = status >= 200 && status < 300;
    bool over = s->last || status == 410 || !s->url;
    struct q_audit_delivery_end_in in = {.seq = s->seq,
                                         .state = ok     ? "delivered"
                                                  : over ? "failed"
                                                         : "waiting",
                                         .has_status = status != 0,
                                         .status = status,
                                         .reason = ok ? NULL : reason};

    TRY(sc, q_audit_delivery_end(sc, &in, NULL));
    return db_commit(sc);
}

static struct str ring_label(struct scope *sc, const struct uuid *partner_id, int32_t epoch)
{
    (void)partner_id; /* the scope's */
    return label(sc, epoch);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_audit_webhook_sealed_row *row = at;
    struct org_ring_row of = {"audit webhook", row->partner_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_audit_webhook_reseal_in in = {.was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, ring_label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_audit_webhook_reseal(sc, &in, NULL) : OK;
}

/* A partner has one at most. */
static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    const struct q_audit_webhook_sealed_row *row;

    (void)after;
    TRY(sc, q_audit_webhook_sealed(sc, &(struct q_audit_webhook_sealed_in){.below = w->below}, &row));
    *out = (struct org_ring_page){.rows = row, .n = row != NULL};
    return OK;
}

enum err audit_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    return w->class == ORG_CONNECTION ? org_ring_pages(sc, w, ring_fetch, ring_reseal) : OK;
}
