#include <string.h>

#include "access/access.h"
#include "api/cross_int.h"
#include "audit/audit.h"
#include "flow/flow.h"

/* Cross references as a whole: what they are called, how words are compared, what has no entry, and what uses them. */

static const char *const empties[] = {"refused", "allowed", NULL};

struct cross_view {
    struct uuid id, customer_id;
    const char *name, *shape, *note;
    const char *key_case, *key_blanks, *key_empty, *value_case, *value_blanks, *value_empty;
    int64_t entries, unmatched, created_at;
};

#define RULES(type, must)                                                                                              \
    WIRE_RULE(type, key_case, xref_case_names, must,                                                                   \
              "Whether letters of either case are the same in keys (fold) or not (exact, the default)."),              \
        WIRE_RULE(type, key_blanks, xref_blanks_names, must,                                                           \
                  "Which blanks count in keys: all of them (exact), none around the word (trim, the default), nor "    \
                  "any but the first of several inside it (collapse)."),                                               \
        WIRE_RULE(type, key_empty, empties, must,                                                                      \
                  "Whether the empty text may be a key (allowed), which an empty text then finds where a lookup rule " \
                  "asks for it; or not (refused, the default)."),                                                      \
        WIRE_RULE(type, value_case, xref_case_names, must,                                                             \
                  "The same as key_case for values, where they are compared: that is in one_to_one."),                 \
        WIRE_RULE(type, value_blanks, xref_blanks_names, must,                                                         \
                  "The same as key_blanks for values, where they are compared."),                                      \
        WIRE_RULE(type, value_empty, empties, must,                                                                    \
                  "Whether a value may be empty (allowed), or not (refused, the default).")
#define WIRE_RULE(type, member, names_, must, meaning_)                                                                \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ENUM, .offset = offsetof(type, member), .names = (names_),                  \
        .optional = !(must), .meaning = (meaning_)                                                                     \
    }

static const struct wire_field cross_fields[] = {
    WIRE_ID(struct cross_view, id, CROSS_PREFIX, "This cross reference."),
    WIRE_ID(struct cross_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct cross_view, name, XREF_NAME_MAX, "What mappings call it."),
    WIRE_ENUM(struct cross_view, shape, xref_shape_names, "Whether several keys may lead to one value."),
    RULES(struct cross_view, true),
    WIRE_TEXT(struct cross_view, note, 500, "What it is for; null when not said."),
    WIRE_INT(struct cross_view, entries, 0, XREF_ENTRIES_MAX, "How many entries it has."),
    WIRE_INT(struct cross_view, unmatched, 0, INT64_MAX, "How many words were looked up and have no entry."),
    WIRE_TIME(struct cross_view, created_at, "When it was made."),
    {},
};
static const struct wire cross_wire = {"CrossReference", sizeof(struct cross_view), cross_fields};

struct cross_ask {
    const char *name, *shape, *note;
    const char *key_case, *key_blanks, *key_empty, *value_case, *value_blanks, *value_empty;
};

#define NOTE_FIELD                                                                                                     \
    {                                                                                                                  \
        .name = "note", .kind = WIRE_KIND_TEXT, .offset = offsetof(struct cross_ask, note), .max = 500,                \
        .optional = true, .meaning = "What it is for; empty: not said any more."                                       \
    }

static const struct wire_field new_fields[] = {
    WIRE_TEXT(
        struct cross_ask, name, XREF_NAME_MAX,
        "What mappings call it: sku, location, account, tax_code, order_state, ship_method, or another name of small"
        " letters, digits and _, the first a letter. It never changes."),
    WIRE_ENUM(struct cross_ask, shape, xref_shape_names, "Whether several keys may lead to one value."),
    RULES(struct cross_ask, false),
    NOTE_FIELD,
    {},
};
static const struct wire new_wire = {"CrossReferenceNew", sizeof(struct cross_ask), new_fields};

static const struct wire_field change_fields[] = {
    WIRE_RULE(struct cross_ask, shape, xref_shape_names, false, "Whether several keys may lead to one value."),
    RULES(struct cross_ask, false),
    NOTE_FIELD,
    {},
};
static const struct wire change_wire = {"CrossReferenceChange", sizeof(struct cross_ask), change_fields};

static struct cross_view view_of(const struct xref_table *t)
{
    return (struct cross_view){.id = t->table_id,
                               .customer_id = t->customer_id,
                               .name = t->name,
                               .shape = t->shape,
                               .note = t->note,
                               .key_case = xref_case_names[t->key.letters],
                               .key_blanks = xref_blanks_names[t->key.blanks],
                               .key_empty = empties[t->key.empty],
                               .value_case = xref_case_names[t->value.letters],
                               .value_blanks = xref_blanks_names[t->value.blanks],
                               .value_empty = empties[t->value.empty],
                               .entries = t->entries,
                               .unmatched = t->unmatched,
                               .created_at = t->created_at_us};
}

/* The place of a name in its list; as it is where nothing is said. */
static void said(const char *const *names, const char *name, int *at)
{
    for (int i = 0; name && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            *at = i;
}

static void rule_said(struct xref_rule *rule, const char *letters, const char *blanks, const char *empty)
{
    int of_letters = (int)rule->letters, of_blanks = (int)rule->blanks, of_empty = rule->empty;

    said(xref_case_names, letters, &of_letters);
    said(xref_blanks_names, blanks, &of_blanks);
    said(empties, empty, &of_empty);
    *rule = (struct xref_rule){(enum xref_case)of_letters, (enum xref_blanks)of_blanks, of_empty != 0};
}

static void ask_take(const struct cross_ask *ask, struct xref_table *t)
{
    t->shape = ask->shape ? ask->shape : t->shape;
    t->note = !ask->note ? t->note : *ask->note ? ask->note : NULL;
    rule_said(&t->key, ask->key_case, ask->key_blanks, ask->key_empty);
    rule_said(&t->value, ask->value_case, ask->value_blanks, ask->value_empty);
}

/* ---- what both files need ---- */

enum err api_cross_named(struct scope *sc, const struct rq *rq, struct xref_table *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "cross_reference_id", CROSS_PREFIX, &id));
    return xref_table_get(sc, &id, out);
}

enum err api_cross_writable(struct scope *sc, const struct rq *rq, struct xref_table *out)
{
    struct org_customer c;

    TRY(sc, api_cross_named(sc, rq, out));
    TRY(sc, org_customer_get(sc, &out->customer_id, NULL, &c));
    return strcmp(c.status, "active") == 0 ? OK : api_suspended(sc);
}

enum err api_cross_who(struct scope *sc, const char **out)
{
    const char *who;

    TRY(sc, access_actor_words(sc, &who));
    *out = arena_cut(sc->arena, who, 200);
    return OK;
}

void api_cross_note(struct scope *sc, const char *action, const struct xref_table *t, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = CROSS_PREFIX,
                                       .object_id = t->table_id,
                                       .has_customer = true,
                                       .customer_id = t->customer_id,
                                       .detail = detail});
}

enum err api_cross_release(struct scope *sc, const struct xref_table *t, int64_t *out)
{
    size_t released;
    const char *who;

    TRY(sc, api_cross_who(sc, &who));
    TRY(sc, flow_answered(sc, &t->customer_id, &t->table_id, who, &released));
    if (released)
        api_cross_note(sc, "cross_reference.release", t, arena_f(sc->arena, "%s: %zu orders go on", t->name, released));
    *out = (int64_t)released;
    return OK;
}

/* ---- the cross references ---- */

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct xref_table t;
    struct cross_view v;

    TRY(sc, xref_table_get(sc, id, &t));
    v = view_of(&t);
    rs_version(sc, rs, t.row_version);
    return rs_json(sc, rs, status, &cross_wire, &v);
}

static enum err cross_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct uuid *customer = sc->tenant.has_customer ? &sc->tenant.customer_id : NULL;
    const char *cursor = NULL;
    struct cross_view *views;
    struct xref_table *rows;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", CROSS_PAGE, 1, CROSS_MOST, &limit));
    TRY(sc, api_position(sc, rq, STR("cross-references"), &after));
    TRY(sc, xref_table_list(sc, customer, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("cross-references"), (struct bytes){rows[n - 1].table_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct cross_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &cross_wire, views, n, cursor);
}

static enum err cross_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t = {
        .table_id = uuid_new(), .key = {.blanks = XREF_BLANKS_TRIM}, .value = {.blanks = XREF_BLANKS_TRIM}};
    struct cross_ask ask;
    enum err e;

    if (sc->tenant.has_brand)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can make one");
    TRY(sc, api_customer_of(sc, rq, &t.customer_id));
    TRY(sc, rq_body(sc, rq, &new_wire, &ask));
    if (!xref_name_valid(ask.name))
        return scope_wrong(sc, "/name", "invalid", "a name has small letters, digits and _ alone, the first a letter");
    TRY(sc, org_customer_get(sc, &t.customer_id, NULL, &(struct org_customer){0}));
    t.name = ask.name;
    ask_take(&ask, &t);
    e = xref_table_create(sc, &t);
    if (e == ERR_CONFLICT && !scope_fault(sc)->problem)
        return scope_wrong(sc, "/name", "conflict", "the customer has a cross reference of this name");
    TRY(sc, e);
    api_cross_note(sc, "cross_reference.create", &t, t.name);
    return answer(sc, rs, 201, &t.table_id);
}

static enum err cross_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t;

    TRY(sc, api_cross_named(sc, rq, &t));
    return answer(sc, rs, 200, &t.table_id);
}

static enum err cross_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct cross_ask ask;
    struct xref_table t;
    int64_t version;
    bool changed;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    if (t.row_version != version)
        return rq_stale(sc, t.row_version);
    ask_take(&ask, &t);
    TRY(sc, xref_table_change(sc, &t, &changed));
    if (!changed)
        return rq_stale(sc, t.row_version + 1);
    api_cross_note(sc, "cross_reference.change", &t, t.name);
    return answer(sc, rs, 200, &t.table_id);
}

static enum err cross_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_cross_writable(sc, rq, &t));
    if (t.row_version != version)
        return rq_stale(sc, t.row_version);
    TRY(sc, xref_table_delete(sc, &t));
    api_cross_note(sc, "cross_reference.delete", &t, t.name);
    return rs_empty(sc, rs, 204);
}

/* ---- what has no entry ---- */

struct suggestion_view {
    struct uuid entry_id;
    const char *value, *because;
    int64_t score;
};
static const struct wire_field suggestion_fields[] = {
    WIRE_ID(struct suggestion_view, entry_id, "xre", "The entry that is like it."),
    WIRE_TEXT(struct suggestion_view, value, XREF_TEXT_MAX, "What that entry leads to."),
    WIRE_TEXT(struct suggestion_view, because, XREF_TEXT_MAX, "The key or the value of it that is like the word."),
    WIRE_INT(struct suggestion_view, score, 0, 100, "How like it is; 100: the same but for case, blanks and signs."),
    {},
};
static const struct wire suggestion_wire = {"CrossReferenceSuggestion", sizeof(struct suggestion_view),
                                            suggestion_fields};

struct unmatched_view {
    const char *key, *sample;
    int64_t seen, waiting, first_seen_at, last_seen_at;
    bool has_entry;
    struct wire_list suggestions;
};
static const struct wire_field unmatched_fields[] = {
    WIRE_TEXT(struct unmatched_view, key, XREF_TEXT_MAX, "The word that was looked up, as it was first written."),
    WIRE_INT(struct unmatched_view, waiting, 0, INT64_MAX, "How many orders and the like wait for it."),
    WIRE_BOOL(
        struct unmatched_view, has_entry,
        "Whether there is an entry for it that was not valid yet, or no longer, when what waits for it came: only one "
        "that is valid at that time lets it go on."),
    WIRE_INT(struct unmatched_view, seen, 1, INT64_MAX, "How often it was looked up and not found."),
    WIRE_TIME(struct unmatched_view, first_seen_at, "When that was for the first time."),
    WIRE_TIME(struct unmatched_view, last_seen_at, "And for the last."),
    WIRE_TEXT(struct unmatched_view, sample, XREF_SAMPLE_MAX, "Where it stood; null when not said."),
    WIRE_LIST(struct unmatched_view, suggestions, &suggestion_wire, XREF_SUGGESTIONS_MAX,
              "Entries that are like it, the best first."),
    {},
};
static const struct wire unmatched_wire = {"CrossReferenceUnmatched", sizeof(struct unmatched_view), unmatched_fields};

static struct wire_list suggestions_of(struct scope *sc, const struct xref_suggestions *s)
{
    struct suggestion_view *views = ARENA_ARRAY(sc->arena, struct suggestion_view, s->n);

    for (size_t i = 0; i < s->n; i++)
        views[i] = (struct suggestion_view){s->v[i].entry_id, s->v[i].value, s->v[i].because, s->v[i].score};
    return (struct wire_list){views, s->n};
}

static enum err unmatched_views(struct scope *sc, const struct xref_table *t, const struct xref_unmatched *rows,
                                size_t n, struct unmatched_view *out)
{
    struct xref_suggestions *suggestions = ARENA_ARRAY(sc->arena, struct xref_suggestions, n);
    const char **words = ARENA_ARRAY(sc->arena, const char *, n);

    for (size_t i = 0; i < n; i++)
        words[i] = rows[i].key;
    TRY(sc, xref_suggest(sc, t, words, n, suggestions));
    for (size_t i = 0; i < n; i++)
        out[i] = (struct unmatched_view){.key = rows[i].key,
                                         .sample = rows[i].sample,
                                         .seen = rows[i].seen,
                                         .waiting = rows[i].waiting,
                                         .has_entry = rows[i].elsewhen,
                                         .first_seen_at = rows[i].first_seen_us,
                                         .last_seen_at = rows[i].last_seen_us,
                                         .suggestions = suggestions_of(sc, &suggestions[i])};
    return OK;
}

static enum err unmatched_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct unmatched_view *views;
    struct xref_unmatched *rows;
    const char *cursor = NULL;
    struct xref_table t;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", CROSS_PAGE, 1, CROSS_MOST, &limit));
    TRY(sc, api_position(sc, rq, STR("cross-references/unmatched"), &after));
    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, audit_read_of(sc, &t.customer_id, "cross_reference.unmatched", CROSS_PREFIX, &t.table_id));
    TRY(sc, xref_unmatched_list(sc, &t.customer_id, &t.table_id, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("cross-references/unmatched"), (struct bytes){rows[n - 1].miss_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct unmatched_view, n);
    TRY(sc, unmatched_views(sc, &t, rows, n, views));
    return rs_page(sc, rq, rs, &unmatched_wire, views, n, cursor);
}

/* ---- what uses it ---- */

#define USES_MAX 1000

struct use_view {
    const char *kind, *name, *place;
    int64_t since;
};
static const struct wire_field use_fields[] = {
    WIRE_TEXT(struct use_view, kind, 40, "What it is: mapping."),
    WIRE_TEXT(struct use_view, name, 200, "What people call it."),
    WIRE_TEXT(struct use_view, place, 500, "Where in it words are looked up; empty when not said."),
    WIRE_TIME(struct use_view, since, "Since when."),
    {},
};
static const struct wire use_wire = {"CrossReferenceUse", sizeof(struct use_view), use_fields};

static enum err uses_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct use_view *views;
    struct xref_use *rows;
    struct xref_table t;
    size_t n;

    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, xref_use_list(sc, &t, USES_MAX, &rows, &n));
    views = ARENA_ARRAY(sc->arena, struct use_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct use_view){rows[i].kind, rows[i].name, rows[i].place, rows[i].since_us};
    return rs_page(sc, rq, rs, &use_wire, views, n, NULL);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define ONE "/v1/cross-references/{cross_reference_id}"

const struct route api_cross_routes[] = {
    {GET, "/v1/cross-references", cross_list, .may = PERMISSION_MAPPINGS_READ, .answers = &cross_wire,
     .query = list_query, .paged = true, .name = "cross_references.list",
     .summary = "Lists cross references, oldest first."},
    {POST, "/v1/cross-references", cross_create, .may = PERMISSION_MAPPINGS_WRITE, .takes = &new_wire,
     .answers = &cross_wire, .idempotent = true, .status = 201, .name = "cross_references.create",
     .summary = "Makes a cross reference, without entries."},
    {GET, ONE, cross_get, .may = PERMISSION_MAPPINGS_READ, .answers = &cross_wire, .etag = true,
     .name = "cross_references.get", .summary = "Shows a cross reference."},
    {PATCH, ONE, cross_change, .may = PERMISSION_MAPPINGS_WRITE, .takes = &change_wire, .answers = &cross_wire,
     .etag = true, .name = "cross_references.update",
     .summary = "Changes its note; its shape and rules only while there are no entries and nothing waits."},
    {DELETE, ONE, cross_delete, .may = PERMISSION_MAPPINGS_WRITE, .etag = true, .status = 204,
     .name = "cross_references.delete",
     .summary = "Takes a cross reference away with its entries, unless something uses it or waits for it."},
    {GET, ONE "/unmatched", unmatched_list, .may = PERMISSION_MAPPINGS_READ, .answers = &unmatched_wire,
     .query = list_query, .paged = true, .name = "cross_references.unmatched",
     .summary =
         "Lists words that were looked up and have no entry, oldest first, with who waits and what may be meant."},
    {GET, ONE "/uses", uses_list, .may = PERMISSION_MAPPINGS_READ, .answers = &use_wire, .paged = true,
     .name = "cross_references.uses", .summary = "Lists what looks words up in it."},
    {},
};
