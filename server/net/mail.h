#pragma once

#include "base/buf.h"
#include "base/scope.h"

/* One mail handed to a relay by SMTP (libcurl). Parks: the library waits for a relay's last answer without giving its
 * loop back, so each mail is a thread of its own for as long as it takes; whoever calls bounds how many.
 * The fact people get wrong: ERR_UPSTREAM_UNKNOWN means that the whole mail left and no answer came, so it may have
 * been taken. All others mean that it was not.
 */
struct net_mail {
    const char *url;             /* smtp://host:587, smtps://host:465 */
    const char *user, *password; /* NULL or "": none */
    const char *ca_file;         /* NULL: the system's */
    bool clear;                  /* may go without TLS; to this machine it always may */
    const char *hello;           /* the name we give ourselves */
    const char *from, *to;       /* addresses */
    struct str text;             /* lines end in CRLF */
    int total_ms;                /* 0: 60,000 */
};

struct net_mail_reply {
    int code;          /* of the relay's last answer; 0: none came */
    char enhanced[12]; /* "5.1.1" (RFC 3463), or empty */
    char text[300];    /* as it was said, for logs */
};

/* ERR_UPSTREAM_BUSY for 4xx, ERR_UPSTREAM_NO for 5xx about this mail, ERR_UPSTREAM_AUTH for a refused login,
 * ERR_UNAVAILABLE for no way there. reply is filled as far as it goes, also on failure. */
enum err net_mail(struct scope *sc, const struct net_mail *mail, struct net_mail_reply *reply);
