#include "flowdef/flowdef_int.h"

/* What a document names that must be there when it runs. */

struct named {
    const char *name, *below, *member; /* below: where it stands, and as what */
};
typedef struct named name_of(const struct flowdef_step *s); /* a function's type, not a struct's */

static struct named table_of(const struct flowdef_step *s)
{
    return (struct named){s->kind == FLOWDEF_LOOK_UP ? s->name : NULL, s->pointer, "look_up/table"};
}

static struct named connection_of(const struct flowdef_step *s)
{
    return (struct named){s->connection, s->asks, "connection"};
}

static struct named flow_of(const struct flowdef_step *s)
{
    return (struct named){s->kind == FLOWDEF_FLOW ? s->name : NULL, s->pointer, "flow/name"};
}

static void add(struct arena *a, struct flowdef_names *out, const struct named *n)
{
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->v[i], n->name) == 0)
            return;
    out->pointers[out->n] = arena_f(a, "%s/%s", n->below, n->member);
    out->v[out->n++] = n->name;
}

static void walk(struct arena *a, const struct flowdef_steps *steps, name_of *of, struct flowdef_names *out)
{
    for (size_t i = 0; i < steps->n; i++) {
        const struct flowdef_step *s = &steps->v[i];
        struct named n = of(s);

        if (n.name)
            add(a, out, &n);
        walk(a, &s->steps, of, out);
        for (size_t k = 0; k < s->arm_count; k++)
            walk(a, &s->arms[k].steps, of, out);
    }
}

static void names(struct arena *a, const struct flowdef *f, name_of *of, struct flowdef_names *out)
{
    *out = (struct flowdef_names){ARENA_ARRAY(a, const char *, f->steps), ARENA_ARRAY(a, const char *, f->steps), 0};
    walk(a, &f->head.steps, of, out);
}

void flowdef_tables(struct arena *a, const struct flowdef *f, struct flowdef_names *out)
{
    names(a, f, table_of, out);
}

void flowdef_connections(struct arena *a, const struct flowdef *f, struct flowdef_names *out)
{
    names(a, f, connection_of, out);
}

void flowdef_flows(struct arena *a, const struct flowdef *f, struct flowdef_names *out)
{
    names(a, f, flow_of, out);
}

static void asking(const struct flowdef_steps *steps, struct flowdef_asking *out)
{
    for (size_t i = 0; i < steps->n; i++) {
        const struct flowdef_step *s = &steps->v[i];

        if (s->kind == FLOWDEF_CALL || s->kind == FLOWDEF_EFFECT)
            out->v[out->n++] = s;
        asking(&s->steps, out);
        for (size_t k = 0; k < s->arm_count; k++)
            asking(&s->arms[k].steps, out);
    }
}

void flowdef_asking(struct arena *a, const struct flowdef *f, struct flowdef_asking *out)
{
    *out = (struct flowdef_asking){ARENA_ARRAY(a, const struct flowdef_step *, f->steps), 0};
    asking(&f->head.steps, out);
}
