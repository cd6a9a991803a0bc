#pragma once

#include "connect/connect.h"
#include "fresh/fresh.h"
#include "q_fresh.h"

#define HOUR_US INT64_C(3600000000)
#define WEEK_US (FRESH_HOURS * HOUR_US)

/* "2 h 5 min" */
const char *fresh_span_words(struct scope *sc, int64_t us);
/* Writes to the customer's administrators of alerts that they have not heard of, in a transaction of its own. */
enum err fresh_tell(struct scope *sc);

/* ---- take.c: what was fetched of a source, and is stored ---- */

struct fresh_taking {
    const struct fresh_sweep *of;
    struct link *link;
    bool recovers; /* it should have been told of, and was not */
    fresh_notify *notify;
    void *arg;
};

/* What is stored at once, in columns. */
struct fresh_found {
    size_t n;
    struct uuid messages[SOURCE_PAGE_MAX];
    const char *topics[SOURCE_PAGE_MAX], *dedupes[SOURCE_PAGE_MAX], *keys[SOURCE_PAGE_MAX], *objects[SOURCE_PAGE_MAX],
        *kinds[SOURCE_PAGE_MAX];
    bool keyeds[SOURCE_PAGE_MAX];
    int32_t lanes[SOURCE_PAGE_MAX];
    int64_t spans[SOURCE_PAGE_MAX], versions[SOURCE_PAGE_MAX];
    struct bytes bodies[SOURCE_PAGE_MAX], hashes[SOURCE_PAGE_MAX];
    const char *source_version;
    struct q_sweep_flow_row flow; /* current_version 0: none */
};

/* NULL: the connector has none of this object. */
const struct connector_feed *fresh_feed_of(const struct connector *c, const char *object);
/* Opens the link, and reads which flow it goes through; in a transaction of its own. */
enum err fresh_taking_open(struct scope *sc, struct fresh_taking *t, struct fresh_found *f);
/* Adds one thing that was found, at most SOURCE_PAGE_MAX. changed_us: its version, where a connector's own pull does
 * not say it. */
enum err fresh_take(struct scope *sc, const struct fresh_taking *t, const char *key, int64_t changed_us,
                    const struct source_thing *thing, struct fresh_found *f);
/* In the transaction that is open; the jobs that follow. */
enum err fresh_store(struct scope *sc, const struct fresh_taking *t, const struct fresh_found *f,
                     struct q_sweep_store_rows *out);
void fresh_announce(struct scope *sc, const struct fresh_taking *t, const struct q_sweep_store_rows *jobs);
