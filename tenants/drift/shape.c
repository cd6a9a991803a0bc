#include <string.h>

#include "drift/drift_int.h"

#define WIDE 256 /* members of one object; more are taken for data */

struct drift_shape *drift_shape_new(struct arena *keep)
{
    struct drift_shape *s = ARENA_NEW(keep, struct drift_shape);

    s->keep = keep;
    s->cap = 64;
    s->nodes = ARENA_ARRAY(keep, struct node, s->cap);
    s->nodes[0] = (struct node){.name = "", .parent = NONE, .first = NONE, .last = NONE, .next = NONE, .hint = NONE};
    s->n = 1;
    s->cost = COST_NODE;
    return s;
}

uint64_t drift_shape_payloads(const struct drift_shape *s)
{
    return s->payloads;
}

size_t drift_shape_paths(const struct drift_shape *s)
{
    return s->n;
}

bool drift_shape_full(const struct drift_shape *s)
{
    return s->more;
}

bool shape_spend(struct drift_shape *s, uint32_t octets)
{
    if (octets > DRIFT_STORED_MAX - 1024 - s->cost) {
        s->full = true;
        return false;
    }
    s->cost += octets;
    return true;
}

static bool is_called(const struct node *x, struct str name, bool item)
{
    return x->item == item && x->name_n == name.n && memcmp(x->name, name.p, name.n) == 0;
}

/* Members mostly come in one order: the one behind the last one is looked at first. */
uint32_t shape_find(const struct drift_shape *s, uint32_t parent, struct str name, bool item)
{
    struct node *p = &s->nodes[parent];
    uint32_t i = p->hint;

    if (i == NONE || !is_called(&s->nodes[i], name, item)) {
        for (i = p->first; i != NONE; i = s->nodes[i].next)
            if (is_called(&s->nodes[i], name, item))
                break;
    }
    if (i != NONE)
        p->hint = s->nodes[i].next == NONE ? p->first : s->nodes[i].next;
    return i;
}

uint32_t shape_add(struct drift_shape *s, uint32_t parent, struct str name, bool item)
{
    size_t size = sizeof(*s->nodes);
    uint32_t i = s->n++;
    struct node *p;

    if (i == s->cap) {
        s->nodes = arena_grow(s->keep, s->nodes, s->cap * size, 2 * s->cap * size);
        s->cap *= 2;
    }
    p = &s->nodes[parent];
    s->nodes[i] = (struct node){.name = str_dup(s->keep, name), .name_n = (uint32_t)name.n, .item = item};
    s->nodes[i].private = item ? p->private : name_is_private(name);
    s->nodes[i].key = item ? p->key : name_is_key(name);
    s->nodes[i].parent = parent;
    s->nodes[i].first_seen = s->payloads;
    s->nodes[i].first = s->nodes[i].last = s->nodes[i].next = s->nodes[i].hint = NONE;
    if (p->last == NONE)
        p->first = i;
    else
        s->nodes[p->last].next = i;
    p->last = i;
    return i;
}

static bool is_wide(const struct drift_shape *s, const struct node *p)
{
    size_t n = 0;

    for (uint32_t i = p->first; i != NONE; i = s->nodes[i].next)
        n++;
    return n >= WIDE;
}

uint32_t shape_child(struct drift_shape *s, uint32_t parent, struct str name, bool item)
{
    uint32_t i = shape_find(s, parent, name, item);
    struct node *p = &s->nodes[parent];

    if (i != NONE || p->wide)
        return i;
    p->wide = is_wide(s, p);
    if (p->wide || name.n > 256)
        return NONE;
    if (s->full || s->n == DRIFT_PATHS_MAX || !shape_spend(s, COST_NODE + (uint32_t)name.n)) {
        s->more = true;
        return NONE;
    }
    i = shape_add(s, parent, name, item);
    s->nodes[i].n = s->nodes[i].absent = item ? 0 : s->nodes[parent].objects; /* in all that it was not in */
    if (s->payloads > DRIFT_LEARN)
        s->nodes[i].born = s->nodes[parent].objects;
    shape_bear_one(s, i);
    return i;
}

const char *shape_path(struct arena *a, const struct drift_shape *s, uint32_t i)
{
    uint32_t steps[DOC_DEPTH_MAX + 2];
    struct buf b;
    size_t n = 0;

    for (; i && n < sizeof(steps) / sizeof(*steps); i = s->nodes[i].parent)
        if (!s->nodes[i].item)
            steps[n++] = i;
    buf_init(&b, a, 4096);
    while (n-- > 0) {
        if (b.n)
            buf_c(&b, '.');
        buf_add(&b, s->nodes[steps[n]].name, s->nodes[steps[n]].name_n);
    }
    return buf_cstr(&b);
}

/* A field is read where a path ends in it or goes through it. */
void shape_bear_one(struct drift_shape *s, uint32_t i)
{
    const char *path;
    size_t n;

    if (!s->read_count)
        return;
    path = shape_path(s->keep, s, i);
    n = strlen(path);
    s->nodes[i].bearing = false;
    for (size_t k = 0; k < s->read_count && n && !s->nodes[i].bearing; k++)
        s->nodes[i].bearing = strncmp(s->reads[k], path, n) == 0 && (!s->reads[k][n] || s->reads[k][n] == '.');
}

void drift_shape_bear(struct drift_shape *s, const char *const *paths, size_t n)
{
    s->reads = paths;
    s->read_count = n;
    for (uint32_t i = 1; i < s->n; i++) {
        s->nodes[i].bearing = false;
        shape_bear_one(s, i);
    }
}
