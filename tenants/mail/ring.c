#include "db/db.h"
#include "mail/mail_int.h"
#include "org/org.h"
#include "q_mail.h"

/* What was sent keeps nothing, and hangs on no older key. */
static enum err emptied(struct scope *sc)
{
    struct q_mail_emptied_in in = {0};

    TRY(sc, org_epoch(sc, ORG_CONNECTION, &in.key_epoch));
    TRY(sc, q_mail_emptied(sc, &in, NULL));
    return db_commit(sc);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_mail_page_row *row = at;
    struct org_ring_row of = {"mail", row->mail_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_mail_reseal_in in = {.mail_id = row->mail_id, .was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, mail_label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_mail_reseal(sc, &in, NULL) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_mail_page_in in = {.below = w->below, .after = *after, .most = ORG_RING_PAGE};
    struct q_mail_page_rows rows;

    TRY(sc, q_mail_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, mail_id);
    return OK;
}

enum err mail_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    if (w->class != ORG_CONNECTION)
        return OK;
    TRY(sc, org_ring_pages(sc, w, ring_fetch, ring_reseal));
    return w->renew ? emptied(sc) : OK;
}
