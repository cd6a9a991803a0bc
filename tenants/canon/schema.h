#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "json/doc.h"

/* schema: what a canonical object looks like, said once for each object in a table of fields. From it come the check of
 * a document, the JSON Schema that is published, and the list of fields that a mapping can fill. Knows no C struct, no
 * vendor, no database and no clock: three times belong to a canonical record, and only the first, when it happened at
 * its source, stands in the document (it is the source's version clock). When it was received and when it was recorded
 * are kept beside it, so that the same content received twice is the same document.
 * The fact people get wrong: amounts, prices, rates and quantities are decimals in a text, never JSON numbers; an
 * amount is in the currency that the nearest `currency` beside or above it names.
 */
#define CANON_FAULTS_MAX 100
#define CANON_FIELDS_MAX 64 /* of one shape */

enum canon_kind {
    CANON_SCHEMA,   /* the name of the schema itself, "sales_order/1" */
    CANON_KEY,      /* a text that names something, at most `max` octets */
    CANON_TEXT,     /* at most `max` characters */
    CANON_TRUTH,    /* true or false */
    CANON_COUNT,    /* an integer from `min` to `max` */
    CANON_QUANTITY, /* a decimal in a text */
    CANON_RATE,     /* the same: a factor, 0.0825 for 8.25 % */
    CANON_PRICE,    /* the same: an amount with as many decimals as it needs */
    CANON_MONEY,    /* the same: an amount with no more decimals than its currency has */
    CANON_TIME,     /* RFC 3339 with a zone */
    CANON_DATE,     /* RFC 3339 full-date, a day of business */
    CANON_COUNTRY,  /* ISO 3166-1 alpha-2 */
    CANON_CURRENCY, /* ISO 4217 */
    CANON_CHOICE,   /* one of `names` */
    CANON_TEXTS,    /* a list of at most `max` texts of 1 to CANON_TEXTS_ONE_MAX characters */
    CANON_OBJECT,   /* an object of shape `of` */
    CANON_LIST,     /* `min` to `max` objects of shape `of` */
    CANON_KIND_COUNT,
};
const char *canon_kind_name(enum canon_kind kind); /* "money" */

#define CANON_TEXTS_ONE_MAX 300

enum canon_sign { CANON_ANY_SIGN, CANON_NOT_NEGATIVE, CANON_POSITIVE };

struct canon_shape;

struct canon_field {
    const char *name;
    uint8_t name_n;
    uint8_t kind; /* enum canon_kind */
    bool needed;  /* must be there and not null; a needed text is not empty either */
    uint8_t sign; /* enum canon_sign, of decimals */
    uint32_t min, max;
    const char *const *names; /* CHOICE, ends with NULL */
    const struct canon_shape *of;
    const char *meaning;
};

struct canon_shape {
    const struct canon_field *fields;
    size_t n;
    bool has_currency; /* a field "currency" rules the amounts in it */
};

/* What a version brought. Within one version things are only ever added, as members that need not be there. */
struct canon_change {
    unsigned version;
    const char *what;
};

struct canon_walk;

struct canon_object {
    const char *name; /* "sales_order" */
    unsigned version;
    const char *schema; /* "sales_order/1" */
    const char *title;
    const char *meaning;
    const char *natural_key; /* what it is, in a sentence */
    const struct canon_shape *shape;
    void (*rules)(struct canon_walk *w, const struct doc *d); /* what holds between fields; NULL: nothing */
    const char *const *examples;                              /* JSON texts, ends with NULL */
    const struct canon_change *changes;                       /* ends with a NULL what */
};

#define CANON_CLOCK "/updated_at" /* where every object tells when it became so at its source */

/* All of them, the newest version of each, in the order of a catalogue. */
const struct canon_object *const *canon_objects(size_t *out_n);
const struct canon_object *canon_object_find(struct str name); /* the newest; NULL: there is none */
const struct canon_object *canon_object_version(struct str name, unsigned version);
const struct canon_object *canon_object_schema(struct str schema); /* "sales_order/1" */
const struct canon_object *canon_object_of(const struct doc *d);   /* by its member "schema" */

struct canon_fault {
    const char *pointer; /* RFC 6901 */
    const char *code;    /* "required", "wrong_type", "does_not_add_up" … */
    const char *detail;  /* a sentence's end: "must be a decimal in a text" */
};

struct canon_faults {
    struct canon_fault *v;
    size_t n;
    bool more; /* than CANON_FAULTS_MAX: the rest was not looked for */
};

/* True when nothing is wrong, and then nothing is allocated. Rules between fields are judged only where every field is
 * in order by itself. */
bool canon_valid(struct arena *a, const struct canon_object *object, const struct doc *d, struct canon_faults *out);
/* Whether a fault's code is of what a document says (an amount below zero, a sum that is another) and not of how it is
 * written: a document with such faults alone can be read, so that a person sees what is the matter. */
bool canon_readable(const char *code);
/* canon_valid as a failure: ERR_INVALID "validation" with an item for each fault (as many as a scope keeps). */
enum err canon_check(struct scope *sc, const struct canon_object *object, const struct doc *d);

/* The JSON Schema 2020-12 document. */
void canon_schema_write(struct buf *out, const struct canon_object *object);

/* ---- fields as a mapping sees them ---- */

struct canon_target {
    const char *path; /* a JSON Pointer in which an asterisk stands for every item of a list */
    const struct canon_field *field;
    unsigned depth; /* 0: a member of the object itself */
};

struct canon_targets {
    struct canon_target *v;
    size_t n;
};

/* Every field, what is inside lists and objects after these, in the order in which a document should have them. */
void canon_fields(struct arena *a, const struct canon_object *object, struct canon_targets *out);
/* The field at a path, whose list items are named by an asterisk or a number; NULL: there is none. */
const struct canon_field *canon_field_at(const struct canon_object *object, struct str path);
/* ERR_INVALID when there is none, with the nearest paths in the message. */
enum err canon_field_find(struct scope *sc, const struct canon_object *object, struct str path,
                          const struct canon_field **out);
/* Whether a value (a constant of a mapping) can stand in a field, for what is not known of a currency above it. */
bool canon_fits(struct arena *a, const struct canon_object *object, const struct canon_field *field,
                const struct doc *value, struct canon_faults *out);
/* Brings a value to a field's kind where nothing of it is lost: a number to the text of a decimal, an integer to that
 * of a key, inside lists and objects as well. False when there is nothing to do, and out is untouched; whatever cannot
 * be brought there stays as it is, for canon_valid to refuse. */
bool canon_convert(struct arena *a, const struct canon_field *field, const struct doc *value, struct doc *out);
