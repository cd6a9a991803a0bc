#include <string.h>
#include <time.h>

#include "api/manners_int.h"
#include "q_api.h"
#include "json/doc.h"

/* A version is the day since which something reads or is written in another way; what is only added makes none. A key
 * speaks the version it was made for until a request says another. Older versions are told from the newest, one step at
 * a time, object by object. */
static const struct api_version known[] = {{"2026-11-01", 0, 0}, {}};
static const struct api_change changes[] = {{}};
const struct api_versions api_versions = {known, changes};

const struct api_version *version_newest(const struct api_versions *all)
{
    const struct api_version *v = all->known;

    while (v[1].name)
        v++;
    return v;
}

static const struct api_version *named(const struct api_versions *all, struct str name)
{
    for (const struct api_version *v = all->known; v->name; v++)
        if (str_is(name, v->name))
            return v;
    return NULL;
}

static enum err unknown(struct scope *sc, const struct api_versions *all)
{
    enum err e =
        FAIL(sc, ERR_INVALID, "api-version takes one version that is known here, like %s", version_newest(all)->name);

    scope_problem(sc, "api-version-unknown", 400);
    return e;
}

/* While only one is known nobody needs to be asked. */
static enum err pinned(struct scope *sc, const struct api_versions *all, const struct api_version **out)
{
    const struct q_api_key_version_row *key = NULL;
    const struct api_version *v;

    *out = version_newest(all);
    if (sc->actor != ACTOR_API_KEY || *out == all->known)
        return OK;
    TRY(sc, q_api_key_version(sc, &(struct q_api_key_version_in){.api_key_id = sc->actor_id}, &key));
    v = key ? named(all, str_of(key->api_version)) : NULL;
    if (v)
        *out = v;
    return OK;
}

enum err version_find(struct scope *sc, const struct api_versions *all, const struct rq *rq,
                      const struct api_version **out)
{
    const struct api_version *v;

    if (rq_header_count(rq, "api-version") == 0)
        return pinned(sc, all, out);
    v = rq_header_count(rq, "api-version") == 1 ? named(all, rq_header(rq, "api-version")) : NULL;
    if (!v)
        return unknown(sc, all);
    *out = v;
    return OK;
}

/* RFC 9745 and RFC 8594. */
void version_dress(struct scope *sc, struct rs *rs, const struct api_version *v)
{
    time_t end = (time_t)(v->sunset_at_us / 1000000);
    char text[40];
    struct tm tm;

    rs_header(sc, rs, "api-version", v->name);
    if (v->deprecated_at_us)
        rs_header(sc, rs, "deprecation", arena_f(sc->arena, "@%lld", (long long)(v->deprecated_at_us / 1000000)));
    if (v->sunset_at_us && gmtime_r(&end, &tm) && strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm))
        rs_header(sc, rs, "sunset", text);
}

static size_t change_count(const struct api_versions *all)
{
    size_t n = 0;

    while (all->changes[n].version)
        n++;
    return n;
}

/* Dates of one form are in the order of their text. */
static bool is_after(const struct api_change *c, const struct api_version *v, const struct wire *w)
{
    return strcmp(c->version, v->name) > 0 && strcmp(c->object, w->name) == 0;
}

static enum err turn(struct scope *sc, enum err (*how)(struct scope *, const struct doc *, struct buf *),
                     struct str *text)
{
    const struct doc *d;
    struct buf b;

    TRY(sc, doc_parse(sc, *text, &d));
    buf_init(&b, sc->arena, 2 * WIRE_TEXT_MAX);
    TRY(sc, how(sc, d, &b));
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large in that version");
    *text = buf_str(&b);
    return OK;
}

/* The table stands in the order of versions: back is read from its end. */
enum err version_back(struct scope *sc, const struct api_versions *all, const struct api_version *v,
                      const struct wire *w, struct str now, struct str *out)
{
    for (size_t i = change_count(all); i-- > 0;)
        if (is_after(&all->changes[i], v, w) && all->changes[i].back)
            TRY(sc, turn(sc, all->changes[i].back, &now));
    *out = now;
    return OK;
}

enum err version_forth(struct scope *sc, const struct api_versions *all, const struct api_version *v,
                       const struct wire *w, struct str was, struct str *out)
{
    for (const struct api_change *c = all->changes; c->version; c++)
        if (is_after(c, v, w) && c->forth)
            TRY(sc, turn(sc, c->forth, &was));
    *out = was;
    return OK;
}
