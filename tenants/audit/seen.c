#include <string.h>

#include "audit/audit_int.h"

/* What this thread has on record of reads, in groups of eight; the oldest gives way, which costs an entry more and
 * never one less. What this promises stands in decision 0016. */
#define GROUPS     8192
#define EACH       8
#define OVERLAP_US (INT64_C(5) * 1000000) /* for so long the entry before still covers, while one writes the next */

struct place {
    uint8_t key[16];
    int64_t noted_us, claimed_us; /* 0: never */
};
static _Thread_local struct place places[GROUPS][EACH];

static struct place *group_of(const struct audit_mark *m)
{
    return places[((size_t)m->key[0] << 8 | m->key[1]) % GROUPS];
}

static struct place *find(struct place *group, const struct audit_mark *m)
{
    for (size_t i = 0; i < EACH; i++)
        if (memcmp(group[i].key, m->key, sizeof(m->key)) == 0)
            return &group[i];
    return NULL;
}

static struct place *take(struct place *group, const struct audit_mark *m)
{
    struct place *oldest = group;

    for (size_t i = 1; i < EACH; i++)
        if (group[i].claimed_us < oldest->claimed_us)
            oldest = &group[i];
    *oldest = (struct place){0};
    memcpy(oldest->key, m->key, sizeof(m->key));
    return oldest;
}

bool audit_seen(const struct audit_mark *m, int64_t now_us)
{
    struct place *group = group_of(m);
    struct place *p = find(group, m);

    if (p && p->noted_us && now_us - p->noted_us < m->good_us)
        return true;
    if (p && p->noted_us && now_us - p->noted_us < m->good_us + OVERLAP_US && now_us - p->claimed_us < OVERLAP_US)
        return true;
    if (!p)
        p = take(group, m);
    p->claimed_us = now_us;
    return false;
}

void audit_saw(const struct audit_mark *m, int64_t now_us)
{
    struct place *group = group_of(m);
    struct place *p = find(group, m);

    if (!p)
        p = take(group, m);
    p->noted_us = p->claimed_us = now_us;
}
