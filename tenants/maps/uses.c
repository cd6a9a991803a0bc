#include "base/nearest.h"
#include "maps/maps_int.h"
#include "q_maps.h"
#include "sys/loop.h"
#include "xref/xref.h"

/* Which cross references a mapping looks into: they must be there before it works, and know of it while it does. */

#define USES_MAX (2 * MAPPING_RULES_MAX)

/* Where the document asks for a table: a rule's, or the rules as a whole where an expression does. */
static const char *place_of(struct scope *sc, const struct doc *document, const char *table)
{
    const struct doc *rules = doc_get(document, "rules");

    for (size_t i = 0; i < doc_count(rules); i++)
        if (str_is(doc_text(doc_path(doc_at(rules, i), "lookup.table")), table))
            return arena_f(sc->arena, "/rules/%zu/lookup/table", i);
    return "/rules";
}

static const char *unknown(struct scope *sc, const char *table, const char *const *names, size_t n)
{
    struct nearest near;

    nearest_init(&near, str_of(table));
    for (size_t i = 0; i < n; i++)
        nearest_try(&near, names[i]);
    if (near.n)
        return arena_f(sc->arena, "there is no cross reference \"%s\"; did you mean %s?", table,
                       nearest_text(sc->arena, &near));
    return arena_f(sc->arena, "there is no cross reference \"%s\": make it first", table);
}

static bool among_rows(const struct q_maps_tables_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->v[i].name, name) == 0)
            return true;
    return false;
}

/* What is beyond would be told by each order, which then is held. */
static void limits_check(struct scope *sc, const struct q_maps_tables_rows *rows, size_t n,
                         struct mapping_faults *faults)
{
    int64_t entries = 0;

    for (size_t i = 0; i < rows->n; i++)
        entries += rows->v[i].entries;
    if (n > XREF_TABLES_MAX)
        maps_fault(
            sc->arena, faults, "/rules", "too_many",
            arena_f(sc->arena, "looks into %zu cross references: at most %d can be used at once", n, XREF_TABLES_MAX));
    if (entries > XREF_LOAD_MAX)
        maps_fault(sc->arena, faults, "/rules", "too_large",
                   arena_f(sc->arena, "looks into cross references of %lld entries together: at most %d can be used",
                           (long long)entries, XREF_LOAD_MAX));
}

static enum err unknown_tell(struct scope *sc, const struct maps_mapping *m, const struct doc *d, const char *table,
                             struct mapping_faults *faults)
{
    const char **names;
    size_t n;

    TRY(sc, xref_names(sc, &m->customer_id, &names, &n));
    maps_fault(sc->arena, faults, place_of(sc, d, table), "unknown_table", unknown(sc, table, names, n));
    return OK;
}

enum err maps_tables_check(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                           const struct doc *d, struct mapping_faults *faults)
{
    struct q_maps_tables_rows rows;
    const char *const *tables;
    size_t n = mapping_tables(compiled, &tables);

    if (n == 0)
        return OK;
    TRY(sc, q_maps_tables(sc, &(struct q_maps_tables_in){.customer_id = m->customer_id, .names = tables, .names_n = n},
                          &rows));
    limits_check(sc, &rows, n, faults);
    for (size_t i = 0; i < n; i++)
        if (!among_rows(&rows, tables[i]))
            TRY(sc, unknown_tell(sc, m, d, tables[i], faults));
    return OK;
}

struct reading {
    struct arena *arena;
    const struct doc *document;
    struct mapping_source known;
    struct mapping_faults faults;
};

static void read_again(void *arg)
{
    struct reading *r = arg;
    struct mapping *compiled;

    (void)mapping_compile(r->arena, r->document, &r->known, &compiled, &r->faults);
}

/* On the side pool: thousands of fields may be known, and thousands be read. */
static enum err fields_check(struct scope *sc, const struct maps_mapping *m, const struct doc *d,
                             struct mapping_faults *faults)
{
    struct reading r = {.arena = sc->arena, .document = d};

    TRY(sc, maps_source(sc, m, &r.known));
    if (r.known.n == 0)
        return OK;
    TRY(sc, offload(read_again, &r));
    for (size_t i = 0; i < r.faults.n; i++)
        maps_fault(sc->arena, faults, r.faults.v[i].pointer, r.faults.v[i].code, r.faults.v[i].detail);
    return OK;
}

enum err maps_names_check(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                          struct str document, struct mapping_faults *faults)
{
    const struct doc *d;

    TRY(sc, doc_parse(sc, document, &d));
    TRY(sc, maps_tables_check(sc, m, compiled, d, faults));
    return fields_check(sc, m, d, faults);
}

struct uses {
    struct xref_used v[USES_MAX];
    size_t n;
};

static void add(struct uses *all, const char *table, const char *place)
{
    if (all->n < USES_MAX)
        all->v[all->n++] = (struct xref_used){table, place};
}

/* A look-up's place is the field it fills; that of an expression is not known. */
static enum err uses_of(struct scope *sc, const struct maps_mapping *m, int32_t number, struct uses *all)
{
    const struct doc *d, *rules;
    struct maps_version v;

    if (!number)
        return OK;
    TRY(sc, maps_version_get(sc, &m->mapping_id, number, &v));
    TRY(sc, doc_parse(sc, str_of(v.document), &d));
    rules = doc_get(d, "rules");
    for (size_t i = 0; i < doc_count(rules); i++) {
        const struct doc *rule = doc_at(rules, i);
        const char *table = doc_cstr(sc->arena, doc_path(rule, "lookup.table"));

        if (table)
            add(all, table, doc_cstr(sc->arena, doc_get(rule, "to")));
    }

    struct mapping_faults faults = {0};
    struct mapping *compiled = NULL;
    const char *const *tables;

    TRY(sc, maps_compile(sc, m, str_of(v.document), &compiled, &faults));
    for (size_t i = 0; compiled && i < mapping_tables(compiled, &tables); i++)
        if (strcmp(place_of(sc, d, tables[i]), "/rules") == 0)
            add(all, tables[i], NULL);
    return OK;
}

enum err maps_uses_tell(struct scope *sc, const struct maps_mapping *m, int32_t current, int32_t rolling)
{
    struct uses *all = ARENA_NEW(sc->arena, struct uses);

    all->n = 0;
    TRY(sc, uses_of(sc, m, current, all));
    TRY(sc, uses_of(sc, m, rolling, all));
    return xref_use_set(sc, &m->customer_id, "mapping", &m->mapping_id, m->name, all->v, all->n);
}
