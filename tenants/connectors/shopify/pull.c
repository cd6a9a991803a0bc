#include <string.h>

#include "base/timefmt.h"
#include "connectors/shopify/shopify_int.h"

/* What a shop is asked by sweeps, in the Admin interface's resource form, since its bodies are those of the webhooks.
 * Pages go on by id (since_id), which the answer's body says; the window filters by updated_at, to the second. A change
 * within the same second as a version that is known cannot be told from it.
 */
#define VERSION "2026-07"
#define BASE    "admin/api/" VERSION "/"
#define TOPIC   "orders/updated"

const char *shopify_url(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const char *url = doc_cstr(sc->arena, doc_get(settings, "api_url"));
    struct str shop = doc_text(doc_get(settings, "shop"));

    (void)c;
    return url ? url : arena_f(sc->arena, "https://%.*s/", (int)shop.n, shop.p);
}

static struct http_call ask(const struct erp_site *site, const char *url)
{
    return (struct http_call){
        .method = "GET", .url = url, .authorization = site->session, .authorization_header = "x-shopify-access-token"};
}

static enum err changes(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                        struct http_call *out)
{
    char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

    time_format(w->from_us - w->from_us % 1000000, from);
    time_format(w->until_us - w->until_us % 1000000, until);
    *out = ask(site, arena_f(sc->arena,
                             "%s" BASE "orders.json?status=any&limit=%d&fields=id,updated_at&updated_at_min=%s"
                             "&updated_at_max=%s&since_id=%s",
                             site->url, SOURCE_PAGE_MAX, from, until, *w->after ? w->after : "0"));
    return OK;
}

/* Nothing is changed by asking, so whatever is no answer may be asked again. */
static enum err fate(struct scope *sc, const struct http_reply *reply)
{
    switch (reply->status) {
    case 200:
        return OK;
    case 401:
    case 403:
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the shop does not accept the API token (answered %d)", reply->status);
    case 429:
        return FAIL(sc, ERR_UPSTREAM_BUSY, "the shop asks to come again later");
    default:
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the shop answered %d", reply->status);
    }
}

static enum err one_change(struct scope *sc, const struct doc *item, int64_t *last, struct source_change *out)
{
    int64_t id;

    if (!doc_int(doc_get(item, "id"), &id) || id <= *last ||
        !time_parse(doc_text(doc_get(item, "updated_at")), &out->changed_us))
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the shop's list has an order without an id and a time, or out of order");
    out->key = arena_f(sc->arena, "%" PRId64, id);
    *last = id;
    return OK;
}

static enum err changes_read(struct scope *sc, const struct http_reply *reply, struct source_page *out)
{
    const struct doc *body, *orders;
    int64_t last = 0;

    TRY(sc, fate(sc, reply));
    TRY(sc, doc_parse(sc, reply->body, &body));
    orders = doc_get(body, "orders");
    if (doc_kind(orders) != DOC_ARRAY || doc_count(orders) > SOURCE_PAGE_MAX)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the shop's answer is no list of orders");
    *out = (struct source_page){.n = doc_count(orders)};
    out->changes = ARENA_ARRAY(sc->arena, struct source_change, out->n);
    for (size_t i = 0; i < out->n; i++)
        TRY(sc, one_change(sc, doc_at(orders, i), &last, &out->changes[i]));
    out->after = out->n == SOURCE_PAGE_MAX ? out->changes[out->n - 1].key : NULL;
    return OK;
}

static enum err one(struct scope *sc, const struct erp_site *site, const char *key, struct http_call *out)
{
    *out = ask(site, arena_f(sc->arena, "%s" BASE "orders/%s.json", site->url, key));
    return OK;
}

static enum err one_read(struct scope *sc, const struct http_reply *reply, struct source_thing *out)
{
    const struct doc *body;

    *out = (struct source_thing){.topic = TOPIC, .source_version = VERSION};
    if (reply->status == 404) /* deleted since */
        return OK;
    TRY(sc, fate(sc, reply));
    TRY(sc, doc_parse(sc, reply->body, &body));
    out->body = doc_get(body, "order");
    if (doc_kind(out->body) != DOC_OBJECT)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the shop's answer is no order");
    out->found = true;
    return OK;
}

const struct source_pull shopify_pull = {
    .changes = changes,
    .changes_read = changes_read,
    .one = one,
    .one_read = one_read,
    .bucket = "rest", /* as the manifest calls it */
    .concurrency = 2,
    .rate = {.per_1000_s = 2000, .burst = 40},
};
