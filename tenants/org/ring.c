#include "base/must.h"
#include "db/db.h"
#include "org/org_int.h"
#include "q_org.h"
#include "sys/fault.h"

#define WALKERS_MAX 16

/* The key ring. Turning it is: a new epoch, everything sealed anew, the old epochs taken away. Each step ends its own
 * transactions and looks at what is there, so that a turn which was killed is gone on with by the next. */
static org_ring_walker *walkers[WALKERS_MAX] = {org_walk_customer_keys, org_walk_signing_keys, org_walk_certificates};
static size_t walker_count = 3;

void org_ring_add(org_ring_walker *walker)
{
    for (size_t i = 0; i < walker_count; i++)
        if (walkers[i] == walker)
            return;
    MUST_BE(walker_count < WALKERS_MAX);
    walkers[walker_count++] = walker;
}

void org_ring_seen(struct org_ring_walk *w, const struct org_ring_item *item)
{
    w->count++;
    w->failed += item->opened != OK;
    if (w->seen)
        w->seen(w->arg, item);
}

enum err org_ring_pages(struct scope *sc, struct org_ring_walk *w, org_ring_fetch *fetch, org_ring_reseal *reseal)
{
    struct org_ring_page page;
    struct uuid after = {{0}};

    do {
        TRY(sc, fetch(sc, w, &after, &page));
        for (size_t i = 0; i < page.n; i++)
            TRY(sc, reseal(sc, w, (const char *)page.rows + i * page.size));
        TRY(sc, db_commit(sc));
        after = page.last;
    } while (page.n == ORG_RING_PAGE);
    return OK;
}

enum err org_ring_row(struct scope *sc, struct org_ring_walk *w, const struct org_ring_row *row, org_ring_label *label,
                      int32_t *out_epoch, struct bytes *out_sealed)
{
    CLEANUP(secret_wipe) struct secret *plain = NULL;
    struct org_target to;
    enum err e =
        org_unseal(sc, w->class, row->epoch, row->wrapped, label(sc, &row->id, row->epoch), row->sealed, &plain);

    *out_sealed = (struct bytes){0};
    org_ring_seen(w, &(struct org_ring_item){row->kind, row->id, row->epoch, e});
    if (e != OK) {
        scope_clear(sc);
        return OK;
    }
    if (!w->renew)
        return OK;
    TRY(sc, org_target_partner(sc, w->class, &to));
    org_seal_to(sc, &to, label(sc, &row->id, to.epoch), (struct bytes){secret_bytes(plain), secret_size(plain)},
                out_sealed);
    *out_epoch = to.epoch;
    return OK;
}

enum err org_ring_each(struct scope *sc, struct org_ring_walk *w)
{
    for (size_t i = 0; i < walker_count; i++)
        TRY(sc, walkers[i](sc, w));
    if (w->renew)
        FAULT_POINT("key_ring.after_reseal");
    return OK;
}

static enum err hold(struct scope *sc, enum org_class c)
{
    return q_key_ring_hold(sc, &(struct q_key_ring_hold_in){.class = org_class_name(c)}, NULL);
}

enum err org_ring_begin(struct scope *sc, enum org_class c, int32_t *out_newest)
{
    struct q_partner_key_span_row span;

    TRY(sc, hold(sc, c));
    TRY(sc, q_partner_key_span(sc, &(struct q_partner_key_span_in){.class = org_class_name(c)}, &span));
    if (span.oldest == span.newest)
        TRY(sc, org_partner_key_create(sc, c, ++span.newest));
    TRY(sc, db_commit(sc));
    FAULT_POINT("key_ring.after_begin");
    *out_newest = span.newest;
    return OK;
}

enum err org_ring_retire(struct scope *sc, enum org_class c, int32_t newest, int32_t *out_retired)
{
    struct q_key_ring_retire_row row;
    enum err e;

    TRY(sc, hold(sc, c));
    e = q_key_ring_retire(sc, &(struct q_key_ring_retire_in){.class = org_class_name(c), .before = newest}, &row);
    if (e == ERR_CONFLICT) {
        scope_clear(sc);
        db_rollback(sc);
        return FAIL(sc, ERR_CONFLICT, "something is still sealed under an older key, which therefore stays");
    }
    TRY(sc, e);
    TRY(sc, db_commit(sc));
    FAULT_POINT("key_ring.after_retire");
    *out_retired = row.retired;
    return OK;
}

/* False when neither key-encryption key opens it. */
static enum err rewrap(struct scope *sc, enum org_class c, const struct q_partner_private_list_row *row, bool *out_done,
                       bool *out_opened)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    struct q_partner_private_rewrap_in in = {.class = org_class_name(c), .epoch = row->epoch, .was = row->wrapped};

    *out_opened = org_unwrap(sc, c, row->epoch, row->wrapped, &private_key, out_done) == OK;
    if (!*out_opened)
        scope_clear(sc);
    *out_done = *out_done && *out_opened;
    if (!*out_done)
        return OK;
    TRY(sc, org_wrap(sc, c, row->epoch, private_key, &in.wrapped));
    return q_partner_private_rewrap(sc, &in, NULL);
}

enum err org_ring_rewrap(struct scope *sc, enum org_class c, size_t *out_done, size_t *out_failed)
{
    struct q_partner_private_list_rows rows;
    size_t done = 0, failed = 0;

    if (!org_kek_is_here(c))
        return FAIL(sc, ERR_FORBIDDEN, "the %s key-encryption key is not configured", org_class_name(c));
    TRY(sc, q_partner_private_list(sc, &(struct q_partner_private_list_in){.class = org_class_name(c)}, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        bool wrapped = false, opened;

        TRY(sc, rewrap(sc, c, &rows.v[i], &wrapped, &opened));
        done += wrapped;
        failed += !opened;
    }
    TRY(sc, db_commit(sc));
    *out_done = done;
    *out_failed = failed;
    return OK;
}

static const char *opens_with(struct scope *sc, enum org_class c, const struct q_partner_private_list_row *row)
{
    CLEANUP(secret_wipe) struct secret *private_key = NULL;
    bool old = false;

    if (!org_kek_is_here(c))
        return "unknown";
    if (org_unwrap(sc, c, row->epoch, row->wrapped, &private_key, &old) == OK)
        return old ? "old" : "current";
    scope_clear(sc);
    return "none";
}

enum err org_ring_list(struct scope *sc, enum org_class c, struct org_ring_epoch **out, size_t *out_n)
{
    struct q_partner_private_list_rows rows;
    struct org_ring_epoch *v;

    TRY(sc, q_partner_private_list(sc, &(struct q_partner_private_list_in){.class = org_class_name(c)}, &rows));
    TRY(sc, db_commit(sc));
    v = ARENA_ARRAY(sc->arena, struct org_ring_epoch, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_ring_epoch){rows.v[i].epoch, opens_with(sc, c, &rows.v[i])};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err org_partner_list(struct scope *sc, struct org_partner **out, size_t *out_n)
{
    struct q_partner_list_rows rows;
    struct org_partner *v;

    TRY(sc, q_partner_list(sc, &rows));
    TRY(sc, db_commit(sc));
    v = ARENA_ARRAY(sc->arena, struct org_partner, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_partner){rows.v[i].partner_id, rows.v[i].slug, rows.v[i].name, rows.v[i].status};
    *out = v;
    *out_n = rows.n;
    return OK;
}
