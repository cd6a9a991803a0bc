#include "fresh/fresh_int.h"

struct uuid fresh_id_at(int64_t us)
{
    uint64_t ms = us > 0 ? (uint64_t)us / 1000 : 0;
    struct uuid id = {{0}};

    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    return id;
}

const char *fresh_span_words(struct scope *sc, int64_t us)
{
    int64_t minutes = us / 60000000, hours = minutes / 60;

    if (hours >= 48)
        return arena_f(sc->arena, "%d days %d h", (int)(hours / 24), (int)(hours % 24));
    if (hours && minutes % 60)
        return arena_f(sc->arena, "%d h %d min", (int)hours, (int)(minutes % 60));
    if (hours)
        return arena_f(sc->arena, "%d h", (int)hours);
    return arena_f(sc->arena, "%d min", (int)minutes);
}
