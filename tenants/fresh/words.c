#include "fresh/fresh_int.h"

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
