#include "expr/builtin_int.h"

static void add_keys(struct members *m, struct doc v)
{
    check_stack(m->r);
    charge(m->r, 1 + (is_array(v) ? v.n : 0));
    if (is_array(v))
        for (uint32_t i = 0; i < v.n; i++)
            add_keys(m, v.children[i]);
    else if (is_object(v))
        for (uint32_t i = 0; i < v.n; i++)
            *members_put(m, v.children[2 * i]) = doc_make_bool(true);
}

struct doc fn_keys(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};
    struct members m;

    (void)n;
    members_init(&m, r);
    add_keys(&m, args[0]);
    for (uint32_t i = 0; i < m.n; i++)
        list_add(&out, m.v[2 * i]);
    return list_doc(&out, SEQUENCE);
}

struct doc fn_lookup(struct run *r, const struct doc *args, size_t n)
{
    struct name name;

    (void)n;
    if (!is_text(args[1]))
        return ABSENT;
    name = (struct name){text_of(args[1]), 0};
    charge(r, name.text.n >> 6);
    return look_up(r, args[0], &name);
}

static void spread_into(struct list *out, struct doc v)
{
    check_stack(out->r);
    charge(out->r, 1);
    if (is_array(v)) {
        for (uint32_t i = 0; i < v.n; i++)
            spread_into(out, v.children[i]);
        return;
    }
    if (!is_object(v)) {
        if (!is_absent(v))
            list_add(out, v);
        return;
    }
    for (uint32_t i = 0; i < v.n; i++)
        list_add(out, doc_make_object(&v.children[2 * i], 1));
}

/* Each member as an object of its own. */
struct doc fn_spread(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    if (!is_array(args[0]) && !is_object(args[0]))
        return args[0];
    charge(r, args[0].n);
    spread_into(&out, args[0]);
    return list_doc(&out, is_object(args[0]) || out.n == 0 ? SEQUENCE : 0);
}

struct doc fn_merge(struct run *r, const struct doc *args, size_t n)
{
    struct members m;

    (void)n;
    if (is_absent(args[0]))
        return ABSENT;
    members_init(&m, r);
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct doc one = args[0].children[i];

        for (uint32_t k = 0; is_object(one) && k < one.n; k++)
            *members_put(&m, one.children[2 * k]) = one.children[2 * k + 1];
    }
    return members_doc(&m);
}

struct doc fn_each(struct run *r, const struct doc *args, size_t n)
{
    struct list out = {.r = r};

    (void)n;
    for (uint32_t i = 0; is_object(args[0]) && i < args[0].n; i++) {
        struct doc given[] = {args[0].children[2 * i + 1], args[0].children[2 * i], args[0]};
        struct doc v = apply_up_to(r, args[1], given, 3);

        if (!is_absent(v))
            list_add(&out, v);
    }
    return list_doc(&out, SEQUENCE);
}

struct doc fn_sift(struct run *r, const struct doc *args, size_t n)
{
    struct members m;

    (void)n;
    members_init(&m, r);
    for (uint32_t i = 0; is_object(args[0]) && i < args[0].n; i++) {
        struct doc given[] = {args[0].children[2 * i + 1], args[0].children[2 * i], args[0]};

        if (truth(r, apply_up_to(r, args[1], given, 3)))
            *members_put(&m, given[1]) = given[0];
    }
    return m.n ? members_doc(&m) : ABSENT;
}

struct doc fn_boolean(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : doc_make_bool(truth(r, args[0]));
}

struct doc fn_not(struct run *r, const struct doc *args, size_t n)
{
    (void)n;
    return is_absent(args[0]) ? ABSENT : doc_make_bool(!truth(r, args[0]));
}

struct doc fn_exists(struct run *r, const struct doc *args, size_t n)
{
    (void)r, (void)n;
    return doc_make_bool(!is_absent(args[0]));
}

struct doc fn_type(struct run *r, const struct doc *args, size_t n)
{
    (void)r, (void)n;
    return is_absent(args[0]) ? ABSENT : literal_text(type_name(args[0]));
}

#define SAID_MAX 1000 /* octets */

static const char *said(struct run *r, const struct doc *args, size_t n, size_t at, const char *fallback)
{
    if (n <= at || !is_text(args[at]) || !args[at].n)
        return fallback;
    return told_text(r, text_of(args[at]), SAID_MAX);
}

struct doc fn_error(struct run *r, const struct doc *args, size_t n)
{
    raise_message(r, r->at, "D3137", said(r, args, n, 0, "$error() function evaluated"));
}

struct doc fn_assert(struct run *r, const struct doc *args, size_t n)
{
    if (args[0].kind == DOC_TRUE)
        return ABSENT;
    raise_message(r, r->at, "D3141", said(r, args, n, 1, "$assert() statement failed"));
}

struct doc fn_eval(struct run *r, const struct doc *args, size_t n)
{
    struct doc input = r->context;

    if (!is_text(args[0]))
        return ABSENT;
    if (n > 1 && !is_absent(args[1]))
        input = args[1];
    return expr_subprogram(r, text_of(args[0]), input, r->env);
}

/* Values never change here, so that a copy is the value; functions inside have no text and are left out by the writer.
 */
struct doc fn_clone(struct run *r, const struct doc *args, size_t n)
{
    (void)r, (void)n;
    return args[0];
}
