#include <string.h>

#include "xref/xref_int.h"

/* A snapshot as octets, for another process of the same program on the same machine. */

static void put_text(struct buf *out, struct str s)
{
    uint32_t n = (uint32_t)s.n;

    buf_add(out, &n, sizeof(n));
    buf_add(out, s.p, s.n);
}

static void put_number(struct buf *out, int64_t v)
{
    buf_add(out, &v, sizeof(v));
}

void xref_snapshot_pack(const struct xref_snapshot *s, struct buf *out)
{
    put_number(out, (int64_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        const struct xref_book *b = &s->books[i];

        put_text(out, b->name);
        put_number(out, b->key.letters);
        put_number(out, b->key.blanks);
        put_number(out, b->key.empty);
        put_number(out, (int64_t)b->n);
        for (size_t k = 0; k < b->n; k++) {
            put_text(out, b->pairs[k].norm);
            put_text(out, b->pairs[k].value);
            put_number(out, b->pairs[k].from_us);
            put_number(out, b->pairs[k].to_us);
        }
    }
}

static bool take(struct str *from, void *out, size_t n)
{
    if (from->n < n)
        return false;
    memcpy(out, from->p, n);
    *from = (struct str){from->p + n, from->n - n};
    return true;
}

static bool take_text(struct str *from, struct str *out)
{
    uint32_t n;

    if (!take(from, &n, sizeof(n)) || from->n < n)
        return false;
    *out = (struct str){from->p, n};
    *from = (struct str){from->p + n, from->n - n};
    return true;
}

static bool take_number(struct str *from, int64_t most, int64_t *out)
{
    return take(from, out, sizeof(*out)) && *out >= 0 && *out <= most;
}

static bool take_pair(struct str *from, struct xref_pair *out)
{
    return take_text(from, &out->norm) && take_text(from, &out->value) && out->value.n <= XREF_TEXT_MAX &&
           out->norm.n <= XREF_NORM_MAX && take(from, &out->from_us, sizeof(out->from_us)) &&
           take(from, &out->to_us, sizeof(out->to_us));
}

static bool take_book(struct arena *arena, struct str *from, struct xref_book *out)
{
    int64_t letters, blanks, empty, n;

    if (!take_text(from, &out->name) || !take_number(from, XREF_CASE_FOLD, &letters) ||
        !take_number(from, XREF_BLANKS_COLLAPSE, &blanks) || !take_number(from, true, &empty) ||
        !take_number(from, XREF_LOAD_MAX, &n))
        return false;
    out->key = (struct xref_rule){(enum xref_case)letters, (enum xref_blanks)blanks, empty};
    out->pairs = ARENA_ARRAY(arena, struct xref_pair, (size_t)n);
    out->n = (size_t)n;
    for (size_t i = 0; i < out->n; i++)
        if (!take_pair(from, &out->pairs[i]))
            return false;
    return true;
}

bool xref_snapshot_unpack(struct arena *arena, struct str octets, struct xref_snapshot **out)
{
    struct xref_snapshot *s;
    struct str twice;
    int64_t n;

    if (!take_number(&octets, XREF_TABLES_MAX, &n))
        return false;
    s = xref_snapshot_new(arena, (size_t)n);
    for (size_t i = 0; i < s->n; i++)
        if (!take_book(arena, &octets, &s->books[i]))
            return false;
    if (octets.n || !xref_snapshot_seal(s, &twice))
        return false;
    *out = s;
    return true;
}
