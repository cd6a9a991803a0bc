#include <string.h>

#include "base/timefmt.h"
#include "main/ctl_int.h"
#include "mapping/mapping.h"
#include "xref/xref.h"
#include "json/doc.h"

#define DOCUMENT_MAX ((size_t)64 << 20)

static bool is_whole(const struct doc *table)
{
    enum doc_kind kind = doc_kind(doc_get(table, "entries"));

    return kind == DOC_OBJECT || kind == DOC_ARRAY;
}

enum err ctl_read_xref(struct scope *sc, const char *path, struct xref_snapshot **out)
{
    const struct doc *tables;
    struct buf b;

    TRY(sc, ctl_read_json(sc, path, DOCUMENT_MAX, &tables));
    buf_init(&b, sc->arena, 2 * DOCUMENT_MAX);
    if (doc_kind(tables) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "%s: cross references are an object with a member for each of them", path);
    for (size_t i = 0; i < doc_count(tables); i++) {
        const struct doc *table = doc_at(tables, i);

        buf_c(&b, i ? ',' : '{');
        json_put_text(&b, doc_key(tables, i));
        buf_s(&b, is_whole(table) ? ":" : ":{\"entries\":");
        doc_write(&b, table);
        buf_s(&b, is_whole(table) ? "" : "}");
    }
    buf_s(&b, doc_count(tables) ? "}" : "{}");
    return xref_snapshot_from_doc(sc, buf_str(&b), out);
}

struct looking {
    struct xref_snapshot *tables;
    int64_t now_us;
};

static bool find_in_file(void *arg, struct str table, struct str key, struct str *out)
{
    const struct looking *in = arg;

    return xref_find(in->tables, table, key, in->now_us, out);
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

/* ---- for programs: members are called as the API's dry run calls them ---- */

static void put_member(struct buf *b, const char *name, const char *text)
{
    buf_f(b, "\"%s\":", name);
    if (text)
        json_put_text(b, str_of(text));
    else
        buf_s(b, "null");
}

static void put_faults(struct buf *b, const struct mapping_faults *faults)
{
    buf_s(b, "\"faults\":[");
    for (size_t i = 0; i < faults->n; i++) {
        const struct mapping_fault *f = &faults->v[i];

        buf_s(b, i ? ",{" : "{");
        put_member(b, "pointer", f->pointer);
        buf_c(b, ',');
        put_member(b, "rule", f->rule);
        buf_c(b, ',');
        put_member(b, "code", f->code);
        buf_c(b, ',');
        put_member(b, "detail", f->detail);
        buf_f(b, ",\"line\":%u,\"column\":%u}", f->line, f->column);
    }
    buf_c(b, ']');
}

static void put_texts(struct buf *b, const char *name, const char *const *texts, size_t n)
{
    buf_f(b, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        buf_s(b, i ? "," : "");
        json_put_text(b, str_of(texts[i]));
    }
    buf_c(b, ']');
}

static void put_misses(struct buf *b, const struct mapping_result *r)
{
    static const char *const then[] = {[MISS_FAIL] = "fail", [MISS_HOLD] = "hold", [MISS_DEFAULT] = "default"};

    buf_s(b, ",\"misses\":[");
    for (size_t i = 0; i < r->miss_count; i++) {
        const struct mapping_miss *m = &r->misses[i];

        buf_s(b, i ? ",{" : "{");
        put_member(b, "table", m->table);
        buf_c(b, ',');
        put_member(b, "key", m->key);
        buf_c(b, ',');
        put_member(b, "rule", m->rule);
        buf_c(b, ',');
        put_member(b, "pointer", m->pointer);
        buf_c(b, ',');
        put_member(b, "then", then[m->then]);
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static void put_value(struct buf *b, const struct doc *v)
{
    if (expr_is_absent(*v))
        buf_s(b, "null");
    else
        doc_write(b, v);
}

static void put_values(struct buf *b, const struct mapping_result *r)
{
    buf_s(b, ",\"values\":[");
    for (size_t i = 0; i < r->value_count; i++) {
        buf_s(b, i ? ",{" : "{");
        put_member(b, "rule", r->values[i].rule);
        buf_c(b, ',');
        put_member(b, "pointer", r->values[i].pointer);
        buf_s(b, ",\"value\":");
        put_value(b, &r->values[i].value);
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static void print_document(struct scope *sc, const struct mapping *m, const struct mapping_faults *faults)
{
    const char *const *names = NULL;
    struct buf b;
    size_t n;

    buf_init(&b, sc->arena, DOCUMENT_MAX);
    buf_f(&b, "{\"valid\":%s,", m ? "true" : "false");
    put_faults(&b, faults);
    n = m ? mapping_reads(m, &names) : 0;
    put_texts(&b, "reads", names, n);
    n = m ? mapping_tables(m, &names) : 0;
    put_texts(&b, "cross_references", names, n);
    printf("%.*s}\n", (int)b.n, b.p);
}

static void print_result(struct scope *sc, const struct mapping_result *r)
{
    struct buf b;

    buf_init(&b, sc->arena, DOCUMENT_MAX);
    buf_f(&b, "{\"valid\":%s,\"held\":%s,\"result\":", r->valid ? "true" : "false", r->held ? "true" : "false");
    put_value(&b, &r->value);
    buf_c(&b, ',');
    put_faults(&b, &r->faults);
    put_misses(&b, r);
    put_values(&b, r);
    printf("%.*s}\n", (int)b.n, b.p);
}

/* ---- commands ---- */

static enum err compiled(struct scope *sc, const struct ctl_args *a, struct mapping **out)
{
    struct mapping_faults faults;
    const struct doc *d;

    TRY(sc, ctl_read_json(sc, a->word, DOCUMENT_MAX, &d));
    if (mapping_compile(sc->arena, d, NULL, out, &faults))
        return OK;
    if (a->form == CTL_JSON)
        print_document(sc, NULL, &faults);
    tell_faults(&faults);
    return FAIL(sc, ERR_INVALID, "the mapping has %zu %s", faults.n, faults.n == 1 ? "fault" : "faults");
}

static enum err mapping_check(struct scope *sc, const struct ctl_args *a)
{
    const char *const *names;
    struct mapping *m;

    TRY(sc, compiled(sc, a, &m));
    if (a->form == CTL_JSON)
        print_document(sc, m, &(struct mapping_faults){0});
    else
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

static void show_result(struct scope *sc, const struct mapping_result *r)
{
    show_values(sc, r);
    tell_faults(&r->faults);
    for (size_t i = 0; i < r->miss_count; i++)
        fprintf(stderr, "%s: %s has no entry for %s\n", r->misses[i].pointer, r->misses[i].table, r->misses[i].key);
    if (!expr_is_absent(r->value)) {
        put(sc, stdout, &r->value);
        fputc('\n', stdout);
    }
}

static enum err mapping_run_file(struct scope *sc, const struct ctl_args *a)
{
    struct looking in = {.now_us = time_now_us()};
    struct mapping_how how = {.now_ms = in.now_us / 1000, .creating = true};
    const struct doc *input;
    struct mapping_result out;
    const char *path;
    struct mapping *m;

    TRY(sc, compiled(sc, a, &m));
    TRY(sc, ctl_need(sc, a, "input", &path));
    TRY(sc, ctl_read_json(sc, path, DOCUMENT_MAX, &input));
    if (ctl_option(a, "xref")) {
        TRY(sc, ctl_read_xref(sc, ctl_option(a, "xref"), &in.tables));
        how.find = find_in_file;
        how.find_arg = &in;
    }
    how.keep_values = ctl_option(a, "values") != NULL;
    mapping_run(sc->arena, m, input, &how, &out);
    if (a->form == CTL_JSON)
        print_result(sc, &out);
    else
        show_result(sc, &out);
    if (out.held && out.faults.n == 0)
        return FAIL(sc, ERR_INVALID, "the record would wait for what is missing");
    return out.valid ? OK : FAIL(sc, ERR_INVALID, "the result is not in order");
}

const struct ctl_command ctl_mapping_commands[] = {
    {"mapping", "check", "FILE", "Reads a mapping's document, names every fault, and prints which fields it reads.",
     "order.mapping.json", mapping_check, CTL_SETUP},
    {"mapping", "run", "FILE --input FILE [--xref FILE] [--values=yes]",
     "Makes a canonical object of a source's document; --values=yes shows what each rule gives. ops/docs/mappings.md "
     "is the language's description.",
     "order.mapping.json --input order.json --xref tables.json", mapping_run_file, CTL_SETUP},
    {},
};
