#pragma once

#include <curl/curl.h>

#include "net/net.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define NET_EASIES_MAX        64 /* handles kept for the next call */
#define NET_HEADER_OCTETS_MAX ((size_t)64 * 1024)
#define NET_HEADER_FIELDS_MAX 100
#define NET_HOST_BUCKETS      1024
#define NET_LANES             64 /* divides the buckets */

/* The calls to one scheme, host and port: those under way, and those that wait for a turn. */
struct net_host {
    struct net_host *chain;       /* of its bucket */
    struct net_host *prev, *next; /* ring of the hosts that have calls waiting */
    struct waitq waiting;
    unsigned waiting_count, active;
    unsigned bucket;
    char key[];
};

/* The hosts of some buckets, with a library handle of their own that is made when the first of them is called. The
 * library (7.88) looks at every connection that one handle keeps whenever a call ends: with thousands of calls under
 * way on one handle it does little else. */
struct net_lane {
    struct net *net;
    CURLM *multi;
    struct loop_timer timer;
};

struct net_sock {
    struct loop_fd watch;
    struct net_lane *lane;
    struct net_sock *prev, *next;
};

struct net {
    struct net_lane lanes[NET_LANES];
    struct net_conf conf;
    char *ca_file, *user_agent;
    CURL *easies[NET_EASIES_MAX];
    unsigned easy_count;
    unsigned active, waiting_count;
    struct net_host *buckets[NET_HOST_BUCKETS];
    struct net_host *turn; /* whose waiting call goes first */
    struct net_sock *socks;
};

/* Why a call ended that the library alone does not know. */
enum net_stop {
    NET_STOP_NONE,
    NET_STOP_ADDRESS, /* every address of the name was refused */
    NET_STOP_REPEAT,  /* the library wanted to send the request a second time */
    NET_STOP_LATE,    /* its turn to leave came too late */
    NET_STOP_HEADERS,
    NET_STOP_BODY,
    NET_STOP_TIME,
};

/* One call under way, on the calling fiber's stack. */
struct net_run {
    struct net *net;
    struct scope *scope;
    const struct net_call *call;
    CURL *easy;
    CURLU *url;
    struct net_host *host;
    struct net_lane *lane;
    struct waitq wait;
    bool done;
    bool may_repeat; /* the method is one whose repetition harms nobody */
    bool sent;       /* from here on octets of the request may have left */
    bool head_whole; /* the empty line after the fields came; the library takes less for an answer */
    CURLcode result;
    enum net_stop stop;
    int64_t start_us, due_us;
    bool due_is_scope;
    struct buf body;
    struct net_header *headers;
    size_t header_count, header_octets;
    char fault[CURL_ERROR_SIZE];
};

/* check.c: what may be asked at all */
enum err net_url_parse(struct scope *sc, const struct net *n, const char *text, CURLU **out);
enum err net_call_check(struct scope *sc, const struct net_call *call);
const char *net_url_host_key(struct scope *sc, CURLU *url);

/* slot.c: parks until the call may start */
enum err net_slot_take(struct net_run *run, const char *key);
void net_slot_free(struct net_run *run);

/* easy.c */
void net_easy_fill(struct net_run *run);

/* net.c */
void net_library_start(void); /* once a process, whoever comes first */
struct net_lane *net_lane_of(struct net *n, unsigned bucket);
void net_lane_go(struct net_lane *lane);
CURL *net_easy_take(struct net *n);
void net_easy_give(struct net *n, CURL *easy);
