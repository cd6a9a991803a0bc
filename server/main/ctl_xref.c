#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "db/db.h"
#include "flow/flow.h"
#include "main/ctl_int.h"
#include "xref/xref.h"

/* Cross references of one customer: named, brought in and taken out as CSV. */
#define LIST_OCTETS   ((size_t)64 << 20)
#define EXPORT_OCTETS ((size_t)512 << 20)
#define PAGE          200

static enum err customer_of(struct scope *sc, const struct ctl_args *a)
{
    bool given;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_id(sc, a, "customer", "cus", &sc->tenant.customer_id, &given));
    sc->tenant.has_customer = given;
    return given ? OK : FAIL(sc, ERR_INVALID, "--customer is needed");
}

static enum err table_of(struct scope *sc, const struct ctl_args *a, struct xref_table *out)
{
    const char *name;

    TRY(sc, customer_of(sc, a));
    TRY(sc, ctl_need(sc, a, "table", &name));
    return xref_table_find(sc, name, out);
}

static enum err list_names(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"id", "name", "shape", "entries", "unmatched"};
    struct uuid after = {0};
    struct xref_table *v;
    struct ctl_list list;
    size_t n;

    TRY(sc, customer_of(sc, a));
    ctl_list_init(&list, sc, a, columns, ARRAY_LEN(columns));
    do {
        TRY(sc, xref_table_list(sc, &sc->tenant.customer_id, &after, PAGE, &v, &n));
        for (size_t i = 0; i < n; i++)
            ctl_list_add(&list, (const char *const[]){ctl_typeid(sc, "xrf", &v[i].table_id), v[i].name, v[i].shape,
                                                      arena_f(sc->arena, "%lld", (long long)v[i].entries),
                                                      arena_f(sc->arena, "%lld", (long long)v[i].unmatched)});
        if (n)
            after = v[n - 1].table_id;
    } while (n == PAGE);
    ctl_list_print(&list);
    return OK;
}

static enum err xref_take_out(struct scope *sc, const struct ctl_args *a)
{
    struct xref_table t;
    struct buf out;

    TRY(sc, table_of(sc, a, &t));
    buf_init(&out, sc->arena, EXPORT_OCTETS);
    TRY(sc, xref_export(sc, &t, &out));
    return fwrite(out.p, 1, out.n, stdout) == out.n ? OK : FAIL(sc, ERR_UNAVAILABLE, "standard output takes no more");
}

static enum err refused(struct scope *sc, const struct xref_import *r)
{
    for (size_t i = 0; i < r->fault_count; i++)
        fprintf(stderr, "row %lld: %s\n", (long long)r->faults[i].row, r->faults[i].why);
    return FAIL(sc, ERR_INVALID, "%lld of %lld rows cannot be taken, and nothing was written", (long long)r->refused,
                (long long)r->rows);
}

static const char *number(struct scope *sc, int64_t n)
{
    return arena_f(sc->arena, "%lld", (long long)n);
}

/* Each number with its name, which would be missed where nothing else is told. */
static void told(struct scope *sc, const struct ctl_args *a, const struct xref_import *r, size_t released)
{
    static const char *const names[] = {"rows", "added", "changed", "same", "released"};
    const char *values[] = {number(sc, r->rows), number(sc, r->added), number(sc, r->changed), number(sc, r->same),
                            number(sc, (int64_t)released)};

    if (a->form == CTL_JSON)
        ctl_record(sc, a, names, values, ARRAY_LEN(names));
    else
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            printf("%s\t%s\n", names[i], values[i]);
}

static enum err xref_bring_in(struct scope *sc, const struct ctl_args *a)
{
    struct xref_import *r = ARENA_NEW(sc->arena, struct xref_import);
    struct xref_table t;
    struct str text;
    size_t released, n = a->word ? strlen(a->word) : 0;
    bool lines = n > 6 && strcmp(a->word + n - 6, ".jsonl") == 0;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file to read; - is standard input");
    TRY(sc, ctl_read_file(sc, a->word, LIST_OCTETS, &text));
    TRY(sc, table_of(sc, a, &t));
    TRY(sc, xref_import(sc, &t, lines ? XREF_JSON_LINES : XREF_CSV, text, false, "the operator", r));
    if (r->refused)
        return refused(sc, r);
    TRY(sc, flow_answered(sc, &t.customer_id, &t.table_id, "by the operator", &released));
    audit_note(sc, &(struct audit_act){.action = "cross_reference.import",
                                       .object_kind = "xrf",
                                       .object_id = t.table_id,
                                       .has_customer = true,
                                       .customer_id = t.customer_id,
                                       .detail = t.name});
    TRY(sc, ctl_commit(sc, a));
    told(sc, a, r, released);
    return OK;
}

const struct ctl_command ctl_xref_commands[] = {
    {"xref", "list", "--partner SLUG --customer cus_…", "Names a customer's cross references.", NULL, list_names,
     CTL_DATABASE},
    {"xref", "import", "--partner SLUG --customer cus_… --table NAME FILE",
     "Takes a list of entries into one, CSV or .jsonl: all rows or none. Orders that waited for them go on (released).",
     NULL, xref_bring_in, CTL_DATABASE},
    {"xref", "export", "--partner SLUG --customer cus_… --table NAME", "Writes all its entries as CSV.", NULL,
     xref_take_out, CTL_DATABASE},
    {},
};
