#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/must.h"

#define EACH          8  /* places of a bucket */
#define BUCKETS_FIRST 16 /* doubled while more than 3 of 8 places are taken */

struct memory_place {
    int64_t until_us, due_us; /* due: somebody finds out anew; INT64_MAX: somebody does, or it just ends */
    struct uuid partner_id;
    unsigned char key[32];
    void *value; /* NULL: free */
};

/* What this thread was told. A partner that was told of is in the ring until MEMORY_CHANGES others were. */
static _Thread_local struct {
    struct memory *memories;
    int64_t asked_us; /* 0: never */
    bool asking;
    uint64_t round, all_round; /* of the last answer, and of the last that what is older cannot be compared with */
    struct {
        struct uuid partner_id;
        uint64_t round;
    } ring[MEMORY_CHANGES];
    size_t at;
} told;

static struct memory_place *bucket_of(const struct memory *m, const unsigned char key[32])
{
    size_t hash = (size_t)key[0] | (size_t)key[1] << 8 | (size_t)key[2] << 16;

    return &m->places[hash % m->buckets * EACH];
}

static struct memory_place *place_of(const struct memory *m, const unsigned char key[32])
{
    struct memory_place *bucket;

    if (!m->places)
        return NULL;
    bucket = bucket_of(m, key);
    for (size_t i = 0; i < EACH; i++)
        if (bucket[i].value && memcmp(bucket[i].key, key, 32) == 0)
            return &bucket[i];
    return NULL;
}

static void drop(struct memory *m, struct memory_place *p)
{
    if (!p->value)
        return;
    free(p->value);
    p->value = NULL;
    m->kept--;
}

static struct memory_place *good(struct memory *m, const unsigned char key[32], int64_t now_us)
{
    struct memory_place *p = place_of(m, key);

    if (!told.asked_us || now_us - told.asked_us >= MEMORY_FRESH_US)
        return NULL;
    return p && p->until_us > now_us ? p : NULL;
}

void *memory_get(struct memory *m, const unsigned char key[32], int64_t now_us)
{
    struct memory_place *p = good(m, key, now_us);

    return p ? p->value : NULL;
}

bool memory_is_due(struct memory *m, const unsigned char key[32], int64_t now_us)
{
    struct memory_place *p = good(m, key, now_us);

    if (!p || now_us < p->due_us)
        return false;
    p->due_us = INT64_MAX;
    return true;
}

static struct memory_place *places_new(size_t buckets)
{
    struct memory_place *v = calloc(buckets * EACH, sizeof(*v));

    if (!v)
        out_of_memory();
    return v;
}

/* A free place of the bucket, or that of the one which ends first. */
static struct memory_place *make_room(struct memory *m, const unsigned char key[32])
{
    struct memory_place *bucket = bucket_of(m, key), *first = bucket;

    for (size_t i = 0; i < EACH; i++) {
        if (!bucket[i].value)
            return &bucket[i];
        if (bucket[i].until_us < first->until_us)
            first = &bucket[i];
    }
    drop(m, first);
    return first;
}

static void grow(struct memory *m)
{
    struct memory was = *m;

    m->buckets *= 2;
    m->places = places_new(m->buckets);
    for (size_t i = 0; i < was.buckets * EACH; i++) /* a bucket's go into two, so there is room */
        if (was.places[i].value)
            *make_room(m, was.places[i].key) = was.places[i];
    free(was.places);
}

static void open_memory(struct memory *m)
{
    m->next = told.memories;
    told.memories = m;
    m->buckets = BUCKETS_FIRST;
    m->places = places_new(m->buckets);
}

uint64_t memory_now(void)
{
    return told.round;
}

static bool may_have_changed(const struct uuid *partner_id, uint64_t asked)
{
    if (asked < told.all_round)
        return true;
    for (size_t i = 0; i < MEMORY_CHANGES; i++)
        if (told.ring[i].round > asked && uuid_equal(&told.ring[i].partner_id, partner_id))
            return true;
    return false;
}

/* Spread by the key over the last two fifths, so that what was learnt at once is not learnt anew at once. */
static int64_t life_of(const unsigned char key[32])
{
    return MEMORY_LIFE_US - MEMORY_LIFE_US * 2 / 5 * key[3] / 256;
}

void memory_put(struct memory *m, const unsigned char key[32], const struct uuid *partner_id, uint64_t asked,
                int64_t now_us, int64_t until_us, void *value)
{
    int64_t life_us = life_of(key);
    struct memory_place *p;

    if (may_have_changed(partner_id, asked)) {
        free(value);
        return;
    }
    if (!m->places)
        open_memory(m);
    if (m->kept * 8 > m->buckets * EACH * 3 && m->buckets * EACH < MEMORY_PLACES)
        grow(m);
    p = place_of(m, key);
    if (p)
        drop(m, p);
    else
        p = make_room(m, key);
    *p = (struct memory_place){.until_us = until_us < now_us + life_us ? until_us : now_us + life_us,
                               .due_us = until_us < now_us + life_us ? INT64_MAX : now_us + life_us / 2,
                               .partner_id = *partner_id,
                               .value = value};
    memcpy(p->key, key, 32);
    m->kept++;
}

static void forget_all(struct memory *m)
{
    for (size_t i = 0; m->kept && i < m->buckets * EACH; i++)
        drop(m, &m->places[i]);
}

bool memory_asks(int64_t now_us)
{
    if (told.asking || (told.asked_us && now_us - told.asked_us < MEMORY_AGAIN_US))
        return false;
    told.asking = true;
    return true;
}

static void forget_of(struct memory *m, const struct uuid *partners, size_t n)
{
    for (size_t i = 0; m->kept && i < m->buckets * EACH; i++)
        for (size_t j = 0; j < n && m->places[i].value; j++)
            if (uuid_equal(&m->places[i].partner_id, &partners[j]))
                drop(m, &m->places[i]);
}

/* One that leaves the ring can no longer be told from the rest. */
static void note(const struct uuid *partner_id)
{
    if (told.ring[told.at].round > told.all_round)
        told.all_round = told.ring[told.at].round;
    told.ring[told.at].partner_id = *partner_id;
    told.ring[told.at].round = told.round;
    told.at = (told.at + 1) % MEMORY_CHANGES;
}

void memory_changes(int64_t asked_us, const struct uuid *partners, size_t n)
{
    told.asking = false;
    told.asked_us = asked_us;
    told.round++;
    if (!partners || n > MEMORY_CHANGES) {
        told.all_round = told.round;
        for (struct memory *m = told.memories; m; m = m->next)
            forget_all(m);
        return;
    }
    for (size_t i = 0; i < n; i++)
        note(&partners[i]);
    for (struct memory *m = told.memories; n && m; m = m->next)
        forget_of(m, partners, n);
}

void memory_changes_unknown(void)
{
    told.asking = false;
}

void memory_end(void)
{
    struct memory *next;

    for (struct memory *m = told.memories; m; m = next) {
        next = m->next;
        forget_all(m);
        free(m->places);
        *m = (struct memory){0};
    }
    memset(&told, 0, sizeof(told));
}
