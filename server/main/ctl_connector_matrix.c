#include "main/ctl_connector_int.h"

#include "canon/schema.h"

/* Which objects go which way with each connector, as the running program has it: ops/docs/coverage.md. */

#define MARK_DONE    "×"
#define MARK_REASON  "–"
#define MARK_UNKNOWN "?"

struct tally {
    size_t done, reasons, unknown;
};

static const char *mark(struct manifest_cell cell)
{
    return cell.acts ? MARK_DONE : cell.why ? MARK_REASON : MARK_UNKNOWN;
}

static void count(struct tally *t, struct manifest_cell cell)
{
    *(cell.acts ? &t->done : cell.why ? &t->reasons : &t->unknown) += 1;
}

static struct tally table(struct scope *sc, const struct connector *const *list,
                          const struct canon_object *const *objects, size_t n)
{
    struct tally t = {0};

    printf("| |");
    for (size_t i = 0; i < n; i++)
        printf(" %s |", objects[i]->name);
    printf("\n|---|");
    for (size_t i = 0; i < n; i++)
        printf("---|");
    putchar('\n');
    for (const struct connector *const *c = list; *c; c++) {
        printf("| %s |", (*c)->title);
        for (size_t i = 0; i < n; i++) {
            struct manifest_cell in = manifest_cell_of(sc, *c, objects[i]->name, "in"),
                                 out = manifest_cell_of(sc, *c, objects[i]->name, "out");

            printf(" %s/%s |", mark(in), mark(out));
            count(&t, in);
            count(&t, out);
        }
        putchar('\n');
    }
    return t;
}

static const char *words(struct scope *sc, struct manifest_cell cell)
{
    return cell.acts ? cell.acts : cell.why ? arena_f(sc->arena, "– %s", cell.why) : "? Nobody said why not.";
}

static void lines(struct scope *sc, const struct connector *c, const struct canon_object *const *objects, size_t n)
{
    printf("\n## %s\n\n| object | in | out |\n|---|---|---|\n", c->title);
    for (size_t i = 0; i < n; i++)
        printf("| %s | %s | %s |\n", objects[i]->name, words(sc, manifest_cell_of(sc, c, objects[i]->name, "in")),
               words(sc, manifest_cell_of(sc, c, objects[i]->name, "out")));
}

/* Of all there are, or of the one that is named. */
enum err ctl_connector_matrix(struct scope *sc, const struct ctl_args *a)
{
    const struct connector *one[2] = {NULL, NULL}, *const *list = one;
    size_t n;
    const struct canon_object *const *objects = canon_objects(&n);
    struct tally t;

    if (a->word)
        TRY(sc, ctl_connector_of(sc, a, &one[0]));
    else
        list = connector_all();
    puts("# Coverage\n\nWhich canonical objects come from (in/) and go to (/out) each system: × is done, – is not, for "
         "a reason that stands below.\n"
         "Made by `tenonctl connector matrix` of what the program has.\n");
    t = table(sc, list, objects, n);
    printf("\n%zu are done, %zu are not, for a reason, and of %zu (?) nobody said why not.\n", t.done, t.reasons,
           t.unknown);
    for (const struct connector *const *c = list; *c; c++)
        lines(sc, *c, objects, n);
    return t.unknown ? FAIL(sc, ERR_INVALID, "of %zu nobody said why they are not done", t.unknown) : OK;
}
