#pragma once

#include "canon/schema.h"

/* ---- rows of the tables of fields ---- */

#define NEEDED   true
#define OPTIONAL false

/* clang-format off */
#define FIELD(name_, kind_, needed_, ...) {.name = name_, .name_n = sizeof(name_) - 1, .kind = kind_, .needed = needed_, __VA_ARGS__}
/* clang-format on */
#define SCHEMA_FIELD                                                                                                   \
    FIELD("schema", CANON_SCHEMA, NEEDED, .meaning = "The object and version that this document keeps to.")
#define KEY(name_, needed_, meaning_)        FIELD(name_, CANON_KEY, needed_, .max = CANON_KEY_MAX, .meaning = (meaning_))
#define TEXT(name_, needed_, max_, meaning_) FIELD(name_, CANON_TEXT, needed_, .max = (max_), .meaning = (meaning_))
#define TRUTH(name_, needed_, meaning_)      FIELD(name_, CANON_TRUTH, needed_, .meaning = (meaning_))
#define COUNT(name_, needed_, min_, max_, meaning_)                                                                    \
    FIELD(name_, CANON_COUNT, needed_, .min = (min_), .max = (max_), .meaning = (meaning_))
#define QUANTITY(name_, needed_, sign_, meaning_)                                                                      \
    FIELD(name_, CANON_QUANTITY, needed_, .sign = (sign_), .meaning = (meaning_))
#define RATE(name_, needed_, meaning_) FIELD(name_, CANON_RATE, needed_, .meaning = (meaning_))
#define PRICE(name_, needed_, sign_, meaning_)                                                                         \
    FIELD(name_, CANON_PRICE, needed_, .sign = (sign_), .meaning = (meaning_))
#define MONEY(name_, needed_, sign_, meaning_)                                                                         \
    FIELD(name_, CANON_MONEY, needed_, .sign = (sign_), .meaning = (meaning_))
#define TIME(name_, needed_, meaning_)     FIELD(name_, CANON_TIME, needed_, .meaning = (meaning_))
#define DATE(name_, needed_, meaning_)     FIELD(name_, CANON_DATE, needed_, .meaning = (meaning_))
#define COUNTRY(name_, needed_, meaning_)  FIELD(name_, CANON_COUNTRY, needed_, .meaning = (meaning_))
#define CURRENCY(name_, needed_, meaning_) FIELD(name_, CANON_CURRENCY, needed_, .meaning = (meaning_))
#define CHOICE(name_, needed_, names_, meaning_)                                                                       \
    FIELD(name_, CANON_CHOICE, needed_, .names = (names_), .meaning = (meaning_))
#define TEXTS(name_, needed_, max_, meaning_) FIELD(name_, CANON_TEXTS, needed_, .max = (max_), .meaning = (meaning_))
#define OBJECT(name_, needed_, of_, meaning_) FIELD(name_, CANON_OBJECT, needed_, .of = (of_), .meaning = (meaning_))
#define LIST(name_, needed_, of_, min_, max_, meaning_)                                                                \
    FIELD(name_, CANON_LIST, needed_, .of = (of_), .min = (min_), .max = (max_), .meaning = (meaning_))
#define CLOCK_FIELD                                                                                                    \
    TIME("updated_at", NEEDED,                                                                                         \
         "When it became so at its source: its version clock. Of two documents the later one counts.")

#define SHAPE(fields_)                                                                                                 \
    {                                                                                                                  \
        (fields_), ARRAY_LEN(fields_), false                                                                           \
    }
#define SHAPE_CURRENCY(fields_)                                                                                        \
    {                                                                                                                  \
        (fields_), ARRAY_LEN(fields_), true                                                                            \
    }

#define CANON_KEY_MAX 200 /* octets of a source's id */

/* JSON as it stands in C: EXAMPLE({"a": 1}). */
#define EXAMPLE(...) #__VA_ARGS__

extern const struct canon_shape canon_address_shape;
extern const struct canon_shape canon_taxes_shape;
extern const char *const canon_tender_kinds[];

extern const struct canon_object canon_sales_order;
extern const struct canon_object canon_product;
extern const struct canon_object canon_sku;
extern const struct canon_object canon_location;
extern const struct canon_object canon_inventory_position;
extern const struct canon_object canon_shipment;
extern const struct canon_object canon_return;
extern const struct canon_object canon_refund;
extern const struct canon_object canon_customer_object;
extern const struct canon_object canon_payment;
extern const struct canon_object canon_payout;
extern const struct canon_object canon_settlement_line;
extern const struct canon_object canon_tax_transaction;
extern const struct canon_object canon_journal_entry;

/* ---- one check under way ---- */

/* Where it is: from the innermost step outwards. */
struct canon_step {
    const struct canon_step *up;
    struct str name; /* p NULL: the index-th item */
    size_t index;
};

struct canon_walk {
    struct arena *arena;
    const struct canon_object *object;
    const struct canon_step *at; /* NULL: the document itself */
    struct canon_faults *faults;
    int digits; /* of the currency that amounts are in here; -1: not known */
};

/* At where the walk is. */
void canon_fault(struct canon_walk *w, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* At a member of the document, by its pointer. */
void canon_fault_at(struct canon_walk *w, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static inline bool canon_is_full(const struct canon_walk *w)
{
    return w->faults->more;
}

/* "must be a text, not a number". */
void canon_wrong_type(struct canon_walk *w, const char *want, const struct doc *v);
/* A field that is neither OBJECT nor LIST; v is not null. */
void canon_scalar(struct canon_walk *w, const struct canon_field *f, const struct doc *v);
/* Any field; v may be null. */
void canon_field_check(struct canon_walk *w, const struct canon_field *f, const struct doc *v);

bool canon_country_known(struct str code);

/* A plain decimal, by the short way where it is short. */
bool canon_decimal(struct str text, struct decimal *out);

/* ---- for rules: of a document in which every field is in order ---- */

/* The member's decimal; zero when it is absent or null. */
struct decimal canon_number(const struct doc *d, const char *name);
bool canon_has(const struct doc *d, const char *name); /* neither absent nor null */
/* Adds what the items of a list tell in a member; false: too large. */
bool canon_list_sum(const struct doc *list, const char *name, struct decimal *sum);
/* One of two sums that must be the same: what is at the pointer must be what the parts make, give or take room. */
void canon_same(struct canon_walk *w, const char *pointer, struct decimal said, struct decimal made, const char *parts);
void canon_too_large(struct canon_walk *w, const char *pointer);
/* As a text for people, with the decimals of the currency: "12.50". */
const char *canon_amount_text(struct canon_walk *w, struct decimal v);
