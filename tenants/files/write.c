#include "base/timefmt.h"
#include "db/db.h"
#include "files/remote_int.h"
#include "files/shelf_int.h"
#include "obs/obs.h"
#include "sys/loop.h"

/* What flows write: rows as a file, into the connection's folder or to another host. It is written under another name
 * and renamed, so that nobody reads a part of it, and never over one that is there. A change is known by the file's
 * name: whether it was made is whether there is one. */

/* A folder is written to at once; at another host it takes two calls of a minute, and what is late. */
#define FOLDER_SETTLE_MS 5000
#define REMOTE_SETTLE_MS 150000
#define WRITE            "file.write"

static const char *files_dir;

enum err files_root(struct scope *sc, const char **out)
{
    if (!files_dir || !*files_dir)
        return FAIL(sc, ERR_CONFLICT, "whoever runs this server has not said where folders of files are");
    *out = files_dir;
    return OK;
}

/* ---- as a connector is asked ---- */

bool files_writes(const struct doc *settings)
{
    bool yes = false;

    return doc_pointer(settings, "/remote/out") || (doc_bool(doc_get(settings, "folder"), &yes) && yes);
}

static bool operation(const struct erp_site *site, const char *name, struct operation *out)
{
    if (strcmp(name, WRITE) != 0 || !files_writes(site->settings))
        return false;
    *out = (struct operation){.changes = true,
                              .again = AGAIN_PROBE,
                              .settle_ms =
                                  doc_pointer(site->settings, "/remote/out") ? REMOTE_SETTLE_MS : FOLDER_SETTLE_MS};
    return true;
}

static bool name_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+= ", s.p[i]))
            return false;
    return s.n > 0 && s.n <= SHELF_NAME_MAX && *s.p != '.' && *s.p != ' ';
}

static enum err rows_of(struct scope *sc, const struct doc *settings, const struct doc *rows, struct buf *out)
{
    struct files_settings s;

    if (files_settings_read(sc, settings, &s) != OK || s.format.kind != ROWS_CSV || s.format.encoding != ROWS_UTF8)
        return FAIL(sc, ERR_HOLD, "files are written as csv in utf-8, and this connection's are of another kind");
    if (rows_write(sc, &s.format, rows, true, out) != OK) {
        const struct fault *f = scope_fault(sc);
        const char *why =
            arena_f(sc->arena, "%s%s%s", f->message, f->items ? ": rows" : "", f->items ? f->items->pointer : "");

        scope_clear(sc);
        return FAIL(sc, ERR_HOLD, "the file cannot be written: %s", why);
    }
    return OK;
}

static enum err build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out)
{
    struct str name = doc_text(doc_get(ask->with, "name"));
    struct buf b;

    if (!name_fits(name))
        return FAIL(
            sc, ERR_HOLD,
            "a file that is written has a \"name\" of letters, digits, blanks and . _ - + =, and no point before it, "
            "of at most %d octets",
            SHELF_NAME_MAX);
    *out = (struct http_call){.method = ask->probe ? "HEAD" : "PUT", .url = str_dup(sc->arena, name)};
    if (ask->probe)
        return OK;
    buf_init(&b, sc->arena, FILES_OCTETS_MAX);
    if (site->connector->name == edi_connector.name)
        TRY(sc, files_edi_write(sc, site->settings, ask->with, &b));
    else
        TRY(sc, rows_of(sc, site->settings, doc_get(ask->with, "rows"), &b));
    out->body = buf_str(&b);
    return OK;
}

static enum err read_answer(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                            const struct http_reply *reply, struct told *out)
{
    (void)site;
    if (reply->status == 409)
        return FAIL(sc, ERR_UPSTREAM_NO, "a file of this name is there already, and none is written over");
    *out = (struct told){.found = reply->status != 404, .ref = ""};
    if (out->found)
        out->ref = str_dup(sc->arena, doc_text(doc_get(ask->with, "name")));
    return OK;
}

static enum err authorize(struct scope *sc, const struct erp_site *site, struct str secret, const char **out)
{
    (void)sc, (void)site, (void)secret;
    *out = NULL;
    return OK;
}

const struct connector_named files_named = {
    .operation = operation, .build = build, .read = read_answer, .authorize = authorize, .concurrency = 2};

/* ---- leaving ---- */

static enum err to_folder(struct scope *sc, const struct connection *c, const struct http_call *call, bool probe,
                          struct http_reply *out)
{
    char id[TYPEID_TEXT_MAX + 1], unlike[UUID_TEXT_LEN + 1];
    struct shelf_write w = {.id = id, .name = call->url, .unlike = unlike, .p = call->body.p, .n = call->body.n};
    struct uuid writer = uuid_new();

    TRY(sc, files_root(sc, &w.root));
    typeid_format("con", &c->connection_id, id);
    uuid_format(&writer, unlike);
    TRY(sc, offload(probe ? shelf_find : shelf_write, &w));
    if (w.error) {
        scope_detail(sc, "%s", strerror(w.error));
        return FAIL(sc, ERR_UNAVAILABLE, "the folder of files cannot be written to");
    }
    out->status = probe ? (w.there ? 200 : 404) : w.there ? 409 : 201;
    return OK;
}

static bool is_listed(struct str names, const char *name)
{
    while (names.n) {
        const char *end = memchr(names.p, '\n', names.n);
        struct str line = {names.p, end ? (size_t)(end - names.p) : names.n};

        names.p += line.n + (end != NULL);
        names.n -= line.n + (end != NULL);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        for (size_t i = line.n; i > 0; i--)
            if (line.p[i - 1] == '/') {
                line = (struct str){line.p + i, line.n - i};
                break;
            }
        if (str_is(line, name))
            return true;
    }
    return false;
}

static enum err find_at_host(struct scope *sc, const struct net_remote *to, const char *folder, const char *name,
                             bool *out)
{
    struct str names;

    TRY(sc, net_remote_list(sc, to, folder, true, (size_t)1 << 20, &names));
    *out = is_listed(names, name);
    return OK;
}

static enum err to_host(struct scope *sc, const struct connection *c, const struct files_settings *s,
                        const struct http_call *call, bool probe, struct http_reply *out)
{
    const char *folder = s->remote.out, *name = call->url;
    struct uuid writer = uuid_new();
    char unlike[UUID_TEXT_LEN + 1];
    const char *part;
    struct net_remote to;
    enum err e;
    bool there;

    TRY(sc, files_remote_open(sc, &c->connection_id, &s->remote, &to));
    TRY(sc, find_at_host(sc, &to, folder, name, &there));
    out->status = probe ? (there ? 200 : 404) : there ? 409 : 201;
    if (probe || there)
        return OK;
    uuid_format(&writer, unlike); /* another may be writing one of the same name */
    part = arena_f(sc->arena, "%s/.%s.%s.part", folder, name, unlike);
    TRY(sc, net_remote_put(sc, &to, part, call->body)); /* nobody reads it by this name: as good as nothing */
    e = net_remote_move(sc, &to, part, arena_f(sc->arena, "%s/%s", folder, name));
    if (e != ERR_UPSTREAM_NO)
        return e;
    scope_clear(sc); /* it says that it did not: one of the name may have come meanwhile */
    TRY(sc, find_at_host(sc, &to, folder, name, &there));
    if (!there)
        return FAIL(sc, ERR_UNAVAILABLE, "the host of the files does not let a file be renamed");
    out->status = 409;
    return OK;
}

/* A file that is there has been made, whatever becomes of the note: what cannot be noted is looked for, and noted then.
 */
static enum err noted_as_there(struct scope *sc, const struct connection *c, const char *name, bool probe)
{
    enum err e = files_sent_left(sc, c, name);

    if (e == OK || probe)
        return e;
    log_fault(LOG_WARN, "files", sc, "a file that was written could not be noted");
    db_rollback(sc);
    scope_clear(sc);
    return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "\"%s\" was written, and that could not be noted: it is looked for", name);
}

/* What leaves of EDI is noted before, and that it is there as soon as that is seen. */
enum err files_leave(struct scope *sc, const struct connection *c, const struct http_call *call, int64_t leave_by_us,
                     struct http_reply *out)
{
    bool probe = strcmp(call->method, "HEAD") == 0;
    struct files_settings s;

    *out = (struct http_reply){0};
    TRY(sc, files_settings_of(sc, c->connector, c->settings, &s));
    if (s.edi.us && !probe)
        TRY(sc, files_sent_leaves(sc, c, call->url, call->body));
    if (leave_by_us && time_boot_us() > leave_by_us)
        return FAIL(sc, ERR_UNAVAILABLE, "its turn to be sent came too late");
    TRY(sc, s.remote.out ? to_host(sc, c, &s, call, probe, out) : to_folder(sc, c, call, probe, out));
    return s.edi.us && (out->status == 200 || out->status == 201) ? noted_as_there(sc, c, call->url, probe) : OK;
}

void files_start(const char *root)
{
    files_dir = root;
    connect_write_set(files_leave);
}
