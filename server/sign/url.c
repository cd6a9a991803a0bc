#include <string.h>
#include <strings.h>

#include "sign/sign_int.h"

/* Addresses and their parameters, as signatures need them: to the octet. */

bool address_split(struct str url, struct address *out)
{
    const char *colon = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
    struct str rest;
    size_t i = 0;

    if (!colon)
        return false;
    *out = (struct address){.scheme = {url.p, (size_t)(colon - url.p)}};
    rest = (struct str){colon + 3, url.n - out->scheme.n - 3};
    while (i < rest.n && rest.p[i] != '/' && rest.p[i] != '?' && rest.p[i] != '#')
        i++;
    out->authority = (struct str){rest.p, i};
    rest = (struct str){rest.p + i, rest.n - i};
    for (i = 0; i < rest.n && rest.p[i] != '?'; i++)
        ;
    out->path = i ? (struct str){rest.p, i} : STR("/");
    if (i < rest.n)
        out->query = (struct str){rest.p + i + 1, rest.n - i - 1};
    return out->authority.n > 0 && (url.n == 0 || !memchr(url.p, '#', url.n)) &&
           (str_is_nocase(out->scheme, "https") || str_is_nocase(out->scheme, "http"));
}

static bool host_is(struct str host, const char *pattern)
{
    size_t n = strlen(pattern);

    if (*pattern != '*')
        return str_is_nocase(host, pattern);
    /* "*.example.com": what is before it must be something */
    return host.n > n - 1 && strncasecmp(host.p + host.n - (n - 1), pattern + 1, n - 1) == 0;
}

bool address_at(struct str url, const char *const *hosts, size_t n)
{
    struct address a;
    struct str host;

    if (url.n > 1000 || !address_split(url, &a) || !str_is_nocase(a.scheme, "https"))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f || url.p[i] == '\\')
            return false;
    host = a.authority;
    if (host.n > 4 && memcmp(host.p + host.n - 4, ":443", 4) == 0)
        host.n -= 4;
    for (size_t i = 0; i < host.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", host.p[i]))
            return false;
    for (size_t i = 0; i < n; i++)
        if (host_is(host, hosts[i]))
            return true;
    return false;
}

static bool decode(struct arena *a, struct str text, bool plus, struct str *out)
{
    char *to = arena_alloc(a, text.n + 1);
    size_t n = 0, got;

    for (size_t i = 0; i < text.n; i++) {
        to[n] = plus && text.p[i] == '+' ? ' ' : text.p[i];
        if (text.p[i] == '%') {
            if (i + 2 >= text.n || !hex_decode((struct str){text.p + i + 1, 2}, to + n, 1, &got))
                return false;
            i += 2;
        }
        n++;
    }
    *out = (struct str){to, n};
    return true;
}

bool pairs_read(struct arena *a, struct str text, bool plus, struct pair *out, size_t *out_n)
{
    size_t n = 0;

    while (text.n) {
        const char *end = memchr(text.p, '&', text.n), *equals;
        struct str one = {text.p, end ? (size_t)(end - text.p) : text.n}, value = STR("");

        text = end ? (struct str){end + 1, text.n - one.n - 1} : (struct str){NULL, 0};
        if (one.n == 0)
            continue;
        equals = memchr(one.p, '=', one.n);
        if (equals) {
            value = (struct str){equals + 1, one.n - (size_t)(equals - one.p) - 1};
            one.n = (size_t)(equals - one.p);
        }
        if (n == PAIRS_MAX || !decode(a, one, plus, &out[n].name) || !decode(a, value, plus, &out[n].value))
            return false;
        n++;
    }
    *out_n = n;
    return true;
}
