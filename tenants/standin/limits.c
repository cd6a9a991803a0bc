#include "standin/standin_int.h"

#include <strings.h>

#include "base/must.h"
#include "base/timefmt.h"

/* How often the vendor lets itself be called: real buckets, which count only when somebody has turned them on. */

struct standin_bucket *standin_bucket(struct standin *s, const char *name)
{
    for (size_t i = 0; name && i < s->limits.n; i++)
        if (strcmp(s->limits.v[i].name, name) == 0)
            return &s->limits.v[i];
    return NULL;
}

void standin_limits_reset(struct standin *s)
{
    s->limits.calls = s->limits.refused = 0;
    for (size_t i = 0; i < s->limits.n; i++)
        s->limits.v[i].begun = false, s->limits.v[i].taken = 0;
}

void standin_limits(struct standin *s, int64_t (*now_us)(void))
{
    standin_limits_reset(s);
    s->limits.now_us = now_us;
}

bool standin_has_limits(const struct standin *s)
{
    return s->limits.n > 0;
}

struct standin_counts standin_limits_counted(const struct standin *s)
{
    double most = 0;

    for (size_t i = 0; i < s->limits.n; i++)
        most = s->limits.v[i].taken > most ? s->limits.v[i].taken : most;
    return (struct standin_counts){most, s->limits.calls, s->limits.refused};
}

static void fill(struct standin_bucket *b, int64_t now_us)
{
    double gone_s = b->begun ? (double)(now_us - b->at_us) / 1e6 : 0;

    b->left = b->begun ? b->left + gone_s * b->a_second : b->most;
    b->left = b->left < b->most ? b->left : b->most;
    b->begun = true;
    b->at_us = now_us;
}

static struct doc told(struct scope *sc, const struct standin_bucket *b, double cost, double spent)
{
    const char *const names[] = {"a_second", "most", "left", "cost", "spent"};
    const double values[] = {b->a_second, b->most, b->left < 0 ? 0 : (double)(int64_t)b->left, cost, spent};
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * ARRAY_LEN(names));

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        v[2 * i] = doc_make_text(str_of(names[i]));
        v[2 * i + 1] = doc_make_real(values[i]);
    }
    return doc_make_object(v, ARRAY_LEN(names));
}

static enum err number(struct scope *sc, const struct standin *s, const struct standin_bound *b, const struct expr *e,
                       double otherwise, double *out)
{
    struct doc v;

    *out = otherwise;
    if (!e)
        return OK;
    TRY(sc, standin_eval(sc, s, b, e, NULL, &v));
    if (!doc_real(&v, out) || *out < 0)
        return FAIL(sc, ERR_INTERNAL, "the stand-in's cost is no number");
    return OK;
}

static enum err refusal(struct scope *sc, struct standin *s, const struct standin_bound *b, struct standin_reply *out)
{
    int64_t status;
    struct doc v;

    TRY(sc, standin_eval(sc, s, b, s->limits.refuse, NULL, &v));
    if (!doc_int(doc_get(&v, "status"), &status) || status < 100 || status > 599)
        return FAIL(sc, ERR_INTERNAL, "the stand-in's refusal by its limits has no status");
    s->limits.refused++;
    out->status = (int)status;
    if (doc_get(&v, "headers"))
        out->headers = *doc_get(&v, "headers");
    return standin_text(sc, doc_get(&v, "body"), out);
}

enum err standin_limit(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                       struct standin_reply *out, bool *out_in)
{
    struct standin_bucket *bucket = standin_bucket(s, r && r->bucket ? r->bucket : s->limits.every);
    double cost, spent;

    *out_in = true;
    if (!s->limits.now_us || !bucket || (r && r->open))
        return OK;
    TRY(sc, number(sc, s, b, s->limits.cost, 1, &cost));
    TRY(sc, number(sc, s, b, s->limits.spent, cost, &spent));
    fill(bucket, s->limits.now_us());
    *out_in = bucket->left >= cost;
    s->limits.calls++;
    if (*out_in) {
        bucket->left -= spent;
        bucket->taken += spent;
    }
    standin_bind_set(b, "limit", told(sc, bucket, cost, *out_in ? spent : 0));
    return *out_in ? OK : refusal(sc, s, b, out);
}

static bool has_name(struct scope *sc, const struct doc *headers, struct str name)
{
    for (size_t i = 0; i < doc_count(headers); i++)
        if (strcasecmp(str_dup(sc->arena, doc_key(headers, i)), str_dup(sc->arena, name)) == 0)
            return true;
    return false;
}

enum err standin_limit_headers(struct scope *sc, struct standin *s, const struct standin_bound *b,
                               struct standin_reply *out)
{
    const struct doc *limit = standin_bound(b, "limit");
    struct doc v, *all;
    size_t n, k = 0;

    if (!s->limits.headers || !limit || expr_is_absent(*limit))
        return OK;
    TRY(sc, standin_eval(sc, s, b, s->limits.headers, NULL, &v));
    n = doc_kind(&out->headers) == DOC_OBJECT ? doc_count(&out->headers) : 0;
    all = ARENA_ARRAY(sc->arena, struct doc, 2 * (n + doc_count(&v)) + 1);
    for (size_t i = 0; i < n; i++) {
        if (has_name(sc, &v,
                     doc_key(&out->headers, i))) /* what the bucket is counts, and not what a route says of it */
            continue;
        all[k++] = doc_make_text(doc_key(&out->headers, i));
        all[k++] = *doc_at(&out->headers, i);
    }
    for (size_t i = 0; i < doc_count(&v); i++) {
        all[k++] = doc_make_text(doc_key(&v, i));
        all[k++] = *doc_at(&v, i);
    }
    out->headers = doc_make_object(all, k / 2);
    return OK;
}

enum err standin_limits_turned(struct scope *sc, struct standin *s, const struct doc *d)
{
    bool on;

    if (!doc_bool(doc_get(d, "on"), &on))
        return FAIL(sc, ERR_INVALID, "\"on\" is true or false");
    if (on && s->limits.n == 0)
        return FAIL(sc, ERR_INVALID, "the stand-in's document has no limits");
    standin_limits(s, on ? time_now_us : NULL);
    return OK;
}
