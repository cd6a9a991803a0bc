#include "crypto/crypto.h"

#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

/* The octets lie in pages of their own between guard pages. sodium_malloc locks them, keeps them out of core
 * dumps, and goes on when the limit on locked memory does not allow the lock; sodium_free wipes.
 */
struct secret {
    uint8_t *p;
    size_t n;
};

struct secret *secret_new(size_t n)
{
    struct secret *s = malloc(sizeof(*s));

    if (!s)
        out_of_memory();
    s->p = sodium_malloc(n);
    if (!s->p)
        out_of_memory();
    s->n = n;
    if (n)
        memset(s->p, 0, n);
    return s;
}

struct secret *secret_copy(const void *p, size_t n)
{
    struct secret *s = secret_new(n);

    if (n)
        memcpy(s->p, p, n);
    return s;
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    sodium_free(s->p);
    free(s);
}

void secret_wipe(struct secret **s)
{
    secret_free(*s);
    *s = NULL;
}

const uint8_t *secret_bytes(const struct secret *s)
{
    return s->p;
}

uint8_t *secret_fill(struct secret *s)
{
    return s->p;
}

size_t secret_size(const struct secret *s)
{
    return s->n;
}
