#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "base/uuid.h"

/* care: the life of a connection after it was made: named checks that somebody asks for, and what has to be told before
 * it stops working (credentials that end, an interface that its vendor turns off, permission that was withdrawn). The
 * fact people get wrong: a check is no part of the work. It asks what changes nothing, also of a connection that is
 * paused, and what it finds stops nothing by itself.
 */

/* ---- checks ---- */

/* "reachable", "clock", "credentials", "permissions", "sample", "webhook": in this order, each once. */
#define CARE_CHECKS 6

struct care_check {
    const char *name;
    const char *verdict; /* "ok", "warning", "failed", "skipped" */
    const char *reason;  /* in a sentence, without a full stop */
    const char *todo;    /* what to do about it; NULL: nothing */
    int64_t ms;
    const char *field; /* of one that is tried before it is made: where in the request it stands; NULL: nowhere */
};

struct care_checks {
    struct care_check v[CARE_CHECKS];
    size_t n;            /* 0: it was never checked */
    const char *verdict; /* the worst of them; NULL: it was never checked */
    const char *asked_by;
    int64_t asked_us, begun_us, checked_us; /* INT64_MIN: no */
};

struct care_due {
    struct uuid partner_id, customer_id, connection_id;
};

/* As tenon_api. A worker runs it within seconds; one that is asked for already stays as it is. */
enum err care_check_ask(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                        const char *who);
enum err care_check_get(struct scope *sc, const struct uuid *connection_id, struct care_checks *out);
/* As tenon_dispatch: which are asked for. */
enum err care_checks_due(struct scope *sc, size_t most, struct care_due **out, size_t *out_n);
/* As tenon_worker, in transactions of its own. Parks, for CARE_CHECK_S at most. */
#define CARE_CHECK_S 90
enum err care_check_run(struct scope *sc, const struct care_due *of);

/* The same of a connection before it is made, of which nothing is stored: in must have been judged (connection_judge).
 * As tenon_api, in transactions of its own, which it ends. Parks until the scope's deadline at most. No reason repeats
 * a secret that was given. */
struct connection_new;
struct connector;
enum err care_try(struct scope *sc, const struct connector *c, const struct connection_new *in,
                  struct care_checks *out);

/* ---- looks: of one customer, as tenon_worker, in transactions of their own ---- */

/* Told so many days before the end of credentials, and of the version of an interface. */
#define CARE_EXPIRES_DAYS                                                                                              \
    {                                                                                                                  \
        14, 3                                                                                                          \
    }
#define CARE_SUNSET_DAYS 90

struct care_customer {
    struct uuid partner_id, customer_id;
};
/* As tenon_dispatch. anew: also those with connections that nobody has looked at. */
enum err care_due(struct scope *sc, size_t most, bool anew, struct care_customer **out, size_t *out_n);
/* Opens and closes alerts, and writes to people. */
enum err care_look(struct scope *sc);

/* ---- for people ---- */

struct care_alert {
    const char *kind;            /* "reconnect", "expires", "sunset" */
    const char *reason;          /* in a sentence */
    int64_t opened_us, until_us; /* until_us INT64_MIN: it is so already */
};
#define CARE_ALERTS_MAX 8 /* of one connection */
struct care_life {
    int64_t ends_us;    /* when what calls are authenticated with ends; INT64_MIN: it does not, or it is not known */
    int64_t put_off_us; /* when a delivery was put off last, since it took too long to read; INT64_MIN: never */
    const char *put_off_why; /* in a sentence */
    struct care_alert alerts[CARE_ALERTS_MAX];
    size_t alert_count;
};
enum err care_life_get(struct scope *sc, const struct uuid *connection_id, struct care_life *out);

/* ---- what was asked of it ---- */

#define CARE_CALLS_KEPT 200 /* of one connection, and of a week */

struct care_call {
    int64_t number, at_us, ms, sent, received; /* sent and received: octets of bodies */
    const char *operation, *method, *url;      /* the address without what is nobody's business */
    int32_t status;                            /* 0: no answer */
    const char *outcome;                       /* "ok", "refused", "failed" */
    const char *failure;                       /* NULL: none was told */
    struct uuid job_id;                        /* nil: no job's */
};
/* The newest first, of those with a lower number than below. */
enum err care_calls_list(struct scope *sc, const struct uuid *connection_id, int64_t below, size_t most,
                         struct care_call **out, size_t *out_n);

struct care_share {
    int64_t ok, refused, failed;
};
struct care_health {
    struct care_share hour, day;
    int64_t median_ms;        /* of the calls of a day that the log still has; -1: there are none */
    int64_t ok_us, failed_us; /* INT64_MIN: never */
    const char *failure;      /* the last one's words; NULL: none */
};
enum err care_health_get(struct scope *sc, const struct uuid *connection_id, struct care_health *out);

/* ---- what the vendor sends where ---- */

#define CARE_TOPICS_MAX 40

struct care_topic {
    const char *topic;
    const char *state; /* "registered", "missing" */
};
struct care_keeping {
    bool can, wanted; /* can: the vendor can be asked */
    struct care_topic topics[CARE_TOPICS_MAX];
    size_t topic_count;
    int64_t kept_us, next_us; /* INT64_MIN: none */
    const char *fault;        /* why the last look broke off; NULL: it did not */
};
/* As tenon_api. ERR_CONFLICT: the vendor cannot be asked. */
struct connection;
enum err care_keep_ask(struct scope *sc, const struct connection *c, bool wanted);
enum err care_keep_get(struct scope *sc, const struct connection *c, struct care_keeping *out);
/* As tenon_dispatch. */
enum err care_keeps_due(struct scope *sc, size_t most, struct care_due **out, size_t *out_n);
/* Registers what is missing, and ends what is there twice or for nothing, at the connection's own address alone. As
 * tenon_worker, in transactions of its own; parks. What it did before it broke off is found by the next one. */
enum err care_keep_run(struct scope *sc, const struct care_due *of);
