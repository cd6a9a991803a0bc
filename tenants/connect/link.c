#include <ctype.h>
#include <string.h>

#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "net/net.h"
#include "obs/obs.h"
#include "q_connect.h"

#define PAUSED_S 60 /* between two looks whether a paused connection works again */

static _Thread_local struct net *net;

enum err connect_thread_start(struct scope *sc, struct net *of_thread)
{
    if (net)
        return FAIL(sc, ERR_INTERNAL, "the thread makes calls already");
    net = of_thread;
    return OK;
}

void connect_thread_end(void)
{
    peers_clear();
    pace_thread_end();
    connection_recents_end();
    calls_thread_end();
    net = NULL;
}

const struct connection *link_connection(const struct link *l)
{
    return &l->connection;
}

const struct connector *link_connector(const struct link *l)
{
    return l->connector;
}

const struct erp_site *link_site(const struct link *l)
{
    return &l->site;
}

/* What the account's owner allows, or what the connector's author knows to be of use. */
static unsigned concurrency(const struct link *l)
{
    int64_t n;

    if (doc_int(doc_get(l->site.settings, "concurrency"), &n) && n >= 1 && n <= ERP_CONCURRENCY_MAX)
        return (unsigned)n;
    return l->connector->erp     ? l->connector->erp->concurrency
           : l->connector->named ? l->connector->named->concurrency
                                 : l->connector->source->pull->concurrency;
}

static const struct connector_rate *rate(const struct connector *c)
{
    return c->erp ? &c->erp->rate : c->named ? &c->named->rate : &c->source->pull->rate;
}

static unsigned at_once(const struct connector *c)
{
    return c->named ? c->named->at_once : 0;
}

static void pace_open(const struct scope *sc, struct link *l)
{
    l->arena = sc->arena;
    pace_begin(&l->pace, &l->connection.connection_id, rate(l->connector), l->site.settings);
    l->pace.at_once = at_once(l->connector);
    l->beside = l->pace;
}

struct pace *link_pace(struct link *l)
{
    return l->handing ? &l->beside : &l->pace;
}

bool link_can_ask(const struct connector *c)
{
    return c && (c->erp || c->named || (c->source && c->source->pull));
}

static const char *address(struct scope *sc, const struct link *l)
{
    if (l->connector->url)
        return l->connector->url(sc, l->connector, l->site.settings);
    return doc_cstr(sc->arena, doc_get(l->site.settings, "url"));
}

static void give_late(void *arg)
{
    struct link *l = arg;

    pace_end(&l->pace);
    pace_end(&l->beside);
    peer_give(l->peer);
}

/* Work for a paused one is not begun; what is found here was under way, and comes back when it works again. */
static enum err works(struct scope *sc, const struct connection *c)
{
    enum err e;

    if (strcmp(c->status, "revoked") == 0)
        return FAIL(sc, ERR_HOLD, "the connection \"%s\" is revoked", c->name);
    if (strcmp(c->status, "paused") != 0)
        return OK;
    e = FAIL(sc, ERR_UNAVAILABLE, "the connection \"%s\" is paused", c->name);
    scope_retry_after(sc, PAUSED_S);
    return e;
}

static enum err open_any(struct scope *sc, const struct uuid *connection_id, bool paused_too, struct link **out)
{
    struct link *l = ARENA_NEW(sc->arena, struct link);

    TRY(sc, connection_recent(sc, connection_id, &l->connection));
    TRY(sc, connector_of(sc, &l->connection, &l->connector));
    if (l->connection.connector_version) /* it may have been read; what follows calls out */
        TRY(sc, db_commit(sc));
    if (!link_can_ask(l->connector))
        return FAIL(sc, ERR_HOLD, "nothing can be asked of the connection \"%s\"", l->connection.name);
    if (!paused_too)
        TRY(sc, works(sc, &l->connection));
    TRY(sc, settings_parse(sc, l->connection.settings, &l->site.settings));
    if (l->connection.simulated)
        TRY(sc, simulated_settings(sc, &l->connection, l->site.settings, &l->site.settings));
    l->site.connector = l->connector;
    l->site.url = address(sc, l);
    if (!l->site.url && !l->connector->files)
        return FAIL(sc, ERR_HOLD, "the settings of \"%s\" give no address to call", l->connection.name);
    l->site.user = doc_cstr(sc->arena, doc_get(l->site.settings, "user"));
    l->peer = peer_take(connection_id, concurrency(l), l->connection.row_version);
    arena_defer(sc->arena, give_late, l);
    pace_open(sc, l);
    *out = l;
    return OK;
}

enum err link_open(struct scope *sc, const struct uuid *connection_id, struct link **out)
{
    return open_any(sc, connection_id, false, out);
}

enum err link_open_paused(struct scope *sc, const struct uuid *connection_id, struct link **out)
{
    return open_any(sc, connection_id, true, out);
}

/* One account however often it is opened: the same system, address and secrets. */
static void bare_id(struct scope *sc, struct link *l)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    buf_init(&b, sc->arena, (size_t)1 << 20);
    buf_f(&b, "%s %s ", l->connector->name, l->site.url);
    if (l->bare)
        doc_write(&b, l->bare);
    crypto_hash(b.p, b.n, hash);
    explicit_bzero(b.p, b.n);
    memcpy(l->connection.connection_id.b, hash, sizeof(l->connection.connection_id.b));
}

enum err link_open_bare(struct scope *sc, const struct connector *c, const struct doc *settings,
                        const struct doc *secrets, struct link **out)
{
    struct link *l = ARENA_NEW(sc->arena, struct link);

    if (!link_can_ask(c))
        return FAIL(sc, ERR_HOLD, "nothing can be asked of such a system");
    l->connection = (struct connection){.connector = c->name, .name = c->title, .status = "active", .settings = "{}"};
    l->connector = c;
    l->bare = secrets;
    l->site.connector = c;
    l->site.settings = settings;
    l->site.url = address(sc, l);
    if (!l->site.url)
        return FAIL(sc, ERR_HOLD, "the settings give no address to call");
    l->site.user = doc_cstr(sc->arena, doc_get(settings, "user"));
    bare_id(sc, l);
    l->peer = peer_take(&l->connection.connection_id, concurrency(l), 0);
    arena_defer(sc->arena, give_late, l);
    pace_open(sc, l);
    *out = l;
    return OK;
}

void link_budget(struct link *l, struct connector_budget *of)
{
    l->site.budget = of;
}

void link_lane(struct link *l, enum lane lane)
{
    MUST_BE((unsigned)lane < LANE_COUNT);
    l->pace.lane = l->beside.lane = lane;
}

/* A body that held a secret is wiped when the scope ends, and not kept. */
struct wipe {
    char *p;
    size_t n;
};

static void wipe_now(void *arg)
{
    struct wipe *w = arg;

    explicit_bzero(w->p, w->n);
}

void link_wipe_later(struct scope *sc, struct str body)
{
    struct wipe *w;

    if (body.n == 0)
        return;
    w = ARENA_NEW(sc->arena, struct wipe);
    *w = (struct wipe){(char *)(uintptr_t)body.p, body.n};
    arena_defer(sc->arena, wipe_now, w);
}

/* What the mark allows. A read is given up with the rest, and may leave late. */
static enum err limit(struct scope *sc, const struct link *l, bool changes, struct net_call *nc)
{
    int64_t left_us = l->due_us - time_boot_us();

    if (!l->due_us)
        return OK;
    if (left_us <= 0)
        return FAIL(sc, ERR_UNAVAILABLE, "its turn to be sent came too late");
    nc->total_ms = (int)(left_us / 1000) + 1;
    nc->leave_by_us = changes ? l->leave_by_us : 0;
    return OK;
}

static connect_write *write_by;

void connect_write_set(connect_write *by)
{
    write_by = by;
}

static const struct http_header *headers_of(struct scope *sc, const struct net_answer *a)
{
    struct http_header *v = ARENA_ARRAY(sc->arena, struct http_header, a->header_count);

    for (size_t i = 0; i < a->header_count; i++) {
        char *name = arena_strdup(sc->arena, a->headers[i].name);

        for (char *p = name; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        v[i] = (struct http_header){name, a->headers[i].value};
    }
    return v;
}

static void place_give(struct link *l)
{
    pace_release(link_pace(l));
    peer_leave(l->peer);
}

/* Tokens, a place of this thread's, and one of all workers' where the vendor counts those. */
static enum err place_take(struct scope *sc, struct link *l)
{
    enum err e;

    TRY(sc, pace_wait(sc, link_pace(l)));
    TRY(sc, peer_enter(sc, l->peer, l->pace.lane));
    e = pace_hold(sc, link_pace(l));
    if (e != OK)
        peer_leave(l->peer);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* The one way out. Calls of a simulated connection go to the stand-ins, whatever the address says, or nowhere. */
static enum err reach(struct scope *sc, const struct link *l, struct net_call *nc, struct net_answer *out)
{
    if (l->connection.simulated) {
        struct net_header *v = ARENA_ARRAY(sc->arena, struct net_header, nc->header_count + 1);

        TRY(sc, simulated_way(sc, &l->connection, &nc->own));
        for (size_t i = 0; i < nc->header_count; i++)
            v[i] = nc->headers[i];
        v[nc->header_count++] = (struct net_header){CONNECT_UNTIL, connect_simulated_until(sc, nc->total_ms)};
        nc->headers = v;
    }
    return net_fetch(sc, net, nc, out);
}

static enum err file_left(struct scope *sc, struct link *l, bool placed, enum err e)
{
    if (!placed)
        place_give(l);
    pace_called(link_pace(l), NULL);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err link_fetch(struct scope *sc, struct link *l, bool changes, bool placed, const struct http_call *call,
                    struct http_reply *out)
{
    struct net_header headers[HTTP_HEADERS_MAX + 3];
    struct net_call nc = {.method = call->method, .url = call->url, .headers = headers, .body = call->body};
    struct net_answer answer;
    int64_t began_us;
    enum err e;

    l->noted = NULL;
    TRY(sc, limit(sc, l, changes, &nc));
    if (call->content_type)
        headers[nc.header_count++] = (struct net_header){"content-type", call->content_type};
    if (call->authorization)
        headers[nc.header_count++] = (struct net_header){
            call->authorization_header ? call->authorization_header : "authorization", call->authorization};
    if (call->key_header && call->key)
        headers[nc.header_count++] = (struct net_header){call->key_header, call->key};
    for (size_t i = 0; i < call->header_count; i++)
        headers[nc.header_count++] = (struct net_header){call->headers[i].name, call->headers[i].value};
    if (!placed)
        TRY(sc, place_take(sc, l));
    if (l->connector->files && write_by)
        return file_left(sc, l, placed, write_by(sc, &l->connection, call, nc.leave_by_us, out));
    began_us = time_boot_us();
    e = reach(sc, l, &nc, &answer);
    began_us = time_boot_us() - began_us;
    if (!placed)
        place_give(l);
    pace_called(link_pace(l), e == OK ? &answer : NULL);
    calls_note(sc, l, call, e == OK ? &answer : NULL, began_us);
    if (e != OK)
        calls_said(sc, l, e);
    TRY(sc, e);
    *out = (struct http_reply){.status = answer.status, .body = answer.body, .header_count = answer.header_count};
    out->headers = headers_of(sc, &answer);
    return OK;
}

/* Documents may be large and come slowly. */
#define ELSEWHERE_MS 120000

/* Fetched again it would be no smaller. */
static enum err no_smaller(struct scope *sc, const struct link *l)
{
    scope_clear(sc);
    return FAIL(sc, ERR_HOLD, "the document of %s at \"%s\" has more than %zu MiB: ask for less at once", l->doing,
                l->connection.name, link_document_max >> 20);
}

enum err link_fetch_elsewhere(struct scope *sc, struct link *l, const struct http_call *call, struct http_reply *out)
{
    struct net_header type = {"content-type", call->content_type};
    bool too_large = false;
    struct net_call nc = {.method = call->method,
                          .url = call->url,
                          .headers = &type,
                          .header_count = call->content_type ? 1 : 0,
                          .body = call->body,
                          .total_ms = ELSEWHERE_MS,
                          .answer_max = link_document_max,
                          .too_large = &too_large,
                          .fresh_connection = true};
    int64_t began_us = time_boot_us();
    struct net_answer answer;
    enum err e;

    l->noted = NULL;
    TRY(sc, limit(sc, l, false, &nc));
    e = reach(sc, l, &nc, &answer);
    calls_note(sc, l, call, e == OK ? &answer : NULL, time_boot_us() - began_us);
    if (e != OK && too_large)
        e = no_smaller(sc, l);
    if (e != OK)
        calls_said(sc, l, e);
    TRY(sc, e);
    *out = (struct http_reply){.status = answer.status, .body = answer.body, .header_count = answer.header_count};
    out->headers = headers_of(sc, &answer);
    return OK;
}

static const char *const doings[ERP_OP_COUNT] = {"sign-in",       "currency.find",  "party.find", "party.create",
                                                 "products.find", "product.create", "sale.find",  "sale.create",
                                                 "sale.quote",    "sale.confirm",   "sale.read"};

static enum err exchange(struct scope *sc, struct link *l, enum erp_op op, const struct erp_in *in, struct erp_out *out)
{
    const struct connector_erp *erp = l->connector->erp;
    struct http_call call = {0};
    struct http_reply reply;
    enum err e;

    l->site.session = peer_session(l->peer) ? arena_strdup(sc->arena, peer_session(l->peer)) : NULL;
    TRY(sc, erp->build(sc, op, &l->site, in, &call));
    if (call.secret_body)
        link_wipe_later(sc, call.body);
    l->doing = doings[op];
    /* A login, of which there is one at a time, waits for no place: those who hold them all may wait for the login. */
    e = link_fetch(sc, l, erp_op_changes(op), l->entered || op == ERP_LOGIN, &call, &reply);
    if (e == OK) {
        *out = (struct erp_out){0};
        e = erp->read(sc, op, in, &reply, out);
        calls_said(sc, l, e);
    }
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

static enum err log_in_now(struct scope *sc, struct link *l)
{
    CLEANUP(secret_wipe) struct secret *password = NULL;
    struct erp_out out;
    struct erp_in in = {0};

    if (l->connector->named && l->connector->named->logs_in && l->connector->named->logs_in(l->connector))
        return link_session(sc, l);
    if (l->connector->named)
        return link_authorize(sc, l);
    if (!l->connector->erp)
        return link_token(sc, l);
    TRY(sc, credential_open(sc, &l->connection.connection_id, "password", &password));
    in.password = (struct str){(const char *)secret_bytes(password), secret_size(password)};
    TRY(sc, exchange(sc, l, ERP_LOGIN, &in, &out));
    if (!out.session)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the outside system gave no session");
    peer_session_set(l->peer, out.session);
    return OK;
}

/* A refused password is not tried again for a while: repeated tries lock the account. */
enum err link_log_in(struct scope *sc, struct link *l)
{
    bool first;
    enum err e;

    while (!peer_session(l->peer)) {
        if (peer_is_refused(l->peer))
            return FAIL(sc, ERR_UPSTREAM_AUTH, "\"%s\" does not accept the credentials", l->connection.name);
        TRY(sc, peer_login_begin(sc, l->peer, &first));
        if (!first)
            continue;
        e = peer_session(l->peer) ? OK : log_in_now(sc, l);
        peer_login_end(l->peer, e == ERR_UPSTREAM_AUTH);
        TRY(sc, e);
    }
    return OK;
}

/* A scope that ends early gives its place back. */
static void leave_late(void *arg)
{
    link_leave(arg);
}

enum err link_enter(struct scope *sc, struct link *l)
{
    enum err e;

    MUST_BE(!l->entered);
    TRY(sc, place_take(sc, l));
    l->entered = true;
    if (!l->deferred)
        arena_defer(sc->arena, leave_late, l);
    l->deferred = true;
    e = link_log_in(sc, l);
    if (e != OK)
        link_leave(l);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err link_enter_for(struct scope *sc, struct link *l, const struct ask *ask)
{
    link_cost(l, ask);
    return link_enter(sc, l);
}

void link_mark(struct link *l, int64_t leave_by_us, int64_t due_us)
{
    MUST_BE(l->entered && leave_by_us > 0 && due_us > 0);
    l->leave_by_us = leave_by_us;
    l->due_us = due_us;
}

void link_leave(struct link *l)
{
    if (l->entered) {
        place_give(l);
        pace_put_down(&l->pace);
    }
    l->entered = false;
    l->leave_by_us = l->due_us = 0;
}

enum err link_do(struct scope *sc, struct link *l, enum erp_op op, const struct erp_in *in, struct erp_out *out)
{
    enum err e;

    MUST_BE(l->due_us || !erp_op_changes(op));
    if (!l->due_us)
        TRY(sc, link_log_in(sc, l));
    else if (!peer_session(l->peer))
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the session at \"%s\" has ended", l->connection.name);
    e = exchange(sc, l, op, in, out);
    if (e == ERR_UPSTREAM_AUTH)
        peer_session_ended(l->peer, l->site.session);
    if (e == ERR_UPSTREAM_AUTH && !l->due_us) { /* the session ended; once more with a new one */
        scope_clear(sc);
        TRY(sc, link_log_in(sc, l));
        e = exchange(sc, l, op, in, out);
    }
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err link_hash(struct scope *sc, struct link *l, enum erp_op op, const struct erp_in *in,
                   uint8_t out[CRYPTO_HASH_BYTES])
{
    struct http_call call = {0};

    TRY(sc, l->connector->erp->build(sc, op, &l->site, in, &call));
    crypto_hash(call.body.p, call.body.n, out);
    return OK;
}

bool link_recall(struct link *l, const char *kind, const char *key, int64_t *out_a, int64_t *out_b)
{
    int64_t v[2];

    if (!peer_recall(l->peer, kind, key, v))
        return false;
    *out_a = v[0];
    *out_b = v[1];
    return true;
}

void link_remember(struct link *l, const char *kind, const char *key, int64_t a, int64_t b)
{
    peer_remember(l->peer, kind, key, (int64_t[2]){a, b});
}
