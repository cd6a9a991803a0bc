#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "obs/obs.h"
#include "json/doc_value.h"

/* What a vendor lists at our own address, made what the work needs. */

#define LEAVE_US  INT64_C(20000000)
#define CHANGE_US INT64_C(60000000)
#define RENEW_US  (INT64_C(36) * 3600 * 1000000) /* before its end: several looks, should some break off */
#define OVERLAP_S 86400                          /* what was signed with the secret before is sent again for so long */

/* Nothing is sent later than it was meant to be, nor waited for without end. */
static enum err change(struct keeping *k, const struct ask *ask, struct told *out)
{
    int64_t now_us;
    enum err e;

    TRY(k->sc, link_hand_over(k->sc, k->link, ask));
    TRY(k->sc, link_enter(k->sc, k->link));
    now_us = time_boot_us();
    link_mark(k->link, now_us + LEAVE_US, now_us + CHANGE_US);
    e = link_ask_page(k->sc, k->link, ask, out);
    link_leave(k->link);
    return e == OK ? OK : scope_pass(k->sc, e, __FILE__, __LINE__);
}

static enum err end(struct keeping *k, const struct doc *item)
{
    struct told told;
    struct ask ask;

    TRY(k->sc, manifest_subscription_end(k->sc, link_site(k->link), item, &ask));
    TRY(k->sc, change(k, &ask, &told));
    LOG(LOG_INFO, "care", k->sc, "a subscription that was there for nothing was ended");
    return OK;
}

/* One that ends by itself is given more time before. */
static enum err renew(struct keeping *k, const struct doc *item, const struct manifest_subscription *s)
{
    struct told told;
    struct ask ask;

    if (!manifest_subscriptions_end(k->m) || s->ends_us == INT64_MIN || s->ends_us > time_now_us() + RENEW_US)
        return OK;
    TRY(k->sc, manifest_subscription_renew(k->sc, link_site(k->link), item, k->address, k->secrets, &ask));
    TRY(k->sc, change(k, &ask, &told));
    LOG(LOG_INFO, "care", k->sc, "a subscription was renewed");
    return OK;
}

static void item_at(const struct keeping *k, const struct doc *list, size_t i, struct manifest_subscription *out)
{
    manifest_subscription_item(k->sc, link_site(k->link), doc_at(list, i), out);
}

/* ---- one for each topic ---- */

static size_t place_of(const struct keeping *k, const char *topic)
{
    size_t i = 0;

    while (i < k->topic_count && strcmp(k->topics[i], topic) != 0)
        i++;
    return i;
}

/* Of those at our own address: the first of each topic stays. */
static enum err compare(struct keeping *k, const struct doc *list)
{
    for (size_t i = 0; i < doc_count(list); i++) {
        struct manifest_subscription s;
        size_t at;

        item_at(k, list, i, &s);
        if (strcmp(s.address, k->address) != 0)
            continue;
        at = place_of(k, s.topic);
        if (at < k->topic_count && s.works && !k->there[at]) {
            TRY(k->sc, renew(k, doc_at(list, i), &s));
            k->there[at] = true;
            continue;
        }
        TRY(k->sc, end(k, doc_at(list, i)));
    }
    return OK;
}

enum err care_keep_each(struct keeping *k, const struct doc *list)
{
    TRY(k->sc, compare(k, list));
    for (size_t i = 0; i < k->topic_count; i++) {
        struct told told;
        struct ask create;

        if (k->there[i])
            continue;
        TRY(k->sc,
            manifest_subscription_create(k->sc, link_site(k->link), k->topics[i], k->address, k->secrets, &create));
        TRY(k->sc, change(k, &create, &told));
        k->there[i] = true;
        LOG(LOG_INFO, "care", k->sc, "a subscription was registered", LOG_T("topic", k->topics[i]));
    }
    return OK;
}

/* ---- one for all ---- */

static bool covers(const struct keeping *k, const struct doc *list)
{
    for (size_t i = 0; i < k->topic_count; i++) {
        bool there = false;

        for (size_t j = 0; j < (doc_kind(list) == DOC_ARRAY ? doc_count(list) : 0) && !there; j++)
            there = str_is(doc_text(doc_at(list, j)), k->topics[i]) || str_is(doc_text(doc_at(list, j)), "*");
        if (!there)
            return false;
    }
    return true;
}

/* The first that does; of those whose secret was told, the one whose secret is kept: what another signs is refused. */
static size_t standing(const struct keeping *k, const struct doc *list, const char *told_for)
{
    for (size_t i = 0; i < doc_count(list); i++) {
        struct manifest_subscription s;

        item_at(k, list, i, &s);
        if (strcmp(s.address, k->address) == 0 && s.works && covers(k, s.covers) &&
            (!manifest_subscriptions_tell(k->m) || (*s.ref && strcmp(s.ref, told_for) == 0)))
            return i;
    }
    return SIZE_MAX;
}

/* What its answer tells is kept before anything else is done. A process that dies in between leaves one behind whose
 * secret nobody knows: the next look ends it, and makes another. */
static enum err make(struct keeping *k)
{
    struct str secret;
    struct told told;
    struct ask create;

    TRY(k->sc, manifest_subscription_create(k->sc, link_site(k->link), NULL, k->address, k->secrets, &create));
    TRY(k->sc, change(k, &create, &told));
    if (manifest_subscriptions_tell(k->m)) {
        TRY(k->sc, manifest_subscription_told(k->sc, link_site(k->link), &told, &secret));
        link_wipe_later(k->sc, secret);
        TRY(k->sc, link_told_keep(k->sc, k->link, secret, told.ref, OVERLAP_S));
    }
    LOG(LOG_INFO, "care", k->sc, "a subscription to all topics was registered");
    return OK;
}

enum err care_keep_whole(struct keeping *k, const struct doc *list)
{
    const char *told_for;
    size_t stays;

    TRY(k->sc, link_told_for(k->sc, k->link, &told_for));
    stays = standing(k, list, told_for);
    if (stays == SIZE_MAX)
        TRY(k->sc, make(k));
    for (size_t i = 0; i < k->topic_count; i++)
        k->there[i] = true;
    for (size_t i = 0; i < doc_count(list); i++) {
        struct manifest_subscription s;

        item_at(k, list, i, &s);
        if (i == stays)
            TRY(k->sc, renew(k, doc_at(list, i), &s));
        else if (strcmp(s.address, k->address) == 0)
            TRY(k->sc, end(k, doc_at(list, i)));
    }
    return OK;
}
