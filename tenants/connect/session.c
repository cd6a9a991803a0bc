#include <string.h>

#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_connect.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "json/doc_value.h"

/* Sessions that a call gives: an access token, and what the next one is asked for with. One worker at a time makes a
 * connection's, under a lease in the database; what it got is stored before anybody uses it, so that a refresh token
 * that was rotated is not lost with a process. The fact people get wrong: two that refresh at once end the connection.
 */
#define LEASE_S         90                      /* longer than the call may take */
#define WAIT_US         (INT64_C(45) * 1000000) /* for another that makes it */
#define LOOK_US         200000
#define MARGIN_S        60   /* before its end it is taken for ended */
#define LASTS_S         3600 /* unless the answer says */
#define LASTS_S_MAX     (90 * 86400)
#define STORED_MAX      65536
#define RENEWABLE_S_MAX (INT64_C(3650) * 86400)
#define REASON_MAX      400 /* octets */

struct session {
    struct uuid credential_id, lease;
    struct uuid made_with;    /* the secrets that what is stored came from; nil: it is not known */
    struct uuid tried;        /* those that were signed in with now */
    int64_t expires_us;       /* INT64_MIN: there is none yet */
    const struct doc *stored; /* {"header": …, "keep": …}; NULL: nothing, or what it came from was replaced */
    bool refused;             /* the outside system said that it is over */
};

static void wipe_now(void *arg)
{
    struct str *s = arg;

    explicit_bzero((char *)(uintptr_t)s->p, s->n);
}

/* A copy that is wiped when the work ends, to be read in. */
static enum err opened(struct scope *sc, const struct secret *secret, const struct doc **out)
{
    struct str *copy = ARENA_NEW(sc->arena, struct str);

    *copy = (struct str){arena_strndup(sc->arena, (const char *)secret_bytes(secret), secret_size(secret)),
                         secret_size(secret)};
    arena_defer(sc->arena, wipe_now, copy);
    return doc_parse(sc, *copy, out);
}

/* What is in C has one secret and no name for it; a manifest that gives it operations has one. */
static enum err named(struct scope *sc, const char *name, const struct secret *secret, const struct doc **out)
{
    struct str text = {(const char *)secret_bytes(secret), secret_size(secret)};

    return doc_parse(sc, link_secret_named(sc, name, text), out);
}

static enum err session_read(struct scope *sc, const struct link *l, struct session *s)
{
    CLEANUP(secret_wipe) struct secret *plain = NULL;
    const struct q_session_read_row *row;
    struct org_chain chain;

    *s = (struct session){.expires_us = INT64_MIN};
    TRY(sc, q_session_read(sc, &(struct q_session_read_in){.connection_id = l->connection.connection_id}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return OK;
    s->credential_id = row->credential_id;
    if (row->outdated)
        return OK;
    if (row->has_made_with)
        s->made_with = row->made_with;
    s->expires_us = row->has_expires_at ? row->expires_at_us : INT64_MIN;
    chain = CREDENTIAL_CHAIN(*row);
    chain.class = ORG_CONNECTION;
    TRY(sc, org_unseal_customer(sc, &chain,
                                credential_label(sc, &row->customer_id, &l->connection.connection_id,
                                                 &row->credential_id, CREDENTIAL_EPOCH(*row)),
                                row->sealed, &plain));
    return opened(sc, plain, &s->stored);
}

static enum err sealed_to(struct scope *sc, const struct link *l, const struct uuid *credential_id, struct str text,
                          int32_t *out_epoch, struct bytes *out)
{
    struct org_target to;

    TRY(sc, org_target_customer(sc, ORG_CONNECTION, &l->connection.customer_id, &to));
    *out_epoch = to.epoch;
    org_seal_to(sc, &to,
                credential_label(sc, &l->connection.customer_id, &l->connection.connection_id, credential_id, to.epoch),
                (struct bytes){text.p, text.n}, out);
    return OK;
}

/* *out false: another makes it now. */
static enum err claim(struct scope *sc, const struct link *l, struct session *s, bool *out)
{
    const struct q_session_claim_row *row;
    struct q_session_claim_in in = {.partner_id = sc->tenant.partner_id,
                                    .customer_id = l->connection.customer_id,
                                    .connection_id = l->connection.connection_id,
                                    .credential_id = uuid_new(),
                                    .lease = uuid_new(),
                                    .lease_s = LEASE_S};

    TRY(sc, sealed_to(sc, l, &in.credential_id, STR("{}"), &in.customer_epoch, &in.sealed));
    TRY(sc, q_session_claim(sc, &in, &row));
    TRY(sc, db_commit(sc));
    *out = row != NULL;
    if (row) {
        s->lease = in.lease;
        s->credential_id = row->credential_id;
    }
    return OK;
}

/* ---- making one ---- */

static enum err secrets_which(struct scope *sc, struct link *l, struct uuid *out_which, const struct doc **out)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;

    *out_which = (struct uuid){{0}};
    if (l->bare) {
        *out = l->bare;
        return OK;
    }
    TRY(sc, credential_open_which(sc, &l->connection.connection_id, link_is_token(l) ? "api_token" : "password",
                                  out_which, &secret));
    if (link_is_token(l))
        return named(sc, "access_token", secret, out);
    return l->connector->erp && !l->connector->secrets_check ? named(sc, "password", secret, out)
                                                             : opened(sc, secret, out);
}

enum err link_secrets(struct scope *sc, struct link *l, const struct doc **out)
{
    struct uuid which;

    return secrets_which(sc, l, &which, out);
}

static int64_t lasts(const struct connector_session *got)
{
    int64_t s = got->lasts_s > 0 ? got->lasts_s : LASTS_S;

    return s < LASTS_S_MAX ? s : LASTS_S_MAX;
}

static enum err store(struct scope *sc, struct link *l, const struct session *s, const struct connector_session *got)
{
    const struct q_session_store_row *row;
    struct q_session_store_in in = {
        .credential_id = s->credential_id, .lease = s->lease, .lasts_s = (int32_t)lasts(got), .made_with = s->tried};
    struct str *text = ARENA_NEW(sc->arena, struct str);
    struct buf b;

    in.has_renewable_s = got->renewable_s > 0;
    in.renewable_s = got->renewable_s < RENEWABLE_S_MAX ? got->renewable_s : RENEWABLE_S_MAX;
    buf_init(&b, sc->arena, STORED_MAX);
    buf_s(&b, "{\"header\":");
    json_put_text(&b, str_of(got->header));
    buf_s(&b, ",\"keep\":");
    doc_write(&b, got->keep);
    buf_c(&b, '}');
    if (b.full)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the session of \"%s\" is too large to be kept", l->connection.name);
    *text = buf_str(&b);
    arena_defer(sc->arena, wipe_now, text);
    TRY(sc, sealed_to(sc, l, &s->credential_id, *text, &in.customer_epoch, &in.sealed));
    TRY(sc, q_session_store(sc, &in, &row));
    TRY(sc, db_commit(sc));
    if (!row) /* it took longer than the lease, and another has made one meanwhile */
        return FAIL(sc, ERR_UNAVAILABLE, "signing in at \"%s\" took too long", l->connection.name);
    return OK;
}

/* What the session before leaves to the next one; nothing, when other secrets were given since it was read. */
static const struct doc *left_by(const struct session *s)
{
    if (!s->stored || (!uuid_is_nil(&s->made_with) && !uuid_equal(&s->made_with, &s->tried)))
        return NULL;
    return doc_get(s->stored, "keep");
}

static enum err asked(struct scope *sc, struct link *l, struct session *s, struct connector_session *out)
{
    const struct connector_named *named = l->connector->named;
    const struct doc *secrets, *before;
    struct http_call call = {0};
    struct http_reply reply;
    enum err e;

    TRY(sc, secrets_which(sc, l, &s->tried, &secrets));
    before = left_by(s);
    link_stamp(sc, l);
    TRY(sc, named->login(sc, &l->site, secrets, before, &call));
    link_wipe_later(sc, call.body);
    l->doing = "sign-in";
    link_pace(l)->aside = true;
    TRY(sc, link_fetch(sc, l, false, true, &call, &reply));
    link_wipe_later(sc, reply.body);
    s->refused = reply.status == 400 || reply.status == 401;
    e = named->login_read(sc, &l->site, secrets, before, &reply, out);
    calls_said(sc, l, e);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

static enum err make(struct scope *sc, struct link *l, struct session *s)
{
    struct connector_session got = {0};
    enum err e = asked(sc, l, s, &got);

    if (e == OK)
        e = store(sc, l, s, &got);
    if (e == OK) {
        peer_session_set(l->peer, got.header);
        return OK;
    }
    return scope_pass(sc, e, __FILE__, __LINE__);
}

/* What is refused now is refused until somebody connects the system again: nothing calls it, and what waits for it is
 * held and does not fail. Unless somebody has meanwhile: the fact people get wrong is that the refusal is then one of
 * what is gone. */
static enum err ended(struct scope *own, const struct scope *sc, const struct link *l, const struct session *s)
{
    const struct q_connection_reconnect_row *row;
    const struct q_connection_hold_row *held;
    const char *said = scope_fault(sc)->message ? scope_fault(sc)->message : "the credentials are not accepted";

    TRY(own, q_connection_hold(own, &(struct q_connection_hold_in){l->connection.connection_id}, &held));
    TRY(own, q_connection_reconnect(own,
                                    &(struct q_connection_reconnect_in){
                                        .connection_id = l->connection.connection_id,
                                        .reason = arena_cut(own->arena, connect_words(own, said), REASON_MAX),
                                        .tried = s->tried},
                                    &row));
    if (row)
        LOG(LOG_WARN, "connect", own, "a connection has to be connected again");
    return OK;
}

/* Others need not wait for a lease to end whose holder knows that it has failed. Its fault is the caller's to tell. */
static void release(struct scope *sc, const struct link *l, const struct session *s)
{
    struct scope *own = scope_new();

    own->db = sc->db;
    own->tenant = sc->tenant;
    own->actor = sc->actor;
    db_rollback(sc);
    if (q_session_release(own, &(struct q_session_release_in){s->credential_id, s->lease}, NULL) != OK ||
        (s->refused && ended(own, sc, l, s) != OK) || db_commit(own) != OK)
        log_fault(LOG_WARN, "connect", own, "a lease on a session runs on until its end");
    db_rollback(own);
    scope_free(own);
}

/* Is what is stored good for a while, and not what was refused just now? */
static bool is_good(const struct link *l, const struct session *s, const char **out_header, struct scope *sc)
{
    const char *header = s->stored ? doc_cstr(sc->arena, doc_get(s->stored, "header")) : NULL;

    if (!header || s->expires_us < time_now_us() + INT64_C(1000000) * MARGIN_S || peer_has_ended(l->peer, header))
        return false;
    *out_header = header;
    return true;
}

/* Between the look and the claim another may have made one: it is looked at once more under the lease. */
static enum err session_again(struct scope *sc, const struct link *l, struct session *s, const char **out_header)
{
    struct session now;

    *out_header = NULL;
    TRY(sc, session_read(sc, l, &now));
    now.lease = s->lease;
    *s = now;
    (void)is_good(l, s, out_header, sc);
    return OK;
}

/* Of a connection that is not stored, and so not shared. */
static enum err bare_session(struct scope *sc, struct link *l)
{
    struct session none = {0};
    struct connector_session got = {0};

    TRY(sc, asked(sc, l, &none, &got));
    peer_session_set(l->peer, got.header);
    return OK;
}

enum err link_session(struct scope *sc, struct link *l)
{
    int64_t until = loop_now_us() + WAIT_US;
    const char *header;
    struct session s;
    bool mine = false;
    enum err e;

    if (l->bare)
        return bare_session(sc, l);
    for (;;) {
        TRY(sc, session_read(sc, l, &s));
        if (is_good(l, &s, &header, sc)) {
            peer_session_set(l->peer, header);
            return OK;
        }
        TRY(sc, claim(sc, l, &s, &mine));
        if (mine)
            break;
        if (loop_now_us() > until)
            return FAIL(sc, ERR_UNAVAILABLE, "signing in at \"%s\" takes too long", l->connection.name);
        fiber_sleep_us(LOOK_US);
    }
    TRY(sc, session_again(sc, l, &s, &header));
    if (header) {
        release(sc, l, &s);
        peer_session_set(l->peer, header);
        return OK;
    }
    e = make(sc, l, &s);
    s.refused = s.refused && e == ERR_UPSTREAM_AUTH;
    if (e != OK)
        release(sc, l, &s);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}
