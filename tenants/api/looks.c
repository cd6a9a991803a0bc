#include <string.h>

#include "api/brand_int.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "org/org.h"
#include "json/doc.h"

/* What a brand looks like to a browser: colours, marks, and the draft for whoever holds a link to it. */
#define PREVIEW_COOKIE "__Host-preview"
#define ANSWER_MAX     ((size_t)1 << 20)

/* ---- links to the draft ---- */

/* Signed as cursors are, for this partner alone: nothing is stored, and nothing can be looked up. */
static struct str preview_name(struct scope *sc)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    return str_of(arena_f(sc->arena, "brand-preview/%s", partner));
}

const char *api_preview_make(struct scope *sc, int64_t until_us)
{
    return http_cursor_make(sc, preview_name(sc), (struct bytes){&until_us, sizeof(until_us)});
}

static bool preview_is_good(struct scope *sc, struct str token, int64_t *out_until_us)
{
    struct bytes position;

    if (http_cursor_read(sc, preview_name(sc), token, &position) != OK || position.n != sizeof(*out_until_us)) {
        scope_clear(sc);
        return false;
    }
    memcpy(out_until_us, position.p, sizeof(*out_until_us));
    return *out_until_us > time_now_us();
}

static struct str cookie_of(const struct rq *rq, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < rq->header_count; i++) {
        struct str all = rq->headers[i].value;

        if (!str_is(rq->headers[i].name, "cookie"))
            continue;
        for (size_t at = 0; at < all.n;) {
            const char *p = all.p + at, *end = memchr(p, ';', all.n - at);
            size_t len = end ? (size_t)(end - p) : all.n - at;

            if (len > n && memcmp(p, name, n) == 0 && p[n] == '=')
                return (struct str){p + n + 1, len - n - 1};
            at += len + 1;
            while (at < all.n && all.p[at] == ' ')
                at++;
        }
    }
    return (struct str){NULL, 0};
}

/* A public page knows its partner from the host alone. */
static void speak_for_host(struct scope *sc, const struct rq *rq)
{
    const struct org_host *on = rq->host_data;

    if (!sc->tenant.has_partner)
        sc->tenant = (struct tenant){.has_partner = true, .partner_id = on->partner_id};
}

enum err api_preview_enter(struct scope *sc, struct rs *rs, const struct rq *rq)
{
    struct str token = rq_query(rq, "preview");
    int64_t until;

    speak_for_host(sc, rq);
    if (!preview_is_good(sc, token, &until))
        return FAIL(sc, ERR_NOT_FOUND, "this link is no longer good; ask for a new one");
    rs_header(sc, rs, "set-cookie",
              arena_f(sc->arena, PREVIEW_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%lld",
                      str_dup(sc->arena, token), (long long)((until - time_now_us()) / 1000000)));
    rs_header(sc, rs, "cache-control", "no-store");
    rs_header(sc, rs, "location", "/");
    return rs_empty(sc, rs, 303);
}

enum err api_brand(struct scope *sc, const struct rq *rq, struct api_brand *out)
{
    struct str token = cookie_of(rq, PREVIEW_COOKIE);
    int64_t until;

    *out = (struct api_brand){0};
    speak_for_host(sc, rq);
    if (token.n && preview_is_good(sc, token, &until)) {
        out->preview = true;
        return brand_draft_get(sc, &out->brand, &out->draft_version);
    }
    return brand_published(sc, &out->brand);
}

/* ---- answers ---- */

static const char *etag_of(struct scope *sc, const struct api_brand *on, struct str body)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(body.p, body.n, hash);
    buf_init(&b, sc->arena, 80);
    buf_f(&b, "\"%s%lld-",
          on->etag_prefix ? on->etag_prefix
          : on->preview   ? "d"
                          : "v",
          (long long)(on->preview ? on->draft_version : on->brand.version));
    buf_hex(&b, hash, 8);
    buf_c(&b, '"');
    return buf_cstr(&b);
}

enum err api_send(struct scope *sc, struct rs *rs, const struct rq *rq, const struct api_brand *on, const char *type,
                  struct str body)
{
    const char *etag = etag_of(sc, on, body);

    rs_header(sc, rs, "etag", etag);
    rs_header(sc, rs, "cache-control", on->preview ? "no-store" : "no-cache");
    rs_header(sc, rs, "vary", "cookie");
    rs_header(sc, rs, "referrer-policy", "same-origin");
    rs_header(sc, rs, "cross-origin-resource-policy", "same-origin");
    rs_header(sc, rs, "strict-transport-security", "max-age=63072000");
    if (str_is(rq_header(rq, "if-none-match"), etag))
        return rs_empty(sc, rs, 304);
    return rs_bytes(sc, rs, 200, type, body);
}

static enum err look_theme(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct api_brand on;
    struct buf b;

    TRY(sc, api_brand(sc, rq, &on));
    buf_init(&b, sc->arena, ANSWER_MAX);
    brand_theme(&b, &on.brand);
    return api_send(sc, rs, rq, &on, "text/css; charset=utf-8", buf_str(&b));
}

/* Whatever the octets are, a browser that is shown them alone runs and loads nothing. */
static void image_headers(struct scope *sc, struct rs *rs)
{
    rs_header(sc, rs, "content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    rs_header(sc, rs, "content-disposition", "inline");
}

/* The first of these that the brand has, or else one made from its name. */
static enum err send_image(struct scope *sc, const struct rq *rq, struct rs *rs, const enum brand_image *tried,
                           size_t n)
{
    const char *type = "image/svg+xml";
    struct api_brand on;
    struct str content;
    struct buf b;

    TRY(sc, api_brand(sc, rq, &on));
    image_headers(sc, rs);
    for (size_t i = 0; i < n; i++)
        if (on.brand.images[tried[i]].n) {
            TRY(sc, brand_image_get(sc, on.brand.images[tried[i]], &type, &content));
            return api_send(sc, rs, rq, &on, type, content);
        }
    buf_init(&b, sc->arena, ANSWER_MAX);
    brand_initial(&b, &on.brand);
    return api_send(sc, rs, rq, &on, type, buf_str(&b));
}

static enum err look_logo(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return send_image(sc, rq, rs, (enum brand_image[]){BRAND_LOGO, BRAND_MARK}, 2);
}

static enum err look_logo_dark(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return send_image(sc, rq, rs, (enum brand_image[]){BRAND_LOGO_DARK, BRAND_LOGO, BRAND_MARK}, 3);
}

static enum err look_mark(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return send_image(sc, rq, rs, (enum brand_image[]){BRAND_MARK}, 1);
}

static enum err look_favicon(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return send_image(sc, rq, rs, (enum brand_image[]){BRAND_FAVICON, BRAND_MARK}, 2);
}

static enum err look_manifest(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct api_brand on;
    struct buf b;

    TRY(sc, api_brand(sc, rq, &on));
    buf_init(&b, sc->arena, ANSWER_MAX);
    buf_s(&b, "{\"name\":");
    json_put_text(&b, str_of(on.brand.name));
    buf_s(&b, ",\"start_url\":\"/\",\"display\":\"standalone\",\"background_color\":\"#ffffff\",\"theme_color\":");
    json_put_text(&b, str_of(brand_accent_light(sc, &on.brand)));
    buf_s(&b, ",\"icons\":[{\"src\":\"/brand/mark.svg\",\"sizes\":\"any\"}]}");
    return api_send(sc, rs, rq, &on, "application/manifest+json", buf_str(&b));
}

const struct route api_look_routes[] = {
    {GET, "/brand/theme.css", look_theme, .public_ = true, .raw = true, .name = "brand.theme",
     .summary = "The brand's colours."},
    {GET, "/brand/logo.svg", look_logo, .public_ = true, .raw = true, .name = "brand.logo",
     .summary = "The brand's logo."},
    {GET, "/brand/logo-dark.svg", look_logo_dark, .public_ = true, .raw = true, .name = "brand.logo_dark",
     .summary = "The logo for the dark scheme."},
    {GET, "/brand/mark.svg", look_mark, .public_ = true, .raw = true, .name = "brand.mark",
     .summary = "The brand's square mark."},
    {GET, "/favicon.ico", look_favicon, .public_ = true, .raw = true, .name = "brand.favicon",
     .summary = "The icon of a browser's tab, by its old name."},
    {GET, "/favicon.svg", look_favicon, .public_ = true, .raw = true, .name = "brand.icon",
     .summary = "The icon of a browser's tab."},
    {GET, "/manifest.webmanifest", look_manifest, .public_ = true, .raw = true, .name = "brand.manifest",
     .summary = "Name, colour and icon for whoever keeps the portal as an app."},
    {},
};
