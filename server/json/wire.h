#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/money.h"
#include "base/scope.h"
#include "base/uuid.h"

/* wire: one descriptor per wire type. It encodes straight into a buffer, decodes and validates naming every
 * fault by JSON Pointer, and (later) writes the OpenAPI document. Fixed shapes only; payloads of vendors are doc.
 */
enum wire_kind {
    WIRE_KIND_ID,      /* struct uuid, written as TypeID with `prefix` */
    WIRE_KIND_TEXT,    /* const char * (NULL: null), at most `max` octets of UTF-8 */
    WIRE_KIND_INT,     /* int64_t within min..max */
    WIRE_KIND_BOOL,    /* bool */
    WIRE_KIND_TIME,    /* int64_t microseconds; INT64_MIN: null */
    WIRE_KIND_MONEY,   /* struct money: {"amount":"184.20","currency":"USD"}; empty currency: null */
    WIRE_KIND_DECIMAL, /* const char *: decimal text */
    WIRE_KIND_ENUM,    /* const char *, one of `names` */
    WIRE_KIND_OBJECT,  /* pointer to a struct described by `of`; NULL: null */
    WIRE_KIND_LIST,    /* struct wire_list of structs (not pointers) described by `of` */
    WIRE_KIND_TEXTS,   /* struct wire_texts: at most `max` texts of 1 to WIRE_TEXTS_ONE_MAX octets; no items: absent */
    WIRE_KIND_RAW,     /* struct str holding JSON text already; empty: null */
};

struct wire;

struct wire_list {
    const void *items; /* n structs of of->size */
    size_t n;
};

#define WIRE_TEXTS_ONE_MAX 512

struct wire_texts {
    const char *const *items; /* NULL: absent, which an empty list is not; written as [] all the same */
    size_t n;
};

struct wire_field {
    const char *name;
    enum wire_kind kind;
    size_t offset;
    const char *prefix; /* ID */
    int64_t min, max;
    const char *const *names; /* ENUM, ends with NULL */
    const struct wire *of;    /* OBJECT, LIST */
    bool blanks;              /* TEXT: may begin and end with them, which is nearly always a slip */
    bool optional;            /* decoding: may be absent or null; encoding: null is written as null */
    const char *meaning;
};

struct wire {
    const char *name;
    size_t size;                     /* of the C struct */
    const struct wire_field *fields; /* ends with a NULL name */
};

#define WIRE_ID(type, member, prefix_, meaning_)                                                                       \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ID, .offset = offsetof(type, member), .prefix = (prefix_),                  \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_TEXT(type, member, max_, meaning_)                                                                        \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TEXT, .offset = offsetof(type, member), .min = 1, .max = (max_),            \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_INT(type, member, min_, max_, meaning_)                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_INT, .offset = offsetof(type, member), .min = (min_), .max = (max_),        \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_BOOL(type, member, meaning_)                                                                              \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_BOOL, .offset = offsetof(type, member), .meaning = (meaning_)               \
    }
#define WIRE_TIME(type, member, meaning_)                                                                              \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TIME, .offset = offsetof(type, member), .meaning = (meaning_)               \
    }
#define WIRE_MONEY(type, member, meaning_)                                                                             \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_MONEY, .offset = offsetof(type, member), .meaning = (meaning_)              \
    }
#define WIRE_DECIMAL(type, member, meaning_)                                                                           \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_DECIMAL, .offset = offsetof(type, member), .max = 48, .meaning = (meaning_) \
    }
#define WIRE_ENUM(type, member, names_, meaning_)                                                                      \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ENUM, .offset = offsetof(type, member), .names = (names_),                  \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_OBJECT(type, member, of_, meaning_)                                                                       \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_OBJECT, .offset = offsetof(type, member), .of = (of_),                      \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_LIST(type, member, of_, max_, meaning_)                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_LIST, .offset = offsetof(type, member), .of = (of_), .max = (max_),         \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_TEXTS(type, member, max_, meaning_)                                                                       \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TEXTS, .offset = offsetof(type, member), .max = (max_),                     \
        .meaning = (meaning_)                                                                                          \
    }
#define WIRE_RAW(type, member, meaning_)                                                                               \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_RAW, .offset = offsetof(type, member), .meaning = (meaning_)                \
    }

/* A body larger than this is ERR_TOO_LARGE; depth and number of values have doc's limits. */
#define WIRE_TEXT_MAX (4u << 20)

/* An optional id that is nil is null. */
void wire_encode(struct buf *out, const struct wire *w, const void *value);
/* The fields whose bits are set, by their place (of 64), without the closing brace: the caller may put members behind.
 */
#define WIRE_ALL UINT64_MAX
void wire_encode_fields(struct buf *out, const struct wire *w, const void *value, uint64_t fields);
/* Fills out (cleared first); strings live in the scope's arena. Broken JSON is ERR_INVALID "malformed-json"; a wrong
 * shape is ERR_INVALID "validation" with status 422 and one item per fault; members it does not know are faults. */
enum err wire_decode(struct scope *sc, const struct wire *w, struct str text, void *out);
/* The type as a JSON Schema 2020-12 object; types inside it are written in place. */
void wire_schema(struct buf *out, const struct wire *w);
/* The same as a component of an OpenAPI document: types inside it are references to "#/components/schemas/NAME".
 * WIRE_ASKED is what a request may hold, WIRE_TOLD what an answer holds: there every member is written, most may be
 * null, and more may come. */
enum wire_way { WIRE_ASKED, WIRE_TOLD };
struct wire_names {
    const struct wire *const *told; /* what answers hold: when a request may hold it as well, that one is NAMEInput */
    size_t told_n;
    struct str more; /* further properties of the type that is told next, with a comma before each */
};
bool wire_is_told(const struct wire_names *names, const struct wire *w);
void wire_component_name(struct buf *out, const struct wire_names *names, const struct wire *w, enum wire_way way);
void wire_component(struct buf *out, const struct wire_names *names, const struct wire *w, enum wire_way way);
