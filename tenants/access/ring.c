#include "access/access.h"
#include "access/people_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_people.h"

static enum err ring_one(struct scope *sc, struct org_ring_walk *w, const struct q_totp_page_row *row)
{
    struct org_ring_row of = {"second factor", row->user_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_totp_reseal_in in = {.user_id = row->user_id, .was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, access_totp_label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_totp_reseal(sc, &in, NULL) : OK;
}

enum err access_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    struct q_totp_page_in in = {.below = w->below, .most = ORG_RING_PAGE};
    struct q_totp_page_rows rows;

    if (w->class != ORG_EDGE)
        return OK;
    do {
        TRY(sc, q_totp_page(sc, &in, &rows));
        for (size_t i = 0; i < rows.n; i++)
            TRY(sc, ring_one(sc, w, &rows.v[i]));
        TRY(sc, db_commit(sc));
        if (rows.n)
            in.after = rows.v[rows.n - 1].user_id;
    } while (rows.n == ORG_RING_PAGE);
    return OK;
}
