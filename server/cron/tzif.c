#include <string.h>

#include "base/must.h"
#include "cron/cron_int.h"

/* TZif (RFC 9636): a head and a block with times of 32 bits, which is stepped over, the same with 64, and the footer.
 */

#define HEAD 44

struct head {
    uint32_t utc_n, wall_n, leap_n, time_n, type_n, text_n;
};

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t i64(const uint8_t *p)
{
    return (int64_t)((uint64_t)u32(p) << 32 | u32(p + 4));
}

static bool head_read(const uint8_t *p, size_t n, struct head *out)
{
    if (n < HEAD || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    *out = (struct head){u32(p + 20), u32(p + 24), u32(p + 28), u32(p + 32), u32(p + 36), u32(p + 40)};
    return out->utc_n <= 256 && out->wall_n <= 256 && out->leap_n <= 256 && out->time_n <= ZONE_TIMES_MAX &&
           out->type_n <= 256 && out->text_n <= 256;
}

static size_t block_size(const struct head *h, size_t time)
{
    return h->time_n * (time + 1) + h->type_n * 6 + h->text_n + h->leap_n * (time + 4) + h->wall_n + h->utc_n;
}

static bool offset_read(const uint8_t *types, const struct head *h, uint8_t type, int32_t *out)
{
    if (type >= h->type_n)
        return false;
    *out = (int32_t)u32(types + type * 6);
    return *out > -ZONE_OFFSET_MAX && *out < ZONE_OFFSET_MAX;
}

static bool changes_read(struct arena *a, const uint8_t *p, const struct head *h, struct zone *out)
{
    const uint8_t *which = p + h->time_n * 8, *types = which + h->time_n;

    if (!offset_read(types, h, 0, &out->first_s)) /* whatever was before the first change is of type 0 */
        return false;
    out->changes = ARENA_ARRAY(a, struct zone_change, h->time_n ? h->time_n : 1);
    out->n = h->time_n;
    for (size_t i = 0; i < out->n; i++) {
        struct zone_change *to = &out->changes[i];

        to->at_s = i64(p + i * 8);
        if (!offset_read(types, h, which[i], &to->offset_s) || (i > 0 && to->at_s <= to[-1].at_s))
            return false;
    }
    return true;
}

/* Between two line feeds; empty where nothing can be said of later times, and then the last clock stays. */
static bool footer_read(const uint8_t *p, size_t n, struct forever *out)
{
    const uint8_t *end = n > 1 ? memchr(p + 1, '\n', n - 1) : NULL;

    *out = (struct forever){0};
    if (!end || *p != '\n')
        return false;
    return end == p + 1 || forever_parse((struct str){(const char *)p + 1, (size_t)(end - p - 1)}, out);
}

bool tzif_read(struct arena *a, struct str file, struct zone *out)
{
    const uint8_t *p = (const uint8_t *)file.p;
    size_t n = file.n, skip;
    struct zone z = {0};
    struct head h;

    if (n > ZONE_FILE_MAX || !head_read(p, n, &h) || (skip = HEAD + block_size(&h, 4)) > n)
        return false;
    p += skip;
    n -= skip;
    /* Files that count leap seconds ("right/…") do not have the system's time. */
    if (!head_read(p, n, &h) || h.leap_n || h.type_n == 0 || (skip = HEAD + block_size(&h, 8)) > n)
        return false;
    if (!changes_read(a, p + HEAD, &h, &z) || !footer_read(p + skip, n - skip, &z.forever))
        return false;
    *out = z;
    return true;
}
