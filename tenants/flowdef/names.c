#include "flowdef/flowdef_int.h"

/* What a document names that must be there when it runs. */

static const char *table_of(const struct flowdef_step *s)
{
    return s->kind == FLOWDEF_LOOK_UP ? s->name : NULL;
}

static const char *connection_of(const struct flowdef_step *s)
{
    return s->connection;
}

static const char *flow_of(const struct flowdef_step *s)
{
    return s->kind == FLOWDEF_FLOW ? s->name : NULL;
}

typedef const char *name_of(const struct flowdef_step *s); /* a function's type, not a struct's */

static void add(struct flowdef_names *out, const char *name)
{
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->v[i], name) == 0)
            return;
    out->v[out->n++] = name;
}

static void walk(const struct flowdef_steps *steps, name_of *of, struct flowdef_names *out)
{
    for (size_t i = 0; i < steps->n; i++) {
        const struct flowdef_step *s = &steps->v[i];

        if (of(s))
            add(out, of(s));
        walk(&s->steps, of, out);
        for (size_t k = 0; k < s->arm_count; k++)
            walk(&s->arms[k].steps, of, out);
    }
}

static void names(struct arena *a, const struct flowdef *f, name_of *of, struct flowdef_names *out)
{
    *out = (struct flowdef_names){ARENA_ARRAY(a, const char *, f->steps), 0};
    walk(&f->head.steps, of, out);
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
