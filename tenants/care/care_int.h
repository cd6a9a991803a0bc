#pragma once

#include "care/care.h"
#include "connect/connect.h"
#include "manifest/manifest.h"

#define CARE_WORDS_MAX 400 /* octets of a reason */

/* One connection that is being checked. */
struct care_run {
    struct scope *sc;
    struct connection connection;
    struct link *link; /* NULL: nothing can be asked of it */
    struct care_checks *out;
    bool reached, signed_in;
    bool trial;         /* it is not stored */
    const char *closed; /* why it cannot be asked; NULL: it can */
    struct http_reply knock;
};

/* The fault of the scope as a reason, which is then forgotten, with whatever transaction it left. */
const char *care_words(struct scope *sc);

/* What the manifest says of one of them, asked. *out_there false: it says nothing. */
enum err care_asked(struct care_run *r, enum manifest_check which, bool *out_there, struct told *out);

/* Each fills in verdict, reason and todo. Parks. */
typedef void care_check_fn(struct care_run *r, struct care_check *out);
care_check_fn care_check_reachable, care_check_clock, care_check_credentials, care_check_permissions, care_check_sample,
    care_check_webhook;

void care_run_all(struct care_run *r); /* checks.c */
const char *care_worst(const struct care_checks *v);

enum err care_tell(struct scope *sc); /* writes of alerts that nobody was written to of yet */

static inline void care_say(struct care_check *out, const char *verdict, const char *reason, const char *todo)
{
    out->verdict = verdict;
    out->reason = reason;
    out->todo = todo;
}

/* ---- what a vendor sends where ---- */

/* All expressions of a partner's own connector in one run take no more than this of a processor and of memory, and read
 * no more items than this: the run is one of many on its thread. */
#define CARE_BOUND_US   INT64_C(500000)
#define CARE_OCTETS_MAX (INT64_C(64) << 20)
#define CARE_LISTED_MAX 200

struct keeping {
    struct scope *sc;
    struct link *link;
    struct connector_budget *budget; /* of the whole run */
    const struct manifest *m;
    const char *address;
    const struct doc *secrets;
    const char *const *topics;
    size_t topic_count;
    bool there[CARE_TOPICS_MAX];
    bool seen;         /* what the vendor lists was read */
    const char *fault; /* the first thing that could not be done; NULL: all could */
};

/* registered.c: of what the vendor lists, what stays, is renewed, is made and is ended, each on its own: what fails is
 * told in fault. Parks. One for each topic; or one for all of them. */
void care_keep_each(struct keeping *k, const struct doc *list);
void care_keep_whole(struct keeping *k, const struct doc *list);
