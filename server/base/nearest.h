#pragma once

#include "base/buf.h"

/* nearest: which of some names was meant by one that is none of them. Letters count alike in either case; names longer
 * than NEAREST_TEXT_MAX octets are near to nothing, so that a look costs little whatever was sent.
 */
#define NEAREST_MAX      3
#define NEAREST_TEXT_MAX 64

/* How many octets must be put in, left out, replaced or swapped with their neighbour to make b of a; more than `most`
 * is told as most + 1. Either is at most NEAREST_TEXT_MAX long, else they are most + 1 apart. */
size_t text_distance(struct str a, struct str b, size_t most);

struct nearest {
    struct str want;
    const char *names[NEAREST_MAX]; /* best first; kept, not copied */
    size_t distances[NEAREST_MAX];
    size_t n;
};

void nearest_init(struct nearest *out, struct str want);
/* A name that comes again counts once. */
void nearest_try(struct nearest *near, const char *name);
/* "unit_price", "unit_price or price", "a, b or c"; empty without any. */
const char *nearest_text(struct arena *a, const struct nearest *near);
/* "; near it is unit_price or price" of names that end with NULL, to stand behind a fault; empty without any. */
const char *nearest_told(struct arena *a, const char *want, const char *const *names);
