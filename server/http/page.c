#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "http/http_int.h"
#include "json/doc.h"

#define CURSOR_TAG          16
#define CURSOR_POSITION_MAX 256
#define CURSOR_SIGNED_MAX   4096
#define BOUND_TAG           8 /* of a page's address and filters, behind the cursor */
#define BOUND_SIGNED_MAX    ((size_t)128 * 1024)

static uint8_t cursor_key[CRYPTO_KEY_BYTES];
static bool cursor_key_set;

void http_cursor_key(const uint8_t key[32])
{
    memcpy(cursor_key, key, sizeof(cursor_key));
    cursor_key_set = true;
}

/* Lengths keep what is signed apart. */
static void put_part(struct buf *b, const void *p, size_t n)
{
    uint64_t length = n;

    buf_add(b, &length, sizeof(length));
    buf_add(b, p, n);
}

/* Whose list it is: to another tenant the cursor is as good as one that somebody made up. */
static void put_tenant(struct buf *b, const struct tenant *t)
{
    static const struct uuid all;

    put_part(b, t->partner_id.b, t->has_partner ? sizeof(all.b) : 0);
    put_part(b, t->customer_id.b, t->has_customer ? sizeof(all.b) : 0);
    put_part(b, t->brand_id.b, t->has_brand ? sizeof(all.b) : 0);
}

static void cursor_tag(struct scope *sc, struct str list_name, struct bytes position, uint8_t out[CURSOR_TAG])
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    MUST_BE(cursor_key_set);
    buf_init(&b, sc->arena, CURSOR_SIGNED_MAX);
    put_tenant(&b, &sc->tenant);
    put_part(&b, list_name.p, list_name.n);
    put_part(&b, position.p, position.n);
    MUST_BE(!b.full);
    crypto_hmac_sha256(cursor_key, sizeof(cursor_key), b.p, b.n, hash);
    memcpy(out, hash, CURSOR_TAG);
}

const char *http_cursor_make(struct scope *sc, struct str list_name, struct bytes position)
{
    uint8_t tag[CURSOR_TAG];
    struct buf b;

    MUST_BE(position.n <= CURSOR_POSITION_MAX);
    cursor_tag(sc, list_name, position, tag);
    buf_init(&b, sc->arena, 2 * (CURSOR_TAG + CURSOR_POSITION_MAX) + 1);
    buf_hex(&b, tag, sizeof(tag));
    buf_hex(&b, position.p, position.n);
    return buf_cstr(&b);
}

enum err http_cursor_read(struct scope *sc, struct str list_name, struct str cursor, struct bytes *out_position)
{
    uint8_t raw[CURSOR_TAG + CURSOR_POSITION_MAX], tag[CURSOR_TAG];
    struct bytes position = {raw + CURSOR_TAG, 0};
    size_t n;

    if (!hex_decode(cursor, raw, sizeof(raw), &n) || n < CURSOR_TAG)
        return fail_parameter(sc, "cursor", "invalid", "this is not a cursor of this list");
    position.n = n - CURSOR_TAG;
    cursor_tag(sc, list_name, position, tag);
    if (!crypto_equal(tag, raw, CURSOR_TAG))
        return fail_parameter(sc, "cursor", "invalid", "this is not a cursor of this list");
    *out_position = (struct bytes){arena_memdup(sc->arena, position.p, position.n), position.n};
    return OK;
}

static bool is_filter(struct str name)
{
    return !str_is(name, "cursor") && !str_is(name, "limit") && !str_is(name, "fields") && !str_is(name, "expand");
}

static int by_name(const void *a, const void *b)
{
    const struct http_pair *x = a, *y = b;
    int order =
        memcmp(x->name.p ? x->name.p : "", y->name.p ? y->name.p : "", x->name.n < y->name.n ? x->name.n : y->name.n);

    return order ? order : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* The same list again: whose it is, its address, and its filters in any order. This is looked at before the route's own
 * work, so that another's cursor is refused like one that somebody made up, whatever the address names. */
static bool bound_tag(struct scope *sc, const struct rq *rq, struct str cursor, uint8_t out[BOUND_TAG])
{
    struct http_pair filters[HTTP_QUERY_PARAMS_MAX];
    uint8_t hash[CRYPTO_HASH_BYTES];
    size_t n = 0;
    struct buf b;

    MUST_BE(cursor_key_set && rq->query_count <= HTTP_QUERY_PARAMS_MAX);
    for (size_t i = 0; i < rq->query_count; i++)
        if (is_filter(rq->query[i].name))
            filters[n++] = rq->query[i];
    qsort(filters, n, sizeof(*filters), by_name);
    buf_init(&b, sc->arena, BOUND_SIGNED_MAX);
    put_tenant(&b, &sc->tenant);
    put_part(&b, rq->path.p, rq->path.n);
    put_part(&b, cursor.p, cursor.n);
    for (size_t i = 0; i < n; i++) {
        put_part(&b, filters[i].name.p, filters[i].name.n);
        put_part(&b, filters[i].value.p, filters[i].value.n);
    }
    crypto_hmac_sha256(cursor_key, sizeof(cursor_key), b.p, b.n, hash);
    memcpy(out, hash, BOUND_TAG);
    return !b.full;
}

static const char *cursor_bind(struct scope *sc, const struct rq *rq, const char *cursor)
{
    uint8_t tag[BOUND_TAG];
    struct buf b;

    if (!bound_tag(sc, rq, str_of(cursor), tag))
        return NULL;
    buf_init(&b, sc->arena, 2 * (CURSOR_TAG + CURSOR_POSITION_MAX + BOUND_TAG) + 1);
    buf_s(&b, cursor);
    buf_hex(&b, tag, sizeof(tag));
    return buf_cstr(&b);
}

/* The handler reads the cursor as it made it. */
static void cursor_replace(struct scope *sc, struct rq *rq, struct str cursor)
{
    struct http_pair *query = arena_memdup(sc->arena, rq->query, rq->query_count * sizeof(*query));

    for (size_t i = 0; i < rq->query_count; i++)
        if (str_is(query[i].name, "cursor"))
            query[i].value = cursor;
    rq->query = query;
}

enum err cursor_loose(struct scope *sc, struct rq *rq)
{
    struct str said = rq_query(rq, "cursor"), cursor = said;
    uint8_t tag[BOUND_TAG], raw[BOUND_TAG];
    size_t n;

    if (said.n == 0)
        return OK;
    cursor.n = said.n > 2 * BOUND_TAG ? said.n - 2 * BOUND_TAG : 0;
    if (cursor.n == 0 || !hex_decode((struct str){said.p + cursor.n, 2 * BOUND_TAG}, raw, sizeof(raw), &n) ||
        !bound_tag(sc, rq, cursor, tag) || !crypto_equal(tag, raw, BOUND_TAG))
        return fail_parameter(sc, "cursor", "invalid", "this is not a cursor of this list");
    cursor_replace(sc, rq, cursor);
    return OK;
}

/* RFC 8288: the same address with the next cursor. */
static void put_link(struct scope *sc, const struct rq *rq, struct rs *rs, const char *cursor)
{
    struct buf b;

    buf_init(&b, sc->arena, 16384);
    buf_c(&b, '<');
    buf_add(&b, rq->path.p, rq->path.n);
    buf_c(&b, '?');
    for (size_t i = 0; i < rq->query_count; i++) {
        if (str_is(rq->query[i].name, "cursor"))
            continue;
        buf_percent(&b, rq->query[i].name);
        buf_c(&b, '=');
        buf_percent(&b, rq->query[i].value);
        buf_c(&b, '&');
    }
    buf_s(&b, "cursor=");
    buf_percent(&b, str_of(cursor));
    buf_s(&b, ">; rel=\"next\"");
    if (!b.full)
        rs_header(sc, rs, "link", buf_cstr(&b));
}

enum err rs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct wire *item, const void *items,
                 size_t n, const char *cursor)
{
    const char *next = cursor ? cursor_bind(sc, rq, cursor) : NULL;
    struct buf b;

    buf_init(&b, sc->arena, HTTP_ANSWER_MAX);
    buf_s(&b, "{\"data\":[");
    TRY(sc, shape_prepare(sc, rs, item, items, n));
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(&b, ',');
        TRY(sc, shape_put(sc, rs, &b, item, (const char *)items + i * item->size));
    }
    buf_s(&b, "],\"next_cursor\":");
    if (next)
        json_put_text(&b, str_of(next));
    else
        buf_s(&b, "null");
    buf_c(&b, '}');
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the page is too large");
    if (next)
        put_link(sc, rq, rs, next);
    TRY(sc, rs_bytes(sc, rs, 200, "application/json", buf_str(&b)));
    return OK;
}
