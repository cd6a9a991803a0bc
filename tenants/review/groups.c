#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "q_review.h"
#include "review/review_int.h"

/* From rows of the ledger to groups by cause. */

#define ID_OCTETS 16

static const char *text_or(const char *text)
{
    return text ? text : "";
}

void review_id_of(struct scope *sc, const struct review_group *g, char out[REVIEW_ID_MAX])
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf text, hex;

    buf_init(&text, sc->arena, 2000);
    buf_f(&text, "%s\n%s\n%s\n%s\n%s", g->class, g->connector, g->operation, g->cause.code, g->path);
    crypto_hash(text.p, text.n, hash);
    buf_init(&hex, sc->arena, REVIEW_ID_MAX);
    buf_hex(&hex, hash, ID_OCTETS);
    memcpy(out, buf_cstr(&hex), REVIEW_ID_MAX);
}

static struct review_group *group_of(struct scope *sc, struct review_groups *all, const struct q_review_rows_row *row)
{
    struct review_group g = {.class = text_or(row->outcome), .operation = text_or(row->operation)};

    why_cause_of(sc->arena, row->reason, row->outcome, row->stopped, &g.cause);
    g.connector = text_or(g.cause.theirs && row->target_connector ? row->target_connector : row->source_connector);
    g.path = g.cause.path;
    review_id_of(sc, &g, g.id);
    for (size_t i = 0; i < all->n; i++)
        if (memcmp(all->v[i].id, g.id, REVIEW_ID_MAX) == 0)
            return &all->v[i];
    g.first_us = INT64_MAX;
    g.last_us = INT64_MIN;
    g.system = g.cause.theirs && row->target ? row->target : row->source;
    all->v[all->n] = g;
    return &all->v[all->n++];
}

static void worth_add(struct review_group *g, const struct q_review_rows_row *row)
{
    if (!row->currency || !row->priced)
        return;
    for (size_t i = 0; i < g->money_count; i++)
        if (strcmp(g->monies[i].currency, row->currency) == 0) {
            g->monies[i].minor += row->total_minor;
            return;
        }
    if (g->money_count == REVIEW_MONIES || strlen(row->currency) != 3)
        return;
    g->monies[g->money_count].minor = row->total_minor;
    memcpy(g->monies[g->money_count++].currency, row->currency, 4);
}

/* Rows come customer by customer. */
static void customer_add(struct review_group *g, const struct uuid *customer_id)
{
    if (g->customers == 0 || !uuid_equal(&g->last_customer, customer_id))
        g->customers++;
    g->last_customer = *customer_id;
}

static void scope_add(struct review_group *g, const struct q_review_rows_row *row)
{
    struct uuid scope = row->has_source_id ? row->source_id : row->flow_id;

    for (size_t i = 0; i < g->scope_count; i++)
        if (uuid_equal(&g->scopes[i].scope_id, &scope)) {
            if (row->first_at_us < g->scopes[i].since_us)
                g->scopes[i].since_us = row->first_at_us;
            return;
        }
    if (g->scope_count < REVIEW_SCOPES)
        g->scopes[g->scope_count++] = (struct review_scope){row->customer_id, scope, row->first_at_us};
}

static void row_add(struct review_group *g, const struct q_review_rows_row *row)
{
    const char *system = g->cause.theirs && row->target ? row->target : row->source;

    g->jobs += row->jobs;
    g->stopped += row->stopped ? row->jobs : 0;
    g->last_hour += row->last_hour;
    g->last_day += row->last_day;
    if (row->first_at_us < g->first_us)
        g->first_us = row->first_at_us;
    if (row->last_at_us > g->last_us) {
        g->last_us = row->last_at_us;
        g->sample = row->reason;
        g->job_id = row->job_id;
    }
    if (!system || !g->system || strcmp(system, g->system) != 0)
        g->system = NULL;
    worth_add(g, row);
    customer_add(g, &row->customer_id);
    scope_add(g, row);
}

static int by_jobs(const void *a, const void *b)
{
    const struct review_group *x = a, *y = b;

    if (x->jobs != y->jobs)
        return x->jobs < y->jobs ? 1 : -1;
    return memcmp(x->id, y->id, REVIEW_ID_MAX);
}

/* ---- what goes well beside it ---- */

static enum err went_well(struct scope *sc, struct review_groups *all)
{
    size_t most = all->n * REVIEW_SCOPES, n = 0;
    struct uuid *customers = ARENA_ARRAY(sc->arena, struct uuid, most),
                *scopes = ARENA_ARRAY(sc->arena, struct uuid, most);
    int64_t *sinces = ARENA_ARRAY(sc->arena, int64_t, most);
    struct review_group **of = ARENA_ARRAY(sc->arena, struct review_group *, most);
    struct q_review_went_well_rows rows;

    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->v[i].scope_count; k++, n++) {
            customers[n] = all->v[i].scopes[k].customer_id;
            scopes[n] = all->v[i].scopes[k].scope_id;
            sinces[n] = all->v[i].scopes[k].since_us;
            of[n] = &all->v[i];
        }
    if (n == 0)
        return OK;
    TRY(sc, q_review_went_well(sc,
                               &(struct q_review_went_well_in){.customer_ids = customers,
                                                               .customer_ids_n = n,
                                                               .scope_ids = scopes,
                                                               .scope_ids_n = n,
                                                               .sinces_us = sinces,
                                                               .sinces_n = n},
                               &rows));
    for (size_t i = 0; i < rows.n; i++)
        of[rows.v[i].place - 1]->went_well += rows.v[i].done;
    return OK;
}

static void judged(struct scope *sc, struct review_group *g)
{
    char since[TIME_TEXT_MAX];

    time_format(g->first_us - g->first_us % 1000000, since);
    g->verdict = review_verdict_of(g->jobs, g->went_well);
    if (g->verdict == REVIEW_DATA)
        g->verdict_words =
            arena_f(sc->arena, "%lld of %lld: data", (long long)g->jobs, (long long)(g->jobs + g->went_well));
    else if (g->verdict == REVIEW_CONFIGURATION)
        g->verdict_words = arena_f(sc->arena, "all %lld fail since %s: configuration", (long long)g->jobs, since);
    else
        g->verdict_words = "one alone, and nothing beside it to compare";
}

static int64_t counted(const struct q_review_rows_rows *rows, bool stopped)
{
    int64_t n = 0;

    for (size_t i = 0; i < rows->n; i++)
        n += rows->v[i].stopped == stopped ? rows->v[i].jobs : 0;
    return n;
}

enum err review_causes(struct scope *sc, const struct uuid *customer_id, struct review_groups *out)
{
    struct q_review_rows_rows rows;

    TRY(sc, q_review_rows(sc, &(struct q_review_rows_in){.customer_id = *customer_id, .most = REVIEW_JOBS_MAX}, &rows));
    *out = (struct review_groups){.v = ARENA_ARRAY(sc->arena, struct review_group, rows.n)};
    for (size_t i = 0; i < rows.n; i++)
        row_add(group_of(sc, out, &rows.v[i]), &rows.v[i]);
    out->jobs = counted(&rows, true) + counted(&rows, false);
    out->all =
        counted(&rows, true) < REVIEW_JOBS_MAX && counted(&rows, false) < REVIEW_JOBS_MAX && out->n <= REVIEW_MOST;
    qsort(out->v, out->n, sizeof(*out->v), by_jobs);
    out->n = out->n < REVIEW_MOST ? out->n : REVIEW_MOST;
    for (size_t i = 0; i < out->n; i++)
        out->v[i].trend = review_trend_of(out->v[i].last_hour, out->v[i].last_day);
    return review_handlings(sc, customer_id, out);
}

enum err review_groups(struct scope *sc, const struct uuid *customer_id, struct review_groups *out)
{
    TRY(sc, review_causes(sc, customer_id, out));
    TRY(sc, went_well(sc, out));
    for (size_t i = 0; i < out->n; i++)
        judged(sc, &out->v[i]);
    return OK;
}
