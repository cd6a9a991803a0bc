#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "expr/expr.h"
#include "main/ctl_expr_int.h"

#define INPUT_MAX ((size_t)64 << 20)

static enum err input_of(struct scope *sc, const struct ctl_args *a, struct doc *out)
{
    const char *path = ctl_option(a, "input");
    const struct doc *d;

    *out = expr_absent();
    if (!path)
        return OK;
    TRY(sc, ctl_read_json(sc, path, INPUT_MAX, &d));
    *out = *d;
    return OK;
}

struct tracing {
    struct scope *sc;
    const char *text;
};

static void show(void *arg, const struct expr_traced *t)
{
    struct tracing *tracing = arg;
    struct buf b;

    buf_init(&b, tracing->sc->arena, INPUT_MAX);
    if (expr_is_absent(t->value))
        buf_s(&b, "(no value)");
    else
        doc_write(&b, &t->value);
    fprintf(stderr, "%.*s = %.*s\n", (int)(t->to - t->from), tracing->text + t->from, (int)b.n, b.p);
}

/* What is evaluated is JSON anyway; for programs the fault is, too. */
static enum err faulty(struct scope *sc, const struct ctl_args *a, const struct expr_fault *f)
{
    struct buf b;

    if (a->form == CTL_JSON) {
        buf_init(&b, sc->arena, INPUT_MAX);
        buf_s(&b, "{\"code\":");
        json_put_text(&b, str_of(f->code));
        buf_s(&b, ",\"detail\":");
        json_put_text(&b, str_of(f->message));
        buf_f(&b, ",\"line\":%u,\"column\":%u}", f->line, f->column);
        puts(buf_cstr(&b));
    }
    return FAIL(sc, ERR_INVALID, "%s at line %u, column %u: %s", f->code, f->line, f->column, f->message);
}

static enum err expr_run_eval(struct scope *sc, const struct ctl_args *a)
{
    struct tracing tracing = {sc, a->word};
    struct expr_run how = {.now_ms = time_now_us() / 1000, .seed = (uint64_t)time_now_us()};
    struct expr_fault f;
    struct doc in, out;
    struct expr *e;
    struct buf b;

    TRY(sc, input_of(sc, a, &in));
    if (ctl_option(a, "trace")) {
        how.trace = show;
        how.trace_arg = &tracing;
    }
    if (!expr_compile(sc->arena, str_of(a->word), NULL, &e, &f) || !expr_eval(sc->arena, e, &how, in, &out, &f))
        return faulty(sc, a, &f);
    if (expr_is_absent(out)) {
        fputs("no value\n", stderr);
        return OK;
    }
    buf_init(&b, sc->arena, INPUT_MAX);
    doc_write(&b, &out);
    printf("%.*s\n", (int)b.n, b.p);
    return OK;
}

const struct ctl_command ctl_expr_commands[] = {
    {"expr", "eval", "EXPRESSION [--input FILE] [--trace=yes]",
     "Evaluates an expression on a JSON document and prints the value; --trace=yes shows each part's. With --json a "
     "fault is printed as an object, too.",
     "'$sum(lines.(price * quantity))' --input order.json", expr_run_eval, CTL_SETUP},
    {"expr", "test", "DIR [--except FILE]",
     "Runs a folder of JSONata's suite (groups/, datasets/) and ends with how many passed and failed.",
     "jsonata-suite --except tests/conformance/exact.tsv", ctl_expr_test, CTL_SETUP},
    {},
};
