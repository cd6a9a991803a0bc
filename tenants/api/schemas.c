#include "api/api_int.h"
#include "canon/schema.h"

/* What the canonical objects look like, for whoever writes a mapping or reads records. The same for everybody: nothing
 * here is anybody's. */
#define SCHEMA_TEXT_MAX ((size_t)1 << 20)

struct brief_view {
    const char *object, *schema, *title, *meaning;
    int64_t version;
};
static const struct wire_field brief_fields[] = {
    WIRE_TEXT(struct brief_view, object, 40, "The object's name."),
    WIRE_INT(struct brief_view, version, 1, 1000, "Its newest version."),
    WIRE_TEXT(struct brief_view, schema, 60, "Both: what a document's member schema says."),
    WIRE_TEXT(struct brief_view, title, 60, "What people call it."),
    WIRE_TEXT(struct brief_view, meaning, 1000, "What it is."),
    {},
};
static const struct wire brief_wire = {"SchemaBrief", sizeof(struct brief_view), brief_fields};

static enum err schemas_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);
    struct brief_view *views = ARENA_ARRAY(sc->arena, struct brief_view, n);

    for (size_t i = 0; i < n; i++)
        views[i] = (struct brief_view){all[i]->name, all[i]->schema, all[i]->title, all[i]->meaning, all[i]->version};
    return rs_page(sc, rq, rs, &brief_wire, views, n, NULL);
}

struct change_view {
    int64_t version;
    const char *what;
};
static const struct wire_field change_fields[] = {
    WIRE_INT(struct change_view, version, 1, 1000, "The version."),
    WIRE_TEXT(struct change_view, what, 1000, "What it brought, or what was added to it since."),
    {},
};
static const struct wire change_wire = {"SchemaChange", sizeof(struct change_view), change_fields};

struct field_view {
    const char *path, *kind, *meaning;
    bool needed;
    struct wire_texts choices;
};
static const struct wire_field field_fields[] = {
    WIRE_TEXT(struct field_view, path, 200, "A JSON Pointer in which an asterisk stands for every item of a list."),
    WIRE_TEXT(
        struct field_view, kind, 20,
        "What it holds: key, text, truth, count, quantity, rate, price, money, time, date, country, currency, "
        "choice, texts, object, list, or schema. Quantities, rates, prices and money are decimals in a text, "
        "like \"12.50\"; prices and money are in the currency that the nearest currency beside or above them names, "
        "and money has no more decimals than that."),
    WIRE_BOOL(struct field_view, needed, "Whether it must be there wherever what it stands in is."),
    WIRE_TEXT(struct field_view, meaning, 1000, "What it says."),
    WIRE_TEXTS(struct field_view, choices, 64, "Of a choice: what there is to choose from."),
    {},
};
static const struct wire field_wire = {"SchemaField", sizeof(struct field_view), field_fields};

struct schema_view {
    const char *object, *schema, *title, *meaning, *natural_key, *occurred_at;
    int64_t version;
    struct wire_list changes, fields;
    struct str json_schema, examples;
};
static const struct wire_field schema_fields[] = {
    WIRE_TEXT(struct schema_view, object, 40, "The object's name."),
    WIRE_INT(struct schema_view, version, 1, 1000, "The version."),
    WIRE_TEXT(struct schema_view, schema, 60, "Both: what a document's member schema says."),
    WIRE_TEXT(struct schema_view, title, 60, "What people call it."),
    WIRE_TEXT(struct schema_view, meaning, 1000, "What it is, and what holds between its members."),
    WIRE_TEXT(struct schema_view, natural_key, 300, "What makes it the same thing at its source, in a sentence."),
    WIRE_TEXT(
        struct schema_view, occurred_at, 200,
        "Where a document tells when it became so at its source. When it was received and when it was recorded are "
        "kept beside the document."),
    WIRE_LIST(struct schema_view, changes, &change_wire, 1000, "What each version brought."),
    WIRE_LIST(struct schema_view, fields, &field_wire, 1000, "Every field, in the order a document should have them."),
    WIRE_RAW(struct schema_view, json_schema, "The JSON Schema (2020-12) of a document."),
    WIRE_RAW(struct schema_view, examples, "Documents that are in order."),
    {},
};
static const struct wire schema_wire = {"Schema", sizeof(struct schema_view), schema_fields};

static struct wire_list changes_of(struct scope *sc, const struct canon_object *o)
{
    struct change_view *views;
    size_t n = 0;

    while (o->changes[n].what)
        n++;
    views = ARENA_ARRAY(sc->arena, struct change_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct change_view){o->changes[i].version, o->changes[i].what};
    return (struct wire_list){views, n};
}

static struct wire_texts choices_of(const struct canon_field *f)
{
    size_t n = 0;

    while (f->names && f->names[n])
        n++;
    return (struct wire_texts){f->names, n};
}

static struct wire_list fields_of(struct scope *sc, const struct canon_object *o)
{
    struct canon_targets all;
    struct field_view *views;

    canon_fields(sc->arena, o, &all);
    views = ARENA_ARRAY(sc->arena, struct field_view, all.n);
    for (size_t i = 0; i < all.n; i++) {
        const struct canon_field *f = all.v[i].field;

        views[i] = (struct field_view){all.v[i].path, canon_kind_name(f->kind), f->meaning, f->needed, choices_of(f)};
    }
    return (struct wire_list){views, all.n};
}

static struct str examples_of(struct scope *sc, const struct canon_object *o)
{
    struct buf b;

    buf_init(&b, sc->arena, SCHEMA_TEXT_MAX);
    for (const char *const *e = o->examples; *e; e++) {
        buf_c(&b, e == o->examples ? '[' : ',');
        buf_s(&b, *e);
    }
    buf_c(&b, ']');
    return buf_str(&b);
}

static enum err answer(struct scope *sc, struct rs *rs, const struct canon_object *o)
{
    struct schema_view view;
    struct buf b;

    if (!o)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such schema");
    buf_init(&b, sc->arena, SCHEMA_TEXT_MAX);
    canon_schema_write(&b, o);
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the schema is too large");
    view = (struct schema_view){.object = o->name,
                                .version = o->version,
                                .schema = o->schema,
                                .title = o->title,
                                .meaning = o->meaning,
                                .natural_key = o->natural_key,
                                .occurred_at = CANON_CLOCK,
                                .changes = changes_of(sc, o),
                                .fields = fields_of(sc, o),
                                .json_schema = buf_str(&b),
                                .examples = examples_of(sc, o)};
    api_etag_of(sc, rs, view.json_schema);
    return rs_json(sc, rs, 200, &schema_wire, &view);
}

static enum err schemas_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return answer(sc, rs, canon_object_find(rq_param(rq, "schema")));
}

/* Versions are counted from 1 and written without zeros in front. */
static unsigned number_of(struct str text)
{
    unsigned v = 0;

    if (text.n == 0 || text.n > 4 || *text.p == '0')
        return 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return 0;
        v = v * 10 + (unsigned)(text.p[i] - '0');
    }
    return v;
}

static enum err schemas_get_version(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return answer(sc, rs, canon_object_version(rq_param(rq, "schema"), number_of(rq_param(rq, "schema_version"))));
}

const struct route api_schema_routes[] = {
    {GET, "/v1/schemas", schemas_list, .name = "schemas.list", .summary = "Lists the canonical objects.", .paged = true,
     .answers = &brief_wire},
    {GET, "/v1/schemas/{schema}", schemas_get, .name = "schemas.get", .etag = true,
     .summary = "A canonical object in its newest version: its JSON Schema, examples and fields.",
     .answers = &schema_wire},
    {GET, "/v1/schemas/{schema}/{schema_version}", schemas_get_version, .name = "schemas.get_version", .etag = true,
     .summary = "The same in one version, as a document's member schema names it.", .answers = &schema_wire},
    {},
};
