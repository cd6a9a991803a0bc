#include <math.h>

#include "expr/expr_int.h"

void list_grow(struct list *l, uint32_t more)
{
    uint32_t cap = l->cap ? 2 * l->cap : 4;
    struct doc *v;

    if (l->n + (uint64_t)more > UINT32_MAX / 2)
        raise_memory(l->r);
    while (cap < l->n + more)
        cap *= 2;
    charge(l->r, cap >> 3);
    v = take(l->r, cap * sizeof(*v));
    if (l->n)
        memcpy(v, l->v, l->n * sizeof(*v));
    l->v = v;
    l->cap = cap;
}

void list_add_all(struct list *l, const struct doc *v, uint32_t n)
{
    if (n == 0)
        return;
    if (l->n + (uint64_t)n > l->cap)
        list_grow(l, n);
    charge(l->r, n >> 3);
    memcpy(l->v + l->n, v, n * sizeof(*v));
    l->n += n;
}

struct doc text_doc(struct run *r, struct str s)
{
    if (s.n > UINT32_MAX)
        raise_memory(r);
    return doc_make_text(s);
}

struct doc literal_text(const char *s)
{
    return doc_make_text(str_of(s));
}

struct number number_of(struct doc v)
{
    struct number out = {0};

    out.exact = doc_int(&v, &out.i);
    if (out.exact)
        out.d = (double)out.i;
    else if (!doc_real(&v, &out.d))
        out.d = *v.text == '-' ? -INFINITY : INFINITY; /* as written, more than a double holds */
    return out;
}

double real_of(struct doc v)
{
    return number_of(v).d;
}

struct doc real_doc(struct run *r, double v)
{
    if (!isfinite(v))
        r->odd = true;
    return doc_make_real(v);
}

bool is_finite_number(struct run *r, struct doc v, uint32_t at)
{
    if (!is_number(v))
        return false;
    if (v.kind == DOC_COMPUTED_INT || v.kind == DOC_INT)
        return true;
    double d = real_of(v);

    if (isinf(d))
        raise_value(r, at, "D1001", NULL, literal_text(d < 0 ? "-Infinity" : "Infinity"));
    return !isnan(d);
}

/* An integer of 64 bits and a double exactly, without rounding the integer first. */
static int compare_mixed(int64_t i, double d)
{
    double whole;

    if (isnan(d))
        return -2;
    if (d >= 9223372036854775808.0)
        return -1;
    if (d < -9223372036854775808.0)
        return 1;
    whole = trunc(d);
    if (i != (int64_t)whole)
        return i < (int64_t)whole ? -1 : 1;
    return d > whole ? -1 : d < whole ? 1 : 0;
}

/* -1, 0, 1; anything else for what is not a number. */
int number_compare(struct doc a, struct doc b)
{
    struct number x = number_of(a), y = number_of(b);

    if (x.exact && y.exact)
        return (x.i > y.i) - (x.i < y.i);
    if (x.exact)
        return compare_mixed(x.i, y.d);
    if (y.exact) {
        int other = compare_mixed(y.i, x.d);

        return other == -2 ? -2 : -other;
    }
    return isnan(x.d) || isnan(y.d) ? -2 : (x.d > y.d) - (x.d < y.d);
}

/* UTF-16 has the characters from U+10000 before those from U+E000; UTF-8 has them behind. */
int text_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;

    for (size_t i = 0; i < n; i++) {
        uint8_t x = (uint8_t)a.p[i], y = (uint8_t)b.p[i];

        if (x == y)
            continue;
        if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
            return x >= 0xf0 ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static bool any_true(struct run *r, struct doc v)
{
    check_stack(r);
    charge(r, 1 + (v.n >> 2));
    for (uint32_t i = 0; i < v.n; i++)
        if (truth(r, v.children[i]))
            return true;
    return false;
}

bool truth(struct run *r, struct doc v)
{
    switch (v.kind) {
    case DOC_TRUE:
        return true;
    case DOC_TEXT:
    case DOC_OBJECT:
        return v.n > 0;
    case DOC_ARRAY:
        while (v.kind == DOC_ARRAY && v.n == 1)
            v = v.children[0];
        return v.kind == DOC_ARRAY ? any_true(r, v) : truth(r, v);
    case DOC_COMPUTED_INT:
        return v.integer != 0;
    case DOC_INT:
    case DOC_NUMBER:
    case DOC_COMPUTED_REAL:
        return is_finite_number(r, v, r->at) && real_of(v) != 0;
    default:
        return false;
    }
}

static bool equal_objects(struct run *r, struct doc a, struct doc b)
{
    if (a.n != b.n)
        return false;
    for (uint32_t i = 0; i < a.n; i++) {
        struct doc name = a.children[2 * i];
        bool found = false;

        charge(r, 1 + (b.n >> 2));
        for (uint32_t k = 0; k < b.n && !found; k++) {
            uint32_t at = (i + k) % b.n; /* most often they stand in the same order */

            if (str_equal(text_of(b.children[2 * at]), text_of(name))) {
                if (!equal(r, a.children[2 * i + 1], b.children[2 * at + 1]))
                    return false;
                found = true;
            }
        }
        if (!found)
            return false;
    }
    return true;
}

bool equal(struct run *r, struct doc a, struct doc b)
{
    if (is_number(a) && is_number(b))
        return number_compare(a, b) == 0;
    if (a.kind != b.kind)
        return false;
    check_stack(r);
    charge(r, 1);
    switch (a.kind) {
    case DOC_TEXT:
        charge(r, a.n >> 6);
        return str_equal(text_of(a), text_of(b));
    case DOC_ARRAY:
        if (a.n != b.n)
            return false;
        charge(r, a.n >> 1);
        for (uint32_t i = 0; i < a.n; i++)
            if (!equal(r, a.children[i], b.children[i]))
                return false;
        return true;
    case DOC_OBJECT:
        return equal_objects(r, a, b);
    case VALUE_FUNCTION:
        return a.other == b.other;
    default:
        return true;
    }
}

struct doc member_of(struct doc object, const struct name *name)
{
    const struct doc *m = object.children;

    for (uint32_t i = 0; i < object.n; i++, m += 2)
        if (m->n == name->text.n &&
            (m->n == 0 || (*m->text == *name->text.p && memcmp(m->text, name->text.p, m->n) == 0)))
            return m[1];
    return ABSENT;
}

static void look_up_all(struct run *r, struct doc input, const struct name *name, struct list *out)
{
    check_stack(r);
    charge(r, 1 + (input.n >> 2));
    for (uint32_t i = 0; i < input.n; i++) {
        struct doc v = look_up(r, input.children[i], name);

        if (is_array(v))
            list_add_all(out, v.children, v.n);
        else if (!is_absent(v))
            list_add(out, v);
    }
}

/* A member of an object; of a list, those of its items, as one sequence. */
struct doc look_up(struct run *r, struct doc input, const struct name *name)
{
    struct list out = {.r = r};

    if (is_object(input))
        return member_of(input, name);
    if (!is_array(input))
        return ABSENT;
    look_up_all(r, input, name, &out);
    return list_doc(&out, SEQUENCE);
}

struct doc append(struct run *r, struct doc a, struct doc b)
{
    struct list out = {.r = r};

    if (is_absent(a))
        return b;
    if (is_absent(b))
        return a;
    if (is_array(a))
        list_add_all(&out, a.children, a.n);
    else
        list_add(&out, a);
    if (is_array(b))
        list_add_all(&out, b.children, b.n);
    else
        list_add(&out, b);
    return list_doc(&out, 0);
}

struct doc settle(struct doc v, bool keep)
{
    if (v.kind != DOC_ARRAY || (v.flags & (SEQUENCE | TUPLES)) != SEQUENCE)
        return v;
    if (keep)
        v.flags |= KEEP_SINGLE;
    if (v.n == 0)
        return ABSENT;
    return v.n == 1 && !(v.flags & KEEP_SINGLE) ? v.children[0] : v;
}

const char *type_name(struct doc v)
{
    if (is_number(v))
        return "number";
    switch (v.kind) {
    case DOC_NULL:
        return "null";
    case DOC_TRUE:
    case DOC_FALSE:
        return "boolean";
    case DOC_TEXT:
        return "string";
    case DOC_ARRAY:
        return "array";
    case DOC_OBJECT:
        return "object";
    case VALUE_FUNCTION:
        return "function";
    default:
        return "undefined";
    }
}
