#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_connect.h"
#include "sign/sign.h"
#include "sys/loop.h"

#define HOOK_PLACES   1024
#define HOOK_LIFE_US  1000000
#define HOOK_RENEW_US 500000 /* at this age one delivery renews it, and the others go on with what is known */
#define SECRETS_MAX   2

/* A connection as the hook door knows it, for at most a second. */
struct gate {
    int64_t until_us, renew_us;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct uuid partner_id, customer_id, connection_id;
    const struct connector *connector; /* that deliveries are read by */
    const struct connector *known;     /* as it is registered: the same, unless the settings say how they are read */
    struct scope *keeping;             /* of what the settings say, or a partner's own connector; NULL: nothing */
    char *account;                     /* what the account header must say; NULL: anything */
    struct secret *secrets[SECRETS_MAX];
    size_t secret_count;
    struct gate_flow {
        char object[64 + 1];
        struct hook_flow flow;
    } flows[HOOK_FLOWS_MAX];
    size_t flow_count;
};

static _Thread_local struct gate *gates;

static void gate_wipe(struct gate *g)
{
    for (size_t i = 0; i < g->secret_count; i++)
        secret_free(g->secrets[i]);
    free(g->account);
    if (g->keeping)
        scope_free(g->keeping);
    *g = (struct gate){0};
}

static void gates_clear(void)
{
    for (size_t i = 0; gates && i < HOOK_PLACES; i++)
        gate_wipe(&gates[i]);
    free(gates);
    gates = NULL;
}

static struct gate *gate_place(const uint8_t hash[CRYPTO_HASH_BYTES])
{
    if (!gates) {
        gates = calloc(HOOK_PLACES, sizeof(*gates));
        if (!gates)
            out_of_memory();
    }
    return &gates[((size_t)hash[0] << 8 | hash[1]) % HOOK_PLACES];
}

static enum err gate_secret(struct scope *sc, const struct q_hook_find_row *row, struct gate *g)
{
    struct str label =
        credential_label(sc, &row->customer_id, &row->connection_id, &row->credential_id, CREDENTIAL_EPOCH(*row));
    struct org_chain chain = CREDENTIAL_CHAIN(*row); /* of the class "edge" */
    struct secret *s = NULL;

    enum err e = org_unseal_customer(sc, &chain, label, row->sealed, &s);

    if (e == ERR_INVALID) { /* changed, or another's: it opens nothing, and so no signature matches */
        log_fault(LOG_ERROR, "connect", sc, "a signing secret does not open");
        scope_clear(sc);
        return OK;
    }
    TRY(sc, e);
    g->secrets[g->secret_count++] = s;
    return OK;
}

static enum err gate_account(struct scope *sc, const struct q_hook_find_row *row, struct gate *g)
{
    const char *setting = g->connector->source->hook.account_setting;
    const struct doc *settings;
    struct str account;

    if (!setting)
        return OK;
    TRY(sc, settings_parse(sc, row->settings, &settings));
    account = doc_text(doc_get(settings, setting));
    g->account = account.n ? strndup(account.p, account.n) : NULL;
    return OK;
}

/* A connection may say itself how its deliveries are read. */
static enum err gate_of_settings(struct scope *sc, const struct q_hook_find_row *row, struct gate *g)
{
    const struct doc *settings;

    g->known = g->connector;
    if (!g->connector->source->of_settings)
        return OK;
    if (!g->keeping)
        g->keeping = scope_new();
    TRY(sc, settings_parse(g->keeping, arena_strdup(g->keeping->arena, row->settings), &settings));
    if (g->known->source->of_settings(g->keeping, g->keeping->arena, settings, &g->connector) != OK)
        return FAIL(sc, ERR_INTERNAL, "the settings of a connection that were good no longer are");
    return OK;
}

/* Which of the customer's flows what it brings goes through. */
static enum err gate_flows(struct scope *sc, struct gate *g)
{
    struct q_hook_flows_rows rows;

    TRY(sc,
        q_hook_flows(sc, &(struct q_hook_flows_in){.connection_id = g->connection_id, .most = HOOK_FLOWS_MAX}, &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i++) {
        struct gate_flow *f = &g->flows[g->flow_count++];

        snprintf(f->object, sizeof(f->object), "%s", rows.v[i].object);
        f->flow = (struct hook_flow){rows.v[i].flow_id, rows.v[i].current_version, rows.v[i].shadow};
    }
    return OK;
}

/* A partner's own connector is kept with the gate. */
static enum err gate_connector(struct scope *sc, const struct q_hook_find_row *row, struct gate *g)
{
    if (row->connector_version)
        g->keeping = scope_new();
    return connector_named(sc, g->keeping ? g->keeping->arena : sc->arena, row->connector, row->connector_version,
                           &g->connector);
}

/* Fills an empty gate from the database's rows, all of one connection. */
static enum err gate_fill(struct scope *sc, const struct q_hook_find_rows *rows, struct gate *g)
{
    const struct q_hook_find_row *row = &rows->v[0];

    sc->tenant = (struct tenant){true, true, row->partner_id, row->customer_id};
    g->partner_id = row->partner_id;
    g->customer_id = row->customer_id;
    g->connection_id = row->connection_id;
    TRY(sc, gate_connector(sc, row, g));
    if (!g->connector || !g->connector->source || !g->connector->source->hook_read)
        return FAIL(sc, ERR_NOT_FOUND, "nothing is served here");
    TRY(sc, gate_of_settings(sc, row, g));
    TRY(sc, gate_account(sc, row, g));
    for (size_t i = 0; i < rows->n && i < SECRETS_MAX; i++)
        TRY(sc, gate_secret(sc, &rows->v[i], g));
    return gate_flows(sc, g);
}

/* What nothing came to for its life is let go, with the connector and the secrets that it holds. */
static void gates_past_end(int64_t now_us)
{
    for (size_t i = 0; gates && i < HOOK_PLACES; i++)
        if (gates[i].until_us && gates[i].until_us <= now_us)
            gate_wipe(&gates[i]);
}

static void gates_look(void)
{
    static _Thread_local int64_t next_us;
    int64_t now_us = loop_now_us();

    if (now_us < next_us && next_us <= now_us + HOOK_LIFE_US)
        return;
    next_us = now_us + HOOK_LIFE_US;
    gates_past_end(now_us);
}

void connect_hooks_idle(void)
{
    for (size_t i = 0; gates && i < HOOK_PLACES; i++)
        if (gates[i].keeping)
            gate_wipe(&gates[i]);
}

/* False once at half its life: whoever asks then renews it, while hundreds of deliveries under way need not. */
static bool gate_fits(struct gate *g, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    int64_t now = loop_now_us();

    if (g->until_us <= now || memcmp(g->hash, hash, sizeof(g->hash)) != 0)
        return false;
    if (g->renew_us > now)
        return true;
    g->renew_us = g->until_us;
    return false;
}

static enum err absent(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "nothing is served here");
}

static enum err gate_find(struct scope *sc, const struct hook_delivery *d, struct gate **out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_hook_find_rows rows;
    struct gate fresh = {0};
    struct gate *g;
    enum err e;

    crypto_hash(d->token.p, d->token.n, hash);
    g = gate_place(hash);
    if (!gate_fits(g, hash)) {
        TRY(sc, q_hook_find(sc, &(struct q_hook_find_in){.hook_hash = {hash, sizeof(hash)}}, &rows));
        TRY(sc, db_commit(sc));
        if (rows.n == 0 || !uuid_equal(&rows.v[0].partner_id, &d->partner_id))
            return absent(sc);
        e = gate_fill(sc, &rows, &fresh);
        if (e != OK) {
            gate_wipe(&fresh);
            return scope_pass(sc, e, __FILE__, __LINE__);
        }
        gates_look();
        g = gate_place(hash); /* another fiber may have filled it meanwhile: ours is as good */
        gate_wipe(g);
        *g = fresh;
        memcpy(g->hash, hash, sizeof(hash));
        g->until_us = loop_now_us() + HOOK_LIFE_US;
        g->renew_us = loop_now_us() + HOOK_RENEW_US;
    }
    if (!uuid_equal(&g->partner_id, &d->partner_id))
        return absent(sc);
    *out = g;
    return OK;
}

/* The one value of the first name that is there; empty when absent or repeated. */
static struct str header_one(const struct hook_delivery *d, const char *const names[HOOK_NAMES])
{
    for (size_t i = 0; i < HOOK_NAMES && names[i]; i++) {
        size_t count = 0;
        struct str v = d->header(d->arg, names[i], &count);

        if (count == 1)
            return v;
        if (count > 1)
            break;
    }
    return (struct str){NULL, 0};
}

/* By the check that the connector's manifest chose. */
static enum sign_verdict checked(struct scope *sc, const struct gate *g, const struct hook_delivery *d)
{
    struct sign_delivery sd = {
        .method = d->method, .url = d->url, .path = d->path, .body = d->body, .header = d->header, .arg = d->arg};

    return sign_check_judge(sc, g->connector->source->hook.check, &sd, (const struct secret *const *)g->secrets,
                            g->secret_count, time_now_us());
}

static bool signature_good(const struct gate *g, const struct hook_delivery *d)
{
    struct str said = header_one(d, g->connector->source->hook.signature_headers);
    uint8_t given[32];
    uint8_t made[32];
    bool good = false;
    size_t n = 0;

    if (!base64_decode(said, given, sizeof(given), &n) || n != sizeof(given))
        n = 0;
    for (size_t i = 0; i < g->secret_count; i++) {
        crypto_hmac_sha256(secret_bytes(g->secrets[i]), secret_size(g->secrets[i]), d->body.p, d->body.n, made);
        good |= n == sizeof(given) && crypto_equal(made, given, sizeof(given));
    }
    return good;
}

static enum err refuse(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_UNAUTHENTICATED, "%s", why);

    scope_problem(sc, "webhook-signature", 401);
    return e;
}

/* Visible ASCII, as every vendor's are: anything else could not be stored as text, and the batch it is stored in holds
 * other tenants' messages as well. */
static bool word_valid(struct str s, size_t max)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
            return false;
    return s.n > 0 && s.n <= max;
}

/* A header's value, or what the body says. */
static struct str either(struct str header, const char *said)
{
    return header.n || !said ? header : str_of(said);
}

static struct str hashed(struct scope *sc, struct str body)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(body.p, body.n, hash);
    buf_init(&b, sc->arena, 100);
    buf_hex(&b, hash, sizeof(hash));
    return buf_str(&b);
}

static enum err envelope_read(struct scope *sc, const struct connector *c, const char *wanted,
                              const struct hook_delivery *d, struct hook_verdict *out)
{
    const struct hook_rules *rules = &c->source->hook;
    struct hook_said said = {0};
    struct str topic, id, account, version;

    if (c->source->hook_said)
        TRY(sc, c->source->hook_said(sc, c, out->body, &said));
    topic = either(header_one(d, rules->topic_headers), said.topic);
    id = either(header_one(d, rules->id_headers), said.id);
    account = either(header_one(d, rules->account_headers), said.account);
    version = either(header_one(d, rules->version_headers), said.version);
    if (!id.n && rules->id_is_body)
        id = hashed(sc, d->body);
    if (wanted && account.n && !str_is_nocase(account, wanted))
        return refuse(sc, "the delivery is for another account");
    if (!word_valid(topic, 100))
        return FAIL(sc, ERR_INVALID, "the delivery does not say its topic in at most 100 visible characters");
    if (!word_valid(id, 150))
        return FAIL(sc, ERR_INVALID, "the delivery has no id of at most 150 visible characters");
    out->topic = str_dup(sc->arena, topic);
    out->source_version = word_valid(version, SOURCE_VERSION_MAX) ? str_dup(sc->arena, version) : "";
    out->dedupe_key = arena_f(sc->arena, "%.*s/%.*s", (int)topic.n, topic.p, (int)id.n, id.p);
    return OK;
}

/* Copied: the gate is not held while its thread waits. */
static size_t flows_of(const struct gate *g, struct gate_flow out[HOOK_FLOWS_MAX])
{
    memcpy(out, g->flows, g->flow_count * sizeof(*out));
    return g->flow_count;
}

static void flow_find(const struct gate_flow *flows, size_t n, struct hook_verdict *out)
{
    for (size_t i = 0; out->facts.kind && i < n; i++)
        if (strcmp(flows[i].object, out->facts.kind) == 0)
            out->flow = flows[i].flow;
}

/* A sender that asks whether anybody is here, before it sends or with each delivery. */
static enum err handshake(struct scope *sc, const struct gate *g, const struct hook_delivery *d, enum sign_verdict v,
                          struct hook_verdict *out, bool *out_ended)
{
    const struct sign_handshake *h = g->connector->source->hook.handshake;
    struct sign_delivery sd = {
        .method = d->method, .url = d->url, .path = d->path, .body = d->body, .header = d->header, .arg = d->arg};
    struct sign_answer a;

    *out_ended = false;
    if (!h)
        return OK;
    TRY(sc, sign_handshake_answer(sc, h, &sd, v, g->secret_count ? g->secrets[0] : NULL, &a));
    if (!a.answers)
        return OK;
    out->answer_status = a.status;
    out->answer_type = a.content_type;
    out->answer = a.body;
    *out_ended = !a.takes;
    return OK;
}

/* *out_ended: it was a handshake, which is answered, and nothing is to be taken. */
static enum err let_in(struct scope *sc, const struct gate *g, const struct hook_delivery *d, struct hook_verdict *out,
                       bool *out_ended)
{
    enum sign_verdict v;

    *out_ended = false;
    if (!g->connector->source->hook.check)
        return signature_good(g, d) ? OK : refuse(sc, "the signature does not match the body");
    v = checked(sc, g, d);
    TRY(sc, handshake(sc, g, d, v, out, out_ended));
    return v == SIGN_GOOD || *out_ended ? OK : refuse(sc, sign_verdict_text(v));
}

/* What a delivery that is the vendor's says: what it is about, and which delivery it is. */
static enum err understood(struct scope *sc, const char *account, const struct hook_delivery *d,
                           struct hook_verdict *out)
{
    TRY(sc, envelope_read(sc, out->connector, account, d, out));
    return out->connector->source->hook_read(sc, out->connector, out->topic, out->body, &out->facts);
}

/* ---- what of a processor is taken by the expressions of somebody's own connector, or of a connection's settings ----
 */

static enum err put_off(struct scope *sc, int wait_s)
{
    enum err e =
        FAIL(sc, ERR_UNAVAILABLE,
             "the expressions of the connector's hooks have taken the %d ms of a processor that they may in each "
             "minute, or those of all your connectors %d ms: make them simpler",
             (int)(HOOK_SPENT_US / 1000), (int)(HOOK_SPENT_PARTNER_US / 1000));

    scope_problem(sc, "connector-slow", 503);
    scope_retry_after(sc, wait_s);
    return e;
}

/* The connection says so to whoever looks at it; once a minute from each thread. What goes wrong in it changes nothing:
 * the delivery is put off all the same. */
static void put_off_tell(struct scope *sc, const struct hook_verdict *v)
{
    struct scope *apart;

    if (!hook_spent_tells(&v->connection_id, loop_now_us()))
        return;
    log_fault(LOG_WARN, "connect", sc, "a delivery was put off");
    apart = scope_new();
    apart->db = sc->db;
    apart->tenant = v->tenant;
    if (q_hook_put_off(apart,
                       &(struct q_hook_put_off_in){.partner_id = v->tenant.partner_id,
                                                   .customer_id = v->tenant.customer_id,
                                                   .connection_id = v->connection_id,
                                                   .why = arena_cut(apart->arena, scope_fault(sc)->message, 500)},
                       NULL) != OK ||
        db_commit(apart) != OK)
        log_fault(LOG_WARN, "connect", apart, "that a delivery was put off could not be kept");
    db_rollback(apart);
    scope_free(apart);
}

/* Its gate is not held: what is written parks. */
static enum err understood_within(struct scope *sc, const char *account, const struct hook_delivery *d,
                                  struct hook_verdict *out)
{
    int64_t began_us = time_thread_us(), now_us = loop_now_us();
    const struct uuid *partner_id = &out->tenant.partner_id, *connection_id = &out->connection_id;
    int wait_s = hook_spent_wait_s(partner_id, connection_id, now_us);
    enum err e = wait_s ? put_off(sc, wait_s) : understood(sc, account, d, out);

    hook_spend(partner_id, connection_id, time_thread_us() - began_us, now_us);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* Of a partner's own connector, what is looked at after its delivery was read. */
static const struct connector *lean(struct scope *sc, const struct connector *c)
{
    struct connector *copy = ARENA_NEW(sc->arena, struct connector);
    struct connector_source *source = ARENA_NEW(sc->arena, struct connector_source);

    *source = (struct connector_source){.hook_read = c->source->hook_read,
                                        .reference_prefix = arena_strdup(sc->arena, c->source->reference_prefix)};
    *copy = (struct connector){.name = arena_strdup(sc->arena, c->name),
                               .title = arena_strdup(sc->arena, c->title),
                               .source = source,
                               .own_version = arena_strdup(sc->arena, c->own_version)};
    return copy;
}

/* What a connection's settings say goes with the gate: what was read by it is the caller's from here on. */
static void keep_read(struct scope *sc, const struct gate *g, struct hook_verdict *out)
{
    struct hook_hint *hints = ARENA_ARRAY(sc->arena, struct hook_hint, out->facts.hint_count);

    if (!g->keeping)
        return;
    for (size_t i = 0; i < out->facts.hint_count; i++) {
        hints[i] = out->facts.hints[i];
        hints[i].object = arena_strdup(sc->arena, hints[i].object);
    }
    out->facts.hints = hints;
    out->facts.kind = out->facts.kind ? arena_strdup(sc->arena, out->facts.kind) : NULL;
    out->connector = g->known->own_version ? lean(sc, g->known) : g->known;
}

enum err hook_judge(struct scope *sc, const struct hook_delivery *d, struct hook_verdict *out)
{
    struct gate_flow flows[HOOK_FLOWS_MAX];
    struct gate *g;
    size_t flow_count;
    const char *account;
    bool ended;
    enum err e;

    out->flow = (struct hook_flow){.version = 0};
    out->answer_status = 0;
    e = gate_find(sc, d, &g);        /* valid until the next park */
    sc->tenant = (struct tenant){0}; /* known to the gate, and not to be spoken for until the signature is */
    TRY(sc, e);
    TRY(sc, let_in(sc, g, d, out, &ended));
    if (ended)
        return OK;
    sc->tenant = (struct tenant){true, true, g->partner_id, g->customer_id};
    out->tenant = sc->tenant;
    out->connection_id = g->connection_id;
    out->connector = g->connector;
    flow_count = flows_of(g, flows);
    account = g->account ? arena_strdup(sc->arena, g->account) : NULL;
    TRY(sc, doc_parse(sc, d->body, &out->body));
    e = g->keeping ? understood_within(sc, account, d, out) : understood(sc, account, d, out);
    if (e == ERR_UNAVAILABLE)
        put_off_tell(sc, out); /* parks: the gate may be another's from here on */
    TRY(sc, e);
    keep_read(sc, g, out);
    flow_find(flows, flow_count, out);
    return OK;
}

enum err hook_judge_bare(struct scope *sc, const struct connector *c, struct secret *const *secrets, size_t n,
                         const char *account, const struct hook_delivery *d, struct hook_verdict *out)
{
    struct gate g = {.connector = c};
    bool ended;

    MUST_BE(n <= SECRETS_MAX);
    memcpy(g.secrets, secrets, n * sizeof(*secrets));
    g.secret_count = n;
    *out = (struct hook_verdict){.connector = c};
    TRY(sc, let_in(sc, &g, d, out, &ended));
    if (ended)
        return OK;
    TRY(sc, doc_parse(sc, d->body, &out->body));
    return understood(sc, account, d, out);
}

void connect_hooks_end(void)
{
    gates_clear();
    hook_spent_end();
}
