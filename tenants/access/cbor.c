#include <string.h>

#include "access/cbor_int.h"

#define DEPTH_MAX   8
#define ENTRIES_MAX 64

static bool fail(struct cbor *c)
{
    c->bad = true;
    return false;
}

static bool take(struct cbor *c, size_t n, const uint8_t **out)
{
    if (c->bad || n > c->n)
        return fail(c);
    *out = c->p;
    c->p += n;
    c->n -= n;
    return true;
}

static bool take_value(struct cbor *c, unsigned info, uint64_t *out)
{
    const uint8_t *p;

    *out = info;
    if (info < 24)
        return true;
    if (info > 27 || !take(c, (size_t)1 << (info - 24), &p)) /* 28 to 30 mean nothing, 31 a length that is not said */
        return fail(c);
    *out = 0;
    for (size_t i = 0; i < (size_t)1 << (info - 24); i++)
        *out = *out << 8 | p[i];
    return true;
}

bool cbor_next(struct cbor *c, struct cbor_item *out)
{
    const uint8_t *p;

    *out = (struct cbor_item){0};
    if (!take(c, 1, &p) || !take_value(c, *p & 31, &out->value))
        return false;
    out->kind = (enum cbor_kind)(*p >> 5);
    if (out->kind != CBOR_BYTES && out->kind != CBOR_TEXT)
        return true;
    if (out->value > c->n || !take(c, (size_t)out->value, &p))
        return fail(c);
    out->bytes = (struct bytes){p, (size_t)out->value};
    return true;
}

bool cbor_int(struct cbor *c, int64_t *out)
{
    struct cbor_item item;

    if (!cbor_next(c, &item))
        return false;
    if (item.kind > CBOR_NEGATIVE || item.value > INT64_MAX)
        return fail(c);
    *out = item.kind == CBOR_UINT ? (int64_t)item.value : -1 - (int64_t)item.value;
    return true;
}

bool cbor_text_is(struct cbor *c, const char *want)
{
    struct cbor_item item;

    if (!cbor_next(c, &item))
        return false;
    if (item.kind != CBOR_TEXT)
        return fail(c);
    return item.bytes.n == strlen(want) && memcmp(item.bytes.p, want, item.bytes.n) == 0;
}

bool cbor_bytes(struct cbor *c, struct bytes *out)
{
    struct cbor_item item;

    if (!cbor_next(c, &item))
        return false;
    if (item.kind != CBOR_BYTES)
        return fail(c);
    *out = item.bytes;
    return true;
}

bool cbor_map(struct cbor *c, size_t *out_entries)
{
    struct cbor_item item;

    if (!cbor_next(c, &item))
        return false;
    if (item.kind != CBOR_MAP || item.value > ENTRIES_MAX)
        return fail(c);
    *out_entries = (size_t)item.value;
    return true;
}

static uint64_t inside(const struct cbor_item *item)
{
    return item->kind == CBOR_ARRAY ? item->value : item->kind == CBOR_MAP ? item->value * 2 : item->kind == CBOR_TAG;
}

bool cbor_skip(struct cbor *c)
{
    uint64_t left[DEPTH_MAX] = {1};
    struct cbor_item item;
    size_t depth = 0;

    for (;;) {
        while (left[depth] == 0) {
            if (depth == 0)
                return true;
            depth--;
        }
        left[depth]--;
        if (!cbor_next(c, &item) || (item.kind == CBOR_MAP && item.value > ENTRIES_MAX))
            return fail(c);
        if (inside(&item) == 0)
            continue;
        if (++depth == DEPTH_MAX)
            return fail(c);
        left[depth] = inside(&item);
    }
}
