#include "expr/builtin_int.h"

struct doc fn_count(struct run *r, const struct doc *args, size_t n)
{
    (void)r, (void)n;
    return doc_make_int(is_absent(args[0]) ? 0 : args[0].n);
}

struct doc fn_append(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return append(r, args[0], args[1]);
}

struct doc fn_reverse(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    if (is_absent(args[0]) || args[0].n <= 1)
        return args[0];
    list_grow(&out, args[0].n);
    for (uint32_t i = args[0].n; i-- > 0;)
        list_add(&out, args[0].children[i]);
    return list_doc(&out, 0);
}

/* The places of values seen so far: scalars by a name that no other kind of value has, others one by one. */
static struct str key_of(struct run *r, struct doc v)
{
    const char *mark = is_text(v) ? "t" : "n";
    struct str text;
    char *key;

    if (is_number(v) && !number_of(v).exact) {
        double d = real_of(v);

        key = take(r, sizeof(d) + 1);
        key[0] = 'd';
        memcpy(key + 1, &d, sizeof(d));
        return (struct str){key, sizeof(d) + 1};
    }
    text = string_of(r, v, false);
    key = take_text(r, text.n + 1);
    key[0] = *mark;
    if (text.n)
        memcpy(key + 1, text.p, text.n);
    return (struct str){key, text.n + 1};
}

static bool among(struct run *r, const struct list *seen, struct doc v)
{
    charge(r, seen->n >> 1);
    for (uint32_t i = 0; i < seen->n; i++)
        if (equal(r, seen->v[i], v))
            return true;
    return false;
}

struct doc fn_distinct(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r}, others = {.r = r};
    struct members keys;

    (void)n;
    if (!is_array(args[0]) || args[0].n <= 1)
        return args[0];
    members_init(&keys, r);
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct doc v = args[0].children[i];

        if (is_text(v) || is_number(v)) {
            struct doc *found = members_put(&keys, doc_make_text(key_of(r, v)));

            if (!is_absent(*found))
                continue;
            *found = doc_make_bool(true);
        } else if (among(r, &others, v)) {
            continue;
        } else {
            list_add(&others, v);
        }
        list_add(&out, v);
    }
    return list_doc(&out, args[0].flags & SEQUENCE);
}

struct doc fn_zip(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};
    uint32_t length = UINT32_MAX;

    for (size_t i = 0; i < n; i++)
        if ((is_array(args[i]) ? args[i].n : 0) < length)
            length = is_array(args[i]) ? args[i].n : 0;
    for (uint32_t i = 0; n && i < length; i++) {
        struct list one = {.r = r};

        for (size_t k = 0; k < n; k++)
            list_add(&one, args[k].children[i]);
        list_add(&out, list_doc(&one, 0));
    }
    return list_doc(&out, 0);
}

/* ---- functions that take functions ---- */

struct doc fn_map(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct doc given[] = {args[0].children[i], doc_make_int(i), args[0]};
        struct doc v = apply_up_to(r, args[1], given, 3);

        if (!is_absent(v))
            list_add(&out, v);
    }
    return list_doc(&out, SEQUENCE);
}

struct doc fn_filter(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct doc given[] = {args[0].children[i], doc_make_int(i), args[0]};

        if (truth(r, apply_up_to(r, args[1], given, 3)))
            list_add(&out, given[0]);
    }
    return list_doc(&out, SEQUENCE);
}

struct doc fn_single(struct run *r, const struct doc *args, size_t n)
{
    struct doc found = ABSENT;
    bool any = false;

    if (is_absent(args[0]))
        return ABSENT;
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct doc given[] = {args[0].children[i], doc_make_int(i), args[0]};

        if (n > 1 && is_function(args[1]) && !truth(r, apply_up_to(r, args[1], given, 3)))
            continue;
        if (any)
            raise_here(r, "D3138", ABSENT);
        any = true;
        found = given[0];
    }
    if (!any)
        raise_here(r, "D3139", ABSENT);
    return found;
}

struct doc fn_reduce(struct run *r, const struct doc *args, size_t n)
{
    bool from_first = n < 3 || is_absent(args[2]);
    struct doc v;
    uint32_t i = 0;

    if (is_absent(args[0]))
        return ABSENT;
    if (arity_of(function_of(args[1])) < 2)
        raise_here(r, "D3050", ABSENT);
    v = from_first ? ABSENT : args[2];
    if (from_first && args[0].n)
        v = args[0].children[i++];
    for (; i < args[0].n; i++) {
        struct doc given[] = {v, args[0].children[i], doc_make_int(i), args[0]};

        v = apply_up_to(r, args[1], given, 4);
    }
    return v;
}

static bool follows(struct run *r, struct doc a, struct doc b, void *arg)
{
    (void)arg;
    if (!is_text(a))
        return number_compare(a, b) == 1;
    charge(r, 1 + (a.n >> 4));
    return text_compare(text_of(a), text_of(b)) > 0;
}

/* JavaScript's own idea of truth, which a comparison is judged by: lists, objects and functions are true. */
static bool is_something(struct doc v)
{
    if (is_number(v))
        return real_of(v) != 0;
    return is_text(v) ? v.n > 0 : v.kind == DOC_TRUE || is_array(v) || is_object(v) || is_function(v);
}

static bool said_to_follow(struct run *r, struct doc a, struct doc b, void *arg)
{
    struct doc given[] = {a, b};

    return is_something(apply(r, *(const struct doc *)arg, given, 2, NO_CONTEXT));
}

static bool all_alike(struct doc v)
{
    bool texts = true, numbers = true;

    for (uint32_t i = 0; i < v.n; i++) {
        texts &= is_text(v.children[i]);
        numbers &= is_number(v.children[i]);
    }
    return texts || numbers;
}

struct doc fn_sort(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};
    struct doc by = n > 1 ? args[1] : ABSENT;

    if (is_absent(args[0]) || args[0].n <= 1)
        return args[0];
    if (is_absent(by) && !all_alike(args[0]))
        raise_here(r, "D3070", ABSENT);
    list_add_all(&out, args[0].children, args[0].n);
    charge(r, 3 * (uint64_t)out.n);
    sort_values(r, out.v, out.n, is_absent(by) ? follows : said_to_follow, &by);
    return list_doc(&out, 0);
}
