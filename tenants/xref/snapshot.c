#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "xref/xref_int.h"

struct xref_snapshot *xref_snapshot_new(struct arena *arena, size_t tables)
{
    struct xref_snapshot *s = ARENA_NEW(arena, struct xref_snapshot);

    s->arena = arena;
    s->books = ARENA_ARRAY(arena, struct xref_book, tables);
    s->n = tables;
    crypto_random(s->key, sizeof(s->key));
    s->key[1] |= 1;
    return s;
}

/* ---- the index ---- */

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;

    memcpy(&v, p, n);
    return v;
}

uint64_t xref_hash(const uint64_t key[2], struct str text)
{
    uint64_t h = key[0] ^ text.n;
    const char *p = text.p;
    size_t n = text.n;

    for (; n > 8; n -= 8, p += 8)
        h = fold(h ^ load(p, 8), key[1]);
    if (n)
        h ^= load(p, n);
    return fold(fold(h, key[1]) ^ key[0], key[1]);
}

static void index_put(const struct xref_snapshot *s, struct xref_book *b, size_t pair)
{
    uint64_t h = xref_hash(s->key, b->pairs[pair].norm);
    uint32_t at = (uint32_t)h & b->mask;

    while (b->slots[at].pair)
        at = (at + 1) & b->mask;
    b->slots[at] = (struct xref_slot){(uint32_t)(h >> 32), (uint32_t)pair + 1};
}

static void index_make(const struct xref_snapshot *s, struct xref_book *b)
{
    uint32_t room = 8;

    while (room < 2 * b->n)
        room *= 2;
    b->mask = room - 1;
    b->slots = ARENA_ARRAY(s->arena, struct xref_slot, room);
    for (size_t i = 0; i < b->n; i++)
        if (i == 0 || !str_equal(b->pairs[i].norm, b->pairs[i - 1].norm))
            index_put(s, b, i);
}

/* ---- order ---- */

static int compare_text(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct xref_pair *x = a, *y = b;
    int order = compare_text(x->norm, y->norm);

    return order ? order : (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static int compare_books(const void *a, const void *b)
{
    return compare_text(((const struct xref_book *)a)->name, ((const struct xref_book *)b)->name);
}

static bool is_twice(const struct xref_book *b, struct str *out)
{
    for (size_t i = 1; i < b->n; i++) {
        const struct xref_pair *was = &b->pairs[i - 1];

        if (str_equal(was->norm, b->pairs[i].norm) && (was->to_us == INT64_MIN || was->to_us > b->pairs[i].from_us)) {
            *out = was->norm;
            return true;
        }
    }
    return false;
}

/* ---- what a snapshot is known by ---- */

#define CHUNK 65536

struct digest {
    uint8_t octets[CRYPTO_HASH_BYTES + CHUNK]; /* what has been hashed so far, then what has not */
    size_t n;
};

static void digest_turn(struct digest *d)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_blake2b(d->octets, CRYPTO_HASH_BYTES + d->n, hash);
    memcpy(d->octets, hash, sizeof(hash));
    d->n = 0;
}

static void digest_add(struct digest *d, const void *p, size_t n)
{
    MUST_BE(n <= CHUNK);
    if (d->n + n > CHUNK)
        digest_turn(d);
    if (n)
        memcpy(d->octets + CRYPTO_HASH_BYTES + d->n, p, n);
    d->n += n;
}

static void digest_text(struct digest *d, struct str s)
{
    uint64_t n = s.n;

    digest_add(d, &n, sizeof(n));
    digest_add(d, s.p, s.n);
}

static void digest_book(struct digest *d, const struct xref_book *b)
{
    uint64_t head[4] = {b->key.letters, b->key.blanks, b->key.empty, b->n};

    digest_text(d, b->name);
    digest_add(d, head, sizeof(head));
    for (size_t i = 0; i < b->n; i++) {
        int64_t valid[2] = {b->pairs[i].from_us, b->pairs[i].to_us};

        digest_text(d, b->pairs[i].norm);
        digest_text(d, b->pairs[i].value);
        digest_add(d, valid, sizeof(valid));
    }
}

static void hash_make(struct xref_snapshot *s)
{
    struct digest *d = ARENA_NEW(s->arena, struct digest);
    struct buf hex;

    for (size_t i = 0; i < s->n; i++)
        digest_book(d, &s->books[i]);
    digest_turn(d);
    buf_init(&hex, s->arena, sizeof(s->hash));
    buf_hex(&hex, d->octets, CRYPTO_HASH_BYTES);
    memcpy(s->hash, buf_cstr(&hex), sizeof(s->hash));
}

bool xref_snapshot_seal(struct xref_snapshot *s, struct str *out_twice)
{
    if (s->n)
        qsort(s->books, s->n, sizeof(*s->books), compare_books);
    s->entries = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct xref_book *b = &s->books[i];

        if (b->n)
            qsort(b->pairs, b->n, sizeof(*b->pairs), compare_pairs);
        if (is_twice(b, out_twice))
            return false;
        index_make(s, b);
        s->entries += b->n;
    }
    hash_make(s);
    return true;
}

/* ---- asking ---- */

static const struct xref_book *book_of(const struct xref_snapshot *s, struct str table)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_equal(s->books[i].name, table))
            return &s->books[i];
    return NULL;
}

/* The first pair of a word; the place behind the last one when there is none. */
static size_t first_of(const struct xref_snapshot *s, const struct xref_book *b, struct str norm)
{
    uint64_t h = xref_hash(s->key, norm);
    uint32_t tag = (uint32_t)(h >> 32);

    for (uint32_t at = (uint32_t)h & b->mask; b->slots[at].pair; at = (at + 1) & b->mask)
        if (b->slots[at].tag == tag && str_equal(b->pairs[b->slots[at].pair - 1].norm, norm))
            return b->slots[at].pair - 1;
    return b->n;
}

bool xref_find(const struct xref_snapshot *s, struct str table, struct str key, int64_t at_us, struct str *out)
{
    const struct xref_book *b = book_of(s, table);
    char octets[XREF_NORM_MAX];
    struct str norm = {octets, 0};

    if (!b || !xref_normal(&b->key, key, octets, &norm.n))
        return false;
    for (size_t i = first_of(s, b, norm); i < b->n && str_equal(b->pairs[i].norm, norm); i++)
        if (b->pairs[i].from_us <= at_us && (b->pairs[i].to_us == INT64_MIN || b->pairs[i].to_us > at_us)) {
            *out = b->pairs[i].value;
            return true;
        }
    return false;
}

bool xref_has_table(const struct xref_snapshot *s, struct str table)
{
    return book_of(s, table) != NULL;
}

const char *xref_snapshot_hash(const struct xref_snapshot *s)
{
    return s->hash;
}

size_t xref_snapshot_entries(const struct xref_snapshot *s)
{
    return s->entries;
}
