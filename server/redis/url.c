#include "redis/redis_int.h"

#include <string.h>

static bool seeds_parse(const char *text, struct redis_url *out)
{
    for (const char *at = text, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, ',');
        if (out->seed_count == REDIS_SEEDS_MAX ||
            !redis_address_read((struct str){at, (size_t)(end - at)}, false, &out->seeds[out->seed_count]))
            return false;
        out->seed_count++;
    }
    return true;
}

/* As sentinels take them. */
static bool name_parse(const char *text, const char *end, struct redis_url *out)
{
    size_t n = (size_t)(end - text);

    if (n == 0 || n > REDIS_NAME_MAX)
        return false;
    memcpy(out->name, text, n);
    return strspn(out->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

bool redis_url_parse(const char *text, struct redis_url *out)
{
    const char *at;

    *out = (struct redis_url){.form = REDIS_ONE};
    if (strncmp(text, "sentinel:", 9) == 0) {
        out->form = REDIS_SENTINEL;
        at = strchr(text + 9, '@');
        return at && name_parse(text + 9, at, out) && seeds_parse(at + 1, out);
    }
    if (strncmp(text, "cluster:", 8) == 0) {
        out->form = REDIS_CLUSTER;
        return seeds_parse(text + 8, out);
    }
    out->seed_count = 1;
    return redis_address_parse(text, &out->seeds[0]);
}
