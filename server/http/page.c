#include <string.h>

#include "crypto/crypto.h"
#include "http/http_int.h"
#include "json/doc.h"

#define CURSOR_TAG          16
#define CURSOR_POSITION_MAX 256

static uint8_t cursor_key[CRYPTO_KEY_BYTES];
static bool cursor_key_set;

void http_cursor_key(const uint8_t key[32])
{
    memcpy(cursor_key, key, sizeof(cursor_key));
    cursor_key_set = true;
}

/* The list's length keeps name and position apart. */
static void cursor_tag(struct arena *a, struct str list_name, struct bytes position, uint8_t out[CURSOR_TAG])
{
    uint64_t name_n = list_name.n;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    MUST_BE(cursor_key_set);
    buf_init(&b, a, sizeof(name_n) + list_name.n + position.n);
    buf_add(&b, &name_n, sizeof(name_n));
    buf_add(&b, list_name.p, list_name.n);
    buf_add(&b, position.p, position.n);
    crypto_hmac_sha256(cursor_key, sizeof(cursor_key), b.p, b.n, hash);
    memcpy(out, hash, CURSOR_TAG);
}

const char *http_cursor_make(struct scope *sc, struct str list_name, struct bytes position)
{
    uint8_t tag[CURSOR_TAG];
    struct buf b;

    MUST_BE(position.n <= CURSOR_POSITION_MAX);
    cursor_tag(sc->arena, list_name, position, tag);
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
    cursor_tag(sc->arena, list_name, position, tag);
    if (!crypto_equal(tag, raw, CURSOR_TAG))
        return fail_parameter(sc, "cursor", "invalid", "this is not a cursor of this list");
    *out_position = (struct bytes){arena_memdup(sc->arena, position.p, position.n), position.n};
    return OK;
}

static void put_encoded(struct buf *b, struct str s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr(plain, s.p[i]))
            buf_c(b, s.p[i]);
        else
            buf_f(b, "%%%02X", (unsigned char)s.p[i]);
    }
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
        put_encoded(&b, rq->query[i].name);
        buf_c(&b, '=');
        put_encoded(&b, rq->query[i].value);
        buf_c(&b, '&');
    }
    buf_s(&b, "cursor=");
    put_encoded(&b, str_of(cursor));
    buf_s(&b, ">; rel=\"next\"");
    if (!b.full)
        rs_header(sc, rs, "link", buf_cstr(&b));
}

enum err rs_page(struct scope *sc, const struct rq *rq, struct rs *rs, const struct wire *item, const void *items,
                 size_t n, const char *cursor)
{
    struct buf b;

    buf_init(&b, sc->arena, HTTP_ANSWER_MAX);
    buf_s(&b, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(&b, ',');
        wire_encode(&b, item, (const char *)items + i * item->size);
    }
    buf_s(&b, "],\"next_cursor\":");
    if (cursor)
        json_put_text(&b, str_of(cursor));
    else
        buf_s(&b, "null");
    buf_c(&b, '}');
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the page is too large");
    if (cursor)
        put_link(sc, rq, rs, cursor);
    TRY(sc, rs_bytes(sc, rs, 200, "application/json", buf_str(&b)));
    return OK;
}
