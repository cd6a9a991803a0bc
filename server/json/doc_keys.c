#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "json/doc_int.h"

#define PAIRS 4   /* up to so many names, each is compared with each */
#define FEW   128 /* up to so many, a name is compared with those before it when its mark has been seen */
#define MARKS 4096
#define ALIKE 16 /* marks seen before, after which there is a table for few names too */
#define LOOK  16 /* in an object of up to so many members a name is looked for without a table */

/* A sender who could foresee the hash would make a table as slow as a list, so it is keyed at random. */
struct hash_key {
    uint64_t a, b;
    bool drawn;
};

struct doc_slot {
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

static inline uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;

    memcpy(&v, p, n);
    return le64toh(v);
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

/* ---- a table of an object's names ---- */

/* Where the name is, or would be. */
static struct doc_slot *slot_of(const struct doc *members, struct doc_slot *slots, size_t mask, const struct doc *name,
                                uint32_t *tag)
{
    uint64_t h = hash_of(hash_key(), name);
    size_t at = h & mask;

    *tag = (uint32_t)(h >> 32);
    for (; slots[at].member; at = (at + 1) & mask)
        if (slots[at].tag == *tag && doc_same_text(&members[2 * (slots[at].member - 1)], name))
            break;
    return &slots[at];
}

/* At least half of it stays free. Of names that stand twice the first is kept, and *twice set. */
static struct doc_slot *table_of(const struct doc *members, size_t n, size_t *mask, bool *twice)
{
    struct doc_slot *slots;
    size_t size = 4;

    while (size < 2 * n)
        size *= 2;
    slots = calloc(size, sizeof(*slots));
    if (!slots)
        out_of_memory();
    *mask = size - 1;
    *twice = false;
    for (size_t i = 0; i < n; i++) {
        uint32_t tag;
        struct doc_slot *slot = slot_of(members, slots, *mask, &members[2 * i], &tag);

        if (slot->member)
            *twice = true;
        else
            *slot = (struct doc_slot){tag, (uint32_t)i + 1};
    }
    return slots;
}

/* ---- names that stand twice ---- */

static bool stands_before(const struct doc *members, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (doc_same_text(&members[2 * k], &members[2 * i]))
            return true;
    return false;
}

/* Made of a name's length and of its first and last eight octets. Whoever makes many names of one mark gains nothing
 * but the table. */
static inline unsigned mark_of(const struct doc *name, const char *end)
{
    static const uint64_t masks[] = {
        0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff, UINT64_MAX};
    size_t n = name->n, k = n < 8 ? n : 8;
    uint64_t first, last;

    if (LIKELY(n >= 8 || (uintptr_t)end - (uintptr_t)name->text >= 8)) {
        first = load(name->text, 8) & masks[k];
        last = load(name->text + (n - k), 8) & masks[k];
    } else {
        first = last = load(name->text, k);
    }
    return (unsigned)(((first * 0x9e3779b97f4a7c15) ^ ((last + n) * 0xd6e8feb86659fd93)) >> 52);
}
_Static_assert(MARKS == 1 << 12, "a mark has twelve bits");

static bool twice_of_many(const struct doc *members, size_t n)
{
    size_t mask;
    bool twice;

    free(table_of(members, n, &mask, &twice));
    return twice;
}

static bool twice_of_few(const struct doc *members, size_t n, const char *end)
{
    uint64_t seen[MARKS / 64];
    size_t alike = 0;

    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < n; i++) {
        unsigned mark = mark_of(&members[2 * i], end);
        uint64_t bit = UINT64_C(1) << (mark & 63);

        if (UNLIKELY(seen[mark >> 6] & bit)) {
            if (++alike > ALIKE)
                return twice_of_many(members, n);
            if (stands_before(members, i))
                return true;
        }
        seen[mark >> 6] |= bit;
    }
    return false;
}

bool doc_twice(const struct doc *members, size_t n, const char *end)
{
    if (n > FEW)
        return twice_of_many(members, n);
    if (n > PAIRS)
        return twice_of_few(members, n, end);
    for (size_t i = 1; i < n; i++)
        if (stands_before(members, i))
            return true;
    return false;
}

/* ---- names that are looked for ---- */

static const struct doc *take(struct doc_names *x, size_t i)
{
    x->next = i + 1;
    return &x->object->children[2 * i + 1];
}

static const struct doc *look(struct doc_names *x, const struct doc *name)
{
    for (size_t i = 0; i < x->object->n; i++)
        if (doc_same_text(&x->object->children[2 * i], name))
            return take(x, i);
    return NULL;
}

const struct doc *doc_names_find(struct doc_names *x, const struct doc *name)
{
    const struct doc *members = x->object->children;
    const struct doc_slot *slot;
    uint32_t tag;
    bool twice;

    if (x->next < x->object->n && doc_same_text(&members[2 * x->next], name))
        return take(x, x->next);
    if (x->object->n <= LOOK)
        return look(x, name);
    if (!x->slots)
        x->slots = table_of(members, x->object->n, &x->mask, &twice);
    slot = slot_of(members, x->slots, x->mask, name, &tag);
    return slot->member ? take(x, slot->member - 1) : NULL;
}

void doc_names_dispose(struct doc_names *x)
{
    if (x)
        free(x->slots);
}
