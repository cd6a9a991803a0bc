#pragma once

#include <stdio.h>

#include "kit/test.h"

#include "x12/x12_int.h"
#include "json/doc.h"

/* Interchanges by example. */

#define KIT_ISA                                                                                                        \
    "ISA*00*          *00*          *ZZ*VENDOR         *ZZ*WAREHOUSE      *090902*0900*U*00401*000009221*0*P*>~"
#define KIT_GS(code) "GS*" code "*VENDOR*WAREHOUSE*20090902*1700*7*X*004010~"
#define KIT_END      "GE*1*7~IEA*1*000009221~"

static inline struct x12_file kit_read(const char *text)
{
    struct x12_file file = {0};

    CHECK_OK(x12_read(test_scope(), str_of(arena_strdup(test_scope()->arena, text)), &file));
    return file;
}

/* A set between its ST and SE, in a group of its own; the SE counts what is there. */
static inline const char *kit_one(const char *group, const char *set, const char *body)
{
    unsigned n = 2;

    for (const char *p = body; *p; p++)
        n += *p == '~';
    return arena_f(test_scope()->arena,
                   KIT_ISA "GS*%s*VENDOR*WAREHOUSE*20090902*1700*7*X*004010~ST*%s*0001~%sSE*%u*0001~" KIT_END, group,
                   set, body, n);
}

/* "segment 3 N9@7, element 1! N9@7/1": what is told, in order; "!" rejects. */
static inline void kit_tell(struct buf *b, const struct x12_faults *f)
{
    static const char levels[] = "IGSse";

    for (size_t i = 0; i < f->n; i++) {
        const struct x12_fault *x = &f->items[i];

        buf_f(b, "%s%c%s%s", b->n ? " " : "", levels[x->level], x->code, x->rejects ? "!" : "");
        if (x->segment.n)
            buf_f(b, ":%.*s@%u", (int)x->segment.n, x->segment.p, x->at);
        if (x->element)
            buf_f(b, "/%u", x->element);
        if (x->component)
            buf_f(b, ".%u", x->component);
    }
}

static inline const char *kit_faults(const char *text)
{
    struct x12_file file = kit_read(text);
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    for (size_t i = 0; i < file.n; i++) {
        kit_tell(&b, &file.items[i].faults);
        for (size_t g = 0; g < file.items[i].n; g++) {
            kit_tell(&b, &file.items[i].groups[g].faults);
            for (size_t s = 0; s < file.items[i].groups[g].n; s++)
                kit_tell(&b, &file.items[i].groups[g].sets[s].faults);
        }
    }
    return buf_cstr(&b);
}

static inline const char *kit_json(const struct doc *d)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 8 << 20);
    doc_write(&b, d);
    return buf_cstr(&b);
}

/* The document of the first set. */
static inline const struct doc *kit_set(const char *text)
{
    struct x12_file file = kit_read(text);
    struct doc *d = arena_alloc(test_scope()->arena, sizeof(*d));

    *d = x12_document(test_scope()->arena, &file, false);
    return doc_path(d, "interchanges.0.groups.0.sets.0");
}

static inline const char *kit_written(const struct doc *file)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 8 << 20);
    CHECK_OK(x12_write(test_scope(), file, NULL, &b));
    return buf_cstr(&b);
}

static inline const char *kit_again(const char *text)
{
    struct x12_file file = kit_read(text);
    struct doc d = x12_document(test_scope()->arena, &file, true); /* what is told must not stand in the way */

    return kit_written(&d);
}
