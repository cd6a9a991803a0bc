#include <string.h>

#include "api/api_int.h"
#include "api/customer_int.h"
#include "audit/audit.h"
#include "files/files.h"

/* Files of a connection: uploaded, or found where it looks, and what became of their rows. */

#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define ROWS_PAGE    1000

static const char *const states[] = {"waiting", "done", "failed", NULL};
static const char *const origins[] = {"upload", "folder", "remote", NULL};

struct file_view {
    struct uuid id, customer_id, connection_id;
    const char *name, *origin, *state, *reason, *content_hash;
    int64_t octets, taken, repeated, refused, came, received_at, ended_at;
};

static const struct wire_field file_fields[] = {
    WIRE_ID(struct file_view, id, "fil", "This file."),
    WIRE_ID(struct file_view, customer_id, "cus", "Whose it is."),
    WIRE_ID(struct file_view, connection_id, "con", "The connection it came by."),
    WIRE_TEXT(struct file_view, name, FILES_NAME_MAX, "What it was called."),
    WIRE_ENUM(struct file_view, origin, origins,
              "upload: it was sent here; folder or remote: it was found where the connection looks."),
    WIRE_ENUM(
        struct file_view, state, states,
        "waiting: its rows are being read, or wait for what the reason says; done: all were; failed: it cannot be "
        "read as a whole."),
    WIRE_TEXT(struct file_view, reason, 500, "Why it failed, or what it waits for; null otherwise."),
    WIRE_TEXT(struct file_view, content_hash, 64, "SHA-256 of its octets, hex; of one that was not read, of its name."),
    WIRE_INT(struct file_view, octets, 0, INT64_MAX, "How large it is."),
    WIRE_INT(struct file_view, taken, 0, INT64_MAX, "Rows that became messages."),
    WIRE_INT(struct file_view, repeated, 0, INT64_MAX, "Rows whose key had come before, and that start nothing."),
    WIRE_INT(struct file_view, refused, 0, INT64_MAX, "Rows that could not be read."),
    WIRE_INT(struct file_view, came, 1, INT32_MAX,
             "How many times the same file has come; each but the first starts nothing."),
    WIRE_TIME(struct file_view, received_at, "When it first came."),
    WIRE_TIME(struct file_view, ended_at, "When its last row was read, or it failed; null before."),
    {},
};
static const struct wire file_wire = {"File", sizeof(struct file_view), file_fields};

static struct file_view view_of(struct scope *sc, const struct files_file *f)
{
    struct buf hash;

    buf_init(&hash, sc->arena, 100);
    buf_hex(&hash, f->content_hash.p, f->content_hash.n);
    return (struct file_view){.id = f->file_id,
                              .customer_id = f->customer_id,
                              .connection_id = f->connection_id,
                              .name = f->name,
                              .origin = f->origin,
                              .state = f->state,
                              .reason = f->reason,
                              .content_hash = buf_cstr(&hash),
                              .octets = f->octets,
                              .taken = f->taken,
                              .repeated = f->repeated,
                              .refused = f->refused,
                              .came = f->came,
                              .received_at = f->received_at_us,
                              .ended_at = f->ended_at_us};
}

static enum err connection_named(struct scope *sc, const struct rq *rq, struct connection *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return connection_get(sc, &id, out);
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct uuid *connection_id,
                       const struct uuid *file_id)
{
    char connection[TYPEID_TEXT_MAX + 1], text[TYPEID_TEXT_MAX + 1];
    struct file_view view;
    struct files_file f;

    TRY(sc, files_get(sc, connection_id, file_id, &f));
    view = view_of(sc, &f);
    if (status == 202) {
        typeid_format("con", connection_id, connection);
        typeid_format("fil", file_id, text);
        rs_header(sc, rs, "location", arena_f(sc->arena, "/v1/connections/%s/files/%s", connection, text));
    }
    return rs_json(sc, rs, status, &file_wire, &view);
}

/* ---- uploading ---- */

static enum err name_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str name = rq_query(rq, "name");

    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < ' ' || name.p[i] == '/' || name.p[i] == 0x7f)
            return scope_wrong(sc, "name", "invalid", "a file's name has no slash and no control character");
    if (name.n > FILES_NAME_MAX)
        return scope_wrong(sc, "name", "too_long", "a file's name has at most 255 octets");
    *out = name.n ? str_dup(sc->arena, name) : "upload";
    return OK;
}

static enum err type_fits(struct scope *sc, const struct rq *rq)
{
    static const char *const types[] = {"text/csv", "text/plain", "application/jsonl", "application/octet-stream",
                                        NULL};
    struct str type = rq_header(rq, "content-type");
    const char *end = type.n ? memchr(type.p, ';', type.n) : NULL;

    if (end)
        type.n = (size_t)(end - type.p);
    for (size_t i = 0; types[i] && !rq_header_count(rq, "content-encoding"); i++)
        if (str_is_nocase(type, types[i]))
            return OK;
    return FAIL(sc, ERR_UNSUPPORTED,
                "a file comes as text/csv, text/plain, application/jsonl or application/octet-stream, not encoded");
}

static void note(struct scope *sc, const struct connection *c, const struct uuid *file_id, const char *name)
{
    audit_note(sc, &(struct audit_act){.action = "file.upload",
                                       .object_kind = "fil",
                                       .object_id = *file_id,
                                       .has_customer = true,
                                       .customer_id = c->customer_id,
                                       .detail = arena_f(sc->arena, "\"%s\" to \"%s\"", name, c->name)});
}

static enum err files_upload(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct files_new in = {.origin = "upload", .octets = rq->body.n, .body = rq->body};
    const struct connector *kind;
    struct connection c;
    struct uuid id;
    bool again;

    TRY(sc, name_of(sc, rq, &in.name));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, connector_of(sc, &c, &kind));
    if (!kind || !kind->files)
        return FAIL(sc, ERR_CONFLICT, "no files come by such a connection");
    TRY(sc, type_fits(sc, rq));
    TRY(sc, files_look(sc, &c, rq->body));
    in.connection = &c;
    TRY(sc, files_add(sc, &in, &id, &again));
    if (!again)
        note(sc, &c, &id, in.name);
    return answer(sc, rs, again ? 200 : 202, &c.connection_id, &id);
}

/* ---- looking ---- */

static enum err files_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct files_file *rows;
    struct file_view *views;
    struct connection c;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("files"), &before));
    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, files_list(sc, &c.connection_id, &before, (size_t)limit + 1, &rows, &n));
    TRY(sc, audit_read_of(sc, &c.customer_id, "files.list", "con", &c.connection_id));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("files"), (struct bytes){rows[n - 1].file_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct file_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &rows[i]);
    return rs_page(sc, rq, rs, &file_wire, views, n, cursor);
}

static enum err file_named(struct scope *sc, const struct rq *rq, struct files_file *out)
{
    struct connection c;
    struct uuid id;

    TRY(sc, connection_named(sc, rq, &c));
    TRY(sc, rq_path_id(sc, rq, "file_id", "fil", &id));
    return files_get(sc, &c.connection_id, &id, out);
}

static enum err file_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct files_file f;

    TRY(sc, file_named(sc, rq, &f));
    TRY(sc, audit_read_of(sc, &f.customer_id, "file.read", "fil", &f.file_id));
    return answer(sc, rs, 200, &f.connection_id, &f.file_id);
}

/* ---- rows that could not be read ---- */

struct row_view {
    int64_t number, line;
    const char *field, *reason;
};

static const struct wire_field row_fields[] = {
    WIRE_INT(struct row_view, number, 1, INT64_MAX, "Which row, from 1; a heading is none."),
    WIRE_INT(struct row_view, line, 1, INT64_MAX, "The line of the file on which it begins, from 1."),
    WIRE_TEXT(struct row_view, field, 200, "Which column is wrong; null: it is the row."),
    WIRE_TEXT(struct row_view, reason, 500, "What is wrong."),
    {},
};
static const struct wire row_wire = {"FileRowRefused", sizeof(struct row_view), row_fields};

static enum err after_of(struct scope *sc, const struct rq *rq, int64_t *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = 0;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, STR("file-rows"), cursor, &at));
    if (at.n != sizeof(*out))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out, at.p, sizeof(*out));
    return OK;
}

static enum err rows_show(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct files_refused *rows;
    struct row_view *views;
    struct files_file f;
    int64_t limit, after;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, ROWS_PAGE, &limit));
    TRY(sc, after_of(sc, rq, &after));
    TRY(sc, file_named(sc, rq, &f));
    TRY(sc, files_refused_list(sc, &f.file_id, after, (size_t)limit + 1, &rows, &n));
    TRY(sc, audit_read_of(sc, &f.customer_id, "file.rows.list", "fil", &f.file_id));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("file-rows"), (struct bytes){&rows[n - 1].number, sizeof(int64_t)});
    }
    views = ARENA_ARRAY(sc->arena, struct row_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct row_view){rows[i].number, rows[i].line, rows[i].field, rows[i].reason};
    return rs_page(sc, rq, rs, &row_wire, views, n, cursor);
}

static const char *const upload_query[] = {"name", NULL};
static const char *const list_query[] = {"limit", "cursor", NULL};
static const struct http_body upload_bodies[] = {
    {"text/csv", "Rows as the connection's settings say.", "sku,quantity\r\nTEA-250,12\r\n"},
    {"text/plain", "Likewise; of fixed width, too.", "TEA-250 12\n"},
    {"application/jsonl", "Likewise: an object in each line.", "{\"sku\": \"TEA-250\", \"quantity\": 12}\n"},
    {"application/octet-stream", "Likewise, in whatever encoding the settings say.", "sku,quantity\r\nTEA-250,12\r\n"},
    {},
};

#define FILES "/v1/connections/{connection_id}/files"

const struct route api_file_routes[] = {
    {POST, FILES, files_upload, .may = PERMISSION_CONNECTIONS_WRITE, .bodies = upload_bodies, .answers = &file_wire,
     .query = upload_query, .body_max = FILES_OCTETS_MAX, .idempotent = true, .status = 202, .cost = 10,
     .name = "connections.files.upload",
     .summary = "Takes a file whose rows become messages; a row that cannot be read stops no other. A body has at most "
                "1 MiB, or what the operator allows, which is 16 MiB at most. The same file again is known by its "
                "content and starts nothing."},
    {GET, FILES, files_show, .may = PERMISSION_MESSAGES_READ, .answers = &file_wire, .query = list_query, .paged = true,
     .name = "connections.files.list", .summary = "Lists the files of a connection, newest first."},
    {GET, FILES "/{file_id}", file_show, .may = PERMISSION_MESSAGES_READ, .answers = &file_wire,
     .name = "connections.files.get", .summary = "What became of a file and its rows."},
    {GET, FILES "/{file_id}/refused-rows", rows_show, .may = PERMISSION_MESSAGES_READ, .answers = &row_wire,
     .query = list_query, .paged = true, .name = "connections.files.refused_rows",
     .summary = "The rows of a file that could not be read, with their numbers and what is wrong: the first 10,000."},
    {},
};
