#include "json/wire_int.h"

#include <string.h>

#include "base/timefmt.h"

static struct str text_of(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

static bool is_string(struct wire_reader *r, const json_t *v, const char *want)
{
    if (!json_is_string(v))
        wire_wrong_type(r, want, v);
    return json_is_string(v);
}

static void take_id(struct wire_reader *r, const char *prefix, const json_t *v, struct uuid *at)
{
    char other[TYPEID_PREFIX_MAX + 1];
    struct uuid id;
    struct str s;

    if (!is_string(r, v, "an id"))
        return;
    s = text_of(v);
    if (typeid_parse(prefix, s.p, s.n, at))
        return;
    if (typeid_parse_any(s.p, s.n, other, &id) && strcmp(other, prefix) != 0)
        wire_fault(r, "not_an_id", "must be an id that begins with %s_, and this one begins with %s_", prefix, other);
    else
        wire_fault(r, "not_an_id", "must be an id: %s_ and 26 letters and digits", prefix);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* U+0080 to U+009F are control characters; U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows. */
static const char *unfit(const unsigned char *p, const unsigned char *end)
{
    for (; p < end; p++) {
        if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f || (*p == 0xc2 && end - p > 1 && p[1] < 0xa0))
            return "cannot hold control characters other than line ends and tabs";
        if (*p == 0xe2 && end - p > 2 &&
            ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
            return "cannot hold characters that override the direction of writing";
    }
    return NULL;
}

static void take_text(struct wire_reader *r, const struct wire_field *f, const json_t *v, const char **at)
{
    const char *why;
    struct str s;

    if (!is_string(r, v, "text"))
        return;
    s = text_of(v);
    why = unfit((const unsigned char *)s.p, (const unsigned char *)s.p + s.n);
    if (why)
        wire_fault(r, "not_plain_text", "%s", why);
    else if (!f->blanks && s.n && (is_space(s.p[0]) || is_space(s.p[s.n - 1])))
        wire_fault(r, "not_plain_text", "cannot begin or end with white space");
    else if (s.n < (size_t)f->min)
        wire_fault(r, "too_short", s.n ? "must have at least %lld octets" : "cannot be empty", (long long)f->min);
    else if (s.n > (size_t)f->max)
        wire_fault(r, "too_long", "can have at most %lld octets of UTF-8", (long long)f->max);
    else
        *at = str_dup(r->sc->arena, s);
}

static void take_int(struct wire_reader *r, const struct wire_field *f, const json_t *v, int64_t *at)
{
    int64_t n = json_integer_value(v);

    if (!json_is_integer(v))
        wire_wrong_type(r, "an integer", v);
    else if (n < f->min || n > f->max)
        wire_fault(r, "out_of_range", "must be from %lld to %lld", (long long)f->min, (long long)f->max);
    else
        *at = n;
}

static void take_bool(struct wire_reader *r, const json_t *v, bool *at)
{
    if (json_is_boolean(v))
        *at = json_is_true(v);
    else
        wire_wrong_type(r, "true or false", v);
}

static void take_time(struct wire_reader *r, const json_t *v, int64_t *at)
{
    if (is_string(r, v, "a time") && !time_parse(text_of(v), at))
        wire_fault(r, "not_a_time", "must be a time with its zone, like 2026-11-23T10:00:00Z");
}

static void take_decimal(struct wire_reader *r, const struct wire_field *f, const json_t *v, const char **at)
{
    struct decimal d;
    struct str s;

    if (json_is_integer(v)) {
        *at = arena_f(r->sc->arena, "%lld", (long long)json_integer_value(v));
        return;
    }
    if (!is_string(r, v, "a decimal in quotes"))
        return;
    s = text_of(v);
    if (s.n > (size_t)f->max)
        wire_fault(r, "too_long", "can have at most %lld characters", (long long)f->max);
    else if (!decimal_parse_plain(s, &d))
        wire_fault(r, "not_a_decimal", "must be a decimal like \"12.50\"");
    else
        *at = str_dup(r->sc->arena, s);
}

static void take_enum(struct wire_reader *r, const struct wire_field *f, const json_t *v, const char **at)
{
    struct buf names;

    if (!is_string(r, v, "one of its words"))
        return;
    buf_init(&names, r->sc->arena, 1 << 12);
    for (const char *const *name = f->names; *name; name++) {
        if (str_is(text_of(v), *name)) {
            *at = *name;
            return;
        }
        buf_s(&names, name == f->names ? "" : ", ");
        buf_s(&names, *name);
    }
    wire_fault(r, "not_in_list", "must be one of %s", buf_cstr(&names));
}

void wire_take_scalar(struct wire_reader *r, const struct wire_field *f, const json_t *v, void *at)
{
    switch (f->kind) {
    case WIRE_KIND_ID:
        take_id(r, f->prefix, v, at);
        break;
    case WIRE_KIND_TEXT:
        take_text(r, f, v, at);
        break;
    case WIRE_KIND_INT:
        take_int(r, f, v, at);
        break;
    case WIRE_KIND_BOOL:
        take_bool(r, v, at);
        break;
    case WIRE_KIND_TIME:
        take_time(r, v, at);
        break;
    case WIRE_KIND_DECIMAL:
        take_decimal(r, f, v, at);
        break;
    case WIRE_KIND_ENUM:
        take_enum(r, f, v, at);
        break;
    default:
        MUST_BE(!"a kind that holds something");
    }
}
