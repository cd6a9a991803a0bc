#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* net: one outbound HTTP call (libcurl multi on this thread's loop); parks. Redirects, cookies, proxies and every
 * protocol but http and https are off. The address that a name resolved to is judged when the
 * socket is opened: loopback, private, link-local, shared, multicast and reserved ranges are refused unless allowed.
 * The fact people get wrong: ERR_UPSTREAM_UNKNOWN means the request may have been acted on; ERR_UNAVAILABLE
 * and ERR_TIMEOUT mean that not one octet of it left.
 */
struct net; /* one per thread, never shared */

#define NET_WAITING_MAX 4096

struct net_conf {
    unsigned connections;      /* most at once, all hosts; 0: 256 */
    unsigned host_connections; /* most to one scheme, host and port; 0: 16 */
    bool allow_private;        /* tests and demo only: loopback and private addresses are fit */
    const char *ca_file;       /* NULL: the system's */
    const char *user_agent;    /* NULL: none is sent */
};

struct net *net_open(const struct net_conf *conf);
void net_close(struct net *n); /* after the last call of it has ended */

struct net_header {
    const char *name;
    const char *value;
};

struct net_call {
    const char *method;
    const char *url;
    const struct net_header *headers;
    size_t header_count;
    struct str body;
    int connect_ms;    /* 0: 5,000 */
    int total_ms;      /* 0: 30,000 */
    size_t answer_max; /* decompressed octets; 0: 10 MiB */
    bool *too_large;   /* set where the answer had more than those, which is ERR_UPSTREAM_UNKNOWN; NULL: nobody asks */
    /* time_boot_us after which no octet may leave any more: ERR_UNAVAILABLE then. 0: whenever it comes to it. Asked of
     * the clock when the request is about to be written, so it holds for a process that was stopped before. */
    int64_t leave_by_us;
    bool fresh_connection; /* close it afterwards */
    /* "ADDRESS:PORT", of this server's own configuration: there the connection goes, whatever the URL's host is, which
     * is not looked up; only the port that TLS and the request name is the URL's. NULL: where the URL leads. An address
     * of this machine is fit then, and no other: ERR_INVALID. */
    const char *own;
};

struct net_answer {
    int status;
    struct str body; /* NUL-terminated, in the scope's arena */
    const struct net_header *headers;
    size_t header_count;
    int64_t us; /* duration */
};

enum err net_fetch(struct scope *sc, struct net *n, const struct net_call *call, struct net_answer *out);
const char *net_header_get(const struct net_answer *a, const char *name); /* NULL when absent; case-insensitive */
/* The document within a gzip (RFC 1952, of one member or several). ERR_INVALID: it is none, or not whole;
 * ERR_TOO_LARGE: it has more than `most` octets. NUL-terminated, in the scope's arena. */
enum err net_gunzip(struct scope *sc, struct str in, size_t most, struct str *out);
/* Is a literal or resolved address one that net refuses? For tests and for checks when a URL is saved. */
struct sockaddr;
bool net_address_is_private(const struct sockaddr *sa);
bool net_address_is_loopback(const struct sockaddr *sa); /* this machine's own */
/* Is this an address that could be called? For when a URL is saved: what a name will resolve to is seen at the call. */
enum err net_url_check(struct scope *sc, const char *text, bool allow_private);

/* Text records of a name, and the first label of what it is an alias of: how somebody proves to own a host. Parks at
 * most five seconds; no records, or no such name, is an empty list. ERR_UNAVAILABLE when the name server is silent. */
#define NET_TEXTS_MAX 16
struct net_texts {
    const char *v[NET_TEXTS_MAX];
    size_t n;
};
enum err net_texts(struct scope *sc, const char *name, struct net_texts *out);
/* "127.0.0.1:5353", "[::1]:53"; NULL or "": the machine's first one. Before threads start. */
enum err net_resolver_set(struct scope *sc, const char *address);
