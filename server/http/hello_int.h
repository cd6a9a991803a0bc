#pragma once

#include "http/http_int.h"

/* Inside the room: see hello.c. */
#define HELLO_NAME_MAX 253

enum hello_told { HELLO_MORE, HELLO_NAMED, HELLO_NAMELESS };

enum hello_told hello_parse(const uint8_t *p, size_t n, char out[HELLO_NAME_MAX + 1]);
/* The connection goes on with guard_open, whatever comes of it. */
void hello_start(struct http *h, SSL_CTX *fallback, int fd, const struct peer *peer, const struct guard_seat *seat);
void hello_close_all(struct http *h);
void hello_thread_end(void);
/* NULL when the pair cannot be used. */
SSL_CTX *tls_for_host(const char *chain_pem, const struct secret *key_pem);
