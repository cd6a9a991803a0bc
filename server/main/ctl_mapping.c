#include <string.h>

#include "base/timefmt.h"
#include "main/ctl_int.h"
#include "mapping/mapping.h"

#define DOCUMENT_MAX ((size_t)64 << 20)

static enum err document(struct scope *sc, const char *path, const struct doc **out)
{
    struct str text;

    TRY(sc, ctl_read_file(sc, path, DOCUMENT_MAX, &text));
    return doc_parse(sc, text, out);
}

/* {"sku": {"A": "B"}}: tables by name, without a database. */
static bool find_in_file(void *arg, struct str table, struct str key, struct str *out)
{
    const struct doc *tables = arg;

    for (size_t i = 0; i < doc_count(tables); i++)
        for (size_t k = 0; str_equal(doc_key(tables, i), table) && k < doc_count(doc_at(tables, i)); k++)
            if (str_equal(doc_key(doc_at(tables, i), k), key)) {
                *out = doc_text(doc_at(doc_at(tables, i), k));
                return true;
            }
    return false;
}

static void tell_faults(const struct mapping_faults *faults)
{
    for (size_t i = 0; i < faults->n; i++) {
        const struct mapping_fault *f = &faults->v[i];

        fprintf(stderr, "%s%s%s: %s: %s", f->pointer, f->rule ? " by " : "", f->rule ? f->rule : "", f->code,
                f->detail);
        if (f->line)
            fprintf(stderr, " (line %u, column %u)", f->line, f->column);
        fputc('\n', stderr);
    }
}

static enum err compiled(struct scope *sc, const struct ctl_args *a, struct mapping **out)
{
    struct mapping_faults faults;
    const struct doc *d;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "a mapping's file is needed");
    TRY(sc, document(sc, a->word, &d));
    if (mapping_compile(sc->arena, d, NULL, out, &faults))
        return OK;
    tell_faults(&faults);
    return FAIL(sc, ERR_INVALID, "the mapping has %zu faults", faults.n);
}

static enum err mapping_check(struct scope *sc, const struct ctl_args *a)
{
    const char *const *names;
    struct mapping *m;

    TRY(sc, compiled(sc, a, &m));
    for (size_t i = 0, n = mapping_reads(m, &names); i < n; i++)
        printf("%s\n", names[i]);
    return OK;
}

static void put(struct scope *sc, FILE *to, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, DOCUMENT_MAX);
    doc_write(&b, d);
    fprintf(to, "%.*s", (int)b.n, b.p);
}

static void show_values(struct scope *sc, const struct mapping_result *r)
{
    for (size_t i = 0; i < r->value_count; i++) {
        fprintf(stderr, "%s = ", r->values[i].pointer);
        if (expr_is_absent(r->values[i].value))
            fputs("(no value)", stderr);
        else
            put(sc, stderr, &r->values[i].value);
        fputc('\n', stderr);
    }
}

static enum err mapping_run_file(struct scope *sc, const struct ctl_args *a)
{
    struct mapping_how how = {.now_ms = time_now_us() / 1000, .creating = true};
    const struct doc *input, *tables = NULL;
    struct mapping_result out;
    const char *path;
    struct mapping *m;

    TRY(sc, compiled(sc, a, &m));
    TRY(sc, ctl_need(sc, a, "input", &path));
    TRY(sc, document(sc, path, &input));
    if (ctl_option(a, "xref")) {
        TRY(sc, document(sc, ctl_option(a, "xref"), &tables));
        how.find = find_in_file;
        how.find_arg = (void *)tables;
    }
    how.keep_values = ctl_option(a, "values") != NULL;
    mapping_run(sc->arena, m, input, &how, &out);
    show_values(sc, &out);
    tell_faults(&out.faults);
    for (size_t i = 0; i < out.miss_count; i++)
        fprintf(stderr, "%s: %s has no entry for %s\n", out.misses[i].pointer, out.misses[i].table, out.misses[i].key);
    if (!expr_is_absent(out.value)) {
        put(sc, stdout, &out.value);
        fputc('\n', stdout);
    }
    return out.valid ? OK : FAIL(sc, ERR_INVALID, "the result is not in order");
}

const struct ctl_command ctl_mapping_commands[] = {
    {"mapping", "check", "FILE", "Reads a mapping's document, names every fault, and prints which fields it reads.",
     "order.mapping.json", mapping_check, CTL_SETUP},
    {"mapping", "run", "FILE --input FILE [--xref FILE] [--values=yes]",
     "Makes a canonical object of a source's document; --values=yes shows what each rule gives.",
     "order.mapping.json --input order.json --xref tables.json", mapping_run_file, CTL_SETUP},
    {},
};
