#include <regex.h>
#include <stdlib.h>

#include "canon_kit.h"

/* A judge of its own, after the JSON Schema specification: of the keywords that our schemas use, and no other. */

static bool judge(const struct doc *schema, const struct doc *d);

static bool is_type(const char *type, const struct doc *d)
{
    static const struct {
        const char *name;
        enum doc_kind kinds[2];
    } types[] = {{"null", {DOC_NULL, DOC_NULL}},    {"boolean", {DOC_FALSE, DOC_TRUE}},
                 {"integer", {DOC_INT, DOC_INT}},   {"string", {DOC_TEXT, DOC_TEXT}},
                 {"array", {DOC_ARRAY, DOC_ARRAY}}, {"object", {DOC_OBJECT, DOC_OBJECT}}};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, type) == 0)
            return doc_kind(d) == types[i].kinds[0] || doc_kind(d) == types[i].kinds[1];
    test_failed(__FILE__, __LINE__, "the type %s is not one", type);
    return false;
}

static bool type_is(const struct doc *type, const struct doc *d)
{
    struct arena *a = test_scope()->arena;

    if (doc_kind(type) != DOC_ARRAY)
        return is_type(doc_cstr(a, type), d);
    for (size_t i = 0; i < doc_count(type); i++)
        if (is_type(doc_cstr(a, doc_at(type, i)), d))
            return true;
    return false;
}

static bool same(const struct doc *a, const struct doc *b)
{
    return doc_kind(a) == doc_kind(b) && str_equal(doc_text(a), doc_text(b));
}

static bool is_one_of(const struct doc *list, const struct doc *d)
{
    for (size_t i = 0; i < doc_count(list); i++)
        if (same(doc_at(list, i), d))
            return true;
    return false;
}

static bool matches(const struct doc *pattern, const struct doc *d)
{
    struct arena *a = test_scope()->arena;
    regex_t re;
    bool yes;

    if (doc_kind(d) != DOC_TEXT)
        return true;
    CHECK_INT(regcomp(&re, doc_cstr(a, pattern), REG_EXTENDED | REG_NOSUB), 0);
    yes = regexec(&re, doc_cstr(a, d), 0, NULL, 0) == 0;
    regfree(&re);
    return yes;
}

static bool in_range(const struct doc *limit, bool least, int64_t v)
{
    int64_t n;

    CHECK(doc_int(limit, &n));
    return least ? v >= n : v <= n;
}

static bool lengths(const struct doc *schema, const struct doc *d)
{
    static const struct {
        const char *name;
        enum doc_kind kind;
        bool least;
    } words[] = {{"minLength", DOC_TEXT, true},  {"maxLength", DOC_TEXT, false}, {"minItems", DOC_ARRAY, true},
                 {"maxItems", DOC_ARRAY, false}, {"minimum", DOC_INT, true},     {"maximum", DOC_INT, false}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct doc *limit = doc_get(schema, words[i].name);
        int64_t v = 0;

        if (!limit || doc_kind(d) != words[i].kind)
            continue;
        if (words[i].kind == DOC_INT)
            CHECK(doc_int(d, &v));
        else if (words[i].kind == DOC_ARRAY)
            v = (int64_t)doc_count(d);
        else
            for (size_t k = 0; k < doc_text(d).n; k++)
                v += (doc_text(d).p[k] & 0xc0) != 0x80;
        if (!in_range(limit, words[i].least, v))
            return false;
    }
    return true;
}

static bool members(const struct doc *schema, const struct doc *d)
{
    struct arena *a = test_scope()->arena;
    const struct doc *required = doc_get(schema, "required"), *properties = doc_get(schema, "properties");

    if (doc_kind(d) != DOC_OBJECT)
        return true;
    for (size_t i = 0; i < doc_count(required); i++)
        if (!doc_get(d, doc_cstr(a, doc_at(required, i))))
            return false;
    for (size_t i = 0; properties && i < doc_count(d); i++) {
        const struct doc *one = doc_get(properties, str_dup(a, doc_key(d, i)));

        if (!one ? doc_kind(doc_get(schema, "additionalProperties")) == DOC_FALSE : !judge(one, doc_at(d, i)))
            return false;
    }
    return true;
}

static bool judge(const struct doc *schema, const struct doc *d)
{
    const struct doc *type = doc_get(schema, "type"), *pattern = doc_get(schema, "pattern"),
                     *items = doc_get(schema, "items");

    if (type && !type_is(type, d))
        return false;
    if (doc_get(schema, "const") && !same(doc_get(schema, "const"), d))
        return false;
    if (doc_get(schema, "enum") && !is_one_of(doc_get(schema, "enum"), d))
        return false;
    if (pattern && !matches(pattern, d))
        return false;
    for (size_t i = 0; items && doc_kind(d) == DOC_ARRAY && i < doc_count(d); i++)
        if (!judge(items, doc_at(d, i)))
            return false;
    return lengths(schema, d) && members(schema, d);
}

static const struct doc *schema_of(const struct canon_object *o)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    canon_schema_write(&b, o);
    CHECK(!b.full);
    return kit_read(buf_cstr(&b));
}

/* Of the dialect: each keyword is one that it has, and holds what it must. */
static void is_schema(const struct doc *schema)
{
    static const char *const words[] = {
        "$schema",   "$id",       "title",   "description", "type",   "properties", "required", "additionalProperties",
        "examples",  "const",     "enum",    "pattern",     "format", "items",      "minItems", "maxItems",
        "minLength", "maxLength", "minimum", "maximum",     "x-kind", NULL};
    const struct doc *properties = doc_get(schema, "properties");

    for (size_t i = 0; i < doc_count(schema); i++) {
        size_t k = 0;

        while (words[k] && !str_is(doc_key(schema, i), words[k]))
            k++;
        if (!words[k])
            test_failed(__FILE__, __LINE__, "%.*s is no keyword", (int)doc_key(schema, i).n, doc_key(schema, i).p);
    }
    CHECK(doc_get(schema, "type") || doc_get(schema, "enum") || doc_get(schema, "const"));
    for (size_t i = 0; i < doc_count(properties); i++)
        is_schema(doc_at(properties, i));
    if (doc_get(schema, "items"))
        is_schema(doc_get(schema, "items"));
}

TEST(every_schema_is_one_of_the_dialect)
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);

    for (size_t i = 0; i < n; i++) {
        const struct doc *schema = schema_of(all[i]);

        CHECK(str_is(doc_text(doc_get(schema, "$schema")), "https://json-schema.org/draft/2020-12/schema"));
        CHECK(str_is(doc_text(doc_get(schema, "$id")), arena_f(test_scope()->arena, "/v1/schemas/%s", all[i]->schema)));
        CHECK_INT(doc_count(doc_get(schema, "properties")), all[i]->shape->n);
        is_schema(schema);
    }
}

TEST(every_example_keeps_to_the_published_schema)
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);

    for (size_t i = 0; i < n; i++) {
        const struct doc *schema = schema_of(all[i]);

        for (size_t k = 0; k < doc_count(doc_get(schema, "examples")); k++)
            if (!judge(schema, doc_at(doc_get(schema, "examples"), k)))
                test_failed(__FILE__, __LINE__, "%s: example %zu", all[i]->name, k);
    }
}

/* What one of them refuses the other refuses as well: a value of each sort in the place of each. */
static size_t compare_at(const struct canon_object *o, const struct doc *schema, const struct doc *d, const char *at,
                         bool needed)
{
    static const char *const values[] = {
        "null",      "true",  "7",  "12.5", "\"x\"",  "\"\"",    "\"1.00\"",
        "\"-1.00\"", "\"0\"", "[]", "{}",   "\"US\"", "\"USD\"", "\"2026-11-23T10:00:00Z\"",
        "\"open\"",  "-1"};
    struct canon_faults all;
    size_t i;

    for (i = 0; i < ARRAY_LEN(values); i++) {
        struct doc changed = kit_edit(d, at, kit_read(values[i]));
        bool ours, theirs = judge(schema, &changed);

        ours = canon_valid(test_scope()->arena, o, &changed, &all);
        for (size_t k = 0; !ours && k < all.n; k++) /* which a schema cannot say */
            if (strstr("does_not_add_up too_precise not_a_date not_a_time not_a_country not_a_currency",
                       all.v[k].code) ||
                strcmp(all.v[k].pointer, at) != 0 || (!needed && strcmp(all.v[k].code, "required") == 0))
                ours = theirs;
        if (ours != theirs)
            test_failed(__FILE__, __LINE__, "%s %s %s: ours %d, the schema %d", o->name, at, values[i], ours, theirs);
    }
    return i;
}

TEST(the_published_schema_judges_as_we_do)
{
    size_t n, tried = 0;
    const struct canon_object *const *all = canon_objects(&n);

    for (size_t i = 0; i < n; i++) {
        const struct doc *schema = schema_of(all[i]), *d = kit_read(all[i]->examples[0]);
        struct canon_targets targets;

        canon_fields(test_scope()->arena, all[i], &targets);
        for (size_t k = 0; k < targets.n; k++) {
            const char *at = kit_place(d, targets.v[k].path);

            if (at)
                tried += compare_at(all[i], schema, d, at, targets.v[k].field->needed);
        }
    }
    CHECK(tried > 3000);
}
