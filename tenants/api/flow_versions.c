#include <string.h>

#include "api/flow_int.h"

/* Versions of a flow: read, saved, published. */

static const char *const statuses[] = {"draft", "published", "retired", NULL};

struct fault_view {
    const char *pointer, *code, *detail;
    int64_t line, column;
};

static const struct wire_field fault_fields[] = {
    WIRE_TEXT(struct fault_view, pointer, 4096, "Where in the document, as a JSON Pointer."),
    WIRE_TEXT(struct fault_view, code, 60, "What kind of fault it is."),
    WIRE_TEXT(struct fault_view, detail, 4096, "What was expected, and for names those that are near."),
    WIRE_INT(struct fault_view, line, 0, INT32_MAX, "The line in the expression, from 1; 0: not in one."),
    WIRE_INT(struct fault_view, column, 0, INT32_MAX, "The character in that line, from 1; 0: not in one."),
    {},
};
static const struct wire fault_wire = {"FlowFault", sizeof(struct fault_view), fault_fields};

struct version_view {
    int64_t number;
    const char *status, *hash, *note, *author;
    int64_t replaces, created_at, changed_at, published_at;
    struct str document;
    struct wire_list faults;
};

#define VERSION_FIELDS                                                                                                 \
    WIRE_INT(struct version_view, number, 1, FLOWS_VERSIONS_MAX, "The version's number."),                             \
        WIRE_ENUM(struct version_view, status, statuses,                                                               \
                  "draft: can be changed; published: runs begin with it; retired: they did, and those that began "     \
                  "with it end with it."),                                                                             \
        WIRE_TEXT(struct version_view, hash, 64, "SHA-256 of the document in its canonical form, in hex."),            \
        WIRE_TEXT(struct version_view, note, FLOWS_NOTE_MAX, "What the author says of it; null when nothing."),        \
        WIRE_TEXT(struct version_view, author, 100, "Who saved it."),                                                  \
        WIRE_INT(struct version_view, replaces, 0, FLOWS_VERSIONS_MAX, "The version that worked before it; 0: none."), \
        WIRE_TIME(struct version_view, created_at, "When it was saved."),                                              \
        WIRE_TIME(struct version_view, changed_at, "When it was last changed."),                                       \
        WIRE_TIME(struct version_view, published_at, "When runs first began with it; null: not yet.")

static const struct wire_field brief_fields[] = {VERSION_FIELDS, {}};
static const struct wire brief_wire = {"FlowVersionBrief", sizeof(struct version_view), brief_fields};

static const struct wire_field version_fields[] = {
    VERSION_FIELDS,
    WIRE_RAW(struct version_view, document, "The flow's document, whose members FlowDraft describes."),
    WIRE_LIST(struct version_view, faults, &fault_wire, FLOWDEF_FAULTS_MAX,
              "What is wrong with the document at this customer; with any it is not published."),
    {},
};
static const struct wire version_wire = {"FlowVersion", sizeof(struct version_view), version_fields};

static struct version_view view_of(struct scope *sc, const struct flows_version *v)
{
    struct buf hash;

    buf_init(&hash, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&hash, v->hash.p, v->hash.n);
    return (struct version_view){.number = v->number,
                                 .status = v->status,
                                 .hash = buf_cstr(&hash),
                                 .note = v->note,
                                 .author = v->author,
                                 .replaces = v->replaces,
                                 .created_at = v->created_at_us,
                                 .changed_at = v->changed_at_us,
                                 .published_at = v->published_at_us,
                                 .document = str_of(v->document)};
}

struct named {
    struct flows_flow flow;
    int32_t number;
};

static enum err number_of(struct scope *sc, const struct rq *rq, int32_t *out)
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
    TRY(sc, api_flow_named(sc, rq, &out->flow));
    return number_of(sc, rq, &out->number);
}

static void note(struct scope *sc, const char *action, const struct named *n)
{
    api_flow_note(sc, action, &n->flow, arena_f(sc->arena, "version %d", n->number));
}

static struct wire_list faults_view(struct scope *sc, const struct flowdef_faults *faults)
{
    struct fault_view *v = ARENA_ARRAY(sc->arena, struct fault_view, faults->n);

    for (size_t i = 0; i < faults->n; i++)
        v[i] = (struct fault_view){faults->v[i].pointer, faults->v[i].code, faults->v[i].detail, faults->v[i].line,
                                   faults->v[i].column};
    return (struct wire_list){v, faults->n};
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct named *n)
{
    struct flowdef_faults faults;
    struct version_view view;
    struct flows_version v;

    TRY(sc, flows_version_get(sc, &n->flow.flow_id, n->number, &v));
    TRY(sc, flows_faults(sc, &n->flow, str_of(v.document), &faults));
    view = view_of(sc, &v);
    view.faults = faults_view(sc, &faults);
    rs_version(sc, rs, v.row_version);
    return rs_json(sc, rs, status, &version_wire, &view);
}

/* ---- lists, and one ---- */

static enum err before_of(struct scope *sc, const struct rq *rq, const struct uuid *id, int32_t *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = INT32_MAX;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, STR("flow-versions"), cursor, &at));
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
    return http_cursor_make(sc, STR("flow-versions"), (struct bytes){at, sizeof(at)});
}

static enum err versions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct version_view *views;
    struct flows_version *rows;
    const char *cursor = NULL;
    struct flows_flow f;
    int32_t before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", FLOW_PAGE_DEFAULT, 1, FLOW_PAGE_MAX, &limit));
    TRY(sc, api_flow_named(sc, rq, &f));
    TRY(sc, before_of(sc, rq, &f.flow_id, &before));
    TRY(sc, flows_version_list(sc, &f.flow_id, before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = cursor_at(sc, &f.flow_id, rows[n - 1].number);
    }
    views = ARENA_ARRAY(sc->arena, struct version_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &rows[i]);
    return rs_page(sc, rq, rs, &brief_wire, views, n, cursor);
}

static enum err versions_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, named(sc, rq, &n));
    return answer(sc, rs, 200, &n);
}

/* ---- writing ---- */

struct draft_ask {
    struct str document;
    const char *note;
    bool allow_faults;
};

static const struct wire_field draft_fields[] = {
    WIRE_RAW(
        struct draft_ask, document,
        "The flow's document, at most 256 KiB: {\"format\": \"flow/1\", trigger, key, lane, deadline, retry, "
        "steps, comment}. trigger: one of {message: {system, object}}, {change: {object}}, {schedule: {cron, "
        "zone, missed, overlap}} and {api: {}}. key: what runs of one value of it go in order by. lane: orders, stock, "
        "finance, catalogue or backfill. deadline: how long a run is tried; P7D unless it is said. retry: {first, "
        "most, "
        "factor}: after the n-th try that fails the run waits first * factor^(n-1), never longer than most, each time "
        "less up to a quarter at random. first and most are durations of whole seconds, as PT5S and PT10M, factor is 1 "
        "to "
        "10; unless they are said half a second, a minute and 2. A step has one of set, map: {of, object}, validate: "
        "{value, schema}, look_up: {table, key, miss}, filter: {when, drop}, branch: [{when, steps}], split: {each, "
        "as, "
        "steps, gather}, call: {connection, operation, with}, effect: {connection, operation, key, with}, wait: "
        "{effect: "
        "{connection, operation, key}, most}, approve: {question, due, four_eyes}, notify: {subject, text}, flow: "
        "{name, with}, hold and drop, and perhaps id (the name of what it gives, $id in later steps) and comment. "
        "when, key, with, of, value, each, gather, question, subject, text and set are JSONata on the input, with "
        "the functions for amounts that mappings have. Every way through the steps ends in an effect, a flow, a "
        "hold or a drop."),
    WIRE_TEXT_OR_NULL(struct draft_ask, note, FLOWS_NOTE_MAX, "What its readers should know of it."),
    {.name = "allow_faults",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct draft_ask, allow_faults),
     .optional = true,
     .meaning = "Keeps a document that has faults as yet; otherwise it is refused, and each is told."},
    {},
};
static const struct wire draft_wire = {"FlowDraft", sizeof(struct draft_ask), draft_fields};

static enum err draft_of(struct scope *sc, const struct rq *rq, struct flows_draft *out)
{
    struct draft_ask ask;

    TRY(sc, rq_body(sc, rq, &draft_wire, &ask));
    *out = (struct flows_draft){ask.document, ask.note, ask.allow_faults};
    return OK;
}

static enum err versions_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_draft draft;
    struct named n;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, api_flow_named(sc, rq, &n.flow));
    TRY(sc, draft_of(sc, rq, &draft));
    TRY(sc, flows_save(sc, &n.flow.flow_id, &draft, &n.number));
    note(sc, "flow.version.create", &n);
    return answer(sc, rs, 201, &n);
}

static enum err versions_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct flows_draft draft;
    struct flows_version v;
    struct named n;
    int64_t seen;
    bool changed;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &seen));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, flows_version_get(sc, &n.flow.flow_id, n.number, &v));
    TRY(sc, draft_of(sc, rq, &draft));
    if (v.row_version != seen)
        return rq_stale(sc, v.row_version);
    TRY(sc, flows_version_change(sc, &n.flow.flow_id, n.number, seen, &draft, &changed));
    if (!changed)
        return rq_stale(sc, v.row_version + 1);
    note(sc, "flow.version.change", &n);
    return answer(sc, rs, 200, &n);
}

static enum err versions_publish(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct named n;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, named(sc, rq, &n));
    TRY(sc, flows_publish(sc, &n.flow.flow_id, n.number));
    note(sc, "flow.version.publish", &n);
    return api_flow_answer(sc, rs, 200, &n.flow.flow_id);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define VERSIONS "/v1/flows/{flow_id}/versions"

const struct route api_flow_version_routes[] = {
    {GET, VERSIONS, versions_list, .may = PERMISSION_FLOWS_READ, .answers = &brief_wire, .query = list_query,
     .paged = true, .name = "flows.versions.list", .summary = "Lists a flow's versions, newest first."},
    {POST, VERSIONS, versions_create, .may = PERMISSION_FLOWS_WRITE, .takes = &draft_wire, .answers = &version_wire,
     .idempotent = true, .status = 201, .name = "flows.versions.create",
     .summary = "Saves a document as a new draft; one with faults is refused unless it asks to be kept."},
    {GET, VERSIONS "/{number}", versions_get, .may = PERMISSION_FLOWS_READ, .answers = &version_wire, .etag = true,
     .name = "flows.versions.get", .summary = "One version with its document and the faults of it."},
    {PUT, VERSIONS "/{number}", versions_put, .may = PERMISSION_FLOWS_WRITE, .takes = &draft_wire,
     .answers = &version_wire, .etag = true, .name = "flows.versions.put",
     .summary = "Changes a draft as a whole; what has faults as when it is made."},
    {POST, VERSIONS "/{number}/publish", versions_publish, .may = PERMISSION_FLOWS_PUBLISH, .answers = &api_flow_wire,
     .idempotent = true, .name = "flows.versions.publish",
     .summary = "Lets runs that begin from now on go by a version; those under way end with theirs."},
    {},
};
