#include "access/callers.h"
#include "api/api_int.h"
#include "fuzz/fuzz.h"
#include "org/org.h"
#include "q_callers.h"
#include "q_grant.h"
#include "q_org.h"
#include "q_people.h"
#include "sys/config.h"

/* Who asks, and for whom: from a request's credential, host and named place to the tenant that is set. Lines
 * "name: value" are its head; "method: POST" is none of them, and behind an empty line comes its body. The database is
 * a few rows here, by whose hashes alone a caller can be found; the private halves of its public keys are thrown away.
 * Whoever gets in must be one of those, be of the partner whose host it is, and be held to what binds it. */
#define HEAD_MAX 16
#define ZEROS    "0000000000000000000000000000000000000000000000000000"

enum { OURS, OTHERS };           /* partners; the host is of the first */
enum { ALL, ONE, TWO, NOWHERE }; /* customers */

static const struct known {
    const char *text;
    int partner, customer;
    enum actor_kind kind;
} known[] = {
    {"sk_live_" ZEROS, OURS, ALL, ACTOR_API_KEY},
    {"sk_live_1" ZEROS, OURS, ONE, ACTOR_API_KEY}, /* of a wrong length: found by nobody */
    {"sk_live_000000000000000000000000000000000000000000000000000a", OURS, ONE, ACTOR_API_KEY},
    {"sk_live_000000000000000000000000000000000000000000000000000b", OTHERS, ALL, ACTOR_API_KEY},
    {"sk_grant_" ZEROS, OURS, ONE, ACTOR_OPERATOR},
    {"sk_grant_000000000000000000000000000000000000000000000000000b", OTHERS, ONE, ACTOR_OPERATOR},
    {ZEROS, OURS, ONE, ACTOR_USER},
    {"000000000000000000000000000000000000000000000000000a", OURS, ALL, ACTOR_USER},
};
static const char may[] = ",orders:read,customers:read,";
static uint8_t hashes[ARRAY_LEN(known)][CRYPTO_HASH_BYTES], point[CRYPTO_POINT_BYTES];
static const struct route *embed_session;
static const struct route reading = {GET, "/v1/orders", NULL, .may = PERMISSION_ORDERS_READ};

static struct uuid id_of(int kind, int n)
{
    return (struct uuid){{1, (uint8_t)kind, [6] = 0x70, [8] = 0x80, [15] = (uint8_t)n}};
}

static const struct known *find(struct bytes hash, enum actor_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].kind == kind && hash.n == CRYPTO_HASH_BYTES && memcmp(hash.p, hashes[i], hash.n) == 0)
            return &known[i];
    return NULL;
}

/* ---- the database ---- */

enum err __wrap_db_commit(struct scope *sc);
enum err __wrap_q_key_find(struct scope *sc, const struct q_key_find_in *in, const struct q_key_find_row **out);
enum err __wrap_q_grant_find(struct scope *sc, const struct q_grant_find_in *in, const struct q_grant_find_row **out);
enum err __wrap_q_session_find(struct scope *sc, const struct q_session_find_in *in, struct q_session_find_rows *out);
enum err __wrap_q_token_find(struct scope *sc, const struct q_token_find_in *in, const struct q_token_find_row **out);
enum err __wrap_q_embed_key_find(struct scope *sc, const struct q_embed_key_find_in *in,
                                 const struct q_embed_key_find_row **out);
enum err __wrap_q_customer_is(struct scope *sc, const struct q_customer_is_in *in,
                              const struct q_customer_is_row **out);

enum err __wrap_db_commit(struct scope *sc)
{
    (void)sc;
    return OK;
}

enum err __wrap_q_key_find(struct scope *sc, const struct q_key_find_in *in, const struct q_key_find_row **out)
{
    const struct known *k = find(in->secret_hash, ACTOR_API_KEY);
    struct q_key_find_row *row = ARENA_NEW(sc->arena, struct q_key_find_row);

    *out = k ? row : NULL;
    if (k)
        *row = (struct q_key_find_row){.partner_id = id_of(0, k->partner),
                                       .customer_id = id_of(1, k->customer),
                                       .has_customer_id = k->customer != ALL,
                                       .api_key_id = id_of(2, 1),
                                       .scopes = may,
                                       .addresses = ""};
    return OK;
}

enum err __wrap_q_grant_find(struct scope *sc, const struct q_grant_find_in *in, const struct q_grant_find_row **out)
{
    const struct known *k = find(in->secret_hash, ACTOR_OPERATOR);
    struct q_grant_find_row *row = ARENA_NEW(sc->arena, struct q_grant_find_row);

    *out = k ? row : NULL;
    if (k)
        *row = (struct q_grant_find_row){.partner_id = id_of(0, k->partner),
                                         .customer_id = id_of(1, k->customer),
                                         .has_customer_id = k->customer != ALL,
                                         .grant_id = id_of(2, 2),
                                         .permissions = may,
                                         .expires_at_us = INT64_MAX};
    return OK;
}

/* As row security has it: of the host's partner alone. */
enum err __wrap_q_session_find(struct scope *sc, const struct q_session_find_in *in, struct q_session_find_rows *out)
{
    const struct known *k = find(in->token_hash, ACTOR_USER);
    struct q_session_find_row *row = ARENA_NEW(sc->arena, struct q_session_find_row);
    struct uuid ours = id_of(0, OURS);

    MUST_BE(sc->tenant.has_partner && uuid_equal(&sc->tenant.partner_id, &ours));
    *out = (struct q_session_find_rows){k ? row : NULL, k != NULL};
    if (k)
        *row = (struct q_session_find_row){.session_id = id_of(2, 3),
                                           .user_id = id_of(2, 4),
                                           .membership_id = id_of(2, 5),
                                           .has_membership_id = true,
                                           .customer_id = id_of(1, k->customer),
                                           .has_customer_id = k->customer != ALL,
                                           .permissions = may};
    return OK;
}

enum err __wrap_q_token_find(struct scope *sc, const struct q_token_find_in *in, const struct q_token_find_row **out)
{
    struct q_token_find_row *row = ARENA_NEW(sc->arena, struct q_token_find_row);
    struct uuid ours = id_of(0, OURS);

    MUST_BE(uuid_equal(&in->partner_id, &ours));
    *row = (struct q_token_find_row){.kind = "client", .scopes = may, .public_key = {point, sizeof(point)}};
    *out = row;
    return OK;
}

enum err __wrap_q_embed_key_find(struct scope *sc, const struct q_embed_key_find_in *in,
                                 const struct q_embed_key_find_row **out)
{
    struct q_embed_key_find_row *row = ARENA_NEW(sc->arena, struct q_embed_key_find_row);
    struct uuid ours = id_of(0, OURS);

    MUST_BE(uuid_equal(&in->partner_id, &ours));
    *row = (struct q_embed_key_find_row){.public_key = {point, sizeof(point)}, .origins = "https://a.example"};
    *out = row;
    return OK;
}

enum err __wrap_q_customer_is(struct scope *sc, const struct q_customer_is_in *in, const struct q_customer_is_row **out)
{
    struct uuid one = id_of(1, ONE), two = id_of(1, TWO);

    *out = NULL;
    if (uuid_equal(&in->customer_id, &one) || uuid_equal(&in->customer_id, &two))
        *out = ARENA_NEW(sc->arena, struct q_customer_is_row);
    return OK;
}

/* ---- the request ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct scope *sc = scope_new();
    struct secret *lost;

    (void)argc, (void)argv;
    fuzz_start();
    MUST_BE(config_set(sc, "WRONG_NAMES_PER_SECOND", "0") == OK); /* whoever asks often is not refused for that */
    scope_free(sc);
    crypto_es256_pair_new(point, &lost);
    secret_free(lost);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        crypto_hash(known[i].text, strlen(known[i].text), hashes[i]);
    for (const struct route *r = api_embed_routes; r->path; r++)
        if (r->takes && strcmp(r->path, "/v1/embed/session") == 0)
            embed_session = r;
    MUST_BE(embed_session);
    return 0;
}

static void head(struct str *left, struct rq *rq, struct http_pair *pairs)
{
    struct str line;

    while (rq->header_count < HEAD_MAX && fuzz_line(left, &line) && line.n > 0) {
        const char *colon = memchr(line.p, ':', line.n);
        struct http_pair *p = &pairs[rq->header_count];

        if (!colon)
            continue;
        p->name = (struct str){line.p, (size_t)(colon - line.p)};
        p->value = (struct str){colon + 1, (size_t)(line.p + line.n - colon - 1)};
        if (p->value.n && p->value.p[0] == ' ')
            p->value = (struct str){p->value.p + 1, p->value.n - 1};
        if (str_is(p->name, "method"))
            rq->method = str_is(p->value, "POST") ? POST : GET;
        else
            rq->header_count++;
    }
}

/* A bearer is nothing but the credential; a cookie may stand among others. */
static bool says(const struct rq *rq, const struct known *k)
{
    size_t n = strlen(k->text);

    for (size_t i = 0; i < rq->header_count; i++) {
        struct str v = rq->headers[i].value;

        if (k->kind == ACTOR_USER && str_is(rq->headers[i].name, "cookie") && memmem(v.p, v.n, k->text, n))
            return true;
        if (k->kind != ACTOR_USER && str_is(rq->headers[i].name, "authorization") && v.n == n + 7 &&
            memcmp(v.p + 7, k->text, n) == 0)
            return true;
    }
    return false;
}

static void let_in(const struct scope *sc, const struct rq *rq)
{
    struct uuid ours = id_of(0, OURS), bound, named;
    struct str customer = rq_header(rq, "customer");
    const struct known *k = NULL;

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].kind == sc->caller->kind && says(rq, &known[i]))
            k = &known[i];
    MUST_BE(k && k->partner == OURS && k != &known[1]);
    MUST_BE(sc->tenant.has_partner && uuid_equal(&sc->tenant.partner_id, &ours));
    bound = id_of(1, k->customer);
    if (k->customer != ALL)
        MUST_BE(sc->tenant.has_customer && uuid_equal(&sc->tenant.customer_id, &bound));
    if (rq_header_count(rq, "customer")) {
        MUST_BE(typeid_parse("cus", customer.p, customer.n, &named));
        MUST_BE(sc->tenant.has_customer && uuid_equal(&sc->tenant.customer_id, &named));
        MUST_BE(named.b[1] == 1 && (named.b[15] == ONE || named.b[15] == TWO)); /* the only ones there are */
    }
    MUST_BE(sc->tenant.has_brand == (k->kind == ACTOR_USER && rq_header_count(rq, "brand") == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct org_host host = {.partner_id = id_of(0, OURS), .slug = "ours", .name = "Ours", .brand_pack = "plain"};
    struct http_pair pairs[HEAD_MAX];
    struct str left = fuzz_copy(sc, data, size);
    struct rq rq = {.method = GET,
                    .host = STR("a.example"),
                    .authority = STR("a.example"),
                    .path = STR("/v1/orders"),
                    .peer = STR("127.0.0.1"),
                    .route = &reading,
                    .headers = pairs,
                    .host_data = &host};
    enum err e;

    head(&left, &rq, pairs);
    rq.body = left;
    e = api_auth(sc, &rq);
    if (e == OK)
        let_in(sc, &rq);
    else
        MUST_BE(e == ERR_UNAUTHENTICATED || e == ERR_INVALID || e == ERR_FORBIDDEN || e == ERR_NOT_FOUND);
    scope_clear(sc);
    rq.route = embed_session;
    if (rq.body.n)
        MUST_BE(embed_session->run(sc, &rq, NULL) != OK);
    scope_free(sc);
    return 0;
}
