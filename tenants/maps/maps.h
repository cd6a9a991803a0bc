#pragma once

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"
#include "mapping/mapping.h"

/* maps: a customer's mappings as versions in the database: drafts, their review, publishing to a share of the records
 * and then to all, the way back, and what differs between two of them. What a document means is mapping's business,
 * which knows no database; this room says which document works. The fact people get wrong: a version is named by its
 * number and its hash together, and what left its draft never changes; whoever wants something else saves a version of
 * its own.
 */
#define MAPS_NAME_MAX     120
#define MAPS_NOTE_MAX     500
#define MAPS_MAX          1000  /* mappings of one customer */
#define MAPS_VERSIONS_MAX 10000 /* of one mapping */
#define MAPS_SHARE_ALL    1000  /* thousandths */

struct maps_mapping {
    struct uuid customer_id, mapping_id;
    const char *name, *source_system, *source_object, *target;
    bool needs_review, needs_backtest;
    int32_t versions; /* the newest one's number; 0: there is none yet */
    int32_t current;  /* the version that works; 0: none was published */
    int32_t rolling;  /* the newer one beside it; 0: none */
    int32_t share;    /* thousandths of the records that go through it */
    int64_t created_at_us, changed_at_us, row_version;
};

struct maps_version {
    int32_t number;
    const char *status;            /* "draft", "in_review", "published", "retired" */
    const char *document, *base;   /* NULL in lists; base: what a blueprint's version said, or NULL */
    struct bytes hash;             /* SHA-256 of the document's canonical octets */
    const char *note;              /* NULL: none */
    const char *author, *reviewer; /* "usr_…"; reviewer NULL: nobody has approved it */
    int32_t replaces;              /* which worked before it; 0: none */
    bool own;                      /* the caller has written in it */
    bool by_person;                /* somebody who is no key or program has */
    struct uuid
        backtest_id; /* the one that was last run over this very document to its end, and found a record; nil: none */
    int64_t created_at_us, changed_at_us, submitted_at_us, reviewed_at_us, published_at_us; /* INT64_MIN: not yet */
    int64_t row_version;
};

/* Lists run on from an id or a number that was seen; a customer_id of NULL: of all that the scope stands for. */
enum err maps_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                   struct maps_mapping **out, size_t *out_n);
enum err maps_get(struct scope *sc, const struct uuid *mapping_id, struct maps_mapping *out);
/* name, source, target and policy; the rest is filled in. ERR_CONFLICT: the customer has one of this name. */
enum err maps_create(struct scope *sc, const struct maps_mapping *m);
enum err maps_change(struct scope *sc, const struct maps_mapping *to, bool *out_changed); /* by row_version */
/* Problem "mapping-in-use" when a version was ever published. */
enum err maps_delete(struct scope *sc, const struct maps_mapping *m);

enum err maps_version_list(struct scope *sc, const struct uuid *mapping_id, int32_t before, size_t most,
                           struct maps_version **out, size_t *out_n);
enum err maps_version_get(struct scope *sc, const struct uuid *mapping_id, int32_t number, struct maps_version *out);

/* What a draft is made of. Documents must be of the format; other faults in them may be put right later, unless it is
 * to be sound: then they are refused as by maps_submit, with pointers that begin with /document. */
struct maps_draft {
    struct str document, base; /* base empty: none */
    const char *note;
    bool sound;
};
/* Of the format and with no more parts than a document has; otherwise "validation" with an item at this pointer. */
enum err maps_document_check(struct scope *sc, const char *pointer, struct str text, const struct doc **out);
enum err maps_save(struct scope *sc, const struct uuid *mapping_id, const struct maps_draft *d, int32_t *out_number);
enum err maps_version_change(struct scope *sc, const struct uuid *mapping_id, int32_t number, int64_t row_version,
                             const struct maps_draft *d, bool *out_changed);

/* A faulty document cannot be submitted or published: "validation" with an item for each fault, whose pointers lead
 * into the document. */
enum err maps_submit(struct scope *sc, const struct uuid *mapping_id, int32_t number);
/* Out of review, approved or not, and a draft again. */
enum err maps_withdraw(struct scope *sc, const struct uuid *mapping_id, int32_t number);
/* "mapping-self-approval" for whoever wrote in it, and for a key or program when a person wrote in it, where the policy
 * asks for a review. */
enum err maps_approve(struct scope *sc, const struct uuid *mapping_id, int32_t number);
/* share in thousandths. "mapping-not-reviewed", "mapping-not-backtested" where the policy asks for it. */
enum err maps_publish(struct scope *sc, const struct uuid *mapping_id, int32_t number, int32_t share);
/* Ends a rolling version; without one, what the current version replaced works again: "validation" as by maps_submit
 * when it cannot, as when a cross reference that it looks into is gone. */
enum err maps_roll_back(struct scope *sc, const struct uuid *mapping_id);

/* Which version a record goes through, by its key alone: the same key gives the same version, and a share that grows
 * only adds records. 0: none was published. */
int32_t maps_choose(const struct maps_mapping *m, struct str record_key);
enum err maps_version_for(struct scope *sc, const struct uuid *mapping_id, struct str record_key,
                          struct maps_version *out);

/* SHA-256 of what a document says: white space and the order of members are nobody's change. False: it is too large. */
bool maps_hash(struct arena *a, const struct doc *document, uint8_t out[CRYPTO_HASH_BYTES]);

/* Compiled, or *out NULL and every fault: those of the document and whether it is one of this mapping. */
enum err maps_compile(struct scope *sc, const struct maps_mapping *m, struct str document, struct mapping **out,
                      struct mapping_faults *faults);
/* Everything for which a document is no good: what maps_compile says; "unknown_table" for each cross reference that the
 * customer has not, and "unknown_field" for each field that is read and that no delivery so far has had, where enough
 * were received to tell, each with the nearest of those there are; "too_many" and "too_large" at /rules for more cross
 * references, or more entries in them, than one record can have; "unfilled" for what every such object has and no rule
 * fills. */
enum err maps_faults(struct scope *sc, const struct maps_mapping *m, struct str document, struct mapping_faults *out);
#define MAPS_FAULTY "the mapping's document has faults"
enum err maps_refuse(struct scope *sc, const struct mapping_faults *faults, const char *why);

/* ---- between documents ---- */

/* A document is a set of parts: rules by the field they fill, values ("let") by their name, other members by theirs. */
#define MAPS_MEMBERS_MAX 50
#define MAPS_PARTS_MAX   (MAPPING_RULES_MAX + MAPPING_LETS_MAX + MAPS_MEMBERS_MAX)
#define MAPS_CHANGES_MAX (2 * MAPS_PARTS_MAX + MAPPING_LETS_MAX) /* between two of them */
enum maps_part_kind { MAPS_MEMBER, MAPS_LET, MAPS_RULE };
extern const char *const maps_part_names[]; /* "member", "let", "rule", NULL */

struct maps_change {
    const char *part, *name;
    const char *what;                 /* "added", "removed", "changed", of values also "moved" */
    const struct doc *before, *after; /* NULL: it was not there, is not there */
};
extern const char *const maps_change_names[];
struct maps_changes {
    struct maps_change *v;
    size_t n;
};
/* ERR_INVALID for a document of more parts than one may have. */
enum err maps_diff(struct scope *sc, const struct doc *from, const struct doc *to, struct maps_changes *out);

struct maps_conflict {
    const char *part, *name;
    const struct doc *base, *theirs, *ours; /* NULL: it is not there */
};
enum maps_side { MAPS_OURS, MAPS_THEIRS, MAPS_BASE };
extern const char *const maps_side_names[]; /* "ours", "theirs", "base", NULL */
struct maps_choice {
    const char *part, *name;
    enum maps_side take;
};
struct maps_merge {
    const struct doc *base, *theirs, *ours;
    const struct maps_choice *choices;
    size_t choice_count;
};
struct maps_merged {
    struct str document; /* where nobody has chosen yet, ours stands */
    struct maps_conflict *conflicts;
    size_t conflict_count;
    struct maps_changes taken; /* what became of ours */
};
/* What one side alone changed is taken; what both changed in different ways is a conflict until a choice names it. */
enum err maps_merge(struct scope *sc, const struct maps_merge *in, struct maps_merged *out);

/* ---- one record ---- */

struct xref_snapshot;
struct maps_try {
    const struct mapping *mapping;
    const struct doc *record;
    int64_t now_us;
    const struct doc *xref;            /* {"table": {"key": "value"}}, or NULL */
    const struct xref_snapshot *books; /* of the other tables, or NULL */
    bool creating;
};
#define MAPS_RUN_US INT64_C(1000000)
/* On the side pool, and no longer than MAPS_RUN_US (then the fault "too_long"): what a customer wrote may take as long
 * as its limits allow, and the loop is for all of them; one record of a customer at a time. Parks. Sets how->go_on.
 * ERR_LIMIT when the pool is full, or 256 wait. */
enum err maps_run(struct scope *sc, const struct mapping *m, const struct doc *record, struct mapping_how *how,
                  struct mapping_result *out);

/* Of the tables that a mapping looks into, those that the customer has, as they are now. */
enum err maps_books(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                    const struct xref_snapshot **out);
/* Writes nothing and asks nobody. Parks: evaluated on the side pool. */
enum err maps_dry_run(struct scope *sc, const struct maps_try *t, struct mapping_result *out);

/* A delivery as it was received. ERR_NOT_FOUND for one of another customer than the mapping's. */
struct maps_recorded {
    struct str body;
    int64_t received_us;
};
enum err maps_recorded(struct scope *sc, const struct maps_mapping *m, const struct uuid *message_id,
                       struct maps_recorded *out);

/* The fields of a record that no rule reads, as dotted paths without places in lists; more: than were looked at. */
#define MAPS_UNUSED_MAX 500
struct maps_unused {
    const char **paths;
    size_t n;
    bool more;
};
void maps_unused(struct arena *a, const struct mapping *m, const struct doc *record, struct maps_unused *out);
