#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static struct memory_place *place_of(struct memory_place *places, const unsigned char key[32])
{
    return &places[((size_t)key[0] << 8 | key[1]) % MEMORY_PLACES];
}

void *memory_get(struct memory_place *places, const unsigned char key[32], int64_t now_us)
{
    struct memory_place *p = place_of(places, key);

    return p->until_us > now_us && memcmp(p->key, key, 32) == 0 ? p->value : NULL;
}

bool memory_is_due(struct memory_place *places, const unsigned char key[32], int64_t now_us)
{
    struct memory_place *p = place_of(places, key);

    if (!memory_get(places, key, now_us) || p->refreshed || p->until_us - now_us > MEMORY_LIFE_US / 2)
        return false;
    p->refreshed = true;
    return true;
}

void memory_put(struct memory_place *places, const unsigned char key[32], int64_t now_us, void *value)
{
    struct memory_place *p = place_of(places, key);

    free(p->value);
    p->value = value;
    p->refreshed = false;
    p->until_us = now_us + MEMORY_LIFE_US;
    memcpy(p->key, key, 32);
}

void memory_clear(struct memory_place *places)
{
    for (size_t i = 0; i < MEMORY_PLACES; i++) {
        free(places[i].value);
        places[i] = (struct memory_place){0};
    }
}
