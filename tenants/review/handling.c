#include <string.h>

#include "db/db.h"
#include "q_review.h"
#include "review/review_int.h"

/* What people say about causes. */

bool review_id_valid(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("0123456789abcdef", text.p[i]))
            return false;
    return text.n == REVIEW_ID_MAX - 1;
}

static void handled(struct review_groups *all, const struct q_review_handlings_row *row)
{
    for (size_t i = 0; i < all->n; i++) {
        struct review_group *g = &all->v[i];

        if (strcmp(g->id, row->exception_id) != 0)
            continue;
        g->handled = true;
        g->handling = (struct review_handling){
            .assignee = row->assignee, .note = row->note, .by = row->handled_by, .at_us = row->handled_at_us};
        g->handling.archived =
            review_is_archived(row->has_archived_jobs, row->archived_jobs, row->handled_at_us, g->jobs, g->first_us);
    }
}

enum err review_handlings(struct scope *sc, const struct uuid *customer_id, struct review_groups *all)
{
    struct q_review_handlings_rows rows;

    if (uuid_is_nil(customer_id))
        return OK;
    TRY(sc, q_review_handlings(sc, &(struct q_review_handlings_in){.customer_id = *customer_id}, &rows));
    for (size_t i = 0; i < rows.n; i++)
        handled(all, &rows.v[i]);
    return OK;
}

static int32_t jobs_of(const struct review_groups *all, const char *id)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->v[i].id, id) == 0)
            return (int32_t)all->v[i].jobs;
    return 0;
}

enum err review_handle(struct scope *sc, const struct uuid *customer_id, const char *id,
                       const struct review_handling *in)
{
    struct review_groups all;

    TRY(sc, review_groups(sc, customer_id, &all));
    return q_review_handle(sc,
                           &(struct q_review_handle_in){.partner_id = sc->tenant.partner_id,
                                                        .customer_id = *customer_id,
                                                        .exception_id = id,
                                                        .assignee = in->assignee,
                                                        .note = in->note,
                                                        .has_archived_jobs = in->archived,
                                                        .archived_jobs = jobs_of(&all, id),
                                                        .handled_by = in->by},
                           NULL);
}
