#pragma once

#include "lifecycle/lifecycle.h"

#define BUNDLE_PARTS_MAX 24
#define BUNDLE_KIND_MAX  20

/* What is counted of a bundle while it is written or read. A chain is 32 zeros, and for each line SHA-256 over the
 * chain so far and the line's own SHA-256, its line feed included. */
struct bundle_part {
    char kind[BUNDLE_KIND_MAX + 1];
    int64_t lines;
    uint8_t chain[CRYPTO_HASH_BYTES];
};

struct bundle {
    const char *partner, *customer;
    struct uuid export_id;
    struct bundle_part parts[BUNDLE_PARTS_MAX];
    size_t part_count;
    int64_t lines;
    uint8_t chain[CRYPTO_HASH_BYTES];
};

/* False when there are too many kinds of parts, or theirs is too long a name. */
bool bundle_count(struct bundle *b, const char *kind, struct str line);
/* The manifest's end, which the counts alone decide. */
void bundle_sums(const struct bundle *b, struct buf *out);
/* Manifest and signature, as lines; inside the tenant. */
enum err bundle_end(struct scope *sc, const struct bundle *b, struct str *out);
