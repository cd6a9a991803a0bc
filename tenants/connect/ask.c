#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "json/doc_value.h"

/* Operations by their names. */

#define SHOWN_MAX 1100000

enum err link_operation(struct scope *sc, const struct link *l, const char *name, struct operation *out)
{
    const struct connector_named *named = l->connector->named;

    if (named && named->operation(&l->site, name, out))
        return OK;
    return FAIL(sc, ERR_HOLD, "\"%s\" has no operation \"%s\"", l->connection.name, name);
}

/* A source in C that has operations by a manifest is asked with its API token, which the manifest calls access_token.
 */
bool link_is_token(const struct link *l)
{
    return l->connector->manifest && l->connector->source && !l->connector->secrets_check;
}

struct str link_secret_named(struct scope *sc, const char *name, struct str secret)
{
    struct buf b;

    buf_init(&b, sc->arena, 6 * secret.n + 100);
    buf_f(&b, "{\"%s\":", name);
    json_put_text(&b, secret);
    buf_c(&b, '}');
    link_wipe_later(sc, buf_str(&b));
    return buf_str(&b);
}

static enum err bare_authorize(struct scope *sc, struct link *l)
{
    const char *header = NULL;
    struct buf b;

    buf_init(&b, sc->arena, (size_t)1 << 17);
    if (doc_kind(l->bare) == DOC_TEXT) /* of one in C that has a single secret without a name */
        buf_add(&b, doc_text(l->bare).p, doc_text(l->bare).n);
    else
        doc_write(&b, l->bare);
    link_wipe_later(sc, buf_str(&b));
    TRY(sc, l->connector->named->authorize(sc, &l->site, buf_str(&b), &header));
    peer_session_set(l->peer, header ? header : "");
    return OK;
}

enum err connection_operation(struct scope *sc, const struct connection *c, const char *name, bool *out_there,
                              struct operation *out)
{
    const struct connector *connector;
    struct erp_site site = {0};

    TRY(sc, connector_of(sc, c, &connector));
    site.connector = connector;
    TRY(sc, doc_parse(sc, str_of(c->settings), &site.settings));
    *out_there = connector && connector->named && connector->named->operation(&site, name, out);
    return OK;
}

/* The secret as the header has it, and not longer in memory than it must. */
enum err link_authorize(struct scope *sc, struct link *l)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    const char *header = NULL;
    struct str text;

    if (l->bare)
        return bare_authorize(sc, l);
    TRY(sc, credential_open(sc, &l->connection.connection_id, link_is_token(l) ? "api_token" : "password", &secret));
    text = (struct str){(const char *)secret_bytes(secret), secret_size(secret)};
    if (link_is_token(l))
        text = link_secret_named(sc, "access_token", text);
    TRY(sc, l->connector->named->authorize(sc, &l->site, text, &header));
    peer_session_set(l->peer, header ? header : "");
    if (header)
        explicit_bzero((char *)(uintptr_t)header, strlen(header));
    return OK;
}

void link_stamp(struct scope *sc, struct link *l)
{
    uint8_t random[16];
    struct buf b;

    crypto_random(random, sizeof(random));
    buf_init(&b, sc->arena, 100);
    buf_hex(&b, random, sizeof(random));
    l->site.nonce = buf_cstr(&b);
    l->site.now_us = time_now_us();
}

/* What such a call must find is best known from the last one. */
void link_cost(struct link *l, const struct ask *ask)
{
    const struct connector_named *named = l->connector->named;
    struct connector_cost cost = {0};
    int64_t asked, unused;

    if (named && named->cost)
        named->cost(&l->site, ask, &cost);
    if (cost.tokens && !ask->probe && link_recall(l, "cost", ask->operation, &asked, &unused))
        cost.tokens = asked;
    pace_of(link_pace(l), &cost);
}

/* In a scope of its own: how the call went stands in the other. */
static void said(struct link *l, const struct ask *ask, const struct http_reply *reply)
{
    const struct connector_named *named = l->connector->named;
    struct connector_said s;
    struct scope *beside;
    bool tells;

    if (!named->said)
        return;
    beside = scope_new();
    tells = named->said(beside, &l->site, ask, reply, &s);
    scope_free(beside);
    if (!tells)
        return;
    if (s.asked > 0 && !ask->probe)
        link_remember(l, "cost", ask->operation, s.asked, 0);
    pace_said(link_pace(l), &s);
}

static enum err exchange(struct scope *sc, struct link *l, const struct ask *ask, bool changes, struct told *out)
{
    const struct connector_named *named = l->connector->named;
    struct http_call call = {0};
    struct http_reply reply;
    enum err e;

    l->doing = ask->operation;
    if (!peer_session(l->peer)) /* it ended while something went before this */
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the sign-in to \"%s\" ended meanwhile", l->connection.name);
    l->site.session = arena_strdup(sc->arena, peer_session(l->peer));
    TRY(sc, named->build(sc, &l->site, ask, &call));
    if (ask->secret)
        link_wipe_later(sc, call.body);
    link_stamp(sc, l);
    if (named->sign)
        TRY(sc, named->sign(sc, &l->site, &call));
    l->answered = false;
    link_cost(l, ask);
    TRY(sc, link_fetch(sc, l, changes, l->entered, &call, &reply));
    if (ask->secret)
        link_wipe_later(sc, reply.body);
    l->answered = true;
    e = named->read(sc, &l->site, ask, &reply, out);
    calls_said(sc, l, e);
    said(l, ask, &reply);
    if (e == OK && out->elsewhere)
        return link_document_fetch(sc, l, ask, &reply, out);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* ---- a document that goes before its change ---- */

bool link_hands(struct scope *sc, const struct link *l, const struct ask *ask)
{
    const struct connector_named *named = l->connector->named;
    struct ask unused;

    return named && named->upload && !ask->probe && named->upload(sc, &l->site, ask, &unused);
}

/* A request of a place for a document, which is forgotten unless it is used. A session that ended is no reason. */
static enum err place_of(struct scope *sc, struct link *l, const struct ask *first, struct told *out)
{
    enum err e;

    l->handing = true;
    e = exchange(sc, l, first, false, out);
    if (e == ERR_UPSTREAM_AUTH) {
        peer_session_ended(l->peer, l->site.session);
        scope_clear(sc);
        e = link_log_in(sc, l);
        if (e == OK)
            e = exchange(sc, l, first, false, out);
    }
    l->handing = false;
    if (e == OK && !out->value)
        e = FAIL(sc, ERR_UPSTREAM_UNKNOWN, "no place was given for it");
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* Whatever becomes of it, nothing was done. */
static enum err handed_over(struct scope *sc, struct link *l, const struct ask *ask)
{
    struct ask first;
    struct told told;
    enum err e;

    MUST_BE(l->connector->named->upload(sc, &l->site, ask, &first));
    e = place_of(sc, l, &first, &told);
    if (e == OK)
        e = link_upload(sc, l, ask, told.value);
    if (e == ERR_UPSTREAM_UNKNOWN || e == ERR_TIMEOUT) {
        const char *said = scope_fault(sc)->message, *words = arena_strdup(sc->arena, said ? said : "no answer came");

        scope_clear(sc);
        return FAIL(sc, ERR_UPSTREAM_BUSY, "the document of %s could not be handed over: %s", ask->operation, words);
    }
    TRY(sc, e);
    l->handed = (struct link_handed){ask->operation, ask->key, told.value};
    return OK;
}

enum err link_hand_over(struct scope *sc, struct link *l, const struct ask *ask)
{
    MUST_BE(!l->entered);
    if (!link_hands(sc, l, ask))
        return OK;
    link_cost(l, ask);
    TRY(sc, pace_wait(sc, &l->pace));
    TRY(sc, link_document_enter(sc, l));
    TRY(sc, link_log_in(sc, l));
    return handed_over(sc, l, ask);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* It is used once: another try of the change hands it over anew. */
static enum err exchange_whole(struct scope *sc, struct link *l, const struct ask *ask, bool changes, struct told *out)
{
    struct ask whole = *ask;

    if (changes && link_hands(sc, l, ask)) {
        MUST_BE(same_text(l->handed.operation, ask->operation) && same_text(l->handed.key, ask->key));
        whole.place = l->handed.place;
        l->handed = (struct link_handed){0};
    }
    return exchange(sc, l, &whole, changes, out);
}

enum err link_ask_page(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    struct operation op;
    bool changes;
    enum err e;

    TRY(sc, link_operation(sc, l, ask->operation, &op));
    changes = op.changes && !ask->probe;
    MUST_BE(l->due_us || !changes);
    if (!l->due_us)
        TRY(sc, link_log_in(sc, l));
    else if (!peer_session(l->peer))
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the session at \"%s\" has ended", l->connection.name);
    e = exchange_whole(sc, l, ask, changes, out);
    if (e == ERR_UPSTREAM_AUTH)
        peer_session_ended(l->peer, l->site.session);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* ---- what takes several requests ---- */

/* The pages that follow, as one list. */
static enum err pages_follow(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    struct doc *all = ARENA_ARRAY(sc->arena, struct doc, LINK_ITEMS_MAX);
    struct doc *list = ARENA_NEW(sc->arena, struct doc);
    struct told page = *out;
    size_t n = 0;

    for (unsigned pages = 1;; pages++) {
        struct ask next = *ask;

        if (doc_count(page.value) > LINK_ITEMS_MAX - n || (page.after && pages == LINK_PAGES_MAX))
            return FAIL(sc, ERR_HOLD, "%s answers more than %d items in %d pages: ask for less at once", ask->operation,
                        LINK_ITEMS_MAX, LINK_PAGES_MAX);
        for (size_t i = 0; i < doc_count(page.value); i++)
            all[n++] = *doc_at(page.value, i);
        if (!page.after)
            break;
        next.after = page.after;
        TRY(sc, link_ask_page(sc, l, &next, &page));
    }
    *list = doc_make_array(all, n);
    out->value = list;
    out->after = NULL;
    return OK;
}

/* Whether a change was made is known when it was found, or all pages were looked at. */
static enum err probe_follows(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    for (unsigned pages = 1; !out->found && out->after; pages++) {
        struct ask next = *ask;

        if (pages == LINK_PAGES_MAX)
            return FAIL(sc, ERR_HOLD, "whether %s was done is not found in %d pages", ask->operation, LINK_PAGES_MAX);
        next.after = out->after;
        TRY(sc, link_ask_page(sc, l, &next, out));
    }
    return OK;
}

struct doc link_with_member(struct scope *sc, const struct doc *d, const char *name, const struct doc *value)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * doc_count(d) + 2);
    size_t n = 0;

    for (size_t i = 0; i < doc_count(d); i++) {
        if (str_is(doc_key(d, i), name))
            continue;
        v[2 * n] = doc_make_text(doc_key(d, i));
        v[2 * n++ + 1] = *doc_at(d, i);
    }
    v[2 * n] = doc_make_text(str_of(name));
    v[2 * n++ + 1] = *value;
    return doc_make_object(v, n);
}

static const struct doc *with_member(struct scope *sc, const struct doc *d, const char *name, const struct doc *value)
{
    struct doc *out = ARENA_NEW(sc->arena, struct doc);

    *out = link_with_member(sc, d, name, value);
    return out;
}

enum err link_ask_all(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    TRY(sc, link_ask_page(sc, l, ask, out));
    return out->found && out->after ? pages_follow(sc, l, ask, out) : OK;
}

/* What belongs to the answer and is asked for by itself. What has no answer leaves the member as it was. */
static enum err parts_follow(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    const struct connector_named *named = l->connector->named;
    const struct doc *whole = out->value;
    const char *to;
    struct ask part;

    for (size_t i = 0; named->part && named->part(sc, &l->site, ask, whole, i, &part, &to); i++) {
        struct told told;

        TRY(sc, link_ask_all(sc, l, &part, &told));
        if (told.found && told.value)
            out->value = with_member(sc, out->value, to, told.value);
    }
    return OK;
}

/* Its answer was well, and says nothing of what was done. What cannot be looked at now may have been done. */
static enum err look(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    struct ask probe = *ask;
    enum err e;

    probe.probe = true;
    e = link_ask_page(sc, l, &probe, out);
    if (e == OK)
        e = probe_follows(sc, l, &probe, out);
    if (e != OK) {
        scope_clear(sc);
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "whether \"%s\" did %s could not be looked at", l->connection.name,
                    ask->operation);
    }
    if (!out->found)
        return FAIL(sc, ERR_UPSTREAM_NO, "\"%s\" took %s and did nothing: what it is about is in no state for it",
                    l->connection.name, ask->operation);
    return OK;
}

enum err link_ask(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    struct operation op;

    TRY(sc, link_ask_page(sc, l, ask, out));
    TRY(sc, link_operation(sc, l, ask->operation, &op));
    if (ask->probe)
        return probe_follows(sc, l, ask, out);
    if (op.changes)
        return op.looks ? look(sc, l, ask, out) : OK;
    if (!out->found)
        return OK;
    if (out->after)
        TRY(sc, pages_follow(sc, l, ask, out));
    if (doc_kind(out->value) == DOC_ARRAY)
        return link_parts_join(sc, l, ask, out);
    return doc_kind(out->value) == DOC_OBJECT ? parts_follow(sc, l, ask, out) : OK;
}

bool link_answered(const struct link *l)
{
    return l->answered;
}

/* Nobody's words: a request is told by what it is, and not by who sends it. */
static enum err built(struct scope *sc, struct link *l, const struct ask *ask, struct http_call *out)
{
    const struct connector_named *named = l->connector->named;
    struct operation op;

    TRY(sc, link_operation(sc, l, ask->operation, &op));
    l->site.session = NULL;
    if (link_hands(sc, l, ask)) /* what it is of, and not its place */
        return named->upload_build(sc, &l->site, ask, NULL, out);
    return named->build(sc, &l->site, ask, out);
}

enum err link_ask_hash(struct scope *sc, struct link *l, const struct ask *ask, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct http_call call;

    TRY(sc, built(sc, l, ask, &call));
    crypto_hash(call.body.p, call.body.n, out);
    return OK;
}

enum err link_ask_shown(struct scope *sc, struct link *l, const struct ask *ask, const char **out)
{
    struct http_call call;
    struct buf b;

    TRY(sc, built(sc, l, ask, &call));
    buf_init(&b, sc->arena, SHOWN_MAX);
    buf_f(&b, "%s %s\n", call.method, call.url);
    if (call.key)
        buf_f(&b, "%s: %s\n", call.key_header, call.key);
    buf_s(&b, "\n");
    buf_add(&b, call.body.p, call.body.n);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the request of %s is too large to be shown", ask->operation);
    *out = buf_cstr(&b);
    return OK;
}

const char *connector_header_key(struct scope *sc, const char *key)
{
    struct buf b;

    buf_init(&b, sc->arena, 3 * strlen(key) + 1);
    for (; *key; key++)
        if (*key > ' ' && *key < 0x7f && *key != '%')
            buf_c(&b, *key);
        else
            buf_f(&b, "%%%02X", (unsigned char)*key);
    return buf_cstr(&b);
}
