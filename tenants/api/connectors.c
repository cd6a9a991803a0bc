#include "api/api_int.h"
#include "canon/schema.h"
#include "connect/connect.h"
#include "manifest/manifest.h"
#include "own/own.h"

/* Which systems can be connected, and what is done with each: those that come with the program, the same for everybody,
 * and the partner's own. What the portal's wizard asks is
 * the manifest itself.
 */
#define MANIFEST_TEXT_MAX ((size_t)2 << 20)

struct cover_view {
    const char *object, *direction, *act, *operation, *title;
};
static const struct wire_field cover_fields[] = {
    WIRE_TEXT(struct cover_view, object, 64, "The canonical object."),
    WIRE_TEXT(struct cover_view, direction, 8, "in: it comes from the system; out: it goes there."),
    WIRE_TEXT(struct cover_view, act, 40, "What is done: list, get, create, update, cancel, confirm …"),
    WIRE_TEXT(struct cover_view, operation, 64, "The operation, as flows call it; null: it is built in."),
    WIRE_TEXT(struct cover_view, title, 200, "What people call it; null: it is built in."),
    {},
};
static const struct wire cover_wire = {"ConnectorCover", sizeof(struct cover_view), cover_fields};

struct gap_view {
    const char *object, *direction, *why;
};
static const struct wire_field gap_fields[] = {
    WIRE_TEXT(struct gap_view, object, 64, "The canonical object."),
    WIRE_TEXT(struct gap_view, direction, 8, "in: it does not come from the system; out: it does not go there."),
    WIRE_TEXT(struct gap_view, why, 2000, "Why not, in a sentence; null: nobody said."),
    {},
};
static const struct wire gap_wire = {"ConnectorGap", sizeof(struct gap_view), gap_fields};

struct connector_view {
    const char *name, *title, *kind, *version, *about, *api_version, *api_sunset;
    bool own;
    struct wire_list covers, without;
    struct str manifest;
};

#define BRIEF_FIELDS                                                                                                   \
    WIRE_TEXT(struct connector_view, name, 40, "Its name, as connections have it."),                                   \
        WIRE_TEXT(struct connector_view, title, 200, "What people call it."),                                          \
        WIRE_TEXT(struct connector_view, kind, 20,                                                                     \
                  "storefront, marketplace, pos, payments, tax, 3pl, returns, erp, feed or other."),                   \
        WIRE_TEXT(struct connector_view, version, 40, "Of its manifest; null: it is built in."),                       \
        WIRE_BOOL(struct connector_view, own, "It is the partner's own, in its newest published version."),            \
        WIRE_TEXT(struct connector_view, about, 2000, "What it is, in a sentence."),                                   \
        WIRE_TEXT(struct connector_view, api_version, 64, "Which version of the vendor's interface it speaks."),       \
        WIRE_TEXT(struct connector_view, api_sunset, 10,                                                               \
                  "The day on which the vendor ends that version; null: no day is known."),                            \
        WIRE_LIST(struct connector_view, covers, &cover_wire, 1000, "Which objects go which way, and how."),           \
        WIRE_LIST(struct connector_view, without, &gap_wire, 100, "Which do not, and why.")

static const struct wire_field brief_fields[] = {BRIEF_FIELDS, {}};
static const struct wire brief_wire = {"ConnectorBrief", sizeof(struct connector_view), brief_fields};
static const struct wire_field connector_fields[] = {
    BRIEF_FIELDS,
    WIRE_RAW(
        struct connector_view, manifest,
        "Its whole declaration: settings and secrets that a connection is asked for, permissions and why they are, "
        "operations, pages, limits, errors and webhooks. One that is built in has settings and secrets alone, or "
        "null."),
    {},
};
static const struct wire connector_wire = {"Connector", sizeof(struct connector_view), connector_fields};

static struct wire_list covers_of(struct scope *sc, const struct connector *c)
{
    const struct manifest *m = manifest_of(c);
    struct manifest_use use;
    size_t built_in = 0, uses = m ? manifest_uses(m, SIZE_MAX, &use) : 0, n = 0;
    struct cover_view *v;

    while (c->covers && c->covers[built_in].object)
        built_in++;
    v = ARENA_ARRAY(sc->arena, struct cover_view, built_in + uses);
    for (size_t i = 0; i < built_in; i++)
        v[n++] = (struct cover_view){
            .object = c->covers[i].object, .direction = c->covers[i].direction, .act = c->covers[i].act};
    for (size_t i = 0; i < uses; i++) {
        manifest_uses(m, i, &use);
        if (use.object)
            v[n++] = (struct cover_view){use.object, use.direction, use.act, use.operation, use.title};
    }
    return (struct wire_list){v, n};
}

static struct wire_list gaps_of(struct scope *sc, const struct connector *c)
{
    static const char *const directions[] = {"in", "out"};
    size_t objects, n = 0;
    const struct canon_object *const *object = canon_objects(&objects);
    struct gap_view *v = ARENA_ARRAY(sc->arena, struct gap_view, 2 * objects);

    for (size_t i = 0; i < 2 * objects; i++) {
        const char *name = object[i / 2]->name, *direction = directions[i % 2];
        struct manifest_cell cell = manifest_cell_of(sc, c, name, direction);

        if (!cell.acts)
            v[n++] = (struct gap_view){name, direction, cell.why};
    }
    return (struct wire_list){v, n};
}

static struct connector_view view_of(struct scope *sc, const struct connector *c)
{
    const struct manifest *m = manifest_of(c);
    const struct doc *d = m ? manifest_document(m) : NULL;
    const char *kind = doc_cstr(sc->arena, doc_get(d, "kind"));

    return (struct connector_view){.name = c->name,
                                   .title = c->title,
                                   .kind = kind      ? kind
                                           : c->kind ? c->kind
                                                     : "other",
                                   .version = m ? manifest_version(m) : NULL,
                                   .own = c->own_version != NULL,
                                   .about = doc_cstr(sc->arena, doc_get(d, "about")),
                                   .api_version = doc_cstr(sc->arena, doc_pointer(d, "/api/version")),
                                   .api_sunset = doc_cstr(sc->arena, doc_pointer(d, "/api/sunset")),
                                   .covers = covers_of(sc, c),
                                   .without = gaps_of(sc, c)};
}

static enum err connectors_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct connector **own;
    const struct connector *const *all = connector_all();
    struct connector_view *views;
    size_t n = 0, own_n;

    TRY(sc, own_connectors(sc, &own, &own_n));
    while (all[n])
        n++;
    views = ARENA_ARRAY(sc->arena, struct connector_view, n + own_n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(sc, all[i]);
    for (size_t i = 0; i < own_n; i++)
        if (!connector_find(own[i]->name)) /* which has come with the program since */
            views[n++] = view_of(sc, own[i]);
    return rs_page(sc, rq, rs, &brief_wire, views, n, NULL);
}

static enum err connectors_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *name = str_dup(sc->arena, rq_param(rq, "connector"));
    const struct connector *c = connector_find(name);
    struct connector_view view;
    struct buf b;

    if (!c)
        TRY(sc, own_find(sc, sc->arena, name, NULL, &c));
    if (!c)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such connector");
    view = view_of(sc, c);
    buf_init(&b, sc->arena, MANIFEST_TEXT_MAX);
    if (manifest_of(c))
        doc_write(&b, manifest_document(manifest_of(c)));
    else
        buf_s(&b, c->form ? c->form : "null");
    view.manifest = buf_str(&b);
    api_etag_of(sc, rs, view.manifest);
    return rs_json(sc, rs, 200, &connector_wire, &view);
}

const struct route api_connector_routes[] = {
    {GET, "/v1/connectors", connectors_list, .name = "connectors.list",
     .summary = "Lists the systems that can be connected, and which objects go which way.", .paged = true,
     .answers = &brief_wire},
    {GET, "/v1/connectors/{connector}", connectors_get, .name = "connectors.get", .etag = true,
     .summary = "A connector with its whole declaration.", .answers = &connector_wire},
    {},
};
