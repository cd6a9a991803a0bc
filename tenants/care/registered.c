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

/* ---- what is listed ---- */

#define REF_MAX 300 /* octets of what one is called there */

/* An item of the vendor's list, as far as it matters here. */
struct listed {
    const struct doc *item;
    bool ours;    /* it is at our own address */
    bool works;   /* and nothing has ended it */
    bool covers;  /* all topics that are needed; of lists where one is for all */
    size_t topic; /* its place among ours; their count: none of them */
    const char *ref;
    int64_t ends_us;
};

static size_t place_of(const struct keeping *k, const char *topic)
{
    size_t i = 0;

    while (i < k->topic_count && strcmp(k->topics[i], topic) != 0)
        i++;
    return i;
}

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

/* What the expressions make of an item is looked at where it lies, and goes with it. */
static void look(struct keeping *k, const struct doc *item, struct listed *out)
{
    struct scope *scratch = scope_new();
    struct manifest_subscription s;

    manifest_subscription_item(scratch, link_site(k->link), item, &s);
    *out = (struct listed){.item = item,
                           .ours = strcmp(s.address, k->address) == 0,
                           .works = s.works,
                           .covers = covers(k, s.covers),
                           .topic = place_of(k, s.topic),
                           .ref = strlen(s.ref) <= REF_MAX ? arena_strdup(k->sc->arena, s.ref) : "",
                           .ends_us = s.ends_us};
    scope_free(scratch);
}

/* All of it before anything is done: an item that could not be read for the time would look like somebody else's, and
 * what it stands for would be registered once more. */
static enum err looked(struct keeping *k, const struct doc *list, struct listed **out)
{
    size_t n = doc_count(list);

    if (link_connector(k->link)->own_version && n > CARE_LISTED_MAX)
        return FAIL(
            k->sc, ERR_HOLD,
            "the vendor lists %zu subscriptions, and those of a connector of your own may be %d: let the operation "
            "that lists them ask for fewer, or its items give those of this connection alone",
            n, CARE_LISTED_MAX);
    *out = ARENA_ARRAY(k->sc->arena, struct listed, n);
    for (size_t i = 0; i < n; i++) {
        look(k, doc_at(list, i), &(*out)[i]);
        if (connector_budget_spent(k->budget))
            return FAIL(
                k->sc, ERR_HOLD,
                "the connector's expressions on what the vendor lists take more than the %d ms of a processor and "
                "%d MiB that they may take together: make those of subscriptions.item simpler",
                (int)(CARE_BOUND_US / 1000), (int)(CARE_OCTETS_MAX >> 20));
    }
    return OK;
}

/* ---- what is done ---- */

/* Nothing is sent later than it was meant to be, nor waited for without end. */
static enum err change(struct keeping *k, const struct ask *ask, struct told *out)
{
    int64_t now_us;
    enum err e;

    TRY(k->sc, link_hand_over(k->sc, k->link, ask));
    TRY(k->sc, link_enter_for(k->sc, k->link, ask));
    now_us = time_boot_us();
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
static enum err renew(struct keeping *k, const struct listed *s)
{
    struct told told;
    struct ask ask;

    if (!manifest_subscriptions_end(k->m) || s->ends_us == INT64_MIN || s->ends_us > time_now_us() + RENEW_US)
        return OK;
    TRY(k->sc, manifest_subscription_renew(k->sc, link_site(k->link), s->item, k->address, k->secrets, &ask));
    TRY(k->sc, change(k, &ask, &told));
    LOG(LOG_INFO, "care", k->sc, "a subscription was renewed");
    return OK;
}

/* ---- one for each topic ---- */

/* Of those at our own address: the first of each topic stays. */
static void compare(struct keeping *k, const struct listed *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v[i].ours)
            continue;
        if (v[i].topic < k->topic_count && v[i].works && !k->there[v[i].topic]) {
            k->there[v[i].topic] = true;
            try_on(k, renew(k, &v[i]));
            continue;
        }
        try_on(k, end(k, v[i].item));
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
    struct listed *v;
    enum err e = looked(k, list, &v);

    if (e != OK) {
        try_on(k, e);
        return;
    }
    compare(k, v, doc_count(list));
    for (size_t i = 0; i < k->topic_count; i++)
        if (!k->there[i])
            try_on(k, make_one(k, i));
}

/* ---- one for all ---- */

/* The first that does; of those whose secret was told, the one whose secret is kept: what another signs is refused. */
static size_t standing(const struct keeping *k, const struct listed *v, size_t n, const char *told_for)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].ours && v[i].works && v[i].covers &&
            (!manifest_subscriptions_tell(k->m) || (*v[i].ref && strcmp(v[i].ref, told_for) == 0)))
            return i;
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
static enum err end_others(struct keeping *k, const struct listed *v, size_t n, size_t stays, const char *told_for,
                           bool refused)
{
    enum err all = OK;

    for (size_t i = 0; i < n; i++) {
        enum err e;

        if (i == stays || !v[i].ours ||
            refused != (manifest_subscriptions_tell(k->m) && strcmp(v[i].ref, told_for) != 0))
            continue;
        e = end(k, v[i].item);
        try_on(k, e);
        all = all == OK ? e : all;
    }
    return all;
}

/* As long as one whose secret nobody knows cannot be ended, no other is made: there would be one more at each look. */
static enum err keep_whole(struct keeping *k, const struct listed *v, size_t n)
{
    const char *told_for;
    size_t stays;
    enum err e;

    TRY(k->sc, link_told_for(k->sc, k->link, &told_for));
    stays = standing(k, v, n, told_for);
    e = end_others(k, v, n, stays, told_for, true);
    if (stays == SIZE_MAX && e != OK)
        return OK; /* which was told */
    if (stays == SIZE_MAX)
        TRY(k->sc, make(k));
    else
        try_on(k, renew(k, &v[stays]));
    for (size_t i = 0; i < k->topic_count; i++)
        k->there[i] = true;
    (void)end_others(k, v, n, stays, told_for, false);
    return OK;
}

void care_keep_whole(struct keeping *k, const struct doc *list)
{
    struct listed *v;
    enum err e = looked(k, list, &v);

    try_on(k, e == OK ? keep_whole(k, v, doc_count(list)) : e);
}
