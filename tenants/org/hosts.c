#include <string.h>

#include "db/db.h"
#include "org/hosts.h"
#include "org/org_int.h"
#include "q_org.h"

static bool label_is_fine(const char *p, size_t n)
{
    if (n == 0 || n > 63 || p[0] == '-' || p[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '-'))
            return false;
    return true;
}

bool org_host_name_is_fine(struct str host)
{
    size_t labels = 0, at = 0;
    bool lettered = false; /* the last label: an address has digits alone */

    if (host.n > 200) /* room for the record's name */
        return false;
    while (at < host.n || labels == 0) {
        const char *p = host.p + at, *dot = at < host.n ? memchr(p, '.', host.n - at) : NULL;
        size_t n = dot ? (size_t)(dot - p) : host.n - at;

        if (!label_is_fine(p, n) || (dot && at + n + 1 == host.n))
            return false;
        lettered = strspn(p, "0123456789") < n;
        labels++;
        at += n + (dot != NULL);
    }
    return labels >= 2 && lettered;
}

static const char *token_new(struct scope *sc)
{
    uint8_t random[32];
    struct buf b;

    crypto_random(random, sizeof(random));
    buf_init(&b, sc->arena, 2 * sizeof(random) + 1);
    buf_hex(&b, random, sizeof(random));
    return buf_cstr(&b);
}

static enum err refuse_name(struct scope *sc)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, "/host", "not_a_host", "must be a host name like portal.example.com, in lower case");
    e = FAIL(sc, ERR_INVALID, "this is not a host name");
    scope_problem(sc, "validation", 422);
    return e;
}

enum err org_claim_make(struct scope *sc, const char *host, struct uuid *out_id)
{
    const struct q_host_claim_row *row;
    struct q_host_count_row count;
    struct uuid id = uuid_new();

    if (!org_host_name_is_fine(str_of(host)))
        return refuse_name(sc);
    TRY(sc, q_host_count(sc, &count));
    if (count.hosts >= ORG_HOSTS_MAX)
        return FAIL(sc, ERR_CONFLICT, "there are %d hosts already; release one first", ORG_HOSTS_MAX);
    TRY(sc, q_host_claim(sc,
                         &(struct q_host_claim_in){
                             .partner_id = sc->tenant.partner_id, .host_id = id, .host = host, .token = token_new(sc)},
                         &row));
    if (!row)
        return FAIL(sc, ERR_CONFLICT, "this host is among yours already");
    *out_id = id;
    return OK;
}

/* Both statements give the same columns. */
#define CLAIM_OF(row_)                                                                                                 \
    ((struct org_claim){.host_id = (row_)->host_id,                                                                    \
                        .host = (row_)->host,                                                                          \
                        .token = (row_)->token,                                                                        \
                        .verified = (row_)->has_verified_at,                                                           \
                        .created_at_us = (row_)->created_at_us,                                                        \
                        .checked_at_us = (row_)->has_checked_at ? (row_)->checked_at_us : 0,                           \
                        .verified_at_us = (row_)->has_verified_at ? (row_)->verified_at_us : 0,                        \
                        .has_certificate = (row_)->has_certificate_version,                                            \
                        .not_before_us = (row_)->not_before_us,                                                        \
                        .not_after_us = (row_)->not_after_us,                                                          \
                        .names = (row_)->names,                                                                        \
                        .fingerprint = (row_)->fingerprint})

enum err org_claim_get(struct scope *sc, const struct uuid *id, struct org_claim *out)
{
    const struct q_host_get_row *row;

    TRY(sc, q_host_get(sc, &(struct q_host_get_in){.host_id = *id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such host");
    *out = CLAIM_OF(row);
    return OK;
}

enum err org_claim_list(struct scope *sc, const struct uuid *after, size_t limit, struct org_claim **out, size_t *out_n)
{
    struct q_host_list_rows rows;
    struct org_claim *v;

    TRY(sc, q_host_list(sc, &(struct q_host_list_in){.after = *after, .most = (int32_t)limit}, &rows));
    v = ARENA_ARRAY(sc->arena, struct org_claim, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = CLAIM_OF(&rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err org_claim_checked(struct scope *sc, const struct uuid *id, bool found, bool *out_verified)
{
    enum err e = found ? q_host_verify(sc, &(struct q_host_verify_in){.host_id = *id}, NULL) : ERR_CONFLICT;

    *out_verified = e == OK;
    if (e == OK)
        return OK;
    if (e != ERR_CONFLICT)
        return e;
    if (found) { /* somebody else holds the name: which is not to be told from a record that is not there */
        db_rollback(sc);
        scope_clear(sc);
    }
    return q_host_checked(sc, &(struct q_host_checked_in){.host_id = *id}, NULL);
}

enum err org_claim_release(struct scope *sc, const struct uuid *id)
{
    struct q_host_count_row count;
    struct org_claim claim;

    TRY(sc, org_claim_get(sc, id, &claim));
    TRY(sc, q_host_count(sc, &count));
    if (claim.verified && count.verified < 2)
        return FAIL(sc, ERR_CONFLICT, "the last host that is served cannot be released");
    return q_host_release(sc, &(struct q_host_release_in){.host_id = *id}, NULL);
}

enum err org_host_add(struct scope *sc, const char *host, bool verified, struct uuid *out_id)
{
    TRY(sc, org_claim_make(sc, host, out_id));
    if (verified)
        TRY(sc, q_host_verify(sc, &(struct q_host_verify_in){.host_id = *out_id}, NULL));
    return OK;
}

/* ---- certificates ---- */

/* What a sealed key is bound to. */
static struct str certificate_label(struct scope *sc, const struct uuid *host_id)
{
    char id[UUID_TEXT_LEN + 1];

    uuid_format(host_id, id);
    return str_of(arena_f(sc->arena, "host-certificate/%s", id));
}

enum err org_certificate_put(struct scope *sc, const struct uuid *host_id, const char *chain, struct bytes key,
                             const struct crypto_certificate *about, const char *by)
{
    struct q_certificate_put_in in = {.partner_id = sc->tenant.partner_id,
                                      .host_id = *host_id,
                                      .chain = chain,
                                      .fingerprint = {about->fingerprint, sizeof(about->fingerprint)},
                                      .not_before_us = about->not_before_us,
                                      .not_after_us = about->not_after_us,
                                      .names = about->names,
                                      .stored_by = by};

    TRY(sc, org_seal(sc, ORG_EDGE, certificate_label(sc, host_id), key, &in.key_epoch, &in.sealed));
    return q_certificate_put(sc, &in, NULL);
}

enum err org_certificate_find(struct scope *sc, struct str host, const char **out_chain, struct secret **out_key)
{
    const struct q_certificate_find_row *row;

    TRY(sc, q_certificate_find(sc, &(struct q_certificate_find_in){.host = str_dup(sc->arena, host)}, &row));
    TRY(sc, db_commit(sc));
    *out_chain = NULL;
    if (!row)
        return OK;
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = row->partner_id};
    TRY(sc, org_unseal(sc, ORG_EDGE, row->key_epoch, row->wrapped, certificate_label(sc, &row->host_id), row->sealed,
                       out_key));
    *out_chain = row->chain;
    return OK;
}

static struct str ring_label(struct scope *sc, const struct uuid *host_id, int32_t epoch)
{
    (void)epoch;
    return certificate_label(sc, host_id);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_certificate_page_row *row = at;
    struct org_ring_row of = {"certificate", row->host_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_certificate_reseal_in in = {.host_id = row->host_id, .was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, ring_label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_certificate_reseal(sc, &in, NULL) : OK;
}

static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    struct q_certificate_page_in in = {.below = w->below, .after = *after, .most = ORG_RING_PAGE};
    struct q_certificate_page_rows rows;

    TRY(sc, q_certificate_page(sc, &in, &rows));
    *out = ORG_RING_PAGE_OF(rows, host_id);
    return OK;
}

enum err org_walk_certificates(struct scope *sc, struct org_ring_walk *w)
{
    return w->class == ORG_EDGE ? org_ring_pages(sc, w, ring_fetch, ring_reseal) : OK;
}
