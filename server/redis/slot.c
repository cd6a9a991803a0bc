#include "redis/redis_int.h"

#include <string.h>

/* CRC16 of the kind called XMODEM: polynomial 0x1021, begun at 0. */
static unsigned crc16(const char *p, size_t n)
{
    unsigned crc = 0;

    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned)(unsigned char)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1 & 0xffff;
    }
    return crc;
}

/* What stands between the first "{" and the next "}", unless that is nothing, decides for the whole key. */
unsigned redis_slot(struct str key)
{
    const char *open = key.n ? memchr(key.p, '{', key.n) : NULL;
    const char *close = open ? memchr(open, '}', (size_t)(key.p + key.n - open)) : NULL;

    if (close && close > open + 1)
        return crc16(open + 1, (size_t)(close - open) - 1) % REDIS_SLOTS;
    return crc16(key.p, key.n) % REDIS_SLOTS;
}

size_t redis_key_at(const struct str *argv, size_t argc)
{
    static const char *const keyless[] = {"PING", "INFO", "SCRIPT", "FLUSHALL", "CLUSTER", "ROLE", "TIME", "CONFIG"};

    for (size_t i = 0; i < ARRAY_LEN(keyless); i++)
        if (str_is(argv[0], keyless[i]))
            return 0;
    if (str_is(argv[0], "EVAL") || str_is(argv[0], "EVALSHA"))
        return argc > 3 && !str_is(argv[2], "0") ? 3 : 0;
    return argc > 1 ? 1 : 0;
}
