#include "base/must.h"
#include "fuzz/fuzz.h"
#include "rows/rows.h"
#include "json/doc.h"

/* Files of anybody, after a line with the format: read at once and in windows of a few octets they give the same rows;
 * each row is an object in JSON or has a reason; numbers and places only grow; and what is written is read again. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return 0;
}

struct reader {
    struct rows r;
    struct rows_window w;
    struct str file, raw;
    size_t size, n;
    bool begun;
};

static bool begin(struct scope *sc, const struct rows_format *f, struct reader *in)
{
    in->raw = in->file;
    rows_window_make(sc->arena, f, in->raw, true, &in->w);
    if (rows_begin(sc, f, &in->w, &in->r) != OK)
        return false;
    rows_window_end(&in->r, &in->w, in->raw);
    in->n = in->size;
    return true;
}

static void window(struct scope *sc, const struct rows_format *f, struct reader *in)
{
    size_t left = in->file.n - (size_t)in->r.at;

    in->raw = fuzz_copy(sc, (const uint8_t *)in->file.p + in->r.at, in->n < left ? in->n : left);
    rows_window_make(sc->arena, f, in->raw, in->raw.n == left, &in->w);
    in->begun = true;
}

static enum rows_got next(struct scope *sc, const struct rows_format *f, struct reader *in, struct rows_row *out)
{
    enum rows_got got;

    if (!in->begun)
        window(sc, f, in);
    while ((got = rows_next(sc, &in->r, &in->w, out)) == ROWS_MORE) {
        MUST_BE(!in->w.last);
        in->n = in->w.at ? in->size : in->n * 2;
        rows_window_end(&in->r, &in->w, in->raw);
        window(sc, f, in);
    }
    return got;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare(struct scope *sc, enum rows_got got, const struct rows_row *a, const struct rows_row *b)
{
    const struct doc *d;

    MUST_BE(a->number == b->number && a->line == b->line && same(a->key, b->key) && same(a->column, b->column) &&
            same(a->reason, b->reason) && str_equal(a->json, b->json));
    if (got == ROWS_REFUSED) {
        MUST_BE(a->reason && *a->reason);
        return;
    }
    MUST_BE(doc_parse(sc, a->json, &d) == OK && doc_kind(d) == DOC_OBJECT && doc_count(d) > 0);
}

static void read_both(struct scope *sc, const struct rows_format *f, struct str file, size_t size)
{
    struct reader whole = {.file = file, .size = SIZE_MAX / 4}, parts = {.file = file, .size = size};
    int64_t number = 0, line = 0;
    struct rows_row a, b;
    enum rows_got got;

    if (!begin(sc, f, &whole))
        return;
    MUST_BE(begin(sc, f, &parts));
    do {
        got = next(sc, f, &whole, &a);
        MUST_BE(next(sc, f, &parts, &b) == got);
        if (got == ROWS_END)
            break;
        MUST_BE(a.number == number + 1 && a.line > line);
        number = a.number;
        line = a.line;
        compare(sc, got, &a, &b);
    } while (got != ROWS_END);
    rows_window_end(&whole.r, &whole.w, whole.raw);
    MUST_BE(whole.r.at == (int64_t)file.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str left = fuzz_copy(sc, data, size), line;
    const struct doc *settings;
    struct rows_format f;

    if (fuzz_line(&left, &line) && doc_parse(sc, line, &settings) == OK && rows_format_read(sc, settings, "", &f) == OK)
        read_both(sc, &f, left, 1 + line.n % 7);
    scope_free(sc);
    return 0;
}
