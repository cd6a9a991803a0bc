#include "main/ctl_connector_int.h"

#include "canon/schema.h"

/* Which objects go which way with each connector, as the running program has it: ops/docs/coverage.md. */

#define CELL_MAX 2000

struct cell {
    const char *in, *out; /* what is done, or why nothing is; NULL: nobody said */
    bool in_gap, out_gap;
};

static const char *joined(struct scope *sc, const char *acts, const char *act)
{
    if (!acts)
        return act;
    return strstr(acts, act) ? acts : arena_f(sc->arena, "%s, %s", acts, act);
}

static void done(struct scope *sc, struct cell *c, const char *direction, const char *act)
{
    if (strcmp(direction, "in") == 0)
        c->in = joined(sc, c->in, act);
    else
        c->out = joined(sc, c->out, act);
}

static struct cell cell_of(struct scope *sc, const struct connector *c, const char *object)
{
    const struct manifest *m = manifest_of(c);
    const struct doc *without = m ? doc_get(manifest_document(m), "without") : NULL;
    struct manifest_use use;
    struct cell cell = {0};

    for (size_t i = 0; c->covers && c->covers[i].object; i++)
        if (strcmp(c->covers[i].object, object) == 0)
            done(sc, &cell, c->covers[i].direction, c->covers[i].act);
    for (size_t i = 0; m && i < manifest_uses(m, i, &use); i++)
        if (use.object && strcmp(use.object, object) == 0)
            done(sc, &cell, use.direction, use.act);
    for (size_t i = 0; i < doc_count(without); i++) {
        const struct doc *d = doc_at(without, i);
        bool out = str_is(doc_text(doc_get(d, "direction")), "out");

        if (!str_is(doc_text(doc_get(d, "object")), object) || (out ? cell.out : cell.in))
            continue;
        *(out ? &cell.out : &cell.in) = doc_cstr(sc->arena, doc_get(d, "why"));
        *(out ? &cell.out_gap : &cell.in_gap) = true;
    }
    return cell;
}

static const char *sign(const char *text, bool gap)
{
    return !text ? "" : gap ? "–" : "×";
}

static void table(struct scope *sc, const struct canon_object *const *objects, size_t n)
{
    printf("| |");
    for (size_t i = 0; i < n; i++)
        printf(" %s |", objects[i]->name);
    printf("\n|---|");
    for (size_t i = 0; i < n; i++)
        printf("---|");
    putchar('\n');
    for (const struct connector *const *c = connect_registry; *c; c++) {
        printf("| %s |", (*c)->title);
        for (size_t i = 0; i < n; i++) {
            struct cell cell = cell_of(sc, *c, objects[i]->name);

            printf(" %s/%s |", sign(cell.in, cell.in_gap), sign(cell.out, cell.out_gap));
        }
        putchar('\n');
    }
}

static void lines(struct scope *sc, const struct connector *c, const struct canon_object *const *objects, size_t n)
{
    printf("\n## %s\n\n| object | in | out |\n|---|---|---|\n", c->title);
    for (size_t i = 0; i < n; i++) {
        struct cell cell = cell_of(sc, c, objects[i]->name);

        if (cell.in || cell.out)
            printf("| %s | %s | %s |\n", objects[i]->name, cell.in ? cell.in : "", cell.out ? cell.out : "");
    }
}

enum err ctl_connector_matrix(struct scope *sc, const struct ctl_args *a)
{
    size_t n;
    const struct canon_object *const *objects = canon_objects(&n);

    (void)a;
    puts("# Coverage\n\nWhich canonical objects come from (in/) and go to (/out) each system: × is done, – is not, for "
         "a reason that stands below.\n"
         "Made by `tenonctl connector matrix` of what the program has.\n");
    table(sc, objects, n);
    for (const struct connector *const *c = connect_registry; *c; c++)
        lines(sc, *c, objects, n);
    return OK;
}
