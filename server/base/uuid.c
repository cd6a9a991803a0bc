#include "base/uuid.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/must.h"

static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char hex[] = "0123456789abcdef";

/* Random octets are fetched in blocks, each thread its own. Up to 256 a signal never cuts the call short. */
static _Thread_local uint8_t pool[256];
static _Thread_local size_t left;

/* A forked child must not hand out what its parent will. */
static void forget_pool(void)
{
    left = 0;
}

__attribute__((constructor)) static void watch_forks(void)
{
    MUST_BE(pthread_atfork(NULL, NULL, forget_pool) == 0);
}

static void random_octets(uint8_t *out, size_t n)
{
    if (left < n) {
        MUST_BE(getrandom(pool, sizeof(pool), 0) == (ssize_t)sizeof(pool));
        left = sizeof(pool);
    }
    left -= n;
    memcpy(out, pool + left, n);
    memset(pool + left, 0, n);
}

/* RFC 9562 section 6.2, method 1: the 12 bits after the time are a counter that starts at random in each millisecond
 * and steps the time forward when it is used up. */
struct uuid uuid_new(void)
{
    static _Thread_local uint64_t last_ms;
    static _Thread_local unsigned counter;
    struct timespec now;
    struct uuid id;
    uint64_t ms;

    random_octets(id.b + 6, 10);
    clock_gettime(CLOCK_REALTIME, &now);
    ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (ms > last_ms) {
        last_ms = ms;
        counter = ((unsigned)id.b[6] << 8 | id.b[7]) & 0x7ff;
    } else if (++counter > 0xfff) {
        last_ms++;
        counter = 0;
    }
    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(last_ms >> (40 - 8 * i));
    id.b[6] = (uint8_t)(0x70 | counter >> 8);
    id.b[7] = (uint8_t)counter;
    id.b[8] = (id.b[8] & 0x3f) | 0x80;
    return id;
}

bool uuid_is_nil(const struct uuid *id)
{
    static const struct uuid nil;

    return uuid_equal(id, &nil);
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

void uuid_format(const struct uuid *id, char out[UUID_TEXT_LEN + 1])
{
    char *to = out;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = hex[id->b[i] >> 4];
        *to++ = hex[id->b[i] & 15];
    }
    *to = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool uuid_parse(const char *text, size_t len, struct uuid *out)
{
    struct uuid id;
    size_t at = 0;

    if (len != UUID_TEXT_LEN)
        return false;
    for (int i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
            return false;
        int hi = hex_value(text[at++]);
        int lo = hex_value(text[at++]);
        if (hi < 0 || lo < 0)
            return false;
        id.b[i] = (uint8_t)(hi << 4 | lo);
    }
    *out = id;
    return true;
}

/* The suffix is the 128 bits as 26 digits of 5 bits, the first of which holds the two bits that are missing to 130. */
static void suffix_format(const struct uuid *id, char out[TYPEID_SUFFIX_LEN])
{
    unsigned __int128 v = 0;

    for (int i = 0; i < 16; i++)
        v = v << 8 | id->b[i];
    for (int i = TYPEID_SUFFIX_LEN - 1; i >= 0; i--) {
        out[i] = crockford[(unsigned)(v & 31)];
        v >>= 5;
    }
}

static bool suffix_parse(const char *text, struct uuid *out)
{
    unsigned __int128 v = 0;

    if (text[0] < '0' || text[0] > '7')
        return false;
    for (int i = 0; i < TYPEID_SUFFIX_LEN; i++) {
        const char *digit = text[i] ? strchr(crockford, text[i]) : NULL;

        if (!digit)
            return false;
        v = v << 5 | (unsigned)(digit - crockford);
    }
    for (int i = 15; i >= 0; i--) {
        out->b[i] = (uint8_t)v;
        v >>= 8;
    }
    return true;
}

void typeid_format(const char *prefix, const struct uuid *id, char out[TYPEID_TEXT_MAX + 1])
{
    size_t n = strlen(prefix);

    MUST_BE(n <= TYPEID_PREFIX_MAX);
    memcpy(out, prefix, n);
    if (n)
        out[n++] = '_';
    suffix_format(id, out + n);
    out[n + TYPEID_SUFFIX_LEN] = '\0';
}

static bool prefix_valid(const char *p, size_t n)
{
    if (n == 0 || n > TYPEID_PREFIX_MAX || p[0] == '_' || p[n - 1] == '_')
        return false;
    for (size_t i = 0; i < n; i++)
        if (p[i] != '_' && (p[i] < 'a' || p[i] > 'z'))
            return false;
    return true;
}

bool typeid_parse_any(const char *text, size_t len, char prefix_out[TYPEID_PREFIX_MAX + 1], struct uuid *out)
{
    struct uuid id;
    size_t prefix = 0;

    if (len < TYPEID_SUFFIX_LEN || len > TYPEID_TEXT_MAX)
        return false;
    if (len > TYPEID_SUFFIX_LEN) {
        prefix = len - TYPEID_SUFFIX_LEN - 1;
        if (text[prefix] != '_' || !prefix_valid(text, prefix))
            return false;
    }
    if (!suffix_parse(text + len - TYPEID_SUFFIX_LEN, &id))
        return false;
    if (prefix_out) {
        memcpy(prefix_out, text, prefix);
        prefix_out[prefix] = '\0';
    }
    *out = id;
    return true;
}

bool typeid_parse(const char *prefix, const char *text, size_t len, struct uuid *out)
{
    char found[TYPEID_PREFIX_MAX + 1];
    struct uuid id;

    if (!typeid_parse_any(text, len, found, &id) || strcmp(found, prefix) != 0 || uuid_is_nil(&id))
        return false;
    *out = id;
    return true;
}

struct uuid uuid_at(int64_t us)
{
    struct uuid id = {{0}};
    uint64_t ms = us > 0 ? (uint64_t)us / 1000 : 0;

    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    return id;
}
