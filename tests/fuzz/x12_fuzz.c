#include "fuzz/fuzz.h"
#include "x12/x12.h"
#include "json/doc.h"

/* Interchanges of anybody: refused, or taken; and what is taken becomes a document that is JSON, is answered by an
 * interchange that can be read, and, where no fault rejects it, is written and read again as the same sets. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return 0;
}

static struct str written(struct scope *sc, const struct doc *file, bool must)
{
    struct buf b;

    buf_init(&b, sc->arena, 64 << 20);
    if (x12_write(sc, file, NULL, &b) != OK) {
        MUST_BE(!must && scope_fault(sc)->code == ERR_INVALID);
        scope_clear(sc);
        return (struct str){0};
    }
    return fuzz_copy(sc, (const uint8_t *)b.p, b.n);
}

static struct x12_file read_again(struct scope *sc, struct str text)
{
    struct x12_file file;

    MUST_BE(x12_read(sc, text, &file) == OK);
    return file;
}

static void is_json(struct scope *sc, const struct doc *d)
{
    const struct doc *again;
    struct buf b;

    buf_init(&b, sc->arena, 256 << 20);
    doc_write(&b, d);
    MUST_BE(!b.full && doc_parse(sc, buf_str(&b), &again) == OK && doc_equal(d, again));
}

/* What is none is read as something near it, which has another place or none at the end of a line. */
static bool is_plain(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] < ' ' && p[i] != '\n' && p[i] != '\r') || p[i] > '~')
            return false;
    return true;
}

static bool in_order(const struct x12_file *file)
{
    for (size_t i = 0; i < file->n; i++) {
        if (file->items[i].faults.n)
            return false;
        for (size_t g = 0; g < file->items[i].n; g++) {
            if (file->items[i].groups[g].faults.n)
                return false;
            for (size_t s = 0; s < file->items[i].groups[g].n; s++)
                if (file->items[i].groups[g].sets[s].faults.n)
                    return false;
        }
    }
    return true;
}

static void acknowledged(struct scope *sc, const struct x12_file *file)
{
    struct x12_ack how = {.control = 1, .group_control = 1, .of_acknowledgements = true};
    struct x12_file answer;
    struct x12_acked acked;
    struct doc d;

    MUST_BE(x12_acknowledge(sc, file, &how, &d) == OK);
    if (doc_count(doc_get(&d, "interchanges")) == 0)
        return;
    answer = read_again(sc, written(sc, &d, true));
    for (size_t i = 0; i < answer.n; i++) {
        MUST_BE(!answer.items[i].faults.rejects);
        for (size_t g = 0; g < answer.items[i].n; g++) {
            const struct x12_set *set = &answer.items[i].groups[g].sets[0];

            if (x12_acked_read(sc, set, &acked) != OK)
                scope_clear(sc); /* a group without a control number */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct x12_file file;

    if (x12_read(sc, fuzz_copy(sc, data, size), &file) == OK) {
        struct doc d = x12_document(sc->arena, &file, true), plain = x12_document(sc->arena, &file, false);
        bool whole = is_plain(data, size) && in_order(&file);
        struct str again = written(sc, &plain, whole);

        is_json(sc, &d);
        acknowledged(sc, &file);
        if (whole) {
            struct x12_file back = read_again(sc, again);
            struct doc same = x12_document(sc->arena, &back, false);

            MUST_BE(doc_equal(&plain, &same));
        }
    }
    scope_free(sc);
    return 0;
}
