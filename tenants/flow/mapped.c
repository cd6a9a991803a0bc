#include <string.h>

#include "base/timefmt.h"
#include "canon/schema.h"
#include "db/db.h"
#include "flow/flow_int.h"
#include "xref/xref.h"

/* From a body to a canonical order, by the mapping that is the record's own. */

#define LOOKS_MAX  3  /* at the cross references, when they change while an order is put aside */
#define WORD_SHOWN 60 /* octets */

/* ---- words that no cross reference has ---- */

static bool told_before(const struct mapping_result *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->misses[k].then == r->misses[i].then && strcmp(r->misses[k].table, r->misses[i].table) == 0 &&
            strcmp(r->misses[k].key, r->misses[i].key) == 0)
            return true;
    return false;
}

static bool comes_before(const struct mapping_miss *a, const struct mapping_miss *b)
{
    int order = strcmp(a->table, b->table);

    return order ? order < 0 : strcmp(a->key, b->key) < 0;
}

/* Those of one kind, each word once, in the order in which everybody locks them. */
static size_t sorted(struct scope *sc, const struct mapping_result *r, enum mapping_on_miss then,
                     const struct mapping_miss ***out)
{
    const struct mapping_miss **v = ARENA_ARRAY(sc->arena, const struct mapping_miss *, r->miss_count);
    size_t n = 0;

    for (size_t i = 0; i < r->miss_count; i++) {
        size_t at = n;

        if (r->misses[i].then != then || told_before(r, i))
            continue;
        for (; at > 0 && comes_before(&r->misses[i], v[at - 1]); at--)
            v[at] = v[at - 1];
        v[at] = &r->misses[i];
        n++;
    }
    *out = v;
    return n;
}

static enum err missed(struct scope *sc, const struct passage *p, const struct mapping_miss *m,
                       const struct uuid *order_id, struct xref_word *out)
{
    const char *number = p->job->order_number;
    struct xref_missed x = {.table = m->table, .key = str_of(m->key), .at_us = p->by.received_us};

    x.sample = arena_f(sc->arena, "%s of order %s", m->pointer, number ? number : p->by.record_key.p);
    if (order_id) {
        x.kind = "order";
        x.waiting_id = *order_id;
    }
    return xref_missed(sc, &x, out);
}

/* By name: those of the words, each once. */
static enum err tables_hold(struct scope *sc, const struct mapping_miss *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(v[i]->table, v[i - 1]->table) != 0)
            TRY(sc, xref_hold(sc, v[i]->table));
    return OK;
}

enum err flow_defaults_hold(struct scope *sc, const struct passage *p)
{
    const struct mapping_miss **v;
    size_t n = sorted(sc, &p->mapped.result, MISS_DEFAULT, &v);

    return tables_hold(sc, v, n);
}

enum err flow_defaults(struct scope *sc, const struct passage *p)
{
    const struct mapping_miss **v;
    size_t n = sorted(sc, &p->mapped.result, MISS_DEFAULT, &v);
    struct xref_word unused;

    for (size_t i = 0; i < n; i++)
        TRY(sc, missed(sc, p, v[i], NULL, &unused));
    return OK;
}

static const char *words_wanted(struct scope *sc, const struct passage *p, const struct mapping_miss *const *v,
                                size_t n, bool elsewhen)
{
    const char *first;

    if (elsewhen)
        first = flow_elsewhen(sc, v[0]->table, v[0]->key, p->by.received_us);
    else
        first =
            arena_f(sc->arena, "%s has no entry for \"%s\"", v[0]->table, arena_cut(sc->arena, v[0]->key, WORD_SHOWN));
    if (n == 1)
        return first;
    return arena_f(sc->arena, "%s, and %zu more %s in no cross reference", first, n - 1,
                   n == 2 ? "word is" : "words are");
}

/* In the order in which everybody takes them: the cross references, the words, then (elsewhere) the order. *out_first:
 * of the first word. *out_answered: one of them has come meanwhile, and not all were put down. */
static enum err wait_for_words(struct scope *sc, const struct passage *p, const struct mapping_miss *const *v, size_t n,
                               struct xref_word *out_first, bool *out_answered)
{
    struct xref_word word = {false, false};

    TRY(sc, tables_hold(sc, v, n));
    TRY(sc, xref_waits_no_more(sc, "order", &p->job->order_id)); /* but for what this delivery lacks */
    for (size_t i = 0; i < n && !word.answered; i++) {
        TRY(sc, missed(sc, p, v[i], &p->job->order_id, &word));
        if (i == 0)
            *out_first = word;
    }
    *out_answered = word.answered;
    return OK;
}

/* One transaction: the order is held and waits for each word: ERR_HOLD. OK when one of them has come meanwhile: nothing
 * is done then. */
static enum err put_aside(struct scope *sc, struct passage *p)
{
    const struct mapping_miss **v;
    size_t n = sorted(sc, &p->mapped.result, MISS_HOLD, &v);
    struct uuid order_id;
    struct xref_word first;
    const char *why;
    bool answered;

    if (n == 0)
        return FAIL(sc, ERR_HOLD, "words of it are in no cross reference");
    TRY(sc, flow_fence(sc, p->job));
    TRY(sc, wait_for_words(sc, p, v, n, &first, &answered));
    if (answered) {
        db_rollback(sc);
        return OK;
    }
    why = words_wanted(sc, p, v, n, first.elsewhen);
    TRY(sc, flow_shelve(sc, p->job, why, &order_id));
    TRY(sc, db_commit(sc));
    return FAIL(sc, ERR_HOLD, "%s", why);
}

/* ---- what the mapping says is wrong ---- */

static bool all_readable(const struct mapping_result *r)
{
    for (size_t i = 0; i < r->faults.n; i++)
        if (!canon_readable(r->faults.v[i].code))
            return false;
    return r->made;
}

static const char *in_words(struct scope *sc, const struct mapping_faults *all)
{
    const struct mapping_fault *f = &all->v[0];
    const char *more = all->n > 1 ? arena_f(sc->arena, "; and %zu more faults", all->n - 1) : "";

    if (f->rule && f->line)
        return arena_f(sc->arena, "the rule for %s failed in line %u, column %u: %s%s", f->rule, f->line, f->column,
                       f->detail, more);
    return arena_f(sc->arena, "%s of the order %s%s", f->pointer, f->detail, more);
}

static enum err refuse(struct scope *sc, const struct mapping_faults *all)
{
    for (size_t i = 0; i < all->n; i++)
        scope_item(sc, all->v[i].pointer, all->v[i].code, "%s", all->v[i].detail);
    return FAIL(sc, ERR_INVALID, "%s", in_words(sc, all));
}

/* Changes elsewhere are made once for each natural key: by another one they would be made again. */
static enum err key_check(struct scope *sc, const struct passage *p)
{
    const char *key = p->order.natural_key ? p->order.natural_key : "";

    if (strcmp(key, p->by.record_key.p) == 0)
        return OK;
    scope_item(sc, "/natural_key", "not_its_own", "must be what the source calls it: %s", p->by.record_key.p);
    return FAIL(sc, ERR_INVALID, "the mapping gives the order the natural key \"%s\", and its source calls it %s", key,
                p->by.record_key.p);
}

/* What reads well is judged by what a sale needs; what the schema asks beyond that holds it too. */
static enum err judge(struct scope *sc, struct passage *p)
{
    const struct mapping_result *r = &p->mapped.result;
    enum err e;

    if (!r->valid && !all_readable(r))
        return refuse(sc, &r->faults);
    TRY(sc, canon_order_read(sc, &r->value, &p->order));
    TRY(sc, key_check(sc, p));
    if (!p->order.number) /* it came out empty, which holds the order; people call it something all the same */
        p->order.number = p->order.natural_key;
    e = canon_order_check(sc, &p->order);
    if (e == OK && !r->valid)
        p->held = in_words(sc, &r->faults);
    if (e != ERR_HOLD)
        return e;
    p->held = scope_fault(sc)->message;
    scope_clear(sc);
    return OK;
}

/* ---- both ---- */

static const char *number_of(struct scope *sc, const struct mapping_result *r)
{
    const char *number = doc_cstr(sc->arena, doc_get(&r->value, "number"));

    return number && *number ? number : NULL;
}

static int64_t version_of(const struct mapping_result *r)
{
    int64_t us = 0;

    return time_parse(doc_text(doc_get(&r->value, "updated_at")), &us) ? us : 0;
}

/* The version that its source gives a delivery decides; where that is the same or not known, which came later. */
static bool is_older(const struct passage *p)
{
    int64_t mine = p->job->version_us;

    if (mine && p->known_version_us && mine != p->known_version_us)
        return mine < p->known_version_us;
    return uuid_compare(&p->job->job_id, &p->newest_job_id) < 0;
}

/* Whether it looks as what came before it, for what this mapping reads. */
static enum err judge_shape(struct scope *sc, struct passage *p, const struct doc *body)
{
    struct flow_payload in = {.object = p->by.object, .version = p->source_version, .body = body};

    in.read_count = mapping_reads(p->mapped.mapping, &in.reads);
    return flow_drift(sc, p->job, &in);
}

enum err flow_map(struct scope *sc, struct passage *p, const struct doc *body)
{
    for (int look = 0; look < LOOKS_MAX; look++) {
        TRY(sc, live_map(sc, &p->by, body, &p->mapped));
        p->job->order_number = number_of(sc, &p->mapped.result);
        p->job->version_us = version_of(&p->mapped.result);
        p->stored.superseded = is_older(p);
        if (p->stored.superseded)
            return OK;
        if (look == 0)
            TRY(sc, judge_shape(sc, p, body));
        if (!p->mapped.result.held)
            return judge(sc, p);
        TRY(sc, put_aside(sc, p));
    }
    return FAIL(sc, ERR_UNAVAILABLE, "the cross references of the order change all the time");
}
