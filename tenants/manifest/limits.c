#include "manifest/manifest_int.h"

/* How often and how much at once, as a manifest writes it, and what answers say of it. */

#define SECONDS_MAX 86400
#define CALLS_MAX   1000000
#define BURST_MAX   100000
#define EPOCH_MS    INT64_C(100000000000) /* a larger number of milliseconds is a time since 1970 */

/* So many in so many seconds; in a thousand of them at least one, rounded down. */
static void rate_of(struct reading *r, const struct doc *d, const char *pointer, const char *what,
                    struct connector_rate *out)
{
    int64_t calls = manifest_int(r, d, pointer, what, 1, CALLS_MAX, 0);
    int64_t seconds = manifest_int(r, d, pointer, "seconds", 1, SECONDS_MAX, 1), burst;

    burst = calls > BURST_MAX ? BURST_MAX : calls ? calls : 1;
    out->per_1000_s = calls * 1000 / seconds;
    out->burst = manifest_int(r, d, pointer, "burst", 1, BURST_MAX, burst);
    if (calls && !out->per_1000_s)
        manifest_fault(r, manifest_below(r, pointer, "seconds"), "out_of_range",
                       "at least one in a thousand seconds is what can be kept");
}

static void buckets(struct reading *r, const struct doc *list, const char *pointer, struct manifest_limits *out)
{
    static const char *const names[] = {"calls", "seconds", "burst", "comment", NULL};
    size_t n = doc_count(list);

    if (!list)
        return;
    if (doc_kind(list) != DOC_OBJECT || n > MANIFEST_BUCKETS_MAX) {
        manifest_fault(r, pointer, "wrong_type", "must be an object of at most %d buckets by their names",
                       MANIFEST_BUCKETS_MAX);
        return;
    }
    out->buckets = ARENA_ARRAY(r->keep, struct manifest_bucket, n);
    for (size_t i = 0; i < n; i++) {
        const char *name = str_dup(r->keep, doc_key(list, i)), *here = manifest_below(r, pointer, name);

        if (!*name || strlen(name) > 64)
            manifest_fault(r, here, "invalid", "a bucket's name has 1 to 64 octets");
        if (!manifest_object(r, doc_at(list, i), here, names))
            continue;
        if (!doc_get(doc_at(list, i), "calls"))
            manifest_fault(r, manifest_below(r, here, "calls"), "required", "must say how many calls in \"seconds\"");
        out->buckets[out->bucket_count].name = name;
        rate_of(r, doc_at(list, i), here, "calls", &out->buckets[out->bucket_count++].rate);
    }
}

static void each(struct reading *r, const struct doc *d, struct manifest_limits *out)
{
    static const char *const names[] = {"calls", "seconds", "burst", "comment", NULL};

    if (!d || !manifest_object(r, d, "/limits/each", names))
        return;
    if (!doc_get(d, "calls"))
        manifest_fault(r, "/limits/each/calls", "required", "must say how many calls in \"seconds\"");
    rate_of(r, d, "/limits/each", "calls", &out->each);
}

static const struct expr *told_of(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                                  struct manifest_limits *out)
{
    const struct expr *e = manifest_expr(r, d, pointer, member, false);
    struct expr_reads reads;

    if (!e)
        return NULL;
    expr_reads(r->sc->arena, e, "", &reads);
    out->reads_body |= reads.n > 0;
    return e;
}

static void told(struct reading *r, const struct doc *d, const char *pointer, struct manifest_limits *out)
{
    static const char *const names[] = {"a_second", "most", "left", "more_ms", "asked", "spent", "comment", NULL};

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    out->told = true;
    out->a_second = told_of(r, d, pointer, "a_second", out);
    out->most = told_of(r, d, pointer, "most", out);
    out->left = told_of(r, d, pointer, "left", out);
    out->more_ms = told_of(r, d, pointer, "more_ms", out);
    out->asked = told_of(r, d, pointer, "asked", out);
    out->spent = told_of(r, d, pointer, "spent", out);
}

void manifest_read_limits(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"concurrency", "at_once", "calls",   "points", "seconds", "burst",
                                        "usual",       "told",    "buckets", "each",   "comment", NULL};
    struct manifest_limits *l = &r->m->limits;
    const char *here = "/limits";

    r->m->named.concurrency = 4;
    if (!d || !manifest_object(r, d, here, names))
        return;
    r->m->named.concurrency =
        (unsigned)manifest_int(r, d, here, "concurrency", 1, ERP_CONCURRENCY_MAX, r->m->named.concurrency);
    r->m->named.at_once = (unsigned)manifest_int(r, d, here, "at_once", 1, 1000, 0);
    l->points = doc_get(d, "points") != NULL;
    if (l->points && doc_get(d, "calls"))
        manifest_fault(r, "/limits/calls", "contradiction", "an account is counted in calls or in points");
    rate_of(r, d, here, l->points ? "points" : "calls", &r->m->named.rate);
    l->usual = manifest_int(r, d, here, "usual", 1, BURST_MAX, 1);
    if (!l->points && doc_get(d, "usual"))
        manifest_fault(r, "/limits/usual", "not_allowed", "only points have a usual number for each call");
    buckets(r, doc_get(d, "buckets"), "/limits/buckets", l);
    each(r, doc_get(d, "each"), l);
    told(r, doc_get(d, "told"), "/limits/told", l);
}

static const struct manifest_bucket *bucket_of(const struct manifest *m, const char *name)
{
    for (size_t i = 0; name && i < m->limits.bucket_count; i++)
        if (strcmp(m->limits.buckets[i].name, name) == 0)
            return &m->limits.buckets[i];
    return NULL;
}

void manifest_read_cost(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"bucket", "points", "comment", NULL};

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    o->bucket = manifest_text(r, d, pointer, "bucket", 64, false);
    if (o->bucket && !bucket_of(r->m, o->bucket))
        manifest_fault(r, manifest_below(r, pointer, "bucket"), "not_found", "/limits/buckets has no \"%s\"",
                       o->bucket);
    o->points = manifest_int(r, d, pointer, "points", 1, BURST_MAX, 0);
    if (o->points && !r->m->limits.points)
        manifest_fault(r, manifest_below(r, pointer, "points"), "not_allowed", "/limits counts no points");
}

/* ---- running ---- */

static const struct manifest_operation *called(const struct manifest *m, const struct ask *ask)
{
    const struct manifest_operation *o = manifest_operation(m, ask->operation);

    return o && ask->probe ? manifest_operation(m, o->probe) : o;
}

void manifest_cost(const struct erp_site *site, const struct ask *ask, struct connector_cost *out)
{
    const struct manifest *m = manifest_at(site);
    const struct manifest_operation *o = called(m, ask);
    const struct manifest_bucket *b = o ? bucket_of(m, o->bucket) : NULL;

    *out = (struct connector_cost){0};
    if (!b && o && m->limits.each.per_1000_s) {
        out->bucket = o->name;
        out->rate = m->limits.each;
    } else if (m->limits.points && !b) /* a bucket counts calls */
        out->tokens = o && o->points ? o->points : m->limits.usual;
    if (!b)
        return;
    out->bucket = b->name;
    out->rate = b->rate;
}

/* Thousandths of a number that an expression gives, if it gives one that may be. */
static int64_t number_of(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *body,
                         int64_t otherwise)
{
    const char *why;
    struct doc v;
    double n;

    if (!e || !manifest_eval(sc, run, e, body, &v, &why) || !doc_real(&v, &n) || !(n >= 0 && n < 1e13))
        return otherwise;
    return (int64_t)(n * 1000 + 1e-6); /* down: what is more than is said would be refused */
}

/* As whole tokens, of which a part is none. */
static int64_t tokens_of(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *body,
                         int64_t otherwise)
{
    int64_t n = number_of(sc, run, e, body, -1);

    return n < 0 ? otherwise : n / 1000;
}

/* Microseconds from now. */
static int64_t more_us(const struct erp_site *site, int64_t thousandths)
{
    int64_t ms = thousandths / 1000;

    if (ms < EPOCH_MS)
        return thousandths;
    return ms * 1000 > site->now_us ? ms * 1000 - site->now_us : 0;
}

bool manifest_said(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct http_reply *reply,
                   struct connector_said *out)
{
    struct manifest_run run = {
        .m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask, .reply = reply};
    const struct manifest_limits *l = &run.m->limits;
    const struct doc *body = NULL;

    if (l->reads_body && reply->body.n && doc_parse(sc, reply->body, &body) != OK) {
        scope_clear(sc);
        return false;
    }
    *out = (struct connector_said){.per_1000_s = number_of(sc, &run, l->a_second, body, 0),
                                   .burst = tokens_of(sc, &run, l->most, body, 0),
                                   .left = tokens_of(sc, &run, l->left, body, -1),
                                   .more_us = more_us(site, number_of(sc, &run, l->more_ms, body, 0)),
                                   .asked = tokens_of(sc, &run, l->asked, body, -1),
                                   .spent = tokens_of(sc, &run, l->spent, body, -1)};
    return out->per_1000_s || out->burst || out->left >= 0 || out->asked >= 0 || out->spent >= 0;
}
