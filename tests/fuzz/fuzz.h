#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "crypto/crypto.h"
#include "http/http_int.h"

/* What the fuzzed parsers share: one scope an input, and the input cut at line feeds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static inline void fuzz_start(void)
{
    struct scope *sc = scope_new();

    MUST_BE(crypto_start(sc) == OK);
    scope_free(sc);
}

/* A copy of exactly its size, so that a look past its end is seen. */
static inline struct str fuzz_copy(struct scope *sc, const uint8_t *p, size_t n)
{
    char *copy = arena_alloc(sc->arena, n ? n : 1);

    if (n)
        memcpy(copy, p, n);
    return (struct str){copy, n};
}

/* The next line of what is left; false at the end. */
static inline bool fuzz_line(struct str *left, struct str *out)
{
    const char *end;

    if (left->n == 0)
        return false;
    end = memchr(left->p, '\n', left->n);
    *out = (struct str){left->p, end ? (size_t)(end - left->p) : left->n};
    left->p += out->n + (end != NULL);
    left->n -= out->n + (end != NULL);
    return true;
}
