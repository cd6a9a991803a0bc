#pragma once

#include "json/doc.h"
#include "json/wire.h"

#include <jansson.h>

/* One decoding: where it stands in the document, and how many faults it has named. */
struct wire_reader {
    struct scope *sc;
    struct str text;
    const struct doc *doc; /* the same text once more, for members that are kept as they were written */
    struct buf pointer;
    unsigned faults;
};

/* Moves the pointer down by one step; the answer is what wire_leave wants. */
size_t wire_enter(struct wire_reader *r, const char *step);
size_t wire_enter_item(struct wire_reader *r, size_t i);
void wire_leave(struct wire_reader *r, size_t mark);

/* Names a fault at the pointer. The detail never repeats the value: it may be a secret. */
void wire_fault(struct wire_reader *r, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void wire_wrong_type(struct wire_reader *r, const char *want, const json_t *v);

/* The kinds that hold nothing inside; v is neither NULL nor null. */
void wire_take_scalar(struct wire_reader *r, const struct wire_field *f, const json_t *v, void *at);
void wire_take_money(struct wire_reader *r, const json_t *v, struct money *at);
