#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "json/doc_int.h"

#define FEW        8
#define SMALL_BITS 8

/* A sender who could foresee the hash would make a table as slow as a list, so it is keyed at random. */
struct hash_key {
    uint64_t a, b;
    bool drawn;
};

struct slot {
    uint32_t tag;
    uint32_t member; /* its place plus one; 0: free */
};

static const struct hash_key *hash_key(void)
{
    static _Thread_local struct hash_key key;

    if (!key.drawn) {
        uint64_t drawn[2];

        MUST_BE(getrandom(drawn, sizeof(drawn), 0) == sizeof(drawn));
        key = (struct hash_key){drawn[0], drawn[1] | 1, true};
    }
    return &key;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;

    memcpy(&v, p, n);
    return v;
}

static uint64_t hash_of(const struct hash_key *key, const struct doc *name)
{
    const char *p = name->text;
    size_t n = name->n;
    uint64_t h = key->a ^ n;

    for (; n > 8; n -= 8, p += 8)
        h = fold(h ^ load(p, 8), key->b);
    return fold(fold(h ^ load(p, n), key->b) ^ key->a, key->b);
}

static bool same(const struct doc *a, const struct doc *b)
{
    return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

static const struct doc *twice_of_few(const struct doc *members, size_t n)
{
    for (size_t i = 2; i < 2 * n; i += 2)
        for (size_t k = 0; k < i; k += 2)
            if (members[i].n == members[k].n && same(&members[i], &members[k]))
                return &members[i];
    return NULL;
}

static const struct doc *twice_of_many(const struct doc *members, size_t n, struct slot *slots, size_t mask)
{
    const struct hash_key *key = hash_key();

    for (size_t i = 0; i < n; i++) {
        const struct doc *name = &members[2 * i];
        uint64_t h = hash_of(key, name);
        uint32_t tag = (uint32_t)(h >> 32);
        size_t at = h & mask;

        for (; slots[at].member; at = (at + 1) & mask)
            if (slots[at].tag == tag && same(&members[2 * (slots[at].member - 1)], name))
                return name;
        slots[at] = (struct slot){tag, (uint32_t)i + 1};
    }
    return NULL;
}

const struct doc *doc_twice(const struct doc *members, size_t n)
{
    struct slot small[1 << SMALL_BITS];
    struct slot *slots = small;
    size_t size = ARRAY_LEN(small);
    const struct doc *found;

    if (n <= FEW)
        return twice_of_few(members, n);
    while (size < 2 * n)
        size *= 2;
    if (size == ARRAY_LEN(small))
        memset(small, 0, sizeof(small));
    else if (!(slots = calloc(size, sizeof(*slots))))
        out_of_memory();
    found = twice_of_many(members, n, slots, size - 1);
    if (slots != small)
        free(slots);
    return found;
}
