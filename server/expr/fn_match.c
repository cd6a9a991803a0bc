#include <math.h>

#include "expr/builtin_int.h"

/* Functions that look for a text, a regular expression, or whatever a function finds. */

static struct matcher matcher_of(struct run *r, struct doc in, struct doc pattern)
{
    return (struct matcher){.r = r, .f = function_of(pattern), .in = text_of(in), .next = ABSENT};
}

/* How many at most; INFINITY: all. */
static double limit_of(struct run *r, const struct doc *args, size_t n, size_t at, const char *code)
{
    double limit;

    if (n <= at || is_absent(args[at]))
        return INFINITY;
    limit = real_of(args[at]);
    if (limit < 0)
        raise_here(r, code, args[at]);
    return limit;
}

struct doc fn_contains(struct run *r, const struct doc *args, size_t n)
{
    struct matched found = {0};
    struct matcher m;

    (void)n;
    if (is_absent(args[0]) || is_absent(args[1]))
        return ABSENT;
    charge(r, args[0].n >> 6);
    if (is_text(args[1]))
        return doc_make_bool(args[1].n == 0 || text_search(text_of(args[0]), text_of(args[1])));
    m = matcher_of(r, args[0], args[1]);
    return doc_make_bool(matcher_next(&m, &found));
}

struct doc fn_match(struct run *r, const struct doc *args, size_t n)
{
    double limit = limit_of(r, args, n, 2, "D3040");
    struct list out = {.r = r};
    struct matched found = {0};
    struct matcher m;

    if (is_absent(args[0]))
        return ABSENT;
    m = matcher_of(r, args[0], args[1]);
    while (out.n < limit && matcher_next(&m, &found)) {
        struct members one;

        members_init(&one, r);
        *members_put(&one, literal_text("match")) = found.match;
        *members_put(&one, literal_text("index")) = doc_make_int((int64_t)text_units(m.in, found.start));
        *members_put(&one, literal_text("groups")) = found.groups;
        list_add(&out, members_doc(&one));
    }
    return list_doc(&out, SEQUENCE);
}

static void put(struct run *r, struct buf *out, struct str s)
{
    charge(r, 1 + (s.n >> 6));
    if (s.n)
        buf_add(out, s.p, s.n);
    if (out->full)
        raise_memory(r);
}

static struct doc text_of_buf(struct run *r, const struct buf *b)
{
    if (r->memory < b->cap)
        raise_memory(r);
    r->memory -= b->cap;
    return text_doc(r, buf_str(b));
}

/* The number in up to `most` digits; -1 if there is none. */
static int64_t digits(struct str s, size_t at, size_t most, size_t *used)
{
    int64_t v = -1;

    for (*used = 0; *used < most && at + *used < s.n; ++*used) {
        char c = s.p[at + *used];

        if (c < '0' || c > '9')
            break;
        v = (v < 0 ? 0 : v) * 10 + (c - '0');
    }
    return v;
}

/* How many digits a decimal number has when written without leading zeros. */
static size_t width(int64_t v)
{
    size_t n = 1;

    while (v >= 10) {
        v /= 10;
        n++;
    }
    return n;
}

/* What stands for $ and what follows it; *at stands behind the dollar and is moved on. */
static void put_reference(struct run *r, struct buf *out, struct str with, size_t *at, const struct matched *found)
{
    uint32_t groups = is_array(found->groups) ? found->groups.n : 0;
    size_t most = groups ? width(groups) : 1, used;
    int64_t index;

    if (*at < with.n && (with.p[*at] == '$' || with.p[*at] == '0')) {
        put(r, out, with.p[*at] == '$' ? STR("$") : text_of(found->match));
        ++*at;
        return;
    }
    index = digits(with, *at, most, &used);
    if (most > 1 && index > groups)
        index = digits(with, *at, most - 1, &used);
    if (index < 0) {
        put(r, out, STR("$"));
        return;
    }
    if (groups && index > 0 && index <= groups && is_text(found->groups.children[index - 1]))
        put(r, out, text_of(found->groups.children[index - 1]));
    *at += width(index);
}

static void put_template(struct run *r, struct buf *out, struct str with, const struct matched *found)
{
    for (size_t at = 0; at < with.n;) {
        const char *dollar = memchr(with.p + at, '$', with.n - at);
        size_t end = dollar ? (size_t)(dollar - with.p) : with.n;

        put(r, out, (struct str){with.p + at, end - at});
        at = end + 1;
        if (dollar)
            put_reference(r, out, with, &at, found);
    }
}

/* The object that a replacing function is given. */
static struct doc told(struct matcher *m, const struct matched *found)
{
    struct members one;

    if (!is_absent(found->whole))
        return found->whole;
    members_init(&one, m->r);
    *members_put(&one, literal_text("match")) = found->match;
    *members_put(&one, literal_text("start")) = doc_make_int((int64_t)text_units(m->in, found->start));
    *members_put(&one, literal_text("end")) = doc_make_int((int64_t)text_units(m->in, found->end));
    *members_put(&one, literal_text("groups")) = found->groups;
    return members_doc(&one);
}

static void put_replacement(struct matcher *m, struct buf *out, struct doc with, const struct matched *found)
{
    struct doc argument, v;

    if (is_text(with)) {
        put_template(m->r, out, text_of(with), found);
        return;
    }
    argument = told(m, found);
    v = apply(m->r, with, &argument, 1, NO_CONTEXT);
    if (!is_text(v))
        raise_here(m->r, "D3012", v);
    put(m->r, out, text_of(v));
}

static struct doc replace_matches(struct run *r, const struct doc *args, double limit)
{
    struct matcher m = matcher_of(r, args[0], args[1]);
    struct matched found = {0};
    size_t at = 0;
    struct buf out;

    buf_init(&out, r->arena, r->memory);
    for (double count = 0; count < limit && matcher_next(&m, &found); count++) {
        if (found.start > at)
            put(r, &out, (struct str){m.in.p + at, found.start - at});
        put_replacement(&m, &out, args[2], &found);
        at = found.start + found.match.n;
    }
    if (at < m.in.n)
        put(r, &out, (struct str){m.in.p + at, m.in.n - at});
    return text_of_buf(r, &out);
}

static struct doc replace_text(struct run *r, const struct doc *args, double limit)
{
    struct str in = text_of(args[0]), what = text_of(args[1]);
    struct str with = is_text(args[2]) ? text_of(args[2]) : STR("");
    struct buf out;

    buf_init(&out, r->arena, r->memory);
    for (double count = 0; count < limit; count++) {
        const char *found = text_search(in, what);

        if (!found)
            break;
        put(r, &out, (struct str){in.p, (size_t)(found - in.p)});
        put(r, &out, with);
        in = (struct str){found + what.n, (size_t)(in.p + in.n - found) - what.n};
    }
    put(r, &out, in);
    return text_of_buf(r, &out);
}

struct doc fn_replace(struct run *r, const struct doc *args, size_t n)
{
    double limit;

    if (is_absent(args[0]))
        return ABSENT;
    if (is_text(args[1]) && args[1].n == 0)
        raise_here(r, "D3010", args[1]);
    limit = limit_of(r, args, n, 3, "D3011");
    if (is_absent(args[1]))
        return args[0];
    if (limit == 0)
        return args[0];
    return is_text(args[1]) ? replace_text(r, args, limit) : replace_matches(r, args, limit);
}

/* Every character by itself. */
static void split_characters(struct list *out, struct str in, double limit)
{
    for (size_t at = 0; at < in.n && out->n < limit;) {
        size_t n = 1;

        while (at + n < in.n && ((uint8_t)in.p[at + n] & 0xc0) == 0x80)
            n++;
        list_add(out, doc_make_text((struct str){in.p + at, n}));
        at += n;
    }
}

static void split_text(struct list *out, struct str in, struct str by, double limit)
{
    while (out->n < limit) {
        const char *found = text_search(in, by);

        charge(out->r, 1 + (in.n >> 8));
        if (!found) {
            list_add(out, doc_make_text(in));
            return;
        }
        list_add(out, doc_make_text((struct str){in.p, (size_t)(found - in.p)}));
        in = (struct str){found + by.n, (size_t)(in.p + in.n - found) - by.n};
    }
}

static void split_matches(struct list *out, struct matcher *m, double limit)
{
    struct matched found = {0};
    size_t from = 0;
    double count = 0;

    for (; count < limit && matcher_next(m, &found); count++) {
        list_add(out, doc_make_text((struct str){m->in.p + from, found.start > from ? found.start - from : 0}));
        from = found.end;
    }
    if (count < limit)
        list_add(out, doc_make_text((struct str){m->in.p + from, m->in.n - from}));
}

struct doc fn_split(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};
    double limit;
    struct matcher m;

    if (is_absent(args[0]))
        return ABSENT;
    limit = limit_of(r, args, n, 2, "D3020");
    if (isfinite(limit) && is_text(args[1]))
        limit = trunc(limit); /* as String.split takes it */
    if (is_text(args[1]) && args[1].n == 0) {
        split_characters(&out, text_of(args[0]), limit);
    } else if (is_text(args[1])) {
        split_text(&out, text_of(args[0]), text_of(args[1]), limit);
    } else if (is_absent(args[1])) {
        list_add(&out, args[0]);
    } else {
        m = matcher_of(r, args[0], args[1]);
        split_matches(&out, &m, limit);
    }
    return list_doc(&out, 0);
}
