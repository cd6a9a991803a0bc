#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* guard_h1: what of HTTP/1 the library may see. A scanner of one request's octets, fed as they come from the socket and
 * before the library has them; it keeps no octet and makes no call. RFC 9112 as a sender must write it, nothing that a
 * recipient may forgive: whatever two programs could read differently is refused.
 * It looks at one request only. Once a request has a body nobody reads a second one on its connection, so octets after
 * the end are ignored; a request without a body ends at its head, and guard_h1_init begins the next.
 */
#define GUARD_H1_FIELDS_MAX 100

enum guard_verdict {
    GUARD_H1_MORE,  /* the head has no end yet */
    GUARD_H1_FINE,  /* the head is good, and so is what has come of the body */
    GUARD_H1_HTTP2, /* the preface of HTTP/2 */
    GUARD_H1_LINE,  /* from here on refusals: bare CR or LF, control characters */
    GUARD_H1_METHOD,
    GUARD_H1_TARGET,
    GUARD_H1_VERSION, /* none, as in HTTP/0.9, or no version at all */
    GUARD_H1_VERSION_OTHER,
    GUARD_H1_FIELD,
    GUARD_H1_REPEATED,
    GUARD_H1_HOST,
    GUARD_H1_LENGTH,
    GUARD_H1_CODING,
    GUARD_H1_CHUNK,
    GUARD_H1_EXPECT,
    GUARD_H1_HEAD_LARGE,
    GUARD_H1_BODY_LARGE,
    GUARD_H1_BODIES, /* the caller's verdict: no room for more of them */
    GUARD_H1_VERDICTS,
};

struct guard_h1 {
    size_t head_max, body_max;
    enum guard_verdict verdict;
    uint8_t state;
    uint8_t after_line; /* the state that follows a line's LF */
    uint8_t field;      /* which known field the line is */
    uint8_t seen;       /* known fields that came, as bits */
    uint8_t minor;      /* version */
    bool head_method;   /* HEAD: a refusal has no body either */
    bool blank;         /* whitespace that has to be the value's end */
    unsigned fields;
    unsigned word_n; /* may pass the size of word: the rest is only counted */
    char word[24];   /* method, version, field name or the value of a known field */
    size_t octets;   /* of head, chunk lines and trailers */
    uint64_t length; /* the declared length, or what is left of a chunk */
    uint64_t body;   /* octets that chunks announced */
};

void guard_h1_init(struct guard_h1 *g, size_t head_max, size_t body_max);
/* A refusal stays. */
enum guard_verdict guard_h1_feed(struct guard_h1 *g, const char *p, size_t n);
bool guard_h1_has_body(const struct guard_h1 *g);

bool guard_h1_refuses(enum guard_verdict v);
int guard_h1_status(enum guard_verdict v);
const char *guard_h1_reason(enum guard_verdict v); /* a metric's label */
/* The same refusal of a request that the library has. */
enum err guard_h1_fail(struct scope *sc, enum guard_verdict v);
/* The whole answer as octets, a problem document with the scope's request id; the connection closes after it. */
struct str guard_h1_answer(struct scope *sc, const struct guard_h1 *g);
