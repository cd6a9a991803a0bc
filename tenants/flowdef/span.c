#include "flowdef/flowdef_int.h"

/* ISO 8601 durations, of which there are whole days, hours, minutes and seconds here: what a month is depends on when
 * it is asked. */

static bool number_before(struct str text, size_t *at, int64_t *out)
{
    size_t from = *at;

    *out = 0;
    while (*at < text.n && text.p[*at] >= '0' && text.p[*at] <= '9' && *at - from < 9)
        *out = *out * 10 + (text.p[(*at)++] - '0');
    return *at > from && *at < text.n;
}

bool flowdef_span(struct str text, int64_t *out_us)
{
    static const char order[] = "DTHMS"; /* each at most once, in this order; what follows T is of the day */
    static const int64_t seconds[] = {86400, 0, 3600, 60, 1};
    int64_t sum = 0, n;
    size_t at = 1, next = 0, parts = 0;

    if (text.n < 3 || text.p[0] != 'P' || text.p[text.n - 1] == 'T')
        return false;
    while (at < text.n) {
        const char *place;

        if (text.p[at] == 'T' && next <= 1) {
            next = 2;
            at++;
            continue;
        }
        if (!number_before(text, &at, &n))
            return false;
        place = text.p[at] ? strchr(order + next, text.p[at]) : NULL;
        if (!place || *place == 'T' || (*place != 'D' && next < 2))
            return false;
        sum += n * seconds[place - order];
        next = (size_t)(place - order) + 1;
        parts++;
        at++;
    }
    if (parts == 0 || sum > FLOWDEF_DEADLINE_US / 1000000)
        return false;
    *out_us = sum * 1000000;
    return true;
}
