#include "expr/expr_int.h"

/* Objects in the making: a list of members, and an index of them by name as soon as they are more than a few. */

#define FEW 8

void members_init(struct members *m, struct run *r)
{
    *m = (struct members){.r = r};
}

static void place(struct members *m, uint32_t i)
{
    uint32_t at = name_hash(text_of(m->v[2 * i])) & m->mask;

    while (m->table[at])
        at = (at + 1) & m->mask;
    m->table[at] = i + 1;
}

static void make_table(struct members *m)
{
    uint32_t size = 4 * m->cap;

    charge(m->r, size >> 3);
    m->table = take(m->r, size * sizeof(uint32_t));
    memset(m->table, 0, size * sizeof(uint32_t));
    m->mask = size - 1;
    for (uint32_t i = 0; i < m->n; i++)
        place(m, i);
}

static void grow(struct members *m)
{
    uint32_t cap = m->cap ? 2 * m->cap : 4;
    struct doc *v;

    if (cap > 1u << 26)
        raise_memory(m->r);
    v = take(m->r, 2 * (size_t)cap * sizeof(*v));
    if (m->n)
        memcpy(v, m->v, 2 * (size_t)m->n * sizeof(*v));
    m->v = v;
    m->cap = cap;
    if (cap > FEW)
        make_table(m);
}

struct doc *members_find(struct members *m, struct str name)
{
    if (!m->table) {
        for (uint32_t i = 0; i < m->n; i++)
            if (str_equal(text_of(m->v[2 * i]), name))
                return &m->v[2 * i + 1];
        return NULL;
    }
    for (uint32_t at = name_hash(name) & m->mask; m->table[at]; at = (at + 1) & m->mask) {
        uint32_t i = m->table[at] - 1;

        if (str_equal(text_of(m->v[2 * i]), name))
            return &m->v[2 * i + 1];
    }
    return NULL;
}

struct doc *members_put(struct members *m, struct doc name)
{
    struct doc *found;

    charge(m->r, 1 + (name.n >> 4));
    found = members_find(m, text_of(name));
    if (found)
        return found;
    if (m->n == m->cap)
        grow(m);
    m->v[2 * m->n] = name;
    m->v[2 * m->n + 1] = ABSENT;
    if (m->table)
        place(m, m->n);
    return &m->v[2 * m->n++ + 1];
}

struct doc members_doc(const struct members *m)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->n; i++) {
        if (is_absent(m->v[2 * i + 1]))
            continue;
        m->v[2 * n] = m->v[2 * i];
        m->v[2 * n + 1] = m->v[2 * i + 1];
        if (is_function(m->v[2 * n + 1]))
            m->r->odd = true;
        n++;
    }
    return doc_make_object(m->v, n);
}
