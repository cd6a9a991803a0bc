#include <stdio.h>

#include "canon/schema.h"
#include "main/ctl_int.h"

/* The canonical objects, for whoever writes a mapping at a terminal. */
#define SCHEMA_TEXT_MAX ((size_t)1 << 20)

static enum err schema_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"schema", "title", "meaning"};
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);
    struct ctl_list l;

    ctl_list_init(&l, sc, a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++)
        ctl_list_add(&l, (const char *const[]){all[i]->schema, all[i]->title, all[i]->meaning});
    ctl_list_print(&l);
    return OK;
}

static const struct canon_object *named(const char *name)
{
    return name ? canon_object_find(str_of(name)) : NULL;
}

static enum err missing(struct scope *sc, const struct ctl_args *a)
{
    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name an object, as schema list shows them");
    return FAIL(sc, ERR_NOT_FOUND, "there is no object \"%s\"", a->word);
}

/* The JSON Schema itself. */
static enum err schema_show(struct scope *sc, const struct ctl_args *a)
{
    const struct canon_object *o = named(a->word);
    struct buf b;

    if (!o)
        return missing(sc, a);
    buf_init(&b, sc->arena, SCHEMA_TEXT_MAX);
    canon_schema_write(&b, o);
    printf("%s\n", buf_cstr(&b));
    return OK;
}

static enum err schema_fields(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"path", "kind", "needed", "meaning"};
    const struct canon_object *o = named(a->word);
    struct canon_targets all;
    struct ctl_list l;

    if (!o)
        return missing(sc, a);
    canon_fields(sc->arena, o, &all);
    ctl_list_init(&l, sc, a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < all.n; i++) {
        const struct canon_field *f = all.v[i].field;

        ctl_list_add(
            &l, (const char *const[]){all.v[i].path, canon_kind_name(f->kind), f->needed ? "needed" : "", f->meaning});
    }
    ctl_list_print(&l);
    return OK;
}

#define CHECK_MAX ((size_t)4 << 20)

/* Every fault on a line of its own; ERR_INVALID when there is one. */
static enum err schema_check(struct scope *sc, const struct ctl_args *a)
{
    const struct canon_object *o;
    struct canon_faults all;
    const struct doc *d;
    struct str text;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name a file, or - for standard input");
    TRY(sc, ctl_read_file(sc, a->word, CHECK_MAX, &text));
    TRY(sc, doc_parse(sc, text, &d));
    o = canon_object_of(d);
    if (!o)
        return FAIL(sc, ERR_INVALID, "the document's member \"schema\" names no schema that is known");
    if (canon_valid(sc->arena, o, d, &all))
        return OK;
    for (size_t i = 0; i < all.n; i++)
        printf("%s\t%s\t%s\n", all.v[i].pointer, all.v[i].code, all.v[i].detail);
    return FAIL(sc, ERR_INVALID, "the document has %zu faults%s", all.n, all.more ? " and more" : "");
}

const struct ctl_command ctl_schema_commands[] = {
    {"schema", "list", "", "Lists the canonical objects.", NULL, schema_list, CTL_ALONE},
    {"schema", "show", "OBJECT", "Prints the JSON Schema of a canonical object.", "sales_order", schema_show,
     CTL_ALONE},
    {"schema", "fields", "OBJECT", "Lists the fields of a canonical object.", "sales_order", schema_fields, CTL_ALONE},
    {"schema", "check", "FILE", "Checks a canonical document; every fault by its JSON Pointer.", "order.json",
     schema_check, CTL_ALONE},
    {},
};
