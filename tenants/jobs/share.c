#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "jobs/jobs_int.h"

/* A list for each last octet of a customer's id. */
struct share {
    struct share *next;
    struct ticket of; /* no job's */
    size_t n;
};

static struct share **bucket_of(struct shares *s, const struct flow_ticket *t)
{
    return &s->buckets[t->customer_id.b[sizeof(t->customer_id.b) - 1] % SHARE_BUCKETS];
}

static struct share **find(struct shares *s, const struct flow_ticket *t)
{
    struct share **at = bucket_of(s, t);

    while (*at && ((int)(*at)->of.lane != t->lane || !uuid_equal(&(*at)->of.customer_id, &t->customer_id) ||
                   !uuid_equal(&(*at)->of.partner_id, &t->partner_id)))
        at = &(*at)->next;
    return at;
}

void shares_add(struct shares *s, const struct flow_ticket *t)
{
    struct share **at = find(s, t);

    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            out_of_memory();
        (*at)->of =
            (struct ticket){.partner_id = t->partner_id, .customer_id = t->customer_id, .lane = (enum lane)t->lane};
    }
    (*at)->n++;
}

void shares_drop(struct shares *s, const struct flow_ticket *t)
{
    struct share **at = find(s, t);
    struct share *gone;

    MUST_BE(*at);
    if (--(*at)->n > 0)
        return;
    gone = *at;
    *at = gone->next;
    free(gone);
}

size_t shares_of(const struct shares *s, size_t least, struct ticket out[SHARES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < SHARE_BUCKETS; i++)
        for (const struct share *p = s->buckets[i]; p; p = p->next)
            if (p->n >= least && n < SHARES_MAX)
                out[n++] = p->of;
    return n;
}

size_t shares_top(const struct shares *s, size_t fewer_than)
{
    size_t top = 0;

    for (size_t i = 0; i < SHARE_BUCKETS; i++)
        for (const struct share *p = s->buckets[i]; p; p = p->next)
            if (p->n < fewer_than && p->n > top)
                top = p->n;
    return top;
}
