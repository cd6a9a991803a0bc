#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"

/* why: "why is it not there?" For one order, or one job, the first condition on its way that is not met, whose it is
 * and what to do, in a sentence. Reads, and changes nothing; asked as tenon_api, so it says nothing that its caller may
 * not see. What stopped a job is known by the words in which the worker said so: rules.c lists them. The fact people
 * get wrong: the first unmet condition is not the newest complaint. An order that waits behind another is not there
 * because of what stops that one, and the answer names that.
 */
enum why_state { WHY_THERE, WHY_ON_ITS_WAY, WHY_WAITING, WHY_STOPPED };
extern const char *const why_state_names[]; /* ends with NULL */

/* Who can do something about it. */
enum why_owner { WHY_NOBODY, WHY_ADMIN, WHY_PARTNER, WHY_SHOP, WHY_SYSTEM, WHY_PLATFORM };
extern const char *const why_owner_names[]; /* ends with NULL */

/* A condition that was looked at before, and is met. */
struct why_check {
    const char *code, *sentence;
};
#define WHY_CHECKS_MAX 12

/* What it waits for in turn: the last one says why. */
struct why_link {
    struct uuid job_id;
    const char *code, *sentence;
};
#define WHY_LINKS_MAX 4

struct why_answer {
    enum why_state state;
    const char *code, *sentence, *action;
    enum why_owner owner;
    const char *owner_words; /* "a retail admin", "the owner of \"ERP\"" */
    const char *permission;  /* which lets a caller do it; NULL: none does */
    int64_t since_us;        /* INT64_MIN: not known */
    int64_t again_us;        /* when it is tried next; INT64_MIN: not by itself */
    const char *reason;      /* in which it was said; NULL: nothing was */
    struct uuid customer_id, order_id, job_id, message_id, connection_id, destination_id, flow_id, mapping_id, table_id,
        case_id, effect_id; /* nil: none, or it has nothing to do with it */
    struct why_check checked[WHY_CHECKS_MAX];
    size_t check_count;
    struct why_link links[WHY_LINKS_MAX];
    size_t link_count;
};

enum err why_order(struct scope *sc, const struct uuid *order_id, struct why_answer *out);
enum err why_job(struct scope *sc, const struct uuid *job_id, struct why_answer *out);
/* Of a connection's order, by its number or by what the source calls it; one of them is "". One of which nothing is
 * known is answered as well. */
enum err why_find(struct scope *sc, const struct uuid *connection_id, const char *number, const char *source_key,
                  struct why_answer *out);

/* What a sentence of the worker's is about, without whose job it was: for who counts causes. outcome: an err's name;
 * NULL: none. */
struct why_cause {
    const char *code; /* as in an answer; "other": no rule knows it */
    enum why_owner owner;
    const char *permission; /* NULL: none */
    const char *path;       /* the field, rule, table or name that it is about; "": none */
    const char *action;     /* "": none is known */
    bool theirs;            /* it is about where it goes, not where it came from */
};
void why_cause_of(struct arena *a, const char *reason, const char *outcome, bool stopped, struct why_cause *out);
