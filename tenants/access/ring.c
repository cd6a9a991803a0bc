#include "access/access.h"
#include "access/people_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_people.h"

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_totp_page_row *row = at;
    struct org_ring_row of = {"second factor", row->user_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_totp_reseal_in in = {.user_id = row->user_id, .was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, access_totp_label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_totp_reseal(sc, &in, NULL) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_totp_page_in in = {.below = w->below, .after = *after, .most = ORG_RING_PAGE};
    struct q_totp_page_rows rows;

    TRY(sc, q_totp_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, user_id);
    return OK;
}

enum err access_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    return w->class == ORG_EDGE ? org_ring_pages(sc, w, ring_fetch, ring_reseal) : OK;
}
