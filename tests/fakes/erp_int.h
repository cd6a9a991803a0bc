#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fakes/dec.h"

/* erp: what the parts of the stand-in ERP share. Records live in memory as arrays of JSON values in the order of their
 * model's fields. A call is checked whole before anything changes, so that it acts wholly or not at all.
 */
enum model_id {
    M_COMPANY,
    M_CURRENCY,
    M_COUNTRY,
    M_SUBDIVISION,
    M_LANG,
    M_PARTY,
    M_ADDRESS,
    M_CONTACT,
    M_UOM,
    M_CATEGORY,
    M_TEMPLATE,
    M_PRODUCT,
    M_TAX,
    M_LOCATION,
    M_TERM,
    M_SALE,
    M_LINE,
    M_INVOICE,
    M_SHIPMENT,
    MODEL_COUNT
};

enum field_type { F_CHAR, F_INT, F_FLOAT, F_DEC, F_BOOL, F_DATE, F_SELECT, F_LINK, F_REF, F_LINES, F_LINKS };

enum {
    REQUIRED = 1,
    INDEXED = 2,
    COMPUTED = 4,  /* may be read, is not taken */
    TEMPLATED = 8, /* lives in the record's template */
};

struct field {
    const char *name;
    const char *label;
    enum field_type type;
    int flags;
    int target;          /* F_LINK, F_LINES, F_LINKS: a model */
    const char *inverse; /* F_LINES: the link back */
    const char *options; /* F_SELECT: "draft|quotation" */
    const char *preset;  /* used when a create does not say; "company" and "currency" are the user's */
    int digits;          /* F_DEC: most digits after the point */
};

struct record {
    int id;
    int64_t created_us, written_us; /* written_us is 0 before the first change */
    json_t *v[];
};

struct model {
    const char *name, *label;
    const struct field *fields;
    int field_count;
    int first_id;
    bool of_company;         /* a user sees its own company's only */
    struct record **records; /* by id - first_id; NULL when deleted */
    int count, room;
    json_t **indexes; /* by field: value -> ids */
};

struct erp_user {
    int id;
    const char *login;
    int company, currency;
};

struct erp_faults {
    /* Percent of the requests; of late and error_after, of those that change something. */
    double drop_after, drop_before, lock;
    double late;        /* hangs up at once and acts late_ms after */
    double error_after; /* acts, and answers that something broke */
    double forget;      /* forgets all sessions */
    int64_t delay_ms, slow_per_sale_ms, late_ms;
    char refuse[64];                /* a method that ends in a user's error */
    char refuse_once_confirmed[64]; /* becomes that one with the next confirmation */
};

struct erp_counts {
    long long requests, calls, changes, refused, logins, dropped_before, dropped_after, locks, sink, late, errors_after,
        forgotten;
};

struct erp_attempts {
    int wrong;
    int64_t last_us;
};

struct erp {
    struct model models[MODEL_COUNT];
    json_t *sessions; /* token -> user id */
    struct erp_attempts attempts[2];
    struct erp_faults faults;
    struct erp_counts counts;
    uint64_t random;
    int64_t busy_until_us;
    int64_t login_delay_ms;
    int next_number[2]; /* of sales, by company */
    int journal;        /* descriptor, or -1 */
    bool shop;
    struct httpd *httpd;
};

/* One call. The first failure wins: error is what Tryton puts there, or status is not 200. */
struct erp_call {
    struct erp *erp;
    const struct erp_user *user;
    const json_t *context;
    int64_t now_us;
    int status;
    json_t *error;
    bool changed;
    int sales_made;
};

/* Always false, so that a check can end with it. */
bool erp_user_error(struct erp_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool erp_fault(struct erp_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *erp_alloc(size_t size);

/* schema */
extern const struct erp_user erp_users[2];
void schema_init(struct erp *e);
struct model *schema_model(struct erp *e, const char *name);
int schema_field(const struct model *m, const char *name, size_t len);

/* store */
struct record *store_get(const struct erp *e, int model, json_int_t id);
json_t *store_value(const struct erp *e, int model, const struct record *r, int field);
json_t *store_named(const struct erp *e, int model, const struct record *r, const char *field);
json_int_t store_link(const struct erp *e, int model, const struct record *r, const char *field);
void store_set(struct erp *e, int model, struct record *r, int field, json_t *value);
void store_set_named(struct erp *e, int model, struct record *r, const char *field, json_t *value);
const json_t *store_index(const struct erp *e, int model, int field, const char *value);
struct record *store_create(struct erp_call *c, int model, const json_t *values);
void store_write(struct erp_call *c, int model, struct record *r, const json_t *values);
void store_delete(struct erp *e, int model, struct record *r);
bool store_visible(const struct erp_call *c, int model, const struct record *r);

/* check: is a create or write acceptable; changes nothing. */
bool check_create(struct erp_call *c, int model, const json_t *values);
bool check_write(struct erp_call *c, int model, const struct record *r, const json_t *values);
bool check_ids(struct erp_call *c, int model, const json_t *ids, const char *verb);
json_t *check_preset(const struct erp_call *c, const struct field *f);

/* find and read */
json_t *find_search(struct erp_call *c, int model, const json_t *params, bool paged);
json_t *read_record(struct erp_call *c, int model, const struct record *r, const json_t *names);
bool read_names_known(struct erp_call *c, int model, const json_t *names);
bool value_dec(const json_t *v, struct dec *out);
json_t *value_from_dec(struct dec d);
int64_t value_time_us(const json_t *v);
json_t *value_datetime(int64_t us);

/* sale */
enum sale_amount { SALE_UNTAXED, SALE_TAX, SALE_TOTAL };
struct dec sale_amount(const struct erp *e, const struct record *sale, enum sale_amount which);
struct dec sale_line_amount(const struct erp *e, const struct record *line);
json_t *sale_computed(const struct erp *e, int model, const struct record *r, const char *field);
/* Runs a button on sales; false with an error, and then nothing has changed. */
bool sale_button(struct erp_call *c, const char *button, const json_t *ids);
bool sale_is_button(const char *name);

/* seed, rpc, views */
void seed_all(struct erp *e);
struct httpd;
struct http_request;
struct http_reply;
void rpc_answer(struct erp *e, const struct http_request *rq, struct http_reply *rs);
bool journal_replay(struct erp *e, const char *path);
json_t *rpc_act(struct erp_call *c, const char *method, const json_t *params);
void journal_call(struct erp_call *c, const struct http_request *rq);
void journal_session(struct erp *e, const char *token, int user);
json_t *view_state(const struct erp *e);
json_t *view_sales(const struct erp *e);
uint64_t erp_random(struct erp *e);
bool erp_chance(struct erp *e, double percent);
int64_t erp_clock_us(void);
