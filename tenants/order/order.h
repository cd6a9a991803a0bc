#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"
#include "canon/canon.h"

/* order: sales orders, their canonical versions and their timeline. Every function runs inside the tenant's transaction
 * and ends none. Knows no vendor.
 */
struct order_event {
    int64_t at_us;
    const char *hop;       /* "received", "stored", "canonical", "sent", … */
    const char *detail;    /* a sentence for a person */
    struct uuid effect_id; /* nil: none */
};

#define ORDER_EVENTS_MAX 4096 /* of one try: twice the lines an order may have, and then some */
struct order_events {
    struct arena *arena; /* where the list grows: that of the try's scope */
    struct order_event *v;
    size_t n, room;
};
/* Adds one, at now; over the limit the last one is overwritten. Strings must live until order_events_write. */
void order_note(struct order_events *list, const char *hop, const char *detail, const struct uuid *effect_id);

struct order_source {
    struct uuid connection_id, message_id, destination_id;
    bool has_destination;
    int64_t received_at_us;
    struct uuid job_id;
    const struct uuid *mapping_id; /* what made the order of the message; NULL: the shipped mapping */
    int32_t mapping_version;
    struct bytes mapping_hash;
};

/* A flow that a new version begins. */
struct order_waiting {
    struct uuid flow_id;
    int32_t version;
    bool shadow;
    const char *name;
};

/* The version that was made, and whom it begins. */
struct order_version {
    int32_t number;
    struct str document;   /* canonical JSON */
    struct uuid former_id; /* the version before; nil: there is none */
    const struct order_waiting *waiting;
    size_t waiting_count;
};

struct order_stored {
    struct uuid order_id;
    bool delivered;               /* it is in the destination already */
    bool superseded;              /* a newer version is known: nothing was changed */
    bool fresh;                   /* first time this order is seen */
    bool changed;                 /* the order is not what it was: new, another version, another state */
    struct order_version version; /* number 0: its content is not new */
};

/* Keeps the order and, when its content is new, its next canonical version. held NULL: it may go on. */
enum err order_store(struct scope *sc, const struct order_source *src, const struct canon_order *order,
                     const char *held, struct order_stored *out);
/* The canonical JSON of a version that was kept. */
enum err order_version_body(struct scope *sc, const struct uuid *record_id, struct str *out);
enum err order_events_write(struct scope *sc, const struct uuid *order_id, const struct uuid *job_id, int32_t attempt,
                            const struct uuid *message_id, const struct order_events *list);
/* *out: the newest events of the order are these, of the same job. A try that went as the one before says nothing new.
 */
enum err order_events_repeat(struct scope *sc, const struct uuid *order_id, const struct uuid *job_id,
                             const struct order_events *list, bool *out);
enum err order_hold(struct scope *sc, const struct uuid *order_id, const char *reason);

/* What is known of an order without reading what was delivered. */
struct order_unread {
    struct uuid connection_id, message_id, job_id;
    struct uuid order_id; /* for one of which nothing is stored yet */
    const char *natural_key, *number;
    int64_t version_us; /* 0: what was delivered says none */
};
/* Holds the order, which is made when nothing of it is stored yet. It is of the newest version that was delivered;
 * where that is the same or not known, of what came last. One that was delivered stays as it is. */
enum err order_shelve(struct scope *sc, const struct order_unread *u, const char *reason, struct uuid *out_id);
/* ERR_CONFLICT unless it is held. *out_customer: whose it is, for callers that stand for the whole partner. */
enum err order_release(struct scope *sc, const struct uuid *order_id, struct uuid *out_customer);
/* Those of one customer that are held; the others stay as they are. */
enum err order_release_all(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n);
/* Those of one customer that are held, each for its reason from now on; its timeline says so when it is a new one. */
enum err order_held_for(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids,
                        const char *const *reasons, size_t n);
/* As a person did it: no job, no message. */
enum err order_events_by(struct scope *sc, const struct uuid *customer_id, const struct uuid *order_ids, size_t n,
                         const char *hop, const char *detail);
/* As a person did it: no job, no message. */
enum err order_event_by(struct scope *sc, const struct uuid *order_id, const struct uuid *customer_id, const char *hop,
                        const char *detail);
enum err order_delivered(struct scope *sc, const struct uuid *order_id, const char *external_id,
                         const char *external_number, const struct money *external_total);

struct order_row {
    struct uuid order_id, customer_id, connection_id;
    const char *number, *source_id, *state, *held_reason;
    struct money total;                                    /* empty currency: the order's currency is not one we know */
    int64_t placed_at_us, received_at_us, delivered_at_us; /* INT64_MIN: not yet, or not known */
    const char *external_number;
    struct money external_total;
};

/* Newest first, those before the id given (nil: from the newest). */
enum err order_list(struct scope *sc, const struct uuid *before, size_t most, struct order_row **out, size_t *out_n);

/* What a day has brought, or one of its hours. late: delivered after the promise, or not yet and beyond it. */
#define ORDER_PROMISE_S 300
#define ORDER_HOURS     48
#define ORDER_DAYS_MOST 20000 /* orders that are looked at, the newest */
struct order_tally {
    int64_t orders, delivered, late, held, waiting;
    int64_t arrived;           /* late or not */
    int64_t helped;            /* of these: a person had to let them go on */
    int64_t median_ms, p95_ms; /* from here to the destination; -1: none is there */
};
struct order_days {
    struct order_tally day[2];             /* until now, and before that */
    struct order_tally hours[ORDER_HOURS]; /* back from now; the first one is the newest */
    bool all;                              /* false: there are more orders than are looked at */
};
/* customer_id nil: of all that the caller sees. By when they came. */
enum err order_days(struct scope *sc, const struct uuid *customer_id, struct order_days *out);

/* The newest that are called so: by the shop's number, with or without what it writes before it ("#"), by its own id,
 * or by the number of the destination. */
enum err order_search(struct scope *sc, const char *called, size_t most, struct order_row **out, size_t *out_n);

struct order_effect {
    struct uuid effect_id, connection_id;
    const char *operation, *key, *state, *external_ref, *reason, *request_hash;
    int64_t sends, probes;
    int64_t planned_at_us, sent_at_us, confirmed_at_us;
};

struct order_hop {
    struct uuid event_id, effect_id;
    int64_t at_us;
    const char *hop, *detail;
    int64_t attempt; /* 0: before any */
    bool has_effect;
};

struct order_full {
    struct order_row row;
    struct uuid message_id;
    const char *external_id;
    struct str document;    /* canonical JSON; empty: what was delivered could not be read */
    struct uuid mapping_id; /* whose version made the document; nil: that of the program */
    int32_t mapping_version;
    struct order_hop *hops;
    size_t hop_count;
    struct order_effect *effects;
    size_t effect_count;
};
enum err order_get(struct scope *sc, const struct uuid *id, struct order_full *out);
