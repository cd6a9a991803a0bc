#include <math.h>

#include "expr/parse_int.h"

#define RANGE_MAX 10000000 /* items */

/* Integers of 64 bits are computed exactly as long as the result is one; everything else is a double, as in JavaScript.
 */

static bool exact(enum token_kind op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case TOKEN_PLUS:
        return !__builtin_add_overflow(a, b, out);
    case TOKEN_MINUS:
        return !__builtin_sub_overflow(a, b, out);
    case TOKEN_STAR:
        return !__builtin_mul_overflow(a, b, out);
    case TOKEN_SLASH:
        if (b == 0 || (b == -1 && a == INT64_MIN) || a % b)
            return false;
        *out = a / b;
        return true;
    default:
        if (b == 0)
            return false;
        *out = b == -1 ? 0 : a % b;
        return true;
    }
}

static double inexact(enum token_kind op, double a, double b)
{
    switch (op) {
    case TOKEN_PLUS:
        return a + b;
    case TOKEN_MINUS:
        return a - b;
    case TOKEN_STAR:
        return a * b;
    case TOKEN_SLASH:
        return a / b;
    default:
        return fmod(a, b);
    }
}

struct doc arithmetic(struct run *r, const struct node *n, struct doc a, struct doc b)
{
    struct number x, y;
    int64_t out;

    if (!is_absent(a) && !is_finite_number(r, a, n->at))
        raise_value(r, n->at, "T2001", token_sign(n->op), a);
    if (!is_absent(b) && !is_finite_number(r, b, n->at))
        raise_value(r, n->at, "T2002", token_sign(n->op), b);
    if (is_absent(a) || is_absent(b))
        return ABSENT;
    x = number_of(a);
    y = number_of(b);
    if (x.exact && y.exact && exact(n->op, x.i, y.i, &out))
        return doc_make_int(out);
    return real_doc(r, inexact(n->op, x.d, y.d));
}

static bool comparable(struct doc v)
{
    return is_absent(v) || is_text(v) || is_number(v);
}

static struct doc compare(struct run *r, const struct node *n, struct doc a, struct doc b)
{
    int order;

    if (!comparable(a) || !comparable(b))
        raise_value(r, n->at, "T2010", token_sign(n->op), comparable(a) ? b : a);
    if (is_absent(a) || is_absent(b))
        return ABSENT;
    if (is_text(a) != is_text(b))
        raise_value(r, n->at, "T2009", token_sign(n->op), a);
    order = is_text(a) ? text_compare(text_of(a), text_of(b)) : number_compare(a, b);
    charge(r, is_text(a) ? a.n >> 4 : 0);
    if (order < -1)
        return doc_make_bool(false);
    switch (n->op) {
    case TOKEN_LESS:
        return doc_make_bool(order < 0);
    case TOKEN_AT_MOST:
        return doc_make_bool(order <= 0);
    case TOKEN_MORE:
        return doc_make_bool(order > 0);
    default:
        return doc_make_bool(order >= 0);
    }
}

static struct doc join(struct run *r, struct doc a, struct doc b, uint32_t at)
{
    struct str x, y;
    char *text;

    r->at = at;
    x = string_of(r, a, false);
    y = string_of(r, b, false);
    if (x.n == 0 || y.n == 0)
        return doc_make_text(x.n ? x : y);
    if (x.n + y.n > UINT32_MAX)
        raise_memory(r);
    text = take_text(r, x.n + y.n);
    memcpy(text, x.p, x.n);
    memcpy(text + x.n, y.p, y.n);
    return doc_make_text((struct str){text, x.n + y.n});
}

static bool whole(struct doc v)
{
    struct number n = {0};

    if (is_number(v))
        n = number_of(v);
    return n.exact || (is_number(v) && isfinite(n.d) && n.d == floor(n.d));
}

/* Of a whole number; false when it is none of 64 bits. */
static bool as_integer(struct doc v, int64_t *out)
{
    struct number n = number_of(v);

    *out = n.exact ? n.i : 0;
    if (!n.exact && fabs(n.d) < 9223372036854775808.0)
        *out = (int64_t)n.d;
    return n.exact || fabs(n.d) < 9223372036854775808.0;
}

static struct doc range(struct run *r, const struct node *n, struct doc a, struct doc b)
{
    struct list out = {.r = r};
    int64_t from, to;
    uint64_t steps;

    if (!is_absent(a) && !whole(a))
        raise_value(r, n->at, "T2003", "..", a);
    if (!is_absent(b) && !whole(b))
        raise_value(r, n->at, "T2004", "..", b);
    if (is_absent(a) || is_absent(b) || number_compare(a, b) > 0)
        return ABSENT;
    steps = as_integer(a, &from) && as_integer(b, &to) ? (uint64_t)to - (uint64_t)from : UINT64_MAX;
    if (steps >= RANGE_MAX)
        raise_value(r, n->at, "D2014", "..", real_doc(r, real_of(b) - real_of(a) + 1));
    out.n = (uint32_t)steps + 1;
    out.v = take(r, out.n * sizeof(*out.v));
    charge(r, out.n >> 3);
    for (uint32_t i = 0; i < out.n; i++)
        out.v[i] = doc_make_int(from + i);
    return list_doc(&out, SEQUENCE);
}

/* Identity, as ===: lists and objects are in nothing. */
static bool same_scalar(struct run *r, struct doc a, struct doc b)
{
    if (is_array(a) || is_object(a))
        return a.kind == b.kind && a.children == b.children && a.n == b.n && a.n > 0;
    return equal(r, a, b);
}

static struct doc is_in(struct run *r, struct doc a, struct doc b)
{
    if (is_absent(a) || is_absent(b))
        return doc_make_bool(false);
    if (!is_array(b))
        return doc_make_bool(same_scalar(r, a, b));
    charge(r, b.n >> 2);
    for (uint32_t i = 0; i < b.n; i++)
        if (same_scalar(r, a, b.children[i]))
            return doc_make_bool(true);
    return doc_make_bool(false);
}

struct doc evaluate_binary(struct run *r, const struct node *n, struct doc input, struct frame *env)
{
    struct doc a = evaluate(r, n->a, input, env), b;

    r->at = n->at;
    if (n->kind == NODE_AND || n->kind == NODE_OR) {
        if (truth(r, a) == (n->kind == NODE_OR))
            return doc_make_bool(n->kind == NODE_OR);
        return doc_make_bool(truth(r, evaluate(r, n->b, input, env)));
    }
    b = evaluate(r, n->b, input, env);
    switch (n->op) {
    case TOKEN_EQUAL:
        return doc_make_bool(!is_absent(a) && !is_absent(b) && equal(r, a, b));
    case TOKEN_UNEQUAL:
        return doc_make_bool(!is_absent(a) && !is_absent(b) && !equal(r, a, b));
    case TOKEN_LESS:
    case TOKEN_AT_MOST:
    case TOKEN_MORE:
    case TOKEN_AT_LEAST:
        return compare(r, n, a, b);
    case TOKEN_JOIN:
        return join(r, a, b, n->at);
    case TOKEN_RANGE:
        return range(r, n, a, b);
    case TOKEN_IN:
        return is_in(r, a, b);
    default:
        return arithmetic(r, n, a, b);
    }
}
