#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/expr_int.h"

/* $string: compact JSON, or indented by two spaces; fractions of at most fifteen digits; functions are empty texts. */

struct writer {
    struct run *r;
    struct buf out;
    bool pretty;
    uint32_t depth;
};

#define STRING_DEPTH_MAX 200

static void put_value(struct writer *w, struct doc v);

static void put_real(struct writer *w, double d)
{
    char text[DOC_REAL_MAX + 8];

    if (!isfinite(d)) {
        buf_s(&w->out, "null");
        return;
    }
    if (d != floor(d)) {
        snprintf(text, sizeof(text), "%.14e", d);
        d = strtod(text, NULL); /* NOLINT(cert-err34-c) */
    }
    buf_add(&w->out, text, doc_real_format(d, text));
}

static void put_number(struct writer *w, struct doc v)
{
    struct number n = number_of(v);

    if (n.exact)
        buf_i64(&w->out, n.i);
    else
        put_real(w, n.d);
}

static void put_line(struct writer *w)
{
    if (!w->pretty)
        return;
    buf_c(&w->out, '\n');
    for (uint32_t i = 0; i < w->depth; i++)
        buf_s(&w->out, "  ");
}

static void put_member_name(struct writer *w, struct doc name)
{
    json_put_text(&w->out, text_of(name));
    buf_s(&w->out, w->pretty ? ": " : ":");
}

static void put_children(struct writer *w, struct doc v)
{
    bool object = is_object(v);

    buf_c(&w->out, object ? '{' : '[');
    w->depth++;
    for (uint32_t i = 0; i < v.n; i++) {
        charge(w->r, 1);
        if (i)
            buf_c(&w->out, ',');
        put_line(w);
        if (object)
            put_member_name(w, v.children[2 * i]);
        put_value(w, object ? v.children[2 * i + 1] : v.children[i]);
    }
    w->depth--;
    if (v.n)
        put_line(w);
    buf_c(&w->out, object ? '}' : ']');
}

static void put_value(struct writer *w, struct doc v)
{
    if (w->depth > STRING_DEPTH_MAX)
        raise_message(w->r, w->r->at, "D1011", fault_sentence("D1011"));
    if (is_number(v))
        put_number(w, v);
    else if (is_array(v) || is_object(v))
        put_children(w, v);
    else if (is_function(v))
        buf_s(&w->out, "\"\"");
    else if (is_absent(v))
        buf_s(&w->out, "null");
    else
        doc_write(&w->out, &v);
}

struct str string_of(struct run *r, struct doc v, bool pretty)
{
    struct writer w = {.r = r, .pretty = pretty};

    if (is_text(v))
        return text_of(v);
    if (is_function(v) || is_absent(v))
        return (struct str){"", 0};
    if (is_number(v) && !isfinite(real_of(v)))
        raise_here(r, "D3001", v);
    if (is_array(v) && (v.flags & OUTER) && v.n)
        v = v.children[0];
    buf_init(&w.out, r->arena, r->memory);
    put_value(&w, v);
    if (w.out.full)
        raise_memory(r);
    if (r->memory < w.out.cap)
        raise_memory(r);
    r->memory -= w.out.cap;
    charge(r, w.out.n >> 6);
    return buf_str(&w.out);
}
