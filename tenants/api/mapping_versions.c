#include <string.h>

#include "api/mapping_int.h"
#include "base/money.h"

/* Versions of a mapping: read, saved, reviewed, published. */

static const char *const statuses[] = {"draft", "in_review", "published", "retired", NULL};

/* ---- faults ---- */

static const struct wire_field fault_fields[] = {
    WIRE_TEXT(struct mapping_fault_view, pointer, 4096, "Where: into the document, or into the result of a run."),
    WIRE_TEXT(struct mapping_fault_view, rule, 1000, "The rule it is about, by the field it fills; null when none."),
    WIRE_TEXT(struct mapping_fault_view, code, 60, "What kind of fault it is."),
    WIRE_TEXT(struct mapping_fault_view, detail, 4096, "What was expected, and for names those that are near."),
    WIRE_INT(struct mapping_fault_view, line, 0, INT32_MAX, "The line in the expression, from 1; 0: not in one."),
    WIRE_INT(struct mapping_fault_view, column, 0, INT32_MAX, "The character in that line, from 1; 0: not in one."),
    {},
};
const struct wire api_mapping_fault_wire = {"MappingFault", sizeof(struct mapping_fault_view), fault_fields};

struct wire_list api_mapping_faults(struct scope *sc, const struct mapping_faults *faults)
{
    struct mapping_fault_view *views = ARENA_ARRAY(sc->arena, struct mapping_fault_view, faults->n);

    for (size_t i = 0; i < faults->n; i++) {
        const struct mapping_fault *f = &faults->v[i];

        views[i] = (struct mapping_fault_view){f->pointer, f->rule, f->code, f->detail, f->line, f->column};
    }
    return (struct wire_list){views, faults->n};
}

/* ---- one version ---- */

#define VERSION_FIELDS(type)                                                                                           \
    WIRE_INT(type, number, 1, MAPS_VERSIONS_MAX, "The version's number."),                                             \
        WIRE_ENUM(type, status, statuses,                                                                              \
                  "draft: can be changed; in_review: waits for approval or, approved, for publishing; published: "     \
                  "records go through it; retired: they did."),                                                        \
        WIRE_TEXT(type, hash, 64, "SHA-256 of the document in its canonical form, in hex."),                           \
        WIRE_TEXT(type, note, MAPS_NOTE_MAX, "What the author says of it; null when nothing."),                        \
        WIRE_TEXT(type, author, 100, "Who saved it."),                                                                 \
        WIRE_TEXT(type, reviewer, 100, "Who approved it; null when nobody has."),                                      \
        WIRE_INT(type, replaces, 0, MAPS_VERSIONS_MAX, "The version that worked before it; 0: none."),                 \
        WIRE_TIME(type, created_at, "When it was saved."), WIRE_TIME(type, changed_at, "When it was last changed."),   \
        WIRE_TIME(type, submitted_at, "When it was submitted for review; null: not yet."),                             \
        WIRE_TIME(type, reviewed_at, "When it was approved; null: not yet."),                                          \
        WIRE_TIME(type, published_at, "When records first went through it; null: not yet.")

static const struct wire_field brief_fields[] = {VERSION_FIELDS(struct mapping_version_view), {}};
static const struct wire brief_wire = {"MappingVersionBrief", sizeof(struct mapping_version_view), brief_fields};

static const struct wire_field version_fields[] = {
    VERSION_FIELDS(struct mapping_version_view),
    WIRE_RAW(struct mapping_version_view, document, "The mapping's document, whose members MappingDraft describes."),
    WIRE_RAW(struct mapping_version_view, base, "The blueprint's document that it was made of; null when none."),
    {.name = "backtest_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct mapping_version_view, backtest_id),
     .prefix = "bkt",
     .optional = true,
     .meaning = "The backtest that was last run over this very document to its end and found a record, whose figures "
                "are for who approves and publishes; null: none was."},
    WIRE_LIST(struct mapping_version_view, faults, &api_mapping_fault_wire, MAPPING_FAULTS_MAX + 3,
              "What is wrong with the document; with any it can be neither submitted nor published."),
    {},
};
const struct wire api_mapping_version_wire = {"MappingVersion", sizeof(struct mapping_version_view), version_fields};

static void view_of(struct scope *sc, const struct maps_version *v, struct mapping_version_view *out)
{
    struct buf hash;

    buf_init(&hash, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&hash, v->hash.p, v->hash.n);
    *out = (struct mapping_version_view){.number = v->number,
                                         .status = v->status,
                                         .hash = buf_cstr(&hash),
                                         .note = v->note,
                                         .author = v->author,
                                         .reviewer = v->reviewer,
                                         .replaces = v->replaces,
                                         .created_at = v->created_at_us,
                                         .changed_at = v->changed_at_us,
                                         .submitted_at = v->submitted_at_us,
                                         .reviewed_at = v->reviewed_at_us,
                                         .published_at = v->published_at_us,
                                         .backtest_id = v->backtest_id,
                                         .document = str_of(v->document),
                                         .base = str_of(v->base)};
}

struct named {
    struct maps_mapping mapping;
    int32_t number;
};

enum err api_mapping_version(struct scope *sc, const struct maps_mapping *m, int32_t number,
                             struct mapping_version_view *out, int64_t *out_row_version)
{
    struct maps_version v;

    TRY(sc, maps_version_get(sc, &m->mapping_id, number, &v));
    view_of(sc, &v, out);
    *out_row_version = v.row_version;
    return OK;
}

static enum err faults_find(struct scope *sc, const struct maps_mapping *m, struct mapping_version_view *v)
{
    struct mapping_faults faults;

    TRY(sc, maps_faults(sc, m, v->document, &faults));
    v->faults = api_mapping_faults(sc, &faults);
    return OK;
}

/* sound: this request has looked for faults, and found none. */
static enum err answer(struct scope *sc, struct rs *rs, int status, const struct named *n, bool sound)
{
    struct mapping_version_view view;
    int64_t row_version;

    TRY(sc, api_mapping_version(sc, &n->mapping, n->number, &view, &row_version));
    if (!sound)
        TRY(sc, faults_find(sc, &n->mapping, &view));
    rs_version(sc, rs, row_version);
    return rs_json(sc, rs, status, &api_mapping_version_wire, &view);
}

enum err api_mapping_number(struct scope *sc, const struct rq *rq, int32_t *out)
{
    struct str text = rq_param(rq, "number");
    int32_t v = 0;

    for (size_t i = 0; i < text.n && i < 6 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        v = v * 10 + (text.p[i] - '0');
    if (text.n == 0 || text.n > 5 || *text.p == '0' || !str_is(text, arena_f(sc->arena, "%d", v)))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    *out = v;
    return OK;
}

static enum err named(struct scope *sc, const struct rq *rq, struct named *out)
{
    TRY(sc, api_mapping_named(sc, rq, &out->mapping));
    return api_mapping_number(sc, rq, &out->number);
}

static void note(struct scope *sc, const char *action, const struct named *n)
{
    api_mapping_note(sc, action, &n->mapping, arena_f(sc->arena, "version %d", n->number));
}

/* ---- lists, and one ---- */

static enum err before_of(struct scope *sc, const struct rq *rq, const struct uuid *id, int32_t *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = INT32_MAX;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, STR("mapping-versions"), cursor, &at));
    if (at.n != sizeof(id->b) + sizeof(*out) || memcmp(at.p, id->b, sizeof(id->b)) != 0)
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out, (const char *)at.p + sizeof(id->b), sizeof(*out));
    return OK;
}

static const char *cursor_at(struct scope *sc, const struct uuid *id, int32_t number)
{
    uint8_t at[sizeof(id->b) + sizeof(number)];

    memcpy(at, id->b, sizeof(id->b));
    memcpy(at + sizeof(id->b), &number, sizeof(number));
    return http_cursor_make(sc, STR("mapping-versions"), (struct bytes){at, sizeof(at)});
}

static enum err versions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct mapping_version_view *views;
    const char *cursor = NULL;
    struct maps_version *rows;
    struct maps_mapping m;
    int32_t before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, before_of(sc, rq, &m.mapping_id, &before));
    TRY(sc, maps_version_list(sc, &m.mapping_id, before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = cursor_at(sc, &m.mapping_id, rows[n - 1].number);
    }
    views = ARENA_ARRAY(sc->arena, struct mapping_version_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &brief_wire, views, n, cursor);
}

static enum err versions_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, named(sc, rq, &n));
    return answer(sc, rs, 200, &n, false);
}

/* ---- writing ---- */

struct draft_ask {
    struct str document, base;
    const char *note;
    bool allow_faults;
};

static const struct wire_field draft_fields[] = {
    WIRE_RAW(struct draft_ask, document,
             "The mapping's document, at most 256 KiB: {\"format\": \"mapping/1\", source: {system, object}, "
             "target, let: [{name, expr}], rules: [RULE], comment}. A RULE has to (the field it fills, as /number "
             "or /lines/*/sku), one of expr, constant, lookup: {table, key, miss}, each (what the items of a list "
             "are made of) and from (the same for an object), and perhaps when and comment. when: always, "
             "if_not_empty (not for null, an empty text or list) or creating (only while the record is new at its "
             "target). miss: fail, hold or {\"default\": VALUE}. let.expr, expr, key, each and from are JSONata on"
             " the document, inside each and from on the item, with $$ (the document), $parent (what is around the"
             " item), $creating, each let's name, and besides JSONata's own functions $money, $round_money, "
             "$minor, $total, $plus, $minus, $times, $over, $sign, $unit, $date and $xref(table, key, default). "
             "What has no value leaves its field out."),
    {.name = "base",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct draft_ask, base),
     .optional = true,
     .meaning = "The blueprint's document that it was made of, for a later merge."},
    WIRE_TEXT_OR_NULL(struct draft_ask, note, MAPS_NOTE_MAX, "What its readers should know of it."),
    {.name = "allow_faults",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct draft_ask, allow_faults),
     .optional = true,
     .meaning = "Keeps a document that has faults as yet; otherwise it is refused, and each is told."},
    {},
};
static const struct wire draft_wire = {"MappingDraft", sizeof(struct draft_ask), draft_fields};

static enum err draft_of(struct scope *sc, const struct rq *rq, struct maps_draft *out)
{
    struct draft_ask ask;

    TRY(sc, rq_body(sc, rq, &draft_wire, &ask));
    *out = (struct maps_draft){ask.document, ask.base, ask.note, !ask.allow_faults};
    return OK;
}

static enum err versions_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct maps_draft draft;
    struct named n;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, api_mapping_named(sc, rq, &n.mapping));
    TRY(sc, draft_of(sc, rq, &draft));
    TRY(sc, maps_save(sc, &n.mapping.mapping_id, &draft, &n.number));
    note(sc, "mapping.version.create", &n);
    return answer(sc, rs, 201, &n, draft.sound);
}

static enum err versions_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct maps_draft draft;
    struct maps_version v;
    struct named n;
    int64_t seen;
    bool changed;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &seen));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, maps_version_get(sc, &n.mapping.mapping_id, n.number, &v));
    TRY(sc, draft_of(sc, rq, &draft));
    if (v.row_version != seen)
        return rq_stale(sc, v.row_version);
    TRY(sc, maps_version_change(sc, &n.mapping.mapping_id, n.number, seen, &draft, &changed));
    if (!changed)
        return rq_stale(sc, v.row_version + 1);
    note(sc, "mapping.version.change", &n);
    return answer(sc, rs, 200, &n, draft.sound);
}

/* ---- review and publishing ---- */

static enum err versions_submit(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, maps_submit(sc, &n.mapping.mapping_id, n.number));
    note(sc, "mapping.version.submit", &n);
    return answer(sc, rs, 200, &n, true);
}

static enum err versions_withdraw(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, maps_withdraw(sc, &n.mapping.mapping_id, n.number));
    note(sc, "mapping.version.withdraw", &n);
    return answer(sc, rs, 200, &n, false);
}

static enum err versions_approve(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, maps_approve(sc, &n.mapping.mapping_id, n.number));
    note(sc, "mapping.version.approve", &n);
    return answer(sc, rs, 200, &n, false);
}

struct publish_ask {
    int64_t share;
};

static const struct wire_field publish_fields[] = {
    WIRE_INT(struct publish_ask, share, 1, 100,
             "How many of a hundred records go through it; 100: all, and the version before is retired."),
    {},
};
static const struct wire publish_wire = {"MappingPublish", sizeof(struct publish_ask), publish_fields};

static enum err versions_publish(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct publish_ask ask;
    struct named n;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, rq_body(sc, rq, &publish_wire, &ask));
    TRY(sc, maps_publish(sc, &n.mapping.mapping_id, n.number, (int32_t)ask.share * (MAPS_SHARE_ALL / 100)));
    api_mapping_note(sc, "mapping.version.publish", &n.mapping,
                     arena_f(sc->arena, "version %d, %d %%", n.number, (int)ask.share));
    return api_mapping_answer(sc, rs, 200, &n.mapping.mapping_id);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define VERSIONS "/v1/mappings/{mapping_id}/versions"

const struct route api_mapping_version_routes[] = {
    {GET, VERSIONS, versions_list, .may = PERMISSION_MAPPINGS_READ, .answers = &brief_wire, .query = list_query,
     .paged = true, .name = "mappings.versions.list", .summary = "Lists a mapping's versions, newest first."},
    {POST, VERSIONS, versions_create, .may = PERMISSION_MAPPINGS_WRITE, .takes = &draft_wire,
     .answers = &api_mapping_version_wire, .idempotent = true, .status = 201, .name = "mappings.versions.create",
     .summary = "Saves a document as a new draft; one with faults is refused unless it asks to be kept."},
    {GET, VERSIONS "/{number}", versions_get, .may = PERMISSION_MAPPINGS_READ, .answers = &api_mapping_version_wire,
     .etag = true, .name = "mappings.versions.get", .summary = "One version with its document and the faults of it."},
    {PUT, VERSIONS "/{number}", versions_put, .may = PERMISSION_MAPPINGS_WRITE, .takes = &draft_wire,
     .answers = &api_mapping_version_wire, .etag = true, .name = "mappings.versions.put",
     .summary = "Changes a draft as a whole; what has faults as when it is made."},
    {POST, VERSIONS "/{number}/submit", versions_submit, .may = PERMISSION_MAPPINGS_WRITE,
     .answers = &api_mapping_version_wire, .idempotent = true, .name = "mappings.versions.submit",
     .summary = "Hands a draft without faults to review; it is not changed any more."},
    {POST, VERSIONS "/{number}/withdraw", versions_withdraw, .may = PERMISSION_MAPPINGS_WRITE,
     .answers = &api_mapping_version_wire, .idempotent = true, .name = "mappings.versions.withdraw",
     .summary = "Takes a version out of review, whoever handed it in or is to judge it: it is a draft again."},
    {POST, VERSIONS "/{number}/approve", versions_approve, .may = PERMISSION_MAPPINGS_PUBLISH,
     .answers = &api_mapping_version_wire, .idempotent = true, .name = "mappings.versions.approve",
     .summary = "Approves a version in review; not by who wrote in it, where the policy asks for a review."},
    {POST, VERSIONS "/{number}/publish", versions_publish, .may = PERMISSION_MAPPINGS_PUBLISH, .takes = &publish_wire,
     .answers = &api_mapping_wire, .idempotent = true, .name = "mappings.versions.publish",
     .summary = "Lets a share of the records, or all, go through a version."},
    {},
};
