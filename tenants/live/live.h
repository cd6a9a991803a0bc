#pragma once

#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"
#include "mapping/mapping.h"

/* live: the mapping that a connection's records go through: the customer's own published version where one is assigned
 * to the connection, the one that comes with the program, or with the partner's own connector, otherwise; compiled, and
 * with its cross references, once for each thread. The fact people get wrong: what is assigned says who decides, not
 * what runs. A record keeps the version its job began with (the choice is made in the query that reads the job), and
 * its key alone decides between two that are published side by side.
 */
#define LIVE_SLOTS       64      /* versions kept by one thread that nothing uses */
#define LIVE_SLOTS_MAX   1024    /* in use at once: more than a worker has jobs under way */
#define LIVE_ENTRIES_MAX 1000000 /* of cross references kept by one thread, beyond those in use */

struct connector;

struct live_choice {
    bool own;               /* false: the shipped one */
    struct uuid mapping_id; /* of an own one; the rest likewise */
    int32_t pinned;         /* what the job began with; 0: it has not */
    int32_t current, rolling, share;
};

struct live_in {
    struct live_choice choice;
    const char *system, *object;       /* "shopify", "order" */
    const struct connector *connector; /* whose own mapping is meant where none is assigned; NULL: the system's */
    struct str record_key;
    int64_t received_us; /* the time of all that is said of "now" */
    bool creating;       /* the record is new at its target */
};

struct live_mapped {
    struct mapping_result result;
    const struct mapping *mapping;   /* as long as the scope */
    int32_t version;                 /* of an own mapping; 0: shipped */
    uint8_t hash[CRYPTO_HASH_BYTES]; /* SHA-256 of the document's canonical octets */
};

/* Maps one record. Inside the tenant and outside of a transaction, which it may begin and ends. A customer's mapping is
 * evaluated on the side pool. ERR_HOLD: no mapping, or one whose cross references are not there. What a record lacks is
 * in the result. */
enum err live_map(struct scope *sc, const struct live_in *in, const struct doc *record, struct live_mapped *out);
/* The job goes on with this version; mapping_id NULL, and version 0: with the shipped one. Behind its fence. */
enum err live_pin(struct scope *sc, const struct uuid *job_id, const struct uuid *mapping_id, int32_t version);
void live_thread_end(void); /* forgets what this thread has compiled */

/* ---- who decides, as people see it ---- */

struct live_assigned {
    const char *object, *target;
    bool own; /* false: the shipped one, and nothing that follows is set */
    struct uuid mapping_id;
    const char *name;
    int32_t current, rolling, share; /* 0: none */
    int64_t changed_at_us;           /* INT64_MIN: it never was another */
};
#define LIVE_OBJECTS_MAX 20 /* of one system */

struct connection;
struct maps_mapping;
/* Every object that the flow of the connection reads. */
enum err live_list(struct scope *sc, const struct connection *c, struct live_assigned **out, size_t *out_n);
/* mapping NULL: the shipped one. ERR_NOT_FOUND for an object that the flow does not read; "mapping-not-published" (409)
 * for a mapping that has no version to go through; "validation" with an item /mapping_id for one of another system,
 * object or target. */
enum err live_assign(struct scope *sc, const struct connection *c, struct str object, const struct maps_mapping *m);
