#pragma once

#include "kit/test.h"
#include "mapping/mapping_int.h"

/* Documents as texts in which ' stands for ", so that they can be read in C. */

static inline const struct doc *kit_doc(const char *text)
{
    char *json = arena_strdup(test_scope()->arena, text);
    const struct doc *d = NULL;

    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    CHECK_OK(doc_parse(test_scope(), str_of(json), &d));
    return d;
}

/* A document for a sales order of these rules (and lets, or NULL). */
static inline const struct doc *kit_document(const char *rules, const char *lets)
{
    return kit_doc(arena_f(test_scope()->arena,
                           "{'format': 'mapping/1', 'source': {'system': 'acme', 'object': 'order'}, "
                           "'target': 'sales_order/1', 'let': [%s], 'rules': [%s]}",
                           lets ? lets : "", rules));
}

static inline const char *kit_fault_text(const struct mapping_fault *f)
{
    struct arena *a = test_scope()->arena;

    if (f->line)
        return arena_f(a, "%s %s at %u:%u: %s", f->pointer, f->code, f->line, f->column, f->detail);
    return arena_f(a, "%s %s: %s", f->pointer, f->code, f->detail);
}

/* Every fault, one a line: "POINTER CODE: DETAIL". */
static inline const char *kit_faults(const struct mapping_faults *all)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    for (size_t i = 0; i < all->n; i++)
        buf_f(&b, "%s%s", i ? "\n" : "", kit_fault_text(&all->v[i]));
    return buf_cstr(&b);
}

/* What is wrong with a document of these rules; "" when nothing is. */
static inline const char *kit_wrong(const char *rules)
{
    struct mapping_faults faults;
    struct mapping *m;
    bool fine = mapping_compile(test_scope()->arena, kit_document(rules, NULL), NULL, &m, &faults);

    CHECK(fine == (faults.n == 0));
    return kit_faults(&faults);
}

static inline struct mapping *kit_mapping(const char *rules, const char *lets)
{
    struct mapping_faults faults;
    struct mapping *m = NULL;

    if (!mapping_compile(test_scope()->arena, kit_document(rules, lets), NULL, &m, &faults))
        test_failed(__FILE__, __LINE__, "%s", kit_faults(&faults));
    return m;
}

static inline const char *kit_text(const struct doc *d)
{
    struct buf b;

    if (expr_is_absent(*d))
        return "(none)";
    buf_init(&b, test_scope()->arena, 1 << 20);
    doc_write(&b, d);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '"')
            b.p[i] = '\'';
    return buf_cstr(&b);
}

/* One cross reference, "sku", that knows A as B. */
static inline bool kit_find(void *arg, struct str table, struct str key, struct str *out)
{
    (void)arg;
    *out = str_of("B");
    return str_is(table, "sku") && str_is(key, "A");
}

static inline struct mapping_result kit_run_how(const struct mapping *m, const char *input,
                                                const struct mapping_how *how)
{
    struct mapping_result out;

    mapping_run(test_scope()->arena, m, kit_doc(input), how, &out);
    return out;
}

static inline struct mapping_result kit_run(const char *rules, const char *lets, const char *input)
{
    static const struct mapping_how how = {.find = kit_find, .creating = true};

    return kit_run_how(kit_mapping(rules, lets), input, &how);
}

/* The made object as a text, or its faults where there are any. Whether it is whole is not looked at. */
static inline const char *kit_made(const char *rules, const char *lets, const char *input)
{
    struct mapping_result out = kit_run(rules, lets, input);

    for (size_t i = 0; i < out.faults.n; i++)
        if (out.faults.v[i].line)
            return kit_fault_text(&out.faults.v[i]);
    return kit_text(&out.value);
}

/* What one expression gives, as /note has it: kit_value("$total(a)", "{'a': [1]}"). */
static inline const char *kit_value(const char *expr, const char *input)
{
    struct mapping_result out =
        kit_run(arena_f(test_scope()->arena, "{'to': '/note', 'expr': '%s'}, {'to': '/test', 'constant': false}", expr),
                NULL, input);
    const struct doc *note = doc_get(&out.value, "note");

    if (out.faults.n && out.faults.v[0].line)
        return arena_f(test_scope()->arena, "%s: %s", out.faults.v[0].code, out.faults.v[0].detail);
    return note ? kit_text(note) : "(none)";
}
