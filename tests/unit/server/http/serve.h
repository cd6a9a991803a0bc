#pragma once

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_int.h"
#include "kit/test.h"
#include "obs/obs.h"

/* A server in a thread of the test's process, and a client that writes octets on a socket. */
struct served {
    pthread_t thread;
    sem_t ready;
    struct http_conf conf;
    struct http_app app;
    const char *cert, *key; /* NULL: plain */
    struct loop *loop;
    struct http *http;
    int sndbuf; /* 0: as the system has it */
    int port;
    int fd; /* 0: one of its own; otherwise shared with another server */
    int drain_ms;
    sem_t drained, closed;
};

extern const struct route test_routes[];
extern const struct route *const test_route_tables[];
extern atomic_int test_handlers_started, test_ends_ok, test_ends_failed;

void serve_defaults(struct served *s);
void serve_certificate(struct served *s, char dir[]); /* "/tmp/…XXXXXX", for the caller to remove */
void serve_start(struct served *s);
void serve_stop(struct served *s);
void serve_drain(struct served *s, int ms); /* begins it; `drained` is posted at the end */

int dial(const struct served *s);
bool dial_refused(const struct served *s);
void say(int fd, const void *p, size_t n);
void say_text(int fd, const char *text);
/* All until the other side closes, NUL-terminated, in a static buffer. */
const char *hear(int fd);
/* One exchange on a connection of its own. */
const char *ask(const struct served *s, const char *text);
int status_of(const char *reply);
const char *body_of(const char *reply);
bool has(const char *text, const char *part);
/* What a command prints. */
const char *shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
