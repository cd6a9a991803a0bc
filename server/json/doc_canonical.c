#include <stdlib.h>

#include "json/doc_int.h"

/* Octets in the order of the UTF-16 units they stand for: a character over U+FFFF, whose first octet is 0xf0 or more,
 * is two surrogates there, and so before U+E000 to U+FFFF, whose first octet is 0xee or 0xef. */
static unsigned weight(char c)
{
    unsigned octet = (unsigned char)c;

    return octet == 0xee || octet == 0xef ? octet + 0x10 : octet;
}

static int by_name(const void *a, const void *b)
{
    const struct doc *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;

    for (size_t i = 0; i < n; i++)
        if (x->text[i] != y->text[i])
            return weight(x->text[i]) < weight(y->text[i]) ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static bool in_order(const struct doc *members, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (by_name(&members[2 * i - 2], &members[2 * i]) > 0)
            return false;
    return true;
}

struct canon {
    struct arena *arena;
    bool numbers; /* in one form, too */
};

/* A number that no double comes near keeps all its digits: "1e+400". */
static struct doc huge(struct arena *a, const struct doc_exact *x)
{
    char *digits = arena_alloc(a, x->n);
    struct buf b;
    bool cut;
    size_t n = doc_exact_digits(x, digits, x->n, &cut);

    buf_init(&b, a, n + 32);
    buf_add(&b, "-", x->negative);
    buf_add(&b, digits, 1);
    buf_add(&b, ".", n > 1);
    buf_add(&b, digits + 1, n - 1);
    buf_s(&b, "e+");
    buf_i64(&b, x->exponent);
    return (struct doc){.text = b.p, .n = (uint32_t)b.n, .kind = DOC_NUMBER};
}

static struct doc number(struct arena *a, const struct doc *d)
{
    char room[DOC_REAL_MAX];
    struct doc_exact exact;
    int64_t integer;
    double real;

    if (d->kind == DOC_INT || d->kind == DOC_COMPUTED_INT)
        return *d;
    doc_exact_of(d, room, &exact);
    if (doc_exact_int(&exact, &integer))
        return doc_make_int(integer);
    if (!doc_real(d, &real))
        return huge(a, &exact);
    return (struct doc){.real = real, .kind = DOC_COMPUTED_REAL};
}

static void sort(const struct canon *c, struct doc *d, size_t depth);

static void sort_children(const struct canon *c, struct doc *d, size_t depth)
{
    size_t n = d->kind == DOC_OBJECT ? 2 * (size_t)d->n : d->n;
    struct doc *children = arena_memdup(c->arena, d->children, n * sizeof(*children));

    d->children = children;
    if (d->kind == DOC_OBJECT && !in_order(children, d->n))
        qsort(children, d->n, 2 * sizeof(*children), by_name);
    for (size_t i = 0; i < n; i++)
        sort(c, &children[i], depth + 1);
}

/* Calls itself once a level; what is too deep to be written is left alone. */
static void sort(const struct canon *c, struct doc *d, size_t depth)
{
    if (doc_is_number(d) && c->numbers)
        *d = number(c->arena, d);
    else if (doc_count(d) > 0 && depth < DOC_DEPTH_MAX)
        sort_children(c, d, depth);
}

static void put_sorted(const struct canon *c, struct buf *out, const struct doc *d)
{
    struct doc sorted = d ? *d : (struct doc){.kind = DOC_NULL};

    sort(c, &sorted, 0);
    doc_write(out, &sorted);
}

void doc_write_sorted(struct arena *a, struct buf *out, const struct doc *d)
{
    put_sorted(&(struct canon){.arena = a}, out, d);
}

void doc_canonical(struct arena *a, struct buf *out, const struct doc *d)
{
    put_sorted(&(struct canon){.arena = a, .numbers = true}, out, d);
}
