#include "rate/rate_int.h"

#include <string.h>
#include <strings.h>

#include "base/timefmt.h"

#define BUSY_US      2000000 /* after "too many" without a time */
#define EPOCH_FROM_S INT64_C(1000000000)

/* Whole seconds or calls at the beginning; -1: none. A fraction is rounded up. */
static int64_t number_read(const char *text)
{
    int64_t n = 0;
    size_t digits = 0;

    while (text && *text == ' ')
        text++;
    for (; text && text[digits] >= '0' && text[digits] <= '9' && digits < 12; digits++)
        n = n * 10 + (text[digits] - '0');
    if (digits == 0)
        return -1;
    return text[digits] == '.' && strspn(text + digits + 1, "0123456789") > strspn(text + digits + 1, "0") ? n + 1 : n;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", as microseconds; -1: something else. */
static int64_t date_read(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *month;
    char rfc3339[32], name[4] = "";
    int64_t us;

    if (strlen(text) != 29 || strcmp(text + 25, " GMT") != 0)
        return -1;
    memcpy(name, text + 8, 3);
    month = strstr(months, name);
    if (!month || (month - months) % 3 != 0)
        return -1;
    rfc3339[0] = '\0';
    memcpy(rfc3339, text + 12, 4);
    rfc3339[4] = '-';
    rfc3339[5] = (char)('0' + ((month - months) / 3 + 1) / 10);
    rfc3339[6] = (char)('0' + ((month - months) / 3 + 1) % 10);
    rfc3339[7] = '-';
    memcpy(rfc3339 + 8, text + 5, 2);
    rfc3339[10] = 'T';
    memcpy(rfc3339 + 11, text + 17, 8);
    rfc3339[19] = 'Z';
    rfc3339[20] = '\0';
    return time_parse(str_of(rfc3339), &us) ? us : -1;
}

static int64_t capped_us(int64_t us)
{
    return us < 0 ? 0 : us > RATE_PAUSE_MAX_US ? RATE_PAUSE_MAX_US : us;
}

/* Of a number that may be seconds from now or a time since 1970; -1: none. */
static int64_t until_us(int64_t n, int64_t wall_us)
{
    if (n < 0)
        return -1;
    if (n >= EPOCH_FROM_S)
        return capped_us(n * 1000000 - wall_us);
    return capped_us(n > 3600 ? RATE_PAUSE_MAX_US : n * 1000000);
}

static int64_t retry_after_us(const char *text, int64_t wall_us)
{
    int64_t n = text ? number_read(text) : -1, at;

    if (!text)
        return -1;
    if (n >= 0)
        return capped_us(n > 3600 ? RATE_PAUSE_MAX_US : n * 1000000);
    at = date_read(text);
    return at < 0 ? -1 : capped_us(at - wall_us);
}

/* The value of a parameter in "\"default\";r=50;t=30" or in "limit=100, remaining=50, reset=5"; -1: none. */
static int64_t part_read(const char *text, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = text; at; at = strpbrk(at, ";,")) {
        at += strspn(at, ";, ");
        if (strncasecmp(at, name, n) == 0 && at[n] == '=')
            return number_read(at + n + 1);
        if (!*at)
            break;
    }
    return -1;
}

struct said {
    int64_t limit, remaining, reset_us;
};

static const char *first_of(const char *(*get)(void *arg, const char *name), void *arg, const char *a, const char *b)
{
    const char *text = get(arg, a);

    return text ? text : get(arg, b);
}

static struct said said_read(const char *(*get)(void *arg, const char *name), void *arg, int64_t wall_us)
{
    const char *list = get(arg, "ratelimit"), *shopify = get(arg, "x-shopify-shop-api-call-limit"), *slash;
    struct said s = {-1, -1, -1};

    if (shopify && (slash = strchr(shopify, '/')) && number_read(shopify) >= 0 && number_read(slash + 1) > 0) {
        s.limit = number_read(slash + 1);
        s.remaining = number_read(shopify) < s.limit ? s.limit - number_read(shopify) : 0;
        return s;
    }
    if (list) {
        s.limit = part_read(list, "limit");
        s.remaining = part_read(list, "r") >= 0 ? part_read(list, "r") : part_read(list, "remaining");
        s.reset_us = until_us(part_read(list, "t") >= 0 ? part_read(list, "t") : part_read(list, "reset"), wall_us);
        return s;
    }
    s.limit = number_read(first_of(get, arg, "ratelimit-limit", "x-ratelimit-limit"));
    s.remaining = number_read(first_of(get, arg, "ratelimit-remaining", "x-ratelimit-remaining"));
    s.reset_us = until_us(number_read(first_of(get, arg, "ratelimit-reset", "x-ratelimit-reset")), wall_us);
    return s;
}

/* What remains is spread over the time until there is more. */
static void spread(const struct said *s, struct rate_news *out)
{
    out->remaining = s->remaining;
    if (s->remaining < 0 || s->reset_us <= 0)
        return;
    if (s->remaining == 0)
        out->pause_us = s->reset_us;
    out->for_us = s->reset_us;
    out->per_1000_s = s->remaining > 0 ? (int64_t)((double)s->remaining * 1e9 / (double)s->reset_us) : 1;
    if (out->per_1000_s < 1)
        out->per_1000_s = 1;
}

bool rate_read(int status, const char *(*get)(void *arg, const char *name), void *arg, int64_t wall_us,
               struct rate_news *out)
{
    struct said s = said_read(get, arg, wall_us);
    int64_t after_us = retry_after_us(get(arg, "retry-after"), wall_us);
    struct rate_news news = {.remaining = -1};

    spread(&s, &news);
    if (status == 429 || (status == 503 && after_us > 0)) {
        news.pause_us = after_us > 0 ? after_us : news.pause_us ? news.pause_us : BUSY_US;
        news.remaining = 0;
    }
    if (news.pause_us == 0 && news.remaining < 0)
        return false;
    *out = news;
    return true;
}
