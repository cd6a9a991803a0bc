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
    int64_t now_us = time_boot_us();
    enum err e;

    TRY(k->sc, link_enter(k->sc, k->link));
    link_mark(k->link, now_us + LEAVE_US, now_us + CHANGE_US);
    e = link_ask_page(k->sc, k->link, ask, out);
    link_leave(k->link);
    return e == OK ? OK : scope_pass(k->sc, e, __FILE__, __LINE__);
}

/* Each on its own: one that fails is told, and stops no other. */
static void try_on(struct keeping *k, enum err e)
{
    if (e == OK)
        return;
    log_fault(LOG_WARN, "care", k->sc, "one of what a vendor sends where could not be kept");
    const char *words = care_words(k->sc);

    k->fault = k->fault ? k->fault : words;
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
static void compare(struct keeping *k, const struct doc *list)
{
    for (size_t i = 0; i < doc_count(list); i++) {
        struct manifest_subscription s;
        size_t at;

        item_at(k, list, i, &s);
        if (strcmp(s.address, k->address) != 0)
            continue;
        at = place_of(k, s.topic);
        if (at < k->topic_count && s.works && !k->there[at]) {
            k->there[at] = true;
            try_on(k, renew(k, doc_at(list, i), &s));
            continue;
        }
        try_on(k, end(k, doc_at(list, i)));
    }
}

static enum err make_one(struct keeping *k, size_t i)
{
    struct told told;
    struct ask create;

    TRY(k->sc, manifest_subscription_create(k->sc, link_site(k->link), k->topics[i], k->address, k->secrets, &create));
    TRY(k->sc, change(k, &create, &told));
    k->there[i] = true;
    LOG(LOG_INFO, "care", k->sc, "a subscription was registered", LOG_T("topic", k->topics[i]));
    return OK;
}

void care_keep_each(struct keeping *k, const struct doc *list)
{
    compare(k, list);
    for (size_t i = 0; i < k->topic_count; i++)
        if (!k->there[i])
            try_on(k, make_one(k, i));
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

/* What its answer tells is kept before anything else is done. A process that dies in between, or an answer that cannot
 * be read, leaves one behind whose secret nobody knows: the next look ends it before it makes another. */
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

/* What is at our address and is not the one that stays: those whose deliveries are refused anyway, or the rest. */
static enum err end_others(struct keeping *k, const struct doc *list, size_t stays, const char *told_for, bool refused)
{
    enum err all = OK;

    for (size_t i = 0; i < doc_count(list); i++) {
        struct manifest_subscription s;
        enum err e;

        item_at(k, list, i, &s);
        if (i == stays || strcmp(s.address, k->address) != 0 ||
            refused != (manifest_subscriptions_tell(k->m) && strcmp(s.ref, told_for) != 0))
            continue;
        e = end(k, doc_at(list, i));
        try_on(k, e);
        all = all == OK ? e : all;
    }
    return all;
}

/* As long as one whose secret nobody knows cannot be ended, no other is made: there would be one more at each look. */
void care_keep_whole(struct keeping *k, const struct doc *list)
{
    const char *told_for = NULL;
    size_t stays;
    enum err e = link_told_for(k->sc, k->link, &told_for);

    if (e != OK) {
        try_on(k, e);
        return;
    }
    stays = standing(k, list, told_for);
    e = end_others(k, list, stays, told_for, true);
    if (stays == SIZE_MAX && e == OK)
        try_on(k, e = make(k));
    if (stays == SIZE_MAX && e != OK)
        return;
    if (stays != SIZE_MAX) {
        struct manifest_subscription s;

        item_at(k, list, stays, &s);
        try_on(k, renew(k, doc_at(list, stays), &s));
    }
    for (size_t i = 0; i < k->topic_count; i++)
        k->there[i] = true;
    (void)end_others(k, list, stays, told_for, false);
}
