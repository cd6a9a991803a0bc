#include "drift/drift.h"
#include "maps/maps_int.h"
#include "q_maps.h"
#include "sys/loop.h"

/* What a source is known to send: what its connections have sent so far, and what the mapping that ships reads, which
 * knows of fields that are rare. */

#define PATHS_MAX  (8 * DRIFT_PATHS_MAX)
#define SHAPES_MAX 20

struct paths {
    struct arena *a;
    const char **v;
    size_t n;
    bool more; /* than are known */
};

static void add(struct paths *p, const char *path)
{
    if (p->n < PATHS_MAX)
        p->v[p->n++] = path;
    else
        p->more = true;
}

static bool holds_values(const struct drift_field *f)
{
    return strstr(f->kinds, "object") || strstr(f->kinds, "list") || strcmp(f->kinds, "nothing") == 0;
}

/* Of what was always empty so far nobody knows what may be in it, and of what has too many members, what else. */
static enum err learnt(struct scope *sc, const char *body, struct paths *to)
{
    struct drift_shape *shape;
    struct drift_field *v;
    size_t n;

    TRY(sc, drift_shape_parse(sc, sc->arena, str_of(body), &shape));
    to->more |= drift_shape_full(shape);
    drift_shape_fields(sc->arena, shape, &v, &n);
    for (size_t i = 0; i < n; i++) {
        add(to, v[i].path);
        if (v[i].wide || (v[i].leaf && holds_values(&v[i])))
            add(to, arena_f(sc->arena, "%s.*", v[i].path));
    }
    return OK;
}

static enum err shipped(struct scope *sc, const struct maps_mapping *m, struct paths *to)
{
    const struct mapping_shipped *s = mapping_shipped(m->source_system, m->source_object);
    struct mapping_faults faults;
    struct mapping *compiled;
    const char *const *reads;
    const struct doc *d;
    size_t n;

    if (!s)
        return OK;
    TRY(sc, doc_parse(sc, (struct str){s->text, s->n}, &d));
    if (!mapping_compile(sc->arena, d, NULL, &compiled, &faults))
        return OK;
    n = mapping_reads(compiled, &reads);
    for (size_t i = 0; i < n; i++)
        add(to, reads[i]);
    return OK;
}

struct gathering {
    struct scope *sc; /* whose fiber waits */
    const struct maps_mapping *m;
    const struct q_maps_shapes_rows *rows;
    struct paths all;
    enum err e;
};

static enum err all_of(struct gathering *g)
{
    g->all = (struct paths){.a = g->sc->arena, .v = ARENA_ARRAY(g->sc->arena, const char *, PATHS_MAX)};
    for (size_t i = 0; i < g->rows->n; i++)
        TRY(g->sc, learnt(g->sc, g->rows->v[i].body, &g->all));
    return shipped(g->sc, g->m, &g->all);
}

static void gather(void *arg)
{
    struct gathering *g = arg;

    g->e = all_of(g);
}

enum err maps_source(struct scope *sc, const struct maps_mapping *m, struct mapping_source *out)
{
    struct q_maps_shapes_rows rows;
    struct gathering g = {.sc = sc, .m = m, .rows = &rows};

    *out = (struct mapping_source){0};
    TRY(sc, q_maps_shapes(sc,
                          &(struct q_maps_shapes_in){.customer_id = m->customer_id,
                                                     .system = m->source_system,
                                                     .object = m->source_object,
                                                     .least = DRIFT_LEARN,
                                                     .most = SHAPES_MAX + 1},
                          &rows));
    if (rows.n == 0 || rows.n > SHAPES_MAX)
        return OK;
    TRY(sc, offload(gather, &g)); /* each may have 256 KiB */
    TRY(sc, g.e);
    if (!g.all.more)
        *out = (struct mapping_source){g.all.v, g.all.n};
    return OK;
}
