#include <string.h>

#include "api/drift_int.h"
#include "live/live.h"
#include "maps/maps.h"

/* Which mappings that a connection's records go through depend on a field of what it sends. */

static const struct wire_field dependent_fields[] = {
    WIRE_ID_OR_NULL(struct dependent_view, mapping_id, "map",
                    "The mapping; null: the one that comes with the product."),
    WIRE_TEXT(struct dependent_view, name, MAPS_NAME_MAX, "What people call it."),
    WIRE_INT(struct dependent_view, version, 0, MAPS_VERSIONS_MAX,
             "Its version that records go through; 0: the shipped one."),
    WIRE_TEXTS(struct dependent_view, reads, MAPPING_RULES_MAX, "The fields that it reads there."),
    {},
};
const struct wire api_dependent_wire = {"DriftDependent", sizeof(struct dependent_view), dependent_fields};

struct asking {
    const struct connection *c;
    const char *object, *path;
    struct dependent_view v[DEPENDENTS_MAX];
    size_t n;
};

/* A field is read where what is read is it, or is in it. */
static bool is_read(const char *read, const char *path)
{
    size_t n = strlen(path);

    return !n || (strncmp(read, path, n) == 0 && (!read[n] || read[n] == '.'));
}

static void add(struct scope *sc, struct asking *a, const struct mapping *m, const struct dependent_view *as)
{
    const char *const *all;
    size_t n = mapping_reads(m, &all), found = 0;
    const char **reads = ARENA_ARRAY(sc->arena, const char *, n + 1);

    for (size_t i = 0; i < n; i++)
        if (!a->path || is_read(all[i], a->path))
            reads[found++] = all[i];
    if (found == 0 || a->n == DEPENDENTS_MAX)
        return;
    a->v[a->n] = *as;
    a->v[a->n++].reads = (struct wire_texts){reads, found < MAPPING_RULES_MAX ? found : MAPPING_RULES_MAX};
}

static enum err add_version(struct scope *sc, struct asking *a, const struct maps_mapping *m, int32_t number)
{
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_version v;

    if (number == 0)
        return OK;
    TRY(sc, maps_version_get(sc, &m->mapping_id, number, &v));
    TRY(sc, maps_compile(sc, m, str_of(v.document), &compiled, &faults));
    if (compiled)
        add(sc, a, compiled, &(struct dependent_view){.mapping_id = m->mapping_id, .name = m->name, .version = number});
    return OK;
}

static enum err add_own(struct scope *sc, struct asking *a, const struct live_assigned *as)
{
    struct maps_mapping m;

    TRY(sc, maps_get(sc, &as->mapping_id, &m));
    TRY(sc, add_version(sc, a, &m, as->current));
    return add_version(sc, a, &m, as->rolling);
}

static enum err add_shipped(struct scope *sc, struct asking *a)
{
    const struct mapping_shipped *shipped = mapping_shipped(a->c->connector, a->object);
    struct mapping_faults faults;
    struct mapping *m;
    const struct doc *d;

    if (!shipped)
        return OK;
    TRY(sc, doc_parse(sc, (struct str){shipped->text, shipped->n}, &d));
    if (mapping_compile(sc->arena, d, &(struct mapping_source){.n = 0}, &m, &faults))
        add(sc, a, m, &(struct dependent_view){.name = arena_f(sc->arena, "%s %s", a->c->connector, a->object)});
    return OK;
}

enum err api_dependents(struct scope *sc, const struct connection *c, const char *object, const char *path,
                        struct wire_list *out)
{
    struct asking *a = ARENA_NEW(sc->arena, struct asking);
    struct live_assigned *as;
    size_t n;

    *a = (struct asking){.c = c, .object = object, .path = path};
    TRY(sc, live_list(sc, c, &as, &n));
    for (size_t i = 0; i < n; i++)
        if (strcmp(as[i].object, object) == 0)
            TRY(sc, as[i].own ? add_own(sc, a, &as[i]) : add_shipped(sc, a));
    *out = (struct wire_list){a->v, a->n};
    return OK;
}
