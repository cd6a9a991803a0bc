#include <string.h>

#include "base/utf8.h"
#include "http/http_int.h"

/* The request's target and authority, as RFC 3986 spells them and no wider. */

static bool is_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool in_set(unsigned char c, const char *set)
{
    return c && strchr(set, c);
}

bool token_is_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum((unsigned char)s.p[i]) && !in_set((unsigned char)s.p[i], "!#$%&'*+-.^_`|~"))
            return false;
    return s.n > 0;
}

enum err take_method(struct scope *sc, struct str token, enum http_method *out)
{
    static const char *const known[HTTP_METHOD_COUNT] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    enum err e;

    for (size_t m = 0; m < HTTP_METHOD_COUNT; m++)
        if (str_is(token, known[m])) {
            *out = (enum http_method)m;
            return OK;
        }
    if (!token_is_valid(token))
        return FAIL(sc, ERR_INVALID, "the method is not a token");
    e = FAIL(sc, ERR_NOT_ALLOWED, "this method is not taken here");
    if (!str_is(token, "OPTIONS") && !str_is(token, "TRACE") && !str_is(token, "CONNECT"))
        scope_problem(sc, "not-implemented", 501);
    return e;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The octet of "%xx" at s[i], or -1. */
static int percent_value(struct str s, size_t i)
{
    int high, low;

    if (s.n - i < 3)
        return -1;
    high = hex_value(s.p[i + 1]);
    low = hex_value(s.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool path_octets_are_plain(struct str path)
{
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        int octet;

        if (c != '%') {
            if (!is_alnum(c) && !in_set(c, "/-._~!$&'()*+,;=:@"))
                return false;
            continue;
        }
        octet = percent_value(path, i);
        /* An encoded separator, dot or control octet only ever hides one path inside another. */
        if (octet < 0x20 || octet == 0x7f || octet == '/' || octet == '\\' || octet == '.')
            return false;
        i += 2;
    }
    return true;
}

static bool path_segments_are_plain(struct str path)
{
    size_t start = 1;

    for (size_t i = 1; i <= path.n; i++) {
        struct str segment;

        if (i < path.n && path.p[i] != '/')
            continue;
        segment = (struct str){path.p + start, i - start};
        if (str_is(segment, ".") || str_is(segment, "..") || (segment.n == 0 && i < path.n))
            return false;
        start = i + 1;
    }
    return true;
}

enum err take_target(struct scope *sc, struct str target, struct rq *rq)
{
    const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    struct str query = {NULL, 0};

    if (target.n == 0 || target.p[0] != '/')
        return FAIL(sc, ERR_INVALID, "the request's target must be a path");
    for (size_t i = 0; i < target.n; i++)
        if ((unsigned char)target.p[i] <= 0x20 || (unsigned char)target.p[i] >= 0x7f || target.p[i] == '#')
            return FAIL(sc, ERR_INVALID, "the request's target holds a character that must be encoded");
    if (mark) {
        query = (struct str){mark + 1, (size_t)(target.p + target.n - mark - 1)};
        target.n = (size_t)(mark - target.p);
    }
    if (!path_octets_are_plain(target) || !path_segments_are_plain(target))
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    rq->path = target;
    TRY(sc, take_query(sc, query, rq));
    return OK;
}

static bool digits_only(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    return n <= 5;
}

static bool host_is_plain(struct str host)
{
    bool v6 = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

    if (host.n == 0 || host.n > 255)
        return false;
    if (v6)
        host = (struct str){host.p + 1, host.n - 2};
    for (size_t i = 0; i < host.n; i++)
        if (!is_alnum((unsigned char)host.p[i]) && !in_set((unsigned char)host.p[i], v6 ? ":." : "-._"))
            return false;
    return true;
}

enum err take_authority(struct scope *sc, struct str authority, struct str *out_host, struct str *out_all)
{
    struct str host = authority;
    char *lower;

    for (size_t i = host.n; i > 0 && host.p[i - 1] != ']'; i--)
        if (host.p[i - 1] == ':') {
            if (!digits_only(host.p + i, host.n - i))
                return FAIL(sc, ERR_INVALID, "the host's port is not a number");
            host.n = i - 1;
            break;
        }
    if (!host_is_plain(host))
        return FAIL(sc, ERR_INVALID, "the host is missing or is not a host name");
    lower = arena_strndup(sc->arena, authority.p, authority.n);
    for (size_t i = 0; i < authority.n; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] += 'a' - 'A';
    *out_host = (struct str){lower, host.n};
    *out_all = (struct str){lower, authority.n};
    return OK;
}

static enum err decode(struct scope *sc, struct str raw, struct str *out)
{
    char *p = arena_alloc(sc->arena, raw.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        int octet = raw.p[i] == '+' ? ' ' : (unsigned char)raw.p[i];

        if (octet == '%') {
            octet = percent_value(raw, i);
            i += 2;
        }
        if (octet < 1)
            return FAIL(sc, ERR_INVALID, "the query's percent-encoding is broken");
        p[n++] = (char)octet;
    }
    p[n] = '\0';
    *out = (struct str){p, n};
    if (!utf8_valid(*out, NULL))
        return FAIL(sc, ERR_INVALID, "the query is not UTF-8");
    return OK;
}

enum err take_query(struct scope *sc, struct str raw, struct rq *rq)
{
    struct http_pair *pairs = raw.n ? ARENA_ARRAY(sc->arena, struct http_pair, HTTP_QUERY_PARAMS_MAX) : NULL;
    size_t count = 0;

    while (raw.n) {
        const char *amp = memchr(raw.p, '&', raw.n);
        struct str one = {raw.p, amp ? (size_t)(amp - raw.p) : raw.n};
        const char *equals = one.n ? memchr(one.p, '=', one.n) : NULL;
        struct str name = {one.p, equals ? (size_t)(equals - one.p) : one.n};

        raw.p += one.n + (amp != NULL);
        raw.n -= one.n + (amp != NULL);
        if (one.n == 0)
            continue;
        if (count == HTTP_QUERY_PARAMS_MAX)
            return FAIL(sc, ERR_INVALID, "the query has too many parameters");
        TRY(sc, decode(sc, name, &pairs[count].name));
        TRY(sc, decode(sc, (struct str){name.p + name.n + 1, equals ? one.n - name.n - 1 : 0}, &pairs[count].value));
        count++;
    }
    rq->query = pairs;
    rq->query_count = count;
    return OK;
}
