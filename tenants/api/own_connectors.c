#include "api/connection_int.h"
#include "audit/audit.h"
#include "own/own.h"

/* A partner's own connectors: put up as drafts, published, retired; and the connections that work by them, moved from
 * version to version. */

#define PAGE_DEFAULT 20
#define PAGE_MAX     100

static const char *const states[] = {"draft", "published", "retired", "deleted", NULL};

struct put_ask {
    struct str manifest, mappings;
    const char *note;
};
static const struct wire_field put_fields[] = {
    WIRE_RAW(struct put_ask, manifest, "The connector's declaration, of the format connector/1, at most 256 KiB."),
    {.name = "mappings",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct put_ask, mappings),
     .optional = true,
     .meaning = "By which the things that its operations read become canonical objects: mappings by the kinds of "
                "things, at most 40 of together 512 KiB."},
    WIRE_TEXT_OR_NULL(struct put_ask, note, 500, "What is new in this version."),
    {},
};
static const struct wire put_wire = {"ConnectorNew", sizeof(struct put_ask), put_fields};

struct judged_view {
    const char *connector, *version, *title, *sha256;
    struct wire_texts unmapped;
};
static const struct wire_field judged_fields[] = {
    WIRE_TEXT(struct judged_view, connector, 40, "Its name, as connections have it."),
    WIRE_TEXT(struct judged_view, version, 40, "Of its manifest."),
    WIRE_TEXT(struct judged_view, title, 200, "What people call it."),
    WIRE_TEXT(struct judged_view, sha256, 64, "SHA-256 of manifest and mappings in their canonical form, in hex."),
    WIRE_TEXTS(struct judged_view, unmapped, 100,
               "Kinds of things that its operations read and no mapping of it makes an object of."),
    {},
};
static const struct wire judged_wire = {"ConnectorJudged", sizeof(struct judged_view), judged_fields};

struct version_view {
    const char *connector, *version, *state, *note, *author, *published_by, *retired_by, *deleted_by, *sha256, *signer,
        *signature;
    int64_t created_at, published_at, retired_at, deleted_at, octets, connections;
    bool is_signed, genuine;
    struct str manifest, mappings;
};
#define VERSION_FIELDS                                                                                                 \
    WIRE_TEXT(struct version_view, connector, 40, "Its name, as connections have it."),                                \
        WIRE_TEXT(struct version_view, version, 40, "Of its manifest."),                                               \
        WIRE_ENUM(struct version_view, state, states,                                                                  \
                  "draft: nothing works by it; published; retired: nothing new works by it; deleted: its documents "   \
                  "are gone."),                                                                                        \
        WIRE_TEXT_OR_NULL(struct version_view, note, 500, "What is new in it."),                                       \
        WIRE_TEXT(struct version_view, author, 100, "Who put it up."),                                                 \
        WIRE_TIME(struct version_view, created_at, "When it was put up."),                                             \
        WIRE_TEXT_OR_NULL(struct version_view, published_by, 100, "Who published it; null: nobody."),                  \
        WIRE_TIME(struct version_view, published_at, "When it was published; null: it was not."),                      \
        WIRE_TEXT_OR_NULL(struct version_view, retired_by, 100, "Who retired it; null: nobody."),                      \
        WIRE_TIME(struct version_view, retired_at, "When it was retired; null: it was not."),                          \
        WIRE_TEXT_OR_NULL(struct version_view, deleted_by, 100, "Who deleted it; null: nobody."),                      \
        WIRE_TIME(struct version_view, deleted_at, "When it was deleted; null: it was not."),                          \
        WIRE_INT(struct version_view, octets, 0, INT64_MAX, "Of its declaration and mappings together."),              \
        WIRE_TEXT(struct version_view, sha256, 64,                                                                     \
                  "SHA-256 of {\"manifest\", \"mappings\"} in canonical form (RFC 8785), in hex."),                    \
        WIRE_TEXT(struct version_view, signer, 64,                                                                     \
                  "The public key (Ed25519) that it was signed by when it was taken, in hex."),                        \
        WIRE_TEXT(struct version_view, signature, 128, "The signature, in hex."),                                      \
    {                                                                                                                  \
        .name = "signed", .kind = WIRE_KIND_BOOL, .offset = offsetof(struct version_view, is_signed),                  \
        .meaning = "The hash is the one that was signed; whether the documents are those is told with each version."   \
    }

static const struct wire_field brief_fields[] = {
    VERSION_FIELDS,
    WIRE_INT(struct version_view, connections, 0, INT64_MAX, "Connections that work by it, of those you see."),
    {},
};
static const struct wire brief_wire = {"ConnectorVersion", sizeof(struct version_view), brief_fields};
static const struct wire_field whole_fields[] = {
    VERSION_FIELDS,
    WIRE_BOOL(struct version_view, genuine,
              "It is as it was taken; false: its row was changed otherwise, and nothing is done by it."),
    WIRE_RAW(struct version_view, manifest, "The declaration."),
    WIRE_RAW(struct version_view, mappings, "The mappings, by what they read."),
    {},
};
static const struct wire whole_wire = {"ConnectorVersionWhole", sizeof(struct version_view), whole_fields};

static const char *hex(struct scope *sc, struct bytes b)
{
    struct buf text;

    buf_init(&text, sc->arena, 2 * b.n + 1);
    buf_hex(&text, b.p, b.n);
    return buf_cstr(&text);
}

static struct version_view view_of(struct scope *sc, const struct own_version *v)
{
    return (struct version_view){.connector = v->name,
                                 .version = v->version,
                                 .state = v->state,
                                 .note = v->note,
                                 .author = v->author,
                                 .published_by = v->published_by,
                                 .retired_by = v->retired_by,
                                 .deleted_by = v->deleted_by,
                                 .sha256 = hex(sc, v->sha256),
                                 .signer = hex(sc, v->signer),
                                 .signature = hex(sc, v->signature),
                                 .created_at = v->created_us,
                                 .published_at = v->published_us,
                                 .retired_at = v->retired_us,
                                 .deleted_at = v->deleted_us,
                                 .octets = v->octets,
                                 .connections = v->connections,
                                 .is_signed = v->is_signed,
                                 .genuine = v->genuine,
                                 .manifest = v->document ? str_of(v->document) : (struct str){0},
                                 .mappings = v->mappings ? str_of(v->mappings) : (struct str){0}};
}

static enum err answer(struct scope *sc, struct rs *rs, const char *name, const char *version)
{
    struct version_view view;
    struct own_version v;

    TRY(sc, own_get(sc, name, version, &v));
    view = view_of(sc, &v);
    return rs_json(sc, rs, 200, &whole_wire, &view);
}

static void note(struct scope *sc, const char *action, const char *name, const char *version)
{
    audit_note(sc, &(struct audit_act){.action = action, .detail = arena_f(sc->arena, "%s %s", name, version)});
}

/* ---- putting one up ---- */

static enum err judged_answer(struct scope *sc, struct rs *rs, int status, const struct own_judged *j)
{
    struct judged_view view = {.connector = j->name,
                               .version = j->version,
                               .title = j->title,
                               .sha256 = hex(sc, (struct bytes){j->sha256, sizeof(j->sha256)}),
                               .unmapped = {.items = j->unmapped}};

    while (j->unmapped[view.unmapped.n])
        view.unmapped.n++;
    return rs_json(sc, rs, status, &judged_wire, &view);
}

static enum err given(struct scope *sc, const struct rq *rq, struct own_new *out)
{
    struct put_ask ask;

    TRY(sc, rq_body(sc, rq, &put_wire, &ask));
    *out = (struct own_new){
        .manifest = ask.manifest, .mappings = ask.mappings, .note = ask.note, .who = api_actor_text(sc)};
    return OK;
}

static enum err connectors_check(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct own_judged judged;
    struct own_new in;

    TRY(sc, given(sc, rq, &in));
    TRY(sc, own_judge(sc, &in, &judged));
    return judged_answer(sc, rs, 200, &judged);
}

static enum err connectors_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct own_judged judged;
    struct own_new in;

    TRY(sc, given(sc, rq, &in));
    TRY(sc, own_put(sc, &in, &judged));
    note(sc, "connector.put", judged.name, judged.version);
    return judged_answer(sc, rs, 201, &judged);
}

/* ---- its versions ---- */

static const char *connector_of_path(struct scope *sc, const struct rq *rq)
{
    return str_dup(sc->arena, rq_param(rq, "own_connector"));
}

static const char *version_of_path(struct scope *sc, const struct rq *rq)
{
    return str_dup(sc->arena, rq_param(rq, "connector_version"));
}

static enum err before_of(struct scope *sc, const struct rq *rq, const char *name, int32_t *out)
{
    struct str list = str_of(arena_f(sc->arena, "connector-versions/%s", name)), cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = INT32_MAX;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, list, cursor, &at));
    if (at.n != sizeof(*out))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out, at.p, sizeof(*out));
    return OK;
}

static enum err versions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *name = connector_of_path(sc, rq), *cursor = NULL;
    struct version_view *views;
    struct own_version *rows;
    int32_t before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, before_of(sc, rq, name, &before));
    TRY(sc, own_list(sc, name, before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, str_of(arena_f(sc->arena, "connector-versions/%s", name)),
                                  (struct bytes){&rows[n - 1].ordinal, sizeof(rows[n - 1].ordinal)});
    }
    views = ARENA_ARRAY(sc->arena, struct version_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, &rows[i]);
    return rs_page(sc, rq, rs, &brief_wire, views, n, cursor);
}

static enum err versions_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return answer(sc, rs, connector_of_path(sc, rq), version_of_path(sc, rq));
}

static enum err versions_publish(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *name = connector_of_path(sc, rq), *version = version_of_path(sc, rq);

    TRY(sc, own_publish(sc, name, version, api_actor_text(sc)));
    note(sc, "connector.publish", name, version);
    return answer(sc, rs, name, version);
}

static enum err versions_retire(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *name = connector_of_path(sc, rq), *version = version_of_path(sc, rq);

    TRY(sc, own_retire(sc, name, version, api_actor_text(sc)));
    note(sc, "connector.retire", name, version);
    return answer(sc, rs, name, version);
}

static enum err versions_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *name = connector_of_path(sc, rq), *version = version_of_path(sc, rq);

    TRY(sc, own_delete(sc, name, version, api_actor_text(sc)));
    note(sc, "connector.delete", name, version);
    return rs_empty(sc, rs, 204);
}

/* ---- connections ---- */

struct move_ask {
    const char *version;
    struct str settings, secrets;
    struct wire_texts permissions;
    const char *despite_unknown;
};
static const struct wire_field move_fields[] = {
    WIRE_TEXT(struct move_ask, version, 40,
              "The version that the connection is to work by: a newer one, or an older one to go back."),
    {.name = "settings",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct move_ask, settings),
     .optional = true,
     .meaning = "All its settings, where that version wants others; absent: as they are."},
    {.name = "secrets",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct move_ask, secrets),
     .optional = true,
     .meaning = "All its secrets, where that version wants more of them or sends them elsewhere; absent: as they are."},
    {.name = "permissions",
     .kind = WIRE_KIND_TEXTS,
     .offset = offsetof(struct move_ask, permissions),
     .max = 100,
     .optional = true,
     .meaning = "Names of the permissions that this version asks for in addition, as seen to at the vendor."},
    WIRE_TEXT_OR_NULL(
        struct move_ask, despite_unknown, 500,
        "Why it is moved though it is not known what became of changes that it sent; absent: then it is not "
        "moved."),
    {},
};
static const struct wire move_wire = {"ConnectionMove", sizeof(struct move_ask), move_fields};

static enum err move(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct connection_view view;
    struct connection c, moved;
    struct move_ask ask;

    TRY(sc, api_connection_named(sc, rq, &c));
    TRY(sc, rq_body(sc, rq, &move_wire, &ask));
    TRY(sc, own_move(sc, &c,
                     &(struct own_move){.version = ask.version,
                                        .settings = ask.settings,
                                        .secrets = ask.secrets,
                                        .permissions = ask.permissions.items,
                                        .permission_count = ask.permissions.n,
                                        .despite = ask.despite_unknown}));
    audit_note(sc,
               &(struct audit_act){.action = "connection.move",
                                   .object_kind = "con",
                                   .object_id = c.connection_id,
                                   .has_customer = true,
                                   .customer_id = c.customer_id,
                                   .detail = arena_f(sc->arena, "%s %s to %s%s%s%s%s", c.connector, c.connector_version,
                                                     ask.version, ask.settings.p ? ", other settings" : "",
                                                     ask.secrets.p ? ", other secrets" : "",
                                                     ask.despite_unknown ? ", despite what is unknown: " : "",
                                                     ask.despite_unknown ? ask.despite_unknown : "")});
    TRY(sc, connection_get(sc, &c.connection_id, &moved));
    api_connection_view(&moved, &view);
    TRY(sc, api_connections_heard(sc, &view, 1));
    rs_version(sc, rs, moved.row_version);
    return rs_json(sc, rs, 200, &api_connection_wire, &view);
}

#define VERSION "/v1/connectors/{own_connector}/versions/{connector_version}"

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_own_connector_routes[] = {
    {POST, "/v1/connectors", connectors_put, .may = PERMISSION_CONNECTORS_WRITE, .takes = &put_wire,
     .answers = &judged_wire, .idempotent = true, .status = 201, .body_max = OWN_BODY_MAX, .name = "connectors.put",
     .summary = "Puts up a version of a connector of the partner's own, as a draft, after judging it whole."},
    {POST, "/v1/connectors/check", connectors_check, .may = PERMISSION_CONNECTORS_WRITE, .takes = &put_wire,
     .answers = &judged_wire, .body_max = OWN_BODY_MAX, .name = "connectors.check",
     .summary = "Judges a connector as if it were put up, and keeps nothing."},
    {GET, "/v1/connectors/{own_connector}/versions", versions_list, .may = PERMISSION_CONNECTORS_READ,
     .answers = &brief_wire, .query = list_query, .paged = true, .name = "connectors.versions",
     .summary = "Lists the versions of a connector of the partner's own, the newest first."},
    {GET, VERSION, versions_get, .may = PERMISSION_CONNECTORS_READ, .answers = &whole_wire,
     .name = "connectors.version", .summary = "A version with its declaration and mappings."},
    {POST, VERSION "/publish", versions_publish, .may = PERMISSION_CONNECTORS_WRITE, .answers = &whole_wire,
     .idempotent = true, .name = "connectors.publish",
     .summary = "Lets connections be made with a version, and be moved to it; none is moved by that."},
    {POST, VERSION "/retire", versions_retire, .may = PERMISSION_CONNECTORS_WRITE, .answers = &whole_wire,
     .idempotent = true, .name = "connectors.retire",
     .summary = "Lets no connection be made with a version, or moved to it, any more; those that work by it go on."},
    {DELETE, VERSION, versions_delete, .may = PERMISSION_CONNECTORS_WRITE, .status = 204, .name = "connectors.delete",
     .summary =
         "Deletes the documents of a draft or retired version that no connection works by; its number stays taken."},
    {POST, "/v1/connections/{connection_id}/version", move, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &move_wire,
     .answers = &api_connection_wire, .secret = true, .idempotent = true, .name = "connections.move",
     .summary = "Moves a connection to another version of its connector, with what that version asks for."},
    {},
};
