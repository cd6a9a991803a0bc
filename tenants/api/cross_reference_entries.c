#include <string.h>

#include "api/cross_int.h"
#include "audit/audit.h"

/* The entries of a cross reference: one at a time, and whole lists of them. */

struct entry_view {
    struct uuid id;
    const char *key, *value, *note, *changed_by;
    int64_t valid_from, valid_to, changed_at, version, released;
};

#define ENTRY_FIELDS                                                                                                   \
    WIRE_ID(struct entry_view, id, "xre", "This entry."),                                                              \
        WIRE_TEXT(struct entry_view, key, XREF_TEXT_MAX, "The word that is looked up, as it was given."),              \
        WIRE_TEXT(struct entry_view, value, XREF_TEXT_MAX, "What it means."),                                          \
        WIRE_TEXT(struct entry_view, note, 500, "What there is to say about it; null when nothing."),                  \
        WIRE_TIME(struct entry_view, valid_from, "From when on it is valid; null: always was."),                       \
        WIRE_TIME(struct entry_view, valid_to, "Until when, itself not among it; null: for good."),                    \
        WIRE_TIME(struct entry_view, changed_at, "When it was changed last."),                                         \
        WIRE_TEXT(struct entry_view, changed_by, 200, "By whom."),                                                     \
        WIRE_INT(struct entry_view, version, 1, INT64_MAX, "How often it was written; if-match asks for it.")

static const struct wire_field entry_fields[] = {ENTRY_FIELDS, {}};
static const struct wire entry_wire = {"CrossReferenceEntry", sizeof(struct entry_view), entry_fields};

static const struct wire_field kept_fields[] = {
    ENTRY_FIELDS,
    WIRE_INT(struct entry_view, released, 0, INT64_MAX, "How many orders waited for this and go on now."),
    {},
};
static const struct wire kept_wire = {"CrossReferenceEntryKept", sizeof(struct entry_view), kept_fields};

struct entry_ask {
    const char *key, *value, *note;
    int64_t valid_from, valid_to;
};

#define WORD(member_, meaning_)                                                                                        \
    {                                                                                                                  \
        .name = #member_, .kind = WIRE_KIND_TEXT, .offset = offsetof(struct entry_ask, member_), .max = XREF_TEXT_MAX, \
        .blanks = true, .meaning = (meaning_)                                                                          \
    }
#define WHEN(member_, meaning_)                                                                                        \
    {                                                                                                                  \
        .name = #member_, .kind = WIRE_KIND_TIME, .offset = offsetof(struct entry_ask, member_), .optional = true,     \
        .meaning = (meaning_)                                                                                          \
    }

static const struct wire_field ask_fields[] = {
    WORD(key, "The word that is looked up; blanks at its ends count where key_blanks is exact."),
    WORD(value, "What it means, as it is given out."),
    {.name = "note",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct entry_ask, note),
     .max = 500,
     .optional = true,
     .meaning = "What there is to say about it."},
    WHEN(valid_from, "From when on it is valid; absent: always was."),
    WHEN(valid_to, "Until when, itself not among it; absent: for good."),
    {},
};
static const struct wire ask_wire = {"CrossReferenceEntryNew", sizeof(struct entry_ask), ask_fields};

static struct entry_view view_of(const struct xref_entry *e)
{
    return (struct entry_view){.id = e->entry_id,
                               .key = e->key,
                               .value = e->value,
                               .note = e->note,
                               .changed_by = e->changed_by,
                               .valid_from = e->valid_from_us,
                               .valid_to = e->valid_to_us,
                               .changed_at = e->changed_at_us,
                               .version = e->row_version};
}

/* ---- the list ---- */

struct place {
    uint8_t id[16];
    char norm[XREF_NORM_MAX]; /* the rest of the cursor */
};

static enum err place_of(struct scope *sc, const struct rq *rq, struct xref_entry_filter *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, STR("cross-references/entries"), cursor, &at));
    if (at.n < 16 || at.n > sizeof(struct place))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out->after_id.b, at.p, 16);
    out->after = (struct str){(const char *)at.p + 16, at.n - 16};
    return OK;
}

static const char *cursor_of(struct scope *sc, const struct xref_entry *last, const char *norm)
{
    size_t n = strlen(norm);
    struct place at;

    memcpy(at.id, last->entry_id.b, 16);
    memcpy(at.norm, norm, n < sizeof(at.norm) ? n : sizeof(at.norm));
    return http_cursor_make(sc, STR("cross-references/entries"), (struct bytes){&at, 16 + n});
}

static enum err entries_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct str search = rq_query(rq, "q");
    struct xref_entry_filter filter = {.search = search.n ? str_dup(sc->arena, search) : NULL};
    struct entry_view *views;
    const char *cursor = NULL, **norms;
    struct xref_entry *rows;
    struct xref_table t;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", CROSS_PAGE, 1, CROSS_MOST, &limit));
    TRY(sc, place_of(sc, rq, &filter));
    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, xref_entry_list(sc, &t, &filter, (size_t)limit + 1, &rows, &n, &norms));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = cursor_of(sc, &rows[n - 1], norms[n - 1]);
    }
    views = ARENA_ARRAY(sc->arena, struct entry_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &entry_wire, views, n, cursor);
}

/* ---- one entry ---- */

static enum err entry_of(struct scope *sc, const struct rq *rq, struct xref_entry *out)
{
    struct entry_ask ask;

    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    out->key = ask.key;
    out->value = ask.value;
    out->note = ask.note && *ask.note ? ask.note : NULL;
    out->valid_from_us = ask.valid_from;
    out->valid_to_us = ask.valid_to;
    return api_cross_who(sc, &out->changed_by);
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct xref_table *t, const struct uuid *id)
{
    struct entry_view v;
    struct xref_entry e;
    int64_t released;

    TRY(sc, api_cross_release(sc, t, &released));
    TRY(sc, xref_entry_get(sc, t, id, &e));
    v = view_of(&e);
    v.released = released;
    rs_version(sc, rs, e.row_version);
    return rs_json(sc, rs, status, &kept_wire, &v);
}

static const char *about(struct scope *sc, const struct xref_table *t, const struct xref_entry *e)
{
    return arena_cut(sc->arena, arena_f(sc->arena, "%s: %s", t->name, e->key), AUDIT_DETAIL_MAX);
}

static enum err entry_add(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_entry e = {.entry_id = uuid_new()};
    struct xref_table t;

    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, entry_of(sc, rq, &e));
    TRY(sc, xref_entry_add(sc, &t, &e));
    api_cross_note(sc, "cross_reference.entry.create", &t, about(sc, &t, &e));
    return answer(sc, rs, 201, &t, &e.entry_id);
}

static enum err entry_named(struct scope *sc, const struct rq *rq, const struct xref_table *t, struct xref_entry *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "cross_reference_entry_id", "xre", &id));
    return xref_entry_get(sc, t, &id, out);
}

static enum err entry_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t;
    struct xref_entry e;
    int64_t version;
    bool changed;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_cross_named(sc, rq, &t));
    TRY(sc, entry_named(sc, rq, &t, &e));
    TRY(sc, entry_of(sc, rq, &e));
    if (e.row_version != version)
        return rq_stale(sc, e.row_version);
    TRY(sc, xref_entry_change(sc, &t, &e, &changed));
    if (!changed)
        return rq_stale(sc, e.row_version + 1);
    api_cross_note(sc, "cross_reference.entry.change", &t, about(sc, &t, &e));
    return answer(sc, rs, 200, &t, &e.entry_id);
}

static enum err entry_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t;
    struct xref_entry e;
    int64_t version;
    bool deleted;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, api_cross_writable(sc, rq, &t));
    TRY(sc, entry_named(sc, rq, &t, &e));
    if (e.row_version != version)
        return rq_stale(sc, e.row_version);
    TRY(sc, xref_entry_delete(sc, &t, &e.entry_id, version, &deleted));
    if (!deleted)
        return rq_stale(sc, e.row_version + 1);
    api_cross_note(sc, "cross_reference.entry.delete", &t, about(sc, &t, &e));
    return rs_empty(sc, rs, 204);
}

/* ---- many at once ---- */

#define IMPORT_OCTETS ((size_t)8 << 20)
#define EXPORT_OCTETS ((size_t)31 << 20)

struct fault_view {
    int64_t row;
    const char *code, *detail;
};
static const struct wire_field fault_fields[] = {
    WIRE_INT(struct fault_view, row, 1, INT64_MAX, "Which row, counted from 1; a heading is one."),
    WIRE_TEXT(struct fault_view, code, 40, "What kind of fault."),
    WIRE_TEXT(struct fault_view, detail, 200, "What is wrong with it."),
    {},
};
static const struct wire fault_wire = {"CrossReferenceRowFault", sizeof(struct fault_view), fault_fields};

struct import_view {
    bool dry_run;
    int64_t rows, added, changed, same, refused, released;
    struct wire_list faults;
};
static const struct wire_field import_fields[] = {
    WIRE_BOOL(struct import_view, dry_run, "Nothing was written: this is what would be."),
    WIRE_INT(struct import_view, rows, 0, XREF_IMPORT_ROWS_MAX, "How many rows were read."),
    WIRE_INT(struct import_view, added, 0, XREF_IMPORT_ROWS_MAX, "How many are new entries."),
    WIRE_INT(struct import_view, changed, 0, XREF_IMPORT_ROWS_MAX, "How many change an entry."),
    WIRE_INT(struct import_view, same, 0, XREF_IMPORT_ROWS_MAX, "How many say what is there already."),
    WIRE_INT(struct import_view, refused, 0, XREF_IMPORT_ROWS_MAX, "How many cannot be taken."),
    WIRE_LIST(struct import_view, faults, &fault_wire, XREF_IMPORT_FAULTS_MAX, "Why not: the first of them."),
    WIRE_INT(struct import_view, released, 0, INT64_MAX, "How many orders waited for these and go on now."),
    {},
};
static const struct wire import_wire = {"CrossReferenceImport", sizeof(struct import_view), import_fields};

static enum err format_of(struct scope *sc, const struct rq *rq, enum xref_format *out)
{
    struct str type = rq_header(rq, "content-type");
    const char *end = type.n ? memchr(type.p, ';', type.n) : NULL;

    if (end)
        type.n = (size_t)(end - type.p);
    if (rq_header_count(rq, "content-encoding") || rq_header_count(rq, "content-type") != 1)
        return FAIL(sc, ERR_UNSUPPORTED, "a list comes as text/csv or application/jsonl, not encoded");
    if (str_is_nocase(type, "text/csv"))
        *out = XREF_CSV;
    else if (str_is_nocase(type, "application/jsonl"))
        *out = XREF_JSON_LINES;
    else
        return FAIL(sc, ERR_UNSUPPORTED, "a list comes as text/csv or application/jsonl, not encoded");
    return OK;
}

static enum err dry_of(struct scope *sc, const struct rq *rq, bool *out)
{
    struct str text = rq_query(rq, "dry_run");

    *out = str_is(text, "true");
    if (text.n && !*out && !str_is(text, "false"))
        return scope_wrong(sc, "dry_run", "not_in_list", "it is true or false");
    return OK;
}

/* All or nothing: rows that cannot be taken are the problem's items. */
static enum err refused(struct scope *sc, const struct xref_import *r)
{
    enum err e = FAIL(sc, ERR_INVALID, "%lld of %lld rows cannot be taken, and nothing was written",
                      (long long)r->refused, (long long)r->rows);

    scope_problem(sc, "validation", 422);
    for (size_t i = 0; i < r->fault_count; i++)
        scope_item(sc, arena_f(sc->arena, "/rows/%lld", (long long)r->faults[i].row), r->faults[i].code, "%s",
                   r->faults[i].why);
    return e;
}

static struct import_view report_of(struct scope *sc, const struct xref_import *r, bool dry_run, int64_t released)
{
    struct fault_view *faults = ARENA_ARRAY(sc->arena, struct fault_view, r->fault_count);

    for (size_t i = 0; i < r->fault_count; i++)
        faults[i] = (struct fault_view){r->faults[i].row, r->faults[i].code, r->faults[i].why};
    return (struct import_view){dry_run, r->rows,    r->added, r->changed,
                                r->same, r->refused, released, {faults, r->fault_count}};
}

static enum err entries_import(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_import *r = ARENA_NEW(sc->arena, struct xref_import);
    struct import_view view;
    enum xref_format format;
    int64_t released = 0;
    struct xref_table t;
    const char *who;
    bool dry_run;

    TRY(sc, dry_of(sc, rq, &dry_run));
    TRY(sc, api_cross_writable(sc, rq, &t));
    TRY(sc, format_of(sc, rq, &format));
    TRY(sc, api_cross_who(sc, &who));
    TRY(sc, xref_import(sc, &t, format, rq->body, dry_run, who, r));
    if (!dry_run && r->refused)
        return refused(sc, r);
    if (!dry_run) {
        api_cross_note(
            sc, "cross_reference.import", &t,
            arena_f(sc->arena, "%s: %lld added, %lld changed", t.name, (long long)r->added, (long long)r->changed));
        TRY(sc, api_cross_release(sc, &t, &released));
    }
    view = report_of(sc, r, dry_run, released);
    return rs_json(sc, rs, 200, &import_wire, &view);
}

static enum err entries_export(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct xref_table t;
    struct buf out;

    TRY(sc, api_cross_named(sc, rq, &t));
    buf_init(&out, sc->arena, EXPORT_OCTETS);
    TRY(sc, xref_export(sc, &t, &out));
    rs_header(sc, rs, "content-disposition", arena_f(sc->arena, "attachment; filename=\"%s.csv\"", t.name));
    return rs_bytes(sc, rs, 200, "text/csv; charset=utf-8", buf_str(&out));
}

static const char *const list_query[] = {"limit", "cursor", "q", NULL};
static const struct http_body import_bodies[] = {
    {"text/csv",
     "RFC 4180 in UTF-8, with commas or semicolons. The first row names the columns, in any order: key and value, and"
     " note, valid_from and valid_to where there are such. A time is one of RFC 3339; an empty one is open.",
     "key,value,note,valid_from,valid_to\nRED-MUG,A-1,,,\nTEAPOT,T-1,blue,2026-01-01T00:00:00Z,\n"},
    {"application/jsonl",
     "A JSON object a line, in UTF-8: key and value, and note, valid_from and valid_to where there are such, each of "
     "them"
     " a text.",
     "{\"key\": \"RED-MUG\", \"value\": \"A-1\"}\n{\"key\": \"TEAPOT\", \"value\": \"T-1\", \"note\": \"blue\"}\n"},
    {},
};
static const char *const import_query[] = {"dry_run", NULL};

#define ONE     "/v1/cross-references/{cross_reference_id}"
#define ENTRIES ONE "/entries"
#define ENTRY   ENTRIES "/{cross_reference_entry_id}"

const struct route api_cross_entry_routes[] = {
    {GET, ENTRIES, entries_list, .may = PERMISSION_MAPPINGS_READ, .answers = &entry_wire, .query = list_query,
     .paged = true, .name = "cross_references.entries.list",
     .summary = "Lists entries in the order of their keys; q: those that have this in key, value or note."},
    {POST, ENTRIES, entry_add, .may = PERMISSION_MAPPINGS_WRITE, .takes = &ask_wire, .answers = &kept_wire,
     .idempotent = true, .etag = true, .status = 201, .name = "cross_references.entries.create",
     .summary = "Adds an entry; the orders that wait for it go on."},
    {PUT, ENTRY, entry_put, .may = PERMISSION_MAPPINGS_WRITE, .takes = &ask_wire, .answers = &kept_wire, .etag = true,
     .name = "cross_references.entries.put",
     .summary = "Changes an entry as a whole; the orders that wait for it go on."},
    {DELETE, ENTRY, entry_delete, .may = PERMISSION_MAPPINGS_WRITE, .etag = true, .status = 204,
     .name = "cross_references.entries.delete", .summary = "Takes an entry away."},
    {POST, ONE "/import", entries_import, .may = PERMISSION_MAPPINGS_WRITE, .bodies = import_bodies,
     .answers = &import_wire, .query = import_query, .body_max = IMPORT_OCTETS, .idempotent = true, .cost = 20,
     .name = "cross_references.import",
     .summary = "Takes a list of entries, as text/csv with a heading or application/jsonl, of at most 100,000 rows:"
                " all of them or none. A body has at most 1 MiB, or what the operator allows, which is 8 MiB at "
                "most. What it does not name stays, so that a longer list is sent in parts, each"
                " with the heading. With dry_run=true it tells what would become of each."},
    {GET, ONE "/export", entries_export, .may = PERMISSION_MAPPINGS_READ, .cost = 20, .name = "cross_references.export",
     .summary = "Gives all entries as CSV, which import reads; what is larger than a body of it may be, in parts, each"
                " with the heading."},
    {},
};
