#include "expr/expr.h"
#include "fuzz/fuzz.h"

/* An expression, a line feed, and the JSON it is evaluated on. Whatever it is: within its limits, the same twice, the
 * second time with each part's value told, and what comes out can be read again. */
static const struct expr_limits few = {.steps = 20000, .depth = 200, .memory = (size_t)4 << 20};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

static void told(void *arg, const struct expr_traced *t)
{
    unsigned *left = arg; /* all of them would be most of the time */
    struct scope *sc;
    struct buf b;

    MUST_BE(t->from < t->to);
    if (*left == 0)
        return;
    --*left;
    sc = scope_new();
    buf_init(&b, sc->arena, 4096);
    if (!expr_is_absent(t->value))
        doc_write(&b, &t->value);
    scope_free(sc);
}

static bool evaluated(struct scope *sc, const struct expr *e, struct doc input, bool tell, struct buf *out)
{
    struct expr_run how = {.limits = &few, .now_ms = 1767225600000, .seed = 1, .trace = tell ? told : NULL};
    unsigned left = 50;
    struct expr_fault f;
    struct doc v;

    how.trace_arg = &left;
    buf_init(out, sc->arena, (size_t)16 << 20);
    if (!expr_eval(sc->arena, e, &how, input, &v, &f)) {
        MUST_BE(f.code && f.message && f.line >= 1 && f.column >= 1);
        buf_s(out, f.code);
        return false;
    }
    if (expr_is_absent(v))
        return false;
    doc_write(out, &v);
    return true;
}

static void read_again(struct scope *sc, struct str text)
{
    const struct doc *again;
    struct buf b;

    /* Texts may hold halves of characters and U+0000, which a document refuses; a tree may be too deep or too large. */
    if (doc_parse(sc, text, &again) != OK)
        return;
    buf_init(&b, sc->arena, (size_t)16 << 20);
    doc_write(&b, again);
    MUST_BE(b.full || (b.n == text.n && memcmp(b.p, text.p, text.n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str left = fuzz_copy(sc, data, size), text;
    struct doc input = expr_absent();
    struct expr_fault f;
    struct buf once, twice;
    const struct doc *d;
    struct expr *e;

    if (fuzz_line(&left, &text) && expr_compile(sc->arena, text, NULL, &e, &f)) {
        bool made;

        if (left.n && doc_parse(sc, left, &d) == OK)
            input = *d;
        scope_clear(sc);
        made = evaluated(sc, e, input, false, &once);
        MUST_BE(evaluated(sc, e, input, true, &twice) == made);
        MUST_BE(once.n == twice.n && (once.n == 0 || memcmp(once.p, twice.p, once.n) == 0));
        if (made && !once.full)
            read_again(sc, buf_str(&once));
    }
    scope_free(sc);
    return 0;
}
