#include <stdio.h>

#include "api/api_int.h"
#include "base/timefmt.h"
#include "org/org.h"
#include "sys/loop.h"

/* The isolation self-test: what the database answers when it is asked for what is not the caller's, in the caller's own
 * transaction, signed so that the report can be shown to somebody who was not there. */
struct table_view {
    const char *table;
    bool passed, row_security_forced, readable, others_exist, own_seen, others_seen, refuses_without_tenant,
        seen_as_nobody;
};

static const struct wire_field table_fields[] = {
    WIRE_TEXT(struct table_view, table, 63, "The table."),
    WIRE_BOOL(struct table_view, passed, "Whether this table is closed to the caller but for its own rows."),
    WIRE_BOOL(struct table_view, row_security_forced, "The database itself filters its rows, for everybody."),
    WIRE_BOOL(struct table_view, readable, "Whether the server may read it at all; if not, nothing more is asked."),
    WIRE_BOOL(struct table_view, others_exist, "There are rows of others in it, so that none seen says something."),
    WIRE_BOOL(struct table_view, own_seen, "A row of the caller's own was seen."),
    WIRE_BOOL(struct table_view, others_seen, "A row of somebody else's was seen: never true where isolation holds."),
    WIRE_BOOL(struct table_view, refuses_without_tenant, "With no tenant named it answers with an error."),
    WIRE_BOOL(struct table_view, seen_as_nobody, "As a tenant that does not exist, a row was seen."),
    {},
};
static const struct wire table_wire = {"IsolationTable", sizeof(struct table_view), table_fields};

struct report_view {
    int64_t measured_at;
    const char *host, *caller_kind;
    struct uuid caller_id, customer_id, store_brand_id;
    bool passed, role_is_ordinary, role_owns_nothing, role_is_no_other, row_security_is_on, foreign_seal_closed;
    struct wire_list tables;
};

#define OPTIONAL_ID(member, prefix_, meaning_)                                                                         \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ID, .offset = offsetof(struct report_view, member), .prefix = (prefix_),    \
        .optional = true, .meaning = (meaning_)                                                                        \
    }

static const struct wire_field report_fields[] = {
    WIRE_TIME(struct report_view, measured_at, "When it was measured."),
    WIRE_TEXT(struct report_view, host, 253, "The host that was asked."),
    WIRE_TEXT(struct report_view, caller_kind, 20, "Who asked: api_key, user, client, operator."),
    WIRE_ID(struct report_view, caller_id, "", "The key, person or client."),
    OPTIONAL_ID(customer_id, "cus", "The customer it was measured for; null: the whole partner."),
    OPTIONAL_ID(store_brand_id, "brd", "The store brand it was measured for; null: all of them."),
    WIRE_BOOL(struct report_view, passed, "Whether every check passed."),
    WIRE_BOOL(struct report_view, role_is_ordinary, "The server asks as a role that row security applies to."),
    WIRE_BOOL(struct report_view, role_owns_nothing, "The role owns none of the tables."),
    WIRE_BOOL(struct report_view, role_is_no_other, "The role cannot become another."),
    WIRE_BOOL(struct report_view, row_security_is_on, "Row security is on in the session that was used."),
    WIRE_BOOL(struct report_view, foreign_seal_closed, "A secret sealed for one partner does not open as another's."),
    WIRE_LIST(struct report_view, tables, &table_wire, 500, "Each table that holds rows of tenants."),
    {},
};
static const struct wire report_wire = {"IsolationReport", sizeof(struct report_view), report_fields};

struct proof_view {
    struct str report;
    struct uuid key_id;
    const char *algorithm, *signature;
};

static const struct wire_field proof_fields[] = {
    WIRE_RAW(struct proof_view, report, "The report (IsolationReport); the signature is over exactly these octets."),
    WIRE_ID(struct proof_view, key_id, "sgk", "The key that signed, one of /v1/isolation-proof/keys."),
    WIRE_TEXT(struct proof_view, algorithm, 20, "Ed25519."),
    WIRE_TEXT(struct proof_view, signature, 88, "The signature, base 64."),
    {},
};
static const struct wire proof_wire = {"IsolationProof", sizeof(struct proof_view), proof_fields};

static void tables_of(struct scope *sc, const struct org_proof *p, struct report_view *v)
{
    struct table_view *views = ARENA_ARRAY(sc->arena, struct table_view, p->table_count);

    for (size_t i = 0; i < p->table_count; i++) {
        const struct org_proof_table *t = &p->tables[i];

        views[i] = (struct table_view){t->name,     t->passed,      t->forced,        t->readable,      t->others_exist,
                                       t->sees_own, t->sees_others, t->refuses_unset, t->sees_as_nobody};
    }
    v->tables = (struct wire_list){views, p->table_count};
}

static struct str report(struct scope *sc, const struct rq *rq, const struct org_proof *p)
{
    struct report_view v = {.measured_at = time_now_us(),
                            .host = str_dup(sc->arena, rq->host),
                            .caller_kind = actor_kind_name(sc->actor),
                            .caller_id = sc->actor_id,
                            .customer_id = sc->tenant.customer_id,
                            .store_brand_id = sc->tenant.brand_id,
                            .passed = p->passed,
                            .role_is_ordinary = p->role_is_ordinary,
                            .role_owns_nothing = p->role_owns_nothing,
                            .role_is_no_other = p->role_is_no_other,
                            .row_security_is_on = p->row_security_is_on,
                            .foreign_seal_closed = p->foreign_seal_closed};
    struct buf b;

    tables_of(sc, p, &v);
    buf_init(&b, sc->arena, (size_t)1 << 20);
    wire_encode(&b, &report_wire, &v);
    return buf_str(&b);
}

static const char *base64_of(struct scope *sc, const void *p, size_t n)
{
    struct buf b;

    buf_init(&b, sc->arena, n * 2 + 8);
    buf_base64(&b, p, n);
    return buf_cstr(&b);
}

static enum err proof_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];
    struct proof_view v = {.algorithm = "Ed25519"};
    struct org_proof p;

    TRY(sc, org_proof_run(sc, &p));
    v.report = report(sc, rq, &p);
    TRY(sc, org_sign(sc, ORG_SIGN_PROOF, v.report, &v.key_id, signature));
    v.signature = base64_of(sc, signature, sizeof(signature));
    return rs_json(sc, rs, 200, &proof_wire, &v);
}

struct key_view {
    struct uuid id;
    const char *algorithm, *public_key;
    int64_t created_at, retired_at;
};

static const struct wire_field key_fields[] = {
    WIRE_ID(struct key_view, id, "sgk", "This key."),
    WIRE_TEXT(struct key_view, algorithm, 20, "Ed25519."),
    WIRE_TEXT(struct key_view, public_key, 44, "The public key, 32 octets, base 64."),
    WIRE_TIME(struct key_view, created_at, "When it was made."),
    WIRE_TIME(struct key_view, retired_at, "When it signed last; null while it is in use."),
    {},
};
static const struct wire key_wire = {"IsolationKey", sizeof(struct key_view), key_fields};

static enum err proof_keys(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_public_key *keys;
    struct key_view *views;
    size_t n;

    TRY(sc, org_signing_list(sc, ORG_SIGN_PROOF, &keys, &n));
    views = ARENA_ARRAY(sc->arena, struct key_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] =
            (struct key_view){keys[i].key_id, "Ed25519", base64_of(sc, keys[i].public_key.p, keys[i].public_key.n),
                              keys[i].created_at_us, keys[i].retired_at_us};
    return rs_page(sc, rq, rs, &key_wire, views, n, NULL);
}

const struct route api_proof_routes[] = {
    {GET, "/v1/isolation-proof", proof_get, .name = "isolation.prove",
     .summary = "Tries the walls around the caller and answers with a signed report.", .may = PERMISSION_ISOLATION_READ,
     .answers = &proof_wire},
    {GET, "/v1/isolation-proof/keys", proof_keys, .name = "isolation.keys",
     .summary = "The public keys of such reports.", .may = PERMISSION_ISOLATION_READ, .answers = &key_wire},
    {},
};
