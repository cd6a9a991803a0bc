#include <string.h>

#include "api/brand_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "org/org.h"

/* The brand as the partner's people change it: a draft that is seen by whoever holds a link, then published as a
 * version, and an older version brought back. */
#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const version_states[] = {"published", "retired", NULL};

struct brand_view {
    int64_t version;
    struct str document;
    bool has_logo, has_logo_dark, has_mark, has_favicon;
};

static const struct wire_field view_fields[] = {
    WIRE_INT(struct brand_view, version, 0, INT32_MAX,
             "Of what is published, its number, or 0 for what the partner began with; of a draft, how often it was "
             "changed."),
    WIRE_RAW(struct brand_view, document, "Name, words, colour and links."),
    WIRE_BOOL(struct brand_view, has_logo, "Whether a logo was uploaded; otherwise one is made from the name."),
    WIRE_BOOL(struct brand_view, has_logo_dark, "Whether there is a logo of its own for the dark scheme."),
    WIRE_BOOL(struct brand_view, has_mark, "Whether there is a square mark."),
    WIRE_BOOL(struct brand_view, has_favicon, "Whether there is an icon for browsers' tabs."),
    {},
};
static const struct wire view_wire = {"BrandView", sizeof(struct brand_view), view_fields};

struct version_view {
    int64_t version, restores, published_at;
    const char *status, *name, *accent, *comment, *published_by;
};

static const struct wire_field version_fields[] = {
    WIRE_INT(struct version_view, version, 1, INT32_MAX, "Its number."),
    WIRE_ENUM(struct version_view, status, version_states, "Whether it is the one that is shown."),
    WIRE_TEXT(struct version_view, name, 80, "What the portal was called in it."),
    WIRE_TEXT(struct version_view, accent, 7, "Its colour."),
    WIRE_TEXT(struct version_view, comment, 500, "Why it was published; null when nobody said."),
    WIRE_INT(struct version_view, restores, 0, INT32_MAX, "The version it is a copy of; 0: of none."),
    WIRE_TIME(struct version_view, published_at, "When it was published."),
    WIRE_TEXT(struct version_view, published_by, 100, "By whom."),
    {},
};
static const struct wire version_wire = {"BrandVersion", sizeof(struct version_view), version_fields};

struct publish_ask {
    const char *comment;
};
static const struct wire_field publish_fields[] = {
    {.name = "comment",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct publish_ask, comment),
     .min = 1,
     .max = 500,
     .optional = true,
     .meaning = "Why; for whoever reads the list of versions."},
    {},
};
static const struct wire publish_wire = {"BrandPublish", sizeof(struct publish_ask), publish_fields};

struct link_view {
    const char *url;
    int64_t expires_at;
};
static const struct wire_field link_fields[] = {
    WIRE_TEXT(struct link_view, url, 300, "Opens the portal in the draft, for whoever has it."),
    WIRE_TIME(struct link_view, expires_at, "When it stops."),
    {},
};
static const struct wire link_wire = {"BrandPreviewLink", sizeof(struct link_view), link_fields};

static struct str document_of(struct scope *sc, const struct brand *b)
{
    struct buf text;

    buf_init(&text, sc->arena, WIRE_TEXT_MAX);
    brand_document(&text, b);
    return buf_str(&text);
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct brand *b, int64_t version)
{
    struct brand_view v = {.version = version,
                           .document = document_of(sc, b),
                           .has_logo = b->images[BRAND_LOGO].n,
                           .has_logo_dark = b->images[BRAND_LOGO_DARK].n,
                           .has_mark = b->images[BRAND_MARK].n,
                           .has_favicon = b->images[BRAND_FAVICON].n};

    rs_version(sc, rs, version);
    return rs_json(sc, rs, status, &view_wire, &v);
}

/* What the audit compares: the document and the hashes of its images. */
static struct str digestible(struct scope *sc, const struct brand *b)
{
    struct buf text;

    buf_init(&text, sc->arena, WIRE_TEXT_MAX);
    buf_s(&text, "{\"document\":");
    brand_document(&text, b);
    for (int i = 0; i < BRAND_IMAGE_COUNT; i++) {
        buf_f(&text, ",\"%s\":\"", brand_image_name((enum brand_image)i));
        buf_hex(&text, b->images[i].p, b->images[i].n);
        buf_c(&text, '"');
    }
    buf_c(&text, '}');
    return buf_str(&text);
}

static enum err published_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand b;

    (void)rq;
    TRY(sc, brand_published(sc, &b));
    return answer(sc, rs, 200, &b, b.version);
}

static enum err draft_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand b;
    int64_t version;

    (void)rq;
    TRY(sc, brand_draft_get(sc, &b, &version));
    return answer(sc, rs, 200, &b, version);
}

static enum err draft_keep(struct scope *sc, struct rs *rs, const struct brand *before, const struct brand *now,
                           int64_t seen)
{
    struct brand current;
    int64_t version;

    TRY(sc, brand_draft_put(sc, now, seen, &version));
    if (version == 0) {
        TRY(sc, brand_draft_get(sc, &current, &version));
        return rq_stale(sc, version);
    }
    audit_note(sc, &(struct audit_act){.action = "brand.draft",
                                       .object_kind = "brd",
                                       .before = digestible(sc, before),
                                       .after = digestible(sc, now)});
    return answer(sc, rs, 200, now, version);
}

static enum err draft_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand before, b;
    int64_t seen, version;

    TRY(sc, rq_if_match(sc, rq, &seen));
    TRY(sc, rq_body(sc, rq, &brand_wire, &b));
    TRY(sc, brand_judge(sc, &b));
    TRY(sc, brand_draft_get(sc, &before, &version));
    memcpy(b.images, before.images, sizeof(b.images));
    return draft_keep(sc, rs, &before, &b, seen);
}

static enum err image_of(struct scope *sc, const struct rq *rq, enum brand_image *out)
{
    return brand_image_find(rq_param(rq, "image"), out) ? OK : FAIL(sc, ERR_NOT_FOUND, "there is no such image");
}

static enum err draft_image_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *type = str_dup(sc->arena, rq_header(rq, "content-type"));
    struct brand before, b;
    enum brand_image which;
    struct bytes hash;
    int64_t seen, version;

    TRY(sc, image_of(sc, rq, &which));
    TRY(sc, rq_if_match(sc, rq, &seen));
    TRY(sc, brand_image_keep(sc, type, rq->body, &hash));
    TRY(sc, brand_draft_get(sc, &before, &version));
    b = before;
    b.images[which] = hash;
    return draft_keep(sc, rs, &before, &b, seen);
}

static enum err draft_image_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand before, b;
    enum brand_image which;
    int64_t seen, version;

    TRY(sc, image_of(sc, rq, &which));
    TRY(sc, rq_if_match(sc, rq, &seen));
    TRY(sc, brand_draft_get(sc, &before, &version));
    b = before;
    b.images[which] = (struct bytes){NULL, 0};
    return draft_keep(sc, rs, &before, &b, seen);
}

static enum err draft_link(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct link_view v = {.expires_at = time_now_us() + PREVIEW_US};

    (void)rq;
    v.url = arena_f(sc->arena, "/?preview=%s", api_preview_make(sc, v.expires_at));
    audit_note(sc, &(struct audit_act){.action = "brand.preview", .object_kind = "brd"});
    return rs_json(sc, rs, 201, &link_wire, &v);
}

/* The body may be left out. */
static enum err comment_of(struct scope *sc, const struct rq *rq, const char **out)
{
    struct publish_ask ask = {0};

    if (rq->body.n)
        TRY(sc, rq_body(sc, rq, &publish_wire, &ask));
    *out = ask.comment;
    return OK;
}

static enum err published_now(struct scope *sc, struct rs *rs, const struct brand *before, const char *action,
                              int32_t version, const char *comment)
{
    struct brand now;

    TRY(sc, brand_version_read(sc, version, &now));
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "brd",
                                       .before = digestible(sc, before),
                                       .after = digestible(sc, &now),
                                       .detail = arena_f(sc->arena, "version %d", (int)version),
                                       .reason = comment});
    return answer(sc, rs, 201, &now, version);
}

static enum err draft_publish(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *comment;
    struct brand before;
    int32_t version;

    TRY(sc, comment_of(sc, rq, &comment));
    TRY(sc, brand_published(sc, &before));
    TRY(sc, brand_publish(sc, comment, &version));
    return published_now(sc, rs, &before, "brand.publish", version, comment);
}

static enum err version_of(struct scope *sc, const struct rq *rq, int32_t *out)
{
    struct str text = rq_param(rq, "version");
    int32_t v = 0;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, text.p[i] - '0', &v))
            return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    *out = v;
    return OK;
}

static enum err version_restore(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *comment;
    struct brand before;
    int32_t old, version;

    TRY(sc, version_of(sc, rq, &old));
    TRY(sc, comment_of(sc, rq, &comment));
    TRY(sc, brand_published(sc, &before));
    TRY(sc, brand_restore(sc, old, comment, &version));
    return published_now(sc, rs, &before, "brand.restore", version, comment);
}

/* Position: the version that the page before ended with. */
static enum err before_of(struct scope *sc, const struct rq *rq, int32_t *out)
{
    struct str cursor = rq_query(rq, "cursor");
    struct bytes at;

    *out = INT32_MAX;
    if (cursor.n == 0)
        return OK;
    TRY(sc, http_cursor_read(sc, STR("brand-versions"), cursor, &at));
    if (at.n != sizeof(*out))
        return FAIL(sc, ERR_INVALID, "the cursor is not one of this list");
    memcpy(out, at.p, sizeof(*out));
    return OK;
}

static enum err versions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand_version *rows;
    struct version_view *views;
    const char *cursor = NULL;
    int32_t before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, before_of(sc, rq, &before));
    TRY(sc, brand_version_list(sc, before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        before = (int32_t)rows[n - 1].version;
        cursor = http_cursor_make(sc, STR("brand-versions"), (struct bytes){&before, sizeof(before)});
    }
    views = ARENA_ARRAY(sc->arena, struct version_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct version_view){.version = rows[i].version,
                                         .status = rows[i].status,
                                         .name = rows[i].brand.name,
                                         .accent = rows[i].brand.accent,
                                         .comment = rows[i].comment,
                                         .restores = rows[i].restores,
                                         .published_at = rows[i].published_at,
                                         .published_by = rows[i].published_by};
    return rs_page(sc, rq, rs, &version_wire, views, n, cursor);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_brand_routes[] = {
    {GET, "/v1/brand", published_get, .may = PERMISSION_BRAND_READ, .answers = &view_wire, .name = "brand.get",
     .summary = "The brand that is shown."},
    {GET, "/v1/brand/draft", draft_get, .may = PERMISSION_BRAND_READ, .answers = &view_wire, .etag = true,
     .name = "brand.draft.get", .summary = "The brand that is being worked on."},
    {PUT, "/v1/brand/draft", draft_put, .may = PERMISSION_BRAND_WRITE, .takes = &brand_wire, .answers = &view_wire,
     .etag = true, .name = "brand.draft.put", .summary = "Changes the draft as a whole, but for its images."},
    {PUT, "/v1/brand/draft/{image}", draft_image_put, .may = PERMISSION_BRAND_WRITE, .answers = &view_wire,
     .body_max = BRAND_IMAGE_MAX, .etag = true, .name = "brand.draft.image.put",
     .summary = "Takes an image for the draft, as SVG or PNG: logo, logo-dark, mark, favicon."},
    {DELETE, "/v1/brand/draft/{image}", draft_image_delete, .may = PERMISSION_BRAND_WRITE, .answers = &view_wire,
     .etag = true, .name = "brand.draft.image.delete", .summary = "Takes an image away from the draft."},
    {POST, "/v1/brand/draft/preview-link", draft_link, .may = PERMISSION_BRAND_WRITE, .answers = &link_wire,
     .status = 201, .name = "brand.draft.preview", .summary = "Makes a link that shows the draft for an hour."},
    {POST, "/v1/brand/publish", draft_publish, .may = PERMISSION_BRAND_WRITE, .takes = &publish_wire,
     .answers = &view_wire, .status = 201, .idempotent = true, .name = "brand.publish",
     .summary = "Shows the draft to everybody, as the next version."},
    {GET, "/v1/brand/versions", versions_list, .may = PERMISSION_BRAND_READ, .answers = &version_wire,
     .query = list_query, .paged = true, .name = "brand.versions.list",
     .summary = "Lists what was published, newest first."},
    {POST, "/v1/brand/versions/{version}/restore", version_restore, .may = PERMISSION_BRAND_WRITE,
     .takes = &publish_wire, .answers = &view_wire, .status = 201, .idempotent = true, .name = "brand.versions.restore",
     .summary = "Publishes a copy of an older version."},
    {},
};
