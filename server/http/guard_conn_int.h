#pragma once

#include "http/guard_int.h"
#include "http/http_int.h"

/* A connection under guard: ours from accept to the last octet. The socket's on_close points here, which is how the
 * library's calls find it; sockets without that pass straight through. */
enum guard_stage { GUARD_HANDSHAKE, GUARD_HTTP1, GUARD_HTTP2 };

struct guard_stall { /* of something that must move */
    uint64_t seen;
    int64_t moved_us;
};

struct guard {
    struct list_node node;
    struct http *http;
    h2o_accept_ctx_t accept; /* the library points here until the handshake is over */
    h2o_socket_t *sock;
    int fd;   /* the library's; open as long as this is */
    int twin; /* keeps the connection open beyond the library's close, see drain.c; -1: none */
    struct front front;
    bool seated;
    struct guard_seat seat;

    enum guard_stage stage;
    h2o_socket_cb read_cb, write_cb; /* the library's; NULL: it wants none */
    bool writing;                    /* a write of the library's is in flight; a wait for room is not one */
    bool held;                       /* reading is stopped, or a read was not passed on, because of a write */
    bool closed;                     /* by the library; TLS may go on saying good-bye */
    bool gone;                       /* freed when the outermost callback is over */
    unsigned depth;
    const char *held_error;
    h2o_buffer_t *backlog; /* of HTTP/2: octets for after the next write */
    size_t known;          /* octets of the socket's input that were looked at */
    struct guard_frames frames;
    struct guard_budget budget;

    enum guard_cut doom, cut;
    struct loop_timer soon; /* to cut from outside the library */
    struct loop_timer more; /* to go on with the backlog when others had their turn */
    h2o_socket_cb lost_cb;  /* of a write that came during the farewell */
    char farewell[17];
    bool goaway_said;

    int64_t opened_us, used_us, ended_us; /* ended: cut, or closed by the library */
    int64_t head_since_us;                /* 0: no head is incomplete */
    bool body_waits;                      /* HTTP/1: the head is complete, the request is not */
    struct guard_upload body;             /* HTTP/1 */
    struct list_node requests;            /* struct guard_request */
    struct guard_stall acked;
};

struct guard *guard_of(h2o_socket_t *sock);
void guard_open(struct http *h, int fd, SSL_CTX *ssl, const struct peer *peer, const struct guard_seat *seat);
void guard_cut_now(struct guard *g, enum guard_cut why); /* from outside the library's calls; may free */

/* guard_time.c: what is slow or idle, looked for a few times a second. */
void guard_took(struct guard *g, const struct guard_tally *t); /* HTTP/2 input */
void guard_took_http1(struct guard *g, size_t fresh);
bool guard_retires(const struct guard *g, int64_t now_us);
