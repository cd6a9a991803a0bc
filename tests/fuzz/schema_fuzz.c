#include "canon/canon.h"
#include "canon/schema.h"
#include "fuzz/fuzz.h"

/* Canonical documents of strangers. The first octet says which object they are held against; what follows is JSON, and
 * as it stands also the path of a field. Faults point into the document, the judgement is the same each time, and an
 * order that is in order is the same order after it was read and written. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

static void faults(const struct canon_faults *all)
{
    MUST_BE(all->n <= CANON_FAULTS_MAX && (!all->more || all->n == CANON_FAULTS_MAX));
    for (size_t i = 0; i < all->n; i++) {
        MUST_BE(*all->v[i].pointer == '\0' || *all->v[i].pointer == '/');
        MUST_BE(strlen(all->v[i].pointer) < 1024 && *all->v[i].code && *all->v[i].detail);
    }
}

static struct str order_text(struct scope *sc, const struct doc *d)
{
    struct canon_order order;
    struct buf b;

    MUST_BE(canon_order_read(sc, d, &order) == OK && canon_order_check(sc, &order) == OK);
    buf_init(&b, sc->arena, 1 << 24);
    canon_order_write(&b, &order);
    return buf_str(&b);
}

static void order(struct scope *sc, const struct canon_object *o, const struct doc *d)
{
    struct str first = order_text(sc, d);
    struct canon_faults all;
    const struct doc *again;

    MUST_BE(doc_parse(sc, first, &again) == OK && canon_valid(sc->arena, o, again, &all));
    MUST_BE(str_equal(order_text(sc, again), first));
}

static void judge(struct scope *sc, const struct canon_object *o, const struct doc *d)
{
    struct canon_faults all, twice;

    if (canon_valid(sc->arena, o, d, &all)) {
        MUST_BE(canon_object_of(d) == o);
        if (strcmp(o->schema, CANON_ORDER_SCHEMA) == 0)
            order(sc, o, d);
    }
    faults(&all);
    MUST_BE(canon_valid(sc->arena, o, d, &twice) == (all.n == 0) && twice.n == all.n);
    for (size_t i = 0; i < all.n; i++)
        MUST_BE(strcmp(all.v[i].pointer, twice.v[i].pointer) == 0 && strcmp(all.v[i].code, twice.v[i].code) == 0);
}

static void path(struct scope *sc, const struct canon_object *o, struct str text)
{
    const struct canon_field *f = canon_field_at(o, text), *found;

    MUST_BE((canon_field_find(sc, o, text, &found) == OK) == (f != NULL) && found == f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    const struct canon_object *const *all;
    const struct doc *d;
    struct str text;
    size_t n;

    all = canon_objects(&n);
    if (size > 0) {
        text = fuzz_copy(sc, data + 1, size - 1);
        path(sc, all[data[0] % n], text);
        if (doc_parse(sc, text, &d) == OK)
            judge(sc, canon_object_of(d) ? canon_object_of(d) : all[data[0] % n], d);
    }
    scope_free(sc);
    return 0;
}
