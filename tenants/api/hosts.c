#include <string.h>

#include "api/api_int.h"
#include "audit/audit.h"
#include "brand/brand.h"
#include "db/db.h"
#include "net/net.h"
#include "org/hosts.h"
#include "sys/loop.h"
#include "json/doc.h"

/* Host names: claimed, proven by a record of the name server, and served with a certificate of their own. */
#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define CHAIN_MAX    32768
#define KEY_MAX      16384

static const char *const states[] = {"pending", "verified", NULL};

struct certificate_view {
    const char *fingerprint, *names;
    int64_t not_before, not_after;
};
static const struct wire_field certificate_fields[] = {
    WIRE_TEXT(struct certificate_view, fingerprint, 64, "SHA-256 of the first certificate, in hex."),
    WIRE_TEXT(struct certificate_view, names, 8192, "The names it is for, spaces between them."),
    WIRE_TIME(struct certificate_view, not_before, "From when it is good."),
    WIRE_TIME(struct certificate_view, not_after, "Until when it is good; upload the next one before."),
    {},
};
static const struct wire certificate_wire = {"HostCertificate", sizeof(struct certificate_view), certificate_fields};

struct host_view {
    struct uuid id;
    const char *host, *state, *record_name, *record_value;
    int64_t created_at, checked_at, verified_at;
    struct certificate_view *certificate;
};
static const struct wire_field host_fields[] = {
    WIRE_ID(struct host_view, id, "hst", "This host."),
    WIRE_TEXT(struct host_view, host, 253, "Its name."),
    WIRE_ENUM(struct host_view, state, states, "Whether it was proven to be yours; nothing is served on it before."),
    WIRE_TEXT(struct host_view, record_name, 253, "The name of the text record that proves it."),
    WIRE_TEXT(struct host_view, record_value, 64, "What the record must say."),
    WIRE_TIME(struct host_view, created_at, "When it was claimed."),
    WIRE_TIME(struct host_view, checked_at, "When the record was last looked for; null: never."),
    WIRE_TIME(struct host_view, verified_at, "When it was proven; null: not yet."),
    {.name = "certificate",
     .kind = WIRE_KIND_OBJECT,
     .offset = offsetof(struct host_view, certificate),
     .of = &certificate_wire,
     .optional = true,
     .meaning = "What it is served with; null: the installation's own certificate."},
    {},
};
static const struct wire host_wire = {"Host", sizeof(struct host_view), host_fields};

struct claim_ask {
    const char *host;
};
static const struct wire_field claim_fields[] = {
    WIRE_TEXT(struct claim_ask, host, 253, "The name, like portal.example.com."),
    {},
};
static const struct wire claim_wire = {"HostClaim", sizeof(struct claim_ask), claim_fields};

struct certificate_ask {
    struct str chain, key; /* JSON texts: those of the wire have no lines */
};
static const struct wire_field ask_fields[] = {
    WIRE_RAW(struct certificate_ask, chain, "A text: the certificate and its issuers, in PEM form."),
    WIRE_RAW(struct certificate_ask, key, "A text: the private key, in PEM form; sealed at once and never shown."),
    {},
};
static const struct wire ask_wire = {"HostCertificateNew", sizeof(struct certificate_ask), ask_fields};

static int64_t time_or_null(int64_t us)
{
    return us ? us : INT64_MIN;
}

static void view_of(struct scope *sc, const struct org_claim *c, struct host_view *out)
{
    struct buf hex;

    *out = (struct host_view){.id = c->host_id,
                              .host = c->host,
                              .state = states[c->verified],
                              .record_name = arena_f(sc->arena, ORG_HOST_PROOF ".%s", c->host),
                              .record_value = c->token,
                              .created_at = c->created_at_us,
                              .checked_at = time_or_null(c->checked_at_us),
                              .verified_at = time_or_null(c->verified_at_us)};
    if (!c->has_certificate)
        return;
    buf_init(&hex, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&hex, c->fingerprint.p, c->fingerprint.n);
    out->certificate = ARENA_NEW(sc->arena, struct certificate_view);
    *out->certificate = (struct certificate_view){buf_cstr(&hex), c->names, c->not_before_us, c->not_after_us};
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct org_claim claim;
    struct host_view view;

    TRY(sc, org_claim_get(sc, id, &claim));
    view_of(sc, &claim, &view);
    return rs_json(sc, rs, status, &host_wire, &view);
}

static enum err hosts_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_claim *rows;
    struct host_view *views;
    const char *cursor = NULL;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("hosts"), &after));
    TRY(sc, org_claim_list(sc, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("hosts"), (struct bytes){rows[n - 1].host_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct host_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &host_wire, views, n, cursor);
}

static enum err host_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "host_id", "hst", &id));
    return answer(sc, rs, 200, &id);
}

static enum err host_claim(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct claim_ask ask;
    struct uuid id;

    TRY(sc, rq_body(sc, rq, &claim_wire, &ask));
    TRY(sc, org_claim_make(sc, ask.host, &id));
    audit_note(sc,
               &(struct audit_act){.action = "host.claim", .object_kind = "hst", .object_id = id, .detail = ask.host});
    return answer(sc, rs, 201, &id);
}

/* Between two transactions: the name server is not waited for with a connection of the database in hand. */
static enum err host_verify(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct net_texts texts;
    struct org_claim claim;
    bool found = false, verified;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "host_id", "hst", &id));
    TRY(sc, org_claim_get(sc, &id, &claim));
    db_rollback(sc);
    TRY(sc, net_texts(sc, arena_f(sc->arena, ORG_HOST_PROOF ".%s", claim.host), &texts));
    for (size_t i = 0; i < texts.n; i++)
        found = found || strcmp(texts.v[i], claim.token) == 0;
    TRY(sc, org_claim_checked(sc, &id, found, &verified));
    if (verified && !claim.verified)
        audit_note(sc, &(struct audit_act){
                           .action = "host.verify", .object_kind = "hst", .object_id = id, .detail = claim.host});
    return answer(sc, rs, 200, &id);
}

static enum err host_release(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_claim claim;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "host_id", "hst", &id));
    TRY(sc, org_claim_get(sc, &id, &claim));
    TRY(sc, org_claim_release(sc, &id));
    audit_note(
        sc, &(struct audit_act){.action = "host.release", .object_kind = "hst", .object_id = id, .detail = claim.host});
    return rs_empty(sc, rs, 204);
}

/* ---- certificates ---- */

struct judging {
    struct scope *sc; /* of its own: another thread works with it */
    struct str chain, key;
    const char *host;
    struct crypto_certificate about;
    enum err result;
};

static void judge(void *arg)
{
    struct judging *j = arg;

    j->result = crypto_certificate_judge(j->sc, j->chain, j->key, j->host, &j->about);
}

/* What was found fault with is told in this request's scope. */
static enum err judge_aside(struct scope *sc, struct judging *j)
{
    enum err e;

    j->sc = scope_new();
    e = offload(judge, j);
    if (e == OK && j->result == OK)
        j->about.names = arena_strdup(sc->arena, j->about.names);
    if (e == OK && j->result != OK && scope_fault(j->sc)->items) {
        const struct fault_item *item = scope_fault(j->sc)->items;

        scope_clear(sc);
        scope_item(sc, arena_strdup(sc->arena, item->pointer), arena_strdup(sc->arena, item->code), "%s", item->detail);
        e = FAIL(sc, ERR_INVALID, "%s", scope_fault(j->sc)->message);
        scope_problem(sc, "validation", 422);
    }
    scope_free(j->sc);
    return e == OK ? j->result : e;
}

static void wipe(void *text)
{
    explicit_bzero(text, strlen(text));
}

/* Every copy of it is wiped when the request ends. */
static enum err lines_of(struct scope *sc, const char *pointer, struct str raw, size_t max, const char **out)
{
    const struct doc *d;
    struct str text;
    enum err e;

    TRY(sc, doc_parse(sc, raw, &d));
    text = doc_text(d);
    *out = str_dup(sc->arena, text);
    arena_defer(sc->arena, wipe, (void *)(uintptr_t)*out);
    if (text.n > 0)
        explicit_bzero((char *)(uintptr_t)text.p, text.n);
    if (raw.n > 0)
        explicit_bzero((char *)(uintptr_t)raw.p, raw.n);
    if (text.n > 0 && text.n <= max)
        return OK;
    scope_clear(sc);
    scope_item(sc, pointer, "not_a_text", "must be a text of 1 to %zu octets", max);
    e = FAIL(sc, ERR_INVALID, "the request's body is wrong");
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err certificate_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *chain, *key;
    struct certificate_ask ask;
    struct judging j = {0};
    struct org_claim claim;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "host_id", "hst", &id));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, lines_of(sc, "/key", ask.key, KEY_MAX, &key));
    TRY(sc, lines_of(sc, "/chain", ask.chain, CHAIN_MAX, &chain));
    TRY(sc, org_claim_get(sc, &id, &claim));
    if (!claim.verified)
        return FAIL(sc, ERR_CONFLICT, "prove first that the host is yours");
    db_rollback(sc);
    j.chain = str_of(chain);
    j.key = str_of(key);
    j.host = claim.host;
    TRY(sc, judge_aside(sc, &j));
    TRY(sc, org_certificate_put(sc, &id, chain, (struct bytes){key, strlen(key)}, &j.about, brand_author(sc)));
    audit_note(sc, &(struct audit_act){
                       .action = "host.certificate", .object_kind = "hst", .object_id = id, .detail = claim.host});
    return answer(sc, rs, 200, &id);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_host_routes[] = {
    {GET, "/v1/hosts", hosts_list, .may = PERMISSION_HOSTS_READ, .answers = &host_wire, .query = list_query,
     .paged = true, .name = "hosts.list", .summary = "Lists host names and until when their certificates are good."},
    {POST, "/v1/hosts", host_claim, .may = PERMISSION_HOSTS_WRITE, .takes = &claim_wire, .answers = &host_wire,
     .status = 201, .idempotent = true, .name = "hosts.claim",
     .summary = "Claims a host name; the answer says which record proves it."},
    {GET, "/v1/hosts/{host_id}", host_get, .may = PERMISSION_HOSTS_READ, .answers = &host_wire, .name = "hosts.get",
     .summary = "One host name."},
    {DELETE, "/v1/hosts/{host_id}", host_release, .may = PERMISSION_HOSTS_WRITE, .status = 204, .name = "hosts.release",
     .summary = "Gives a host name up."},
    {POST, "/v1/hosts/{host_id}/verify", host_verify, .may = PERMISSION_HOSTS_WRITE, .answers = &host_wire,
     .name = "hosts.verify", .summary = "Looks for the record; once it is there the host is served."},
    {PUT, "/v1/hosts/{host_id}/certificate", certificate_put, .may = PERMISSION_HOSTS_WRITE, .takes = &ask_wire,
     .answers = &host_wire, .secret = true, .name = "hosts.certificate.put",
     .summary = "Takes the certificate that the host is served with."},
    {},
};
