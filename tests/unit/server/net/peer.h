#pragma once

#include <stdatomic.h>

/* A small server on loopback in a process of its own, which answers by path and counts what it saw. */
struct peer {
    atomic_int connections;
    atomic_int requests;
    atomic_int closes;    /* whole requests for /close */
    atomic_int now, most; /* open connections */
    int port;
};

/* Before a loop exists; ends with the test. */
struct peer *peer_start(void);
/* A port of loopback where nothing listens. */
int peer_closed_port(void);
