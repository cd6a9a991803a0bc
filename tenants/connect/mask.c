#include <ctype.h>
#include <string.h>

#include "connect/connect_int.h"

/* An address as the log has it: where a call went and which page of what it asked for, and nothing that could be a
 * secret or be about a person. Of a query's members only values of known kinds are kept: what is not known to be
 * harmless is not shown. */

#define HIDDEN "***"

/* A word in a member of such a name is one of a vendor's own. */
static const char *const plain[] = {"limit",  "page", "per_page", "pagesize", "size",         "offset",      "status",
                                    "state",  "sort", "order",    "orderby",  "direction",    "fields",      "include",
                                    "expand", "type", "kind",     "format",   "minorversion", "api-version", "most",
                                    "start",  "skip", "top",      "$top",     "$skip",        "$expand",     "count"};
/* Whatever stands there. */
static const char *const never[] = {"mail",   "phone", "tel",      "name",    "address", "token", "key",
                                    "secret", "sig",   "auth",     "code",    "pass",    "query", "search",
                                    "zip",    "post",  "customer", "account", "card"};

static bool has_part(struct str name, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= name.n; i++)
        if (strncasecmp(name.p + i, part, n) == 0)
            return true;
    return false;
}

static bool is_plain(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (str_is_nocase(name, plain[i]))
            return true;
    return false;
}

/* A number, or a time: digits with what stands between those of a time. */
static bool is_number(struct str v)
{
    size_t digits = 0;

    for (size_t i = 0; i < v.n; i++) {
        digits += isdigit((unsigned char)v.p[i]) != 0;
        if (!isdigit((unsigned char)v.p[i]) && !strchr("TZ:.-%3A+", v.p[i]))
            return false;
    }
    return digits > 0 && v.n <= 40;
}

static bool is_word(struct str v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!isalnum((unsigned char)v.p[i]) && !strchr("_.,-%+", v.p[i]))
            return false;
    return v.n <= 80;
}

static void put_value(struct buf *b, struct str name, struct str value)
{
    bool shown = value.n == 0 || is_number(value) || (is_plain(name) && is_word(value));

    for (size_t i = 0; shown && i < ARRAY_LEN(never); i++)
        shown = value.n == 0 || !has_part(name, never[i]);
    if (shown)
        buf_add(b, value.p, value.n);
    else
        buf_s(b, HIDDEN);
}

static void put_query(struct buf *b, const char *query)
{
    for (const char *p = query; *p;) {
        size_t n = strcspn(p, "&"), name_n = strcspn(p, "=&");
        struct str name = {p, name_n};

        buf_add(b, name.p, name.n);
        if (name_n < n) {
            buf_c(b, '=');
            put_value(b, name, (struct str){p + name_n + 1, n - name_n - 1});
        }
        p += n;
        if (*p == '&')
            buf_c(b, *p++);
    }
}

/* What names a person, or is long and like nothing that people write. */
static void put_segment(struct buf *b, struct str s)
{
    bool shown = s.n <= 64;

    for (size_t i = 0; shown && i < s.n; i++)
        shown = s.p[i] != '@' && !(s.p[i] == '%' && i + 2 < s.n && s.p[i + 1] == '4' && s.p[i + 2] == '0');
    if (shown)
        buf_add(b, s.p, s.n);
    else
        buf_s(b, HIDDEN);
}

void calls_mask(struct buf *b, const char *url)
{
    const char *host = strstr(url, "://"), *end, *at;

    host = host ? host + 3 : url;
    end = host + strcspn(host, "/?#");
    buf_add(b, url, (size_t)(host - url));
    for (at = end; at > host && at[-1] != '@';)
        at--;
    buf_add(b, at, (size_t)(end - at)); /* without who signs in by it */
    while (*end && *end != '?' && *end != '#') {
        size_t n = strcspn(end + 1, "/?#");

        buf_c(b, '/');
        put_segment(b, (struct str){end + 1, n});
        end += n + 1;
    }
    if (*end == '?') {
        buf_c(b, '?');
        put_query(b, end + 1);
    }
}
