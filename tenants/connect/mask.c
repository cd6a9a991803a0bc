#include <ctype.h>
#include <string.h>

#include "connect/connect_int.h"

/* An address as the log has it: where a call went and which page of what it asked for, and nothing that could be a
 * secret or be about a person. Of a query's members only values of known kinds are kept: what is not known to be
 * harmless is not shown, a number least of all, since a telephone's is one. And what a system said, without the
 * addresses of people and without what is like a secret: vendors repeat what they were sent. */

#define HIDDEN      "***"
#define WORDS_MAX   8192 /* octets of what a system said */
#define RANDOM_MIN  20   /* characters of what is taken for a token */
#define SEGMENT_MAX 64

/* A word in a member of such a name is one of a vendor's own. */
static const char *const plain[] = {"limit",  "page", "per_page", "pagesize", "size",         "offset",      "status",
                                    "state",  "sort", "order",    "orderby",  "direction",    "fields",      "include",
                                    "expand", "type", "kind",     "format",   "minorversion", "api-version", "most",
                                    "start",  "skip", "top",      "$top",     "$skip",        "$expand",     "count"};
/* What a name ends with whose numbers and times are those of a thing, or of a part of a list. */
static const char *const counting[] = {"id", "ids",   "from", "to", "since", "until", "after", "before", "min",
                                       "at", "start", "end",  "gt", "gte",   "lt",    "lte",   "max"};
/* Whatever stands there. */
static const char *const never[] = {"mail",   "phone", "tel",  "name",     "address", "token", "key",   "secret",
                                    "sig",    "auth",  "code", "pass",     "query",   "zip",   "post",  "search",
                                    "mobile", "birth", "iban", "customer", "account", "card",  "person"};

static bool has_part(struct str name, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= name.n; i++)
        if (strncasecmp(name.p + i, part, n) == 0)
            return true;
    return false;
}

static bool has_part_of(struct str name, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_part(name, parts[i]))
            return true;
    return false;
}

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_is_nocase(name, names[i]))
            return true;
    return false;
}

/* Of created_after, createdAfter and created[after]. */
static struct str last_word(struct str name)
{
    size_t end = name.n && name.p[name.n - 1] == ']' ? name.n - 1 : name.n, i = end;

    while (i > 0 && isalnum((unsigned char)name.p[i - 1]) && !isupper((unsigned char)name.p[i - 1]))
        i--;
    if (i > 0 && isupper((unsigned char)name.p[i - 1]))
        i--;
    return (struct str){name.p + i, end - i};
}

static size_t uuid_octets(struct str s, size_t at)
{
    struct uuid u;

    return at + UUID_TEXT_LEN <= s.n && uuid_parse(s.p + at, UUID_TEXT_LEN, &u) ? UUID_TEXT_LEN : 0;
}

/* Long, and of letters and digits or of both cases in a jumble: nobody writes so. A UUID in it is a thing's id. */
static bool is_random(struct str s)
{
    size_t n = 0, upper = 0, lower = 0, digits = 0;

    for (size_t i = 0, skip; i < s.n; i += skip ? skip : 1) {
        skip = uuid_octets(s, i);
        if (skip)
            continue;
        n++;
        upper += isupper((unsigned char)s.p[i]) != 0;
        lower += islower((unsigned char)s.p[i]) != 0;
        digits += isdigit((unsigned char)s.p[i]) != 0;
    }
    return n >= RANDOM_MIN && ((digits && upper + lower) || (upper * 4 > n && lower * 4 > n));
}

/* A colon, a comma, a plus sign or a space. */
static bool is_escape(struct str v, size_t at)
{
    static const char *const harmless[] = {"%3a", "%2c", "%2b", "%20"};

    return at + 3 <= v.n && is_one_of((struct str){v.p + at, 3}, harmless, ARRAY_LEN(harmless));
}

/* Of such characters, and of those that the others accept. */
static bool is_of(struct str v, int (*kind)(int), const char *others)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '%' && is_escape(v, i))
            i += 2;
        else if (!kind((unsigned char)v.p[i]) && !strchr(others, v.p[i]))
            return false;
    }
    return true;
}

/* A number, several, or a time: digits with what stands between those of a time. A telephone's may begin with "+". */
static bool is_number(struct str v)
{
    size_t digits = 0;

    if (v.n == 0 || v.n > 40 || v.p[0] == '+' || v.p[0] == '%')
        return false;
    for (size_t i = 0; i < v.n; i++)
        digits += isdigit((unsigned char)v.p[i]) != 0;
    return digits > 0 && is_of(v, isdigit, "TZ:.,-+");
}

/* One, or several between commas. */
static bool is_word(struct str v)
{
    if (v.n > 80 || !is_of(v, isalnum, "_.,-+"))
        return false;
    for (size_t i = 0, n; i < v.n; i += n + 1) {
        for (n = 0; i + n < v.n && v.p[i + n] != ',';)
            n++;
        if (is_random((struct str){v.p + i, n}))
            return false;
    }
    return true;
}

static bool is_shown(struct str name, struct str value)
{
    bool is_plain = is_one_of(name, plain, ARRAY_LEN(plain));

    if (value.n == 0)
        return true;
    if (has_part_of(name, never, ARRAY_LEN(never)))
        return false;
    if (is_number(value))
        return is_plain || is_one_of(last_word(name), counting, ARRAY_LEN(counting));
    return is_plain && is_word(value);
}

static void put_if(struct buf *b, bool shown, struct str s)
{
    if (shown)
        buf_add(b, s.p, s.n);
    else
        buf_s(b, HIDDEN);
}

/* What has no value is one itself. */
static void put_member(struct buf *b, struct str member)
{
    const char *is = memchr(member.p, '=', member.n);
    struct str name = {member.p, is ? (size_t)(is - member.p) : 0}, value;

    if (!is) {
        put_if(b, member.n == 0, member);
        return;
    }
    value = (struct str){is + 1, member.n - name.n - 1};
    put_if(b, name.n <= SEGMENT_MAX && !is_random(name), name);
    buf_c(b, '=');
    put_if(b, is_shown(name, value), value);
}

static void put_query(struct buf *b, const char *query)
{
    for (const char *p = query; *p;) {
        size_t n = strcspn(p, "&#");

        put_member(b, (struct str){p, n});
        p += n;
        if (*p != '&') /* what follows a "#" is not sent */
            break;
        buf_c(b, *p++);
    }
}

static bool is_of_person(struct str s)
{
    return memchr(s.p, '@', s.n) || has_part(s, "%40") || has_part(s, "%2540");
}

/* What names a person, or is long and like nothing that people write. */
static void put_segment(struct buf *b, struct str s)
{
    put_if(b, s.n <= SEGMENT_MAX && !is_of_person(s) && !is_random(s), s);
}

/* Scheme and host; where the path begins. */
static const char *put_host(struct buf *b, const char *url)
{
    const char *host = strstr(url, "://"), *end, *at;
    size_t simulated;

    url = connect_simulated_cut(url, &simulated);
    if (simulated) {
        buf_s(b, CONNECT_SIMULATED);
        return url;
    }
    host = host ? host + 3 : url;
    end = host + strcspn(host, "/?#");
    buf_add(b, url, (size_t)(host - url));
    for (at = end; at > host && at[-1] != '@';)
        at--;
    buf_add(b, at, (size_t)(end - at)); /* without who signs in by it */
    return end;
}

void calls_mask(struct buf *b, const char *url)
{
    const char *end = put_host(b, url);

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

/* ---- what a system said ---- */

#define BETWEEN " \t\r\n\"'`<>()[]{},;|"

/* Letters and digits without anything between them that are like a token; the rest as it is. */
static void put_runs(struct buf *b, struct str s)
{
    for (size_t i = 0, n; i < s.n; i += n) {
        struct str run = {s.p + i, 1};

        for (n = 1; isalnum((unsigned char)s.p[i]) && i + n < s.n && isalnum((unsigned char)s.p[i + n]); n++)
            run.n++;
        put_if(b, !is_random(run), run);
    }
}

static void put_part(struct scope *sc, struct buf *b, struct str s)
{
    const char *is = memchr(s.p, '=', s.n), *asks = memchr(s.p, '?', s.n);

    if (has_part(s, "://") || (asks && is && asks < is))
        calls_mask(b, str_dup(sc->arena, s));
    else if (is_of_person(s))
        buf_s(b, HIDDEN);
    else if (is && has_part_of((struct str){s.p, (size_t)(is - s.p)}, never, ARRAY_LEN(never)))
        put_member(b, s);
    else
        put_runs(b, s);
}

const char *connect_words(struct scope *sc, const char *said)
{
    struct buf b;

    buf_init(&b, sc->arena, WORDS_MAX);
    for (const char *p = said; *p;) {
        size_t n = strcspn(p, BETWEEN), between;

        if (n)
            put_part(sc, &b, (struct str){p, n});
        p += n;
        between = strspn(p, BETWEEN);
        buf_add(&b, p, between);
        p += between;
    }
    return buf_cstr(&b);
}
