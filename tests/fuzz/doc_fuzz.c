#include "fuzz/fuzz.h"
#include "json/doc_int.h"

/* JSON of anybody: refused at a place within it, or taken; and what is taken is written, read again and found equal,
 * has canonical octets that stay as they are, no changes against itself, and against a copy with a part left out
 * changes whose paths lead to what they tell. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return 0;
}

static const struct doc *read_again(struct scope *sc, const struct buf *written)
{
    struct str copy = fuzz_copy(sc, (const uint8_t *)written->p, written->n);
    const struct doc *d;

    MUST_BE(!written->full && doc_parse(sc, copy, &d) == OK);
    return d;
}

static struct str canonical(struct scope *sc, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, 64 << 20);
    doc_canonical(sc->arena, &b, d);
    MUST_BE(!b.full);
    return buf_str(&b);
}

static void written(struct scope *sc, const struct doc *d)
{
    const struct doc *again;
    struct buf once, twice;
    struct str form = canonical(sc, d);

    buf_init(&once, sc->arena, 64 << 20);
    buf_init(&twice, sc->arena, 64 << 20);
    doc_write(&once, d);
    again = read_again(sc, &once);
    MUST_BE(doc_equal(d, again) && doc_equal(again, d));
    doc_write(&twice, again);
    MUST_BE(str_equal(buf_str(&once), buf_str(&twice)));
    MUST_BE(str_equal(form, canonical(sc, again)));
    once.n = 0;
    buf_add(&once, form.p, form.n);
    MUST_BE(str_equal(form, canonical(sc, read_again(sc, &once))));
    once.n = 0;
    doc_write_sorted(sc->arena, &once, d);
    MUST_BE(doc_equal(d, read_again(sc, &once)));
}

/* The same with the first of each container's children left out, from the second level on, and true made false. */
static struct doc changed(struct scope *sc, const struct doc *d, bool inside)
{
    size_t wide = d->kind == DOC_OBJECT ? 2 : 1, gone = inside && doc_count(d) ? 1 : 0;
    struct doc *children;
    struct doc copy = *d;

    if (d->kind == DOC_TRUE)
        return doc_make_bool(false);
    if (doc_count(d) == 0)
        return copy;
    children = arena_alloc(sc->arena, d->n * wide * sizeof(*children));
    copy.n -= (uint32_t)gone;
    for (size_t i = 0; i < copy.n; i++) {
        children[wide * i] = d->children[wide * (i + gone)];
        children[wide * i + wide - 1] = changed(sc, doc_at(d, i + gone), true);
    }
    copy.children = children;
    return copy;
}

static void compared(struct scope *sc, const struct doc *before, size_t limit)
{
    struct doc after = changed(sc, before, false);
    struct doc_changes changes;

    doc_diff(sc->arena, before, before, limit, &changes);
    MUST_BE(changes.n == 0 && !changes.more);
    doc_diff(sc->arena, before, &after, limit, &changes);
    MUST_BE(changes.n <= limit && (changes.n == limit || !changes.more));
    MUST_BE((changes.n > 0 || changes.more) != doc_equal(before, &after));
    for (size_t i = 0; i < changes.n; i++) {
        const struct doc_change *c = &changes.items[i];

        MUST_BE(c->before || c->after);
        MUST_BE(doc_pointer(before, c->path) == c->before);
        MUST_BE(doc_pointer(&after, c->path) == c->after);
    }
}

/* What a number is asked for. */
static void counted(const struct doc *d)
{
    char text[DOC_REAL_MAX];
    struct decimal decimal;
    double v, again;
    int64_t n;

    if (doc_is_number(d) && doc_real(d, &v)) {
        struct doc formatted = {.text = text, .n = (uint32_t)doc_real_format(v, text), .kind = DOC_NUMBER};

        MUST_BE(doc_real(&formatted, &again) && again == v);
    }
    MUST_BE(doc_int(d, &n) == (doc_kind(d) == DOC_INT));
    doc_decimal(d, &decimal);
    for (size_t i = 0; i < doc_count(d); i++)
        counted(doc_at(d, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str text = fuzz_copy(sc, data, size);
    const struct doc *d;

    if (doc_parse(sc, text, &d) == OK) {
        written(sc, d);
        compared(sc, d, size % 40);
        counted(d);
    } else {
        MUST_BE(strncmp(scope_fault(sc)->message, "broken JSON at line ", 20) == 0);
    }
    scope_free(sc);
    return 0;
}
