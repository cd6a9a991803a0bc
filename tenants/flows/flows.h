#pragma once

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "flowdef/flowdef.h"

/* flows: a customer's flows as versions in the database: drafts, publishing, the way back, and which connection a
 * flow means by each name in its document. What a document says is flowdef's business, which knows no database; what
 * its steps do is flow's. The fact people get wrong: a job goes on with the version that it began with, whatever is
 * published meanwhile, and what left its draft never changes.
 */
#define FLOWS_NAME_MAX     120
#define FLOWS_NOTE_MAX     500
#define FLOWS_MAX          1000  /* of one customer */
#define FLOWS_VERSIONS_MAX 10000 /* of one flow */
#define FLOWS_ROLES_MAX    50    /* names of connections in a document */

struct flows_flow {
    struct uuid customer_id, flow_id;
    const char *name;
    const char *state; /* "active", "paused", "draining" */
    bool shadow;
    int32_t versions; /* the newest one's number; 0: there is none yet */
    int32_t current;  /* the version that works; 0: none was published */
    int64_t created_at_us, changed_at_us, row_version;
};

struct flows_version {
    int32_t number;
    const char *status;                                    /* "draft", "published", "retired" */
    const char *document;                                  /* NULL in lists */
    struct bytes hash;                                     /* SHA-256 of the document's canonical octets */
    const char *note;                                      /* NULL: none */
    const char *author;                                    /* "usr_…" */
    int32_t replaces;                                      /* which worked before it; 0: none */
    int64_t created_at_us, changed_at_us, published_at_us; /* INT64_MIN: not yet */
    int64_t row_version;
};

/* Lists run on from an id or a number that was seen; a customer_id of NULL: of all that the scope stands for. */
enum err flows_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                    struct flows_flow **out, size_t *out_n);
enum err flows_get(struct scope *sc, const struct uuid *flow_id, struct flows_flow *out);
/* customer, id and name; the rest is filled in. ERR_CONFLICT: the customer has one of this name. */
enum err flows_create(struct scope *sc, const struct flows_flow *f);
enum err flows_change(struct scope *sc, const struct flows_flow *to, bool *out_changed); /* by row_version */
/* ERR_CONFLICT "other-environment": the flow, which is not paused, calls what is live and what is a try. */
enum err flows_one_environment(struct scope *sc, const struct flows_flow *f);
/* Problem "flow-in-use" when a version was ever published. */
enum err flows_delete(struct scope *sc, const struct flows_flow *f);

enum err flows_version_list(struct scope *sc, const struct uuid *flow_id, int32_t before, size_t most,
                            struct flows_version **out, size_t *out_n);
enum err flows_version_get(struct scope *sc, const struct uuid *flow_id, int32_t number, struct flows_version *out);

/* A document with faults is refused ("validation", an item for each at /document…) unless it is to be kept as it is. */
struct flows_draft {
    struct str document;
    const char *note;
    bool allow_faults;
};
enum err flows_save(struct scope *sc, const struct uuid *flow_id, const struct flows_draft *d, int32_t *out_number);
enum err flows_version_change(struct scope *sc, const struct uuid *flow_id, int32_t number, int64_t row_version,
                              const struct flows_draft *d, bool *out_changed);

/* Everything for which a document is no good at this customer: what flowdef_compile says; "unknown_table" and
 * "unknown_flow" for what the customer has not, with the nearest; "no_connection" for a name that stands for none;
 * "no_operation" for what its connection does not do, and "other_kind" for a call that changes something or an effect
 * that does not. */
enum err flows_faults(struct scope *sc, const struct flows_flow *f, struct str document, struct flowdef_faults *out);
/* A faulty document is not published: "validation"; nor one of a flow that calls both what is live and what is a try:
 * "other-environment" (409). */
enum err flows_publish(struct scope *sc, const struct uuid *flow_id, int32_t number);
/* What the current version replaced works again. */
enum err flows_roll_back(struct scope *sc, const struct uuid *flow_id);

struct flows_role {
    const char *role;
    struct uuid connection_id;
    int64_t changed_at_us;
};
enum err flows_roles(struct scope *sc, const struct uuid *flow_id, struct flows_role **out, size_t *out_n);
/* ERR_NOT_FOUND for a connection of another customer; "other-environment" (409) where the flow, which is not paused,
 * would call what is live and what is a try. */
enum err flows_role_put(struct scope *sc, const struct flows_flow *f, const char *role,
                        const struct uuid *connection_id);

/* Which flows the messages of a connection go through, by object. */
#define FLOWS_OBJECTS_MAX 8
struct flows_through {
    const char *object, *name;
    struct uuid flow_id;
    int32_t current;
    int64_t changed_at_us;
};
enum err flows_through_list(struct scope *sc, const struct uuid *connection_id, struct flows_through **out,
                            size_t *out_n);
/* "flow-not-published" (409), "other-environment" (409), and "validation" with the item /flow_id for one that another
 * message starts. */
enum err flows_through_put(struct scope *sc, const struct flows_flow *f, const struct uuid *connection_id,
                           const char *system, const char *object);
enum err flows_through_delete(struct scope *sc, const struct uuid *connection_id, const char *object);

/* A version that a job began with, compiled once for each thread; as long as the scope. Inside the tenant and outside
 * of a transaction, which it may begin and ends. ERR_HOLD: it cannot be used any more, ERR_NOT_FOUND: there is none. */
enum err flows_compiled(struct scope *sc, const struct uuid *flow_id, int32_t version, const struct flowdef **out);
/* The same inside of a transaction, which goes on. */
enum err flows_compiled_within(struct scope *sc, const struct uuid *flow_id, int32_t version,
                               const struct flowdef **out);
void flows_thread_end(void); /* forgets what this thread has compiled */
