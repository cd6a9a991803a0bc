#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"
#include "flow/flow.h"

/* fresh: feeds that go quiet, and what a source has that did not come. A feed is what one connection brings of one kind
 * of object. What is usual for it is learnt for each hour of the week, in UTC: a shop's own clock would move the hours
 * by one twice a year, and some weeks later they are learnt where they have moved to. The fact people get wrong: a
 * sweep's cursor moves only in the transaction that stores what it passes, so a sweep that is broken off anywhere has
 * lost nothing and goes on where it was.
 */

/* ---- what is usual; pure ---- */

#define FRESH_HOURS     168
#define FRESH_WEEKS     8 /* that are looked back on */
#define FRESH_WEEKS_MIN 3 /* below that nothing is known */

struct fresh_count {
    int64_t hour_us; /* when the hour began */
    int64_t n;
};

struct fresh_rhythm {
    double per_hour[FRESH_HOURS]; /* from Monday 00:00 UTC */
    double per_week;
};

/* Of counts of hours in any order, an hour without one being 0; began_us: since when there was counting. False: too
 * little is known: fewer than FRESH_WEEKS_MIN whole weeks, or less than a message a week. */
bool fresh_learn(const struct fresh_count *v, size_t n, int64_t began_us, int64_t now_us, struct fresh_rhythm *out);
/* How many messages are usual between two times. */
double fresh_expected(const struct fresh_rhythm *r, int64_t from_us, int64_t to_us);
/* An hour in which there is less than a tenth of what the week has on the mean: nothing is told in it, and it does not
 * count towards a hard limit. */
bool fresh_is_quiet(const struct fresh_rhythm *r, int64_t at_us);
/* How unlikely a silence must be: 1 in 10,000, and the less the more messages come, since each of them begins another
 * one: of one feed a false alarm is to be expected in a hundred months. */
double fresh_threshold(const struct fresh_rhythm *r);

struct fresh_late {
    int64_t at_us; /* INT64_MAX: never, as far as is known */
    bool hard;     /* by the hard limit */
};
/* When a feed is late whose last message came then. r NULL: nothing is known; limit_s 0: there is no hard limit. */
void fresh_late_at(const struct fresh_rhythm *r, int64_t last_us, int64_t limit_s, struct fresh_late *out);

const char *fresh_rhythm_text(struct scope *sc, const struct fresh_rhythm *r);
bool fresh_rhythm_read(const char *text, struct fresh_rhythm *out);

/* ---- looks: of one customer, as tenon_worker, in transactions of their own ---- */

struct fresh_customer {
    struct uuid partner_id, customer_id;
};
/* As tenon_dispatch. anew: also those with connections that nothing is known of. */
enum err fresh_due(struct scope *sc, size_t most, bool anew, struct fresh_customer **out, size_t *out_n);
enum err fresh_late_count(struct scope *sc, int64_t *out);
/* Counts what came, opens and closes alerts, and writes to people. */
enum err fresh_look(struct scope *sc);

/* ---- sweeps ---- */

#define FRESH_MARGIN_S 60 /* what changed later than so long ago may still be on its way to us */

struct fresh_sweep {
    struct uuid partner_id, customer_id, connection_id;
    const char *object;
};
enum err fresh_sweeps_due(struct scope *sc, size_t most, struct fresh_sweep **out, size_t *out_n);
/* Called after each commit with the jobs that were planned. */
typedef void fresh_notify(void *arg, const struct flow_ticket *v, size_t n);
/* Asks the source for what changed and fetches what did not come. Parks, for as long as the source takes. */
enum err fresh_sweep_run(struct scope *sc, const struct fresh_sweep *s, fresh_notify *notify, void *arg);
/* What a feed's deliveries told of is fetched, some of it; likewise. */
enum err fresh_wanted_due(struct scope *sc, size_t most, struct fresh_sweep **out, size_t *out_n);
enum err fresh_wanted_run(struct scope *sc, const struct fresh_sweep *s, fresh_notify *notify, void *arg);

/* ---- for people ---- */

struct fresh_feed {
    struct uuid feed_id, customer_id, connection_id;
    const char *connection_name, *object, *sweep_fault, *reason, *expected;
    int64_t silence_s, sweep_every_s, recovered;
    int64_t last_us, late_us, sweep_us, swept_us, complete_us, opened_us, since_us; /* INT64_MIN: none */
    bool known;                                                                     /* what is usual */
    double usual_now; /* messages in this hour of the week */
    bool late;
};
enum err fresh_list(struct scope *sc, const struct uuid *after, size_t most, int64_t now_us, struct fresh_feed **out,
                    size_t *out_n);
enum err fresh_get(struct scope *sc, const struct uuid *connection_id, const char *object, int64_t now_us,
                   struct fresh_feed *out);
enum err fresh_set(struct scope *sc, const struct fresh_feed *f); /* silence_s and sweep_every_s */
/* A source has said that a thing changed, and no more of it: it is fetched at once, or, when too much is to be fetched
 * already, or it is not told which (key NULL), what changed is asked for soon. changed_us 0: it did not say when. In
 * the transaction that is open. */
enum err fresh_hint(struct scope *sc, const struct uuid *connection_id, const char *object, const char *key,
                    int64_t changed_us);
enum err fresh_sweep_now(struct scope *sc, const struct fresh_feed *f);
