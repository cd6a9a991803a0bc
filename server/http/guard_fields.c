#include "http/guard_int.h"

/* Follows RFC 7541 section 6 octet by octet, so that a block may be cut anywhere. Nothing is decoded: an entry of the
 * dynamic table is remembered as two lengths. Evicted entries are remembered too, because a reference to one is the
 * library's error to find. */
enum { AT_FIELD, AT_INDEXED, AT_SIZE, AT_NAME_INDEX, AT_NAME_LENGTH, AT_NAME, AT_VALUE_LENGTH, AT_VALUE };

#define STATIC_ENTRIES 61
#define STATIC_NAME    28 /* the longest of the static table */
#define STATIC_VALUE   20
#define SHIFT_MAX      21

void guard_fields_begin(struct guard_fields *f)
{
    f->state = AT_FIELD;
    f->more = false;
    f->count = f->encoded = f->decoded = 0;
}

/* True when the integer (RFC 7541 5.1) is complete. */
static bool integer(struct guard_fields *f, uint8_t octet, uint8_t mask)
{
    if (!f->more) {
        f->number = octet & mask;
        f->shift = 0;
        f->more = f->number == mask;
        return !f->more;
    }
    f->number += (uint32_t)(octet & 0x7f) << f->shift;
    f->shift = (uint8_t)(f->shift + 7);
    f->more = octet & 0x80;
    return !f->more;
}

static void entry_of(const struct guard_fields *f, uint32_t index, uint32_t *out_name, uint32_t *out_value)
{
    uint32_t back = index - STATIC_ENTRIES;

    if (index <= STATIC_ENTRIES) {
        *out_name = STATIC_NAME;
        *out_value = STATIC_VALUE;
    } else if (back > f->inserted || back > GUARD_ENTRIES_MAX) {
        *out_name = GUARD_TABLE_MAX; /* there is no such entry */
        *out_value = 0;
    } else {
        *out_name = f->names[(f->inserted - back) % GUARD_ENTRIES_MAX];
        *out_value = f->values[(f->inserted - back) % GUARD_ENTRIES_MAX];
    }
}

static uint16_t capped(uint32_t n)
{
    return n < GUARD_TABLE_MAX ? (uint16_t)n : GUARD_TABLE_MAX;
}

static void field_end(struct guard_fields *f)
{
    if (f->insert) {
        f->names[f->inserted % GUARD_ENTRIES_MAX] = capped(f->name);
        f->values[f->inserted % GUARD_ENTRIES_MAX] = capped(f->value);
        f->inserted++;
    }
    f->decoded += f->name + f->value;
    f->state = AT_FIELD;
}

static uint8_t first_octet(struct guard_fields *f, uint8_t octet)
{
    f->count++;
    f->insert = (octet & 0xc0) == 0x40;
    if (octet & 0x80) {
        f->state = AT_INDEXED;
        return 0x7f;
    }
    f->state = (octet & 0xe0) == 0x20 ? AT_SIZE : AT_NAME_INDEX;
    return f->insert ? 0x3f : f->state == AT_SIZE ? 0x1f : 0x0f;
}

/* The shortest code has five bits. */
static uint32_t text_length(const struct guard_fields *f)
{
    return f->huffman ? f->number * 8 / 5 : f->number;
}

static void after_length(struct guard_fields *f)
{
    if (f->state == AT_NAME_LENGTH) {
        f->name = text_length(f);
        f->state = f->number ? AT_NAME : AT_VALUE_LENGTH;
        return;
    }
    f->value = text_length(f);
    f->state = AT_VALUE;
    if (f->number == 0)
        field_end(f);
}

static void after_integer(struct guard_fields *f)
{
    uint32_t ignored;

    switch (f->state) {
    case AT_INDEXED:
        entry_of(f, f->number, &f->name, &f->value);
        field_end(f);
        break;
    case AT_SIZE:
        f->state = AT_FIELD;
        break;
    case AT_NAME_INDEX:
        f->state = f->number ? AT_VALUE_LENGTH : AT_NAME_LENGTH;
        if (f->number)
            entry_of(f, f->number, &f->name, &ignored);
        break;
    default:
        after_length(f);
    }
}

static void number_octet(struct guard_fields *f, uint8_t octet)
{
    uint8_t mask = 0x7f;

    if (!f->more && f->state == AT_FIELD)
        mask = first_octet(f, octet);
    else if (!f->more)
        f->huffman = octet & 0x80;
    if (integer(f, octet, mask))
        after_integer(f);
}

/* An indexed field in one octet, which most fields are. */
static bool is_short_index(const struct guard_fields *f, uint8_t octet)
{
    return f->state == AT_FIELD && !f->more && octet > 0x80 && octet < 0xff;
}

static void short_index(struct guard_fields *f, uint8_t octet)
{
    uint32_t name, value;

    entry_of(f, octet & 0x7f, &name, &value);
    f->count++;
    f->decoded += name + value;
}

/* Octets of a string that lie in `n`. */
static size_t text_octets(struct guard_fields *f, size_t n)
{
    size_t take = n < f->number ? n : f->number;

    f->number -= (uint32_t)take;
    if (f->number == 0 && f->state == AT_NAME)
        f->state = AT_VALUE_LENGTH;
    else if (f->number == 0)
        field_end(f);
    return take;
}

enum guard_cut guard_fields_feed(struct guard_fields *f, const uint8_t *p, size_t n)
{
    if (n > GUARD_BLOCK_MAX - f->encoded)
        return GUARD_CUT_HEADERS;
    f->encoded += (uint32_t)n;
    while (n) {
        size_t took = 1;

        if (f->state == AT_NAME || f->state == AT_VALUE)
            took = text_octets(f, n);
        else if (is_short_index(f, *p))
            short_index(f, *p);
        else
            number_octet(f, *p);
        p += took;
        n -= took;
        if (f->count > GUARD_FIELDS_MAX || f->decoded > GUARD_DECODED_MAX || (f->more && f->shift > SHIFT_MAX) ||
            (!f->more && f->state >= AT_NAME && f->number > GUARD_BLOCK_MAX))
            return GUARD_CUT_HEADERS;
    }
    return GUARD_FIT;
}

enum guard_cut guard_fields_end(const struct guard_fields *f)
{
    return f->state == AT_FIELD && !f->more ? GUARD_FIT : GUARD_CUT_HEADERS;
}
