#pragma once

#include <stdbool.h>

/* err: every way a piece of work can fail, as a decision and not as a place.
 *
 * A function that can fail returns `enum err` and nothing else; the type is [[nodiscard]], so an
 * unchecked call does not build. What a code means to a caller of the API and to a job stands in
 * one table (err_info). The text of a failure lives in the scope, never in a thread-local: fibers
 * of one thread interleave.
 */
/* clang-format off */
enum [[nodiscard]] err {
    /* clang-format on */
    OK = 0,
    ERR_INVALID,          /* the caller's input is wrong */
    ERR_UNAUTHENTICATED,  /* no or bad credentials */
    ERR_FORBIDDEN,        /* known, but may not */
    ERR_NOT_FOUND,        /* absent, or another tenant's */
    ERR_NOT_ALLOWED,      /* the method is not one of this route's */
    ERR_CONFLICT,         /* the state does not allow it */
    ERR_TOO_LARGE,        /* over a stated size */
    ERR_UNSUPPORTED,      /* media type or encoding we do not take */
    ERR_LIMIT,            /* a rate, a pool or a queue is full: later */
    ERR_HOLD,             /* valid, but a person must decide or supply something first */
    ERR_UPSTREAM_BUSY,    /* the outside system asks to come back later */
    ERR_UPSTREAM_NO,      /* the outside system refused: repeating cannot help */
    ERR_UPSTREAM_AUTH,    /* the outside system does not accept our credentials */
    ERR_UPSTREAM_UNKNOWN, /* bytes may have left and no answer came: probe before repeating */
    ERR_TIMEOUT,          /* our own deadline passed */
    ERR_UNAVAILABLE,      /* something of ours, or the way to it, is down: nothing was done */
    ERR_FENCED,           /* the lease was lost: somebody else works on this now */
    ERR_CANCELLED,        /* the caller has gone */
    ERR_INTERNAL,         /* a defect of ours */
    ERR_COUNT,
};

/* What becomes of a job that failed so. */
enum fate {
    FATE_RETRY,  /* again, with backoff, until its deadline */
    FATE_WAIT,   /* until the connection works again */
    FATE_REVIEW, /* a person looks at it */
    FATE_PROBE,  /* find out what happened first */
    FATE_DROP,   /* somebody else has it, or nobody wants it */
};

struct err_info {
    const char *name;    /* for logs and metrics: "upstream_busy" */
    int http_status;     /* RFC 9110 status of the problem answer */
    const char *problem; /* last segment of the RFC 9457 problem type */
    const char *title;   /* RFC 9457 title */
    enum fate fate;
    bool retryable; /* may the caller of the API repeat the request unchanged? */
};

/* Never NULL; a code outside the enum answers as ERR_INTERNAL. */
const struct err_info *err_info(enum err code);
