#pragma once

#include "sys/cage.h"

/* Descriptors of the caged process. Its standard error stays what it was, unless that is a socket. */
#define CAGE_IN  3
#define CAGE_OUT 4

#define CAGE_HEAD 5 /* octets: a length, low octet first, and the kind */

void cage_head_write(uint8_t head[CAGE_HEAD], char kind, size_t n);
size_t cage_head_length(const uint8_t head[CAGE_HEAD]);

/* Every system call but those of computing fails with EPERM from here on. False: the system has no such filter. */
bool cage_filter_set(void);
