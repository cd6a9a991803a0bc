#include <string.h>

#include "api/customer_int.h"
#include "audit/audit.h"
#include "base/money.h"
#include "db/db.h"

/* What a customer is made of: store brands, legal entities, environments. A list is of the customer that the caller
 * stands for, or of all of them. */
#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static bool code_valid(const char *s)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

    return strspn(s, good) == strlen(s) && !strchr("_.-", s[0]);
}

static enum err code_check(struct scope *sc, const char *code)
{
    return !code || code_valid(code)
               ? OK
               : scope_wrong(sc, "/code", "invalid", "a code has letters, digits and _ . - alone, the first no sign");
}

/* What the keys refused. */
static enum err taken(struct scope *sc, enum err e, const char *pointer, const char *why)
{
    return e == ERR_CONFLICT && !scope_fault(sc)->problem ? scope_wrong(sc, pointer, "conflict", why) : e;
}

static void note(struct scope *sc, const char *action, const char *kind, const struct uuid *customer,
                 const struct uuid *id)
{
    audit_note(
        sc,
        &(struct audit_act){
            .action = action, .object_kind = kind, .object_id = *id, .has_customer = true, .customer_id = *customer});
}

struct page {
    struct uuid after;
    const struct uuid *customer; /* NULL: all that the caller stands for */
    int64_t limit;
};

static enum err page_of(struct scope *sc, const struct rq *rq, const char *name, struct page *out)
{
    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &out->limit));
    TRY(sc, api_position(sc, rq, str_of(name), &out->after));
    out->customer = sc->tenant.has_customer ? &sc->tenant.customer_id : NULL;
    return OK;
}

static const char *cursor_of(struct scope *sc, const char *name, const struct page *p, size_t *n, const struct uuid *at)
{
    if (*n <= (size_t)p->limit)
        return NULL;
    *n = (size_t)p->limit;
    return http_cursor_make(sc, str_of(name), (struct bytes){at->b, 16});
}

/* ---- store brands ---- */

struct brand_view {
    struct uuid id, customer_id, entity_id;
    const char *code, *name;
    int64_t created_at;
};

#define ENTITY_OF(type, meaning_)                                                                                      \
    {                                                                                                                  \
        .name = "entity_id", .kind = WIRE_KIND_ID, .offset = offsetof(type, entity_id), .prefix = "ent",               \
        .optional = true, .meaning = (meaning_)                                                                        \
    }

static const struct wire_field brand_fields[] = {
    WIRE_ID(struct brand_view, id, "brd", "This store brand."),
    WIRE_ID(struct brand_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct brand_view, code, 40, "A short name, one of its kind at the customer."),
    WIRE_TEXT(struct brand_view, name, 120, "What shoppers know it by."),
    ENTITY_OF(struct brand_view, "The legal entity whose books its orders end up in; null when not said."),
    WIRE_TIME(struct brand_view, created_at, "When it was made."),
    {},
};
static const struct wire brand_wire = {"StoreBrand", sizeof(struct brand_view), brand_fields};

struct brand_ask {
    struct uuid entity_id;
    const char *code, *name;
};

static const struct wire_field brand_new_fields[] = {
    WIRE_TEXT(struct brand_ask, code, 40, "A short name: letters, digits, _ . -, the first a letter or digit."),
    WIRE_TEXT(struct brand_ask, name, 120, "What shoppers know it by."),
    ENTITY_OF(struct brand_ask, "The legal entity whose books its orders end up in."),
    {},
};
static const struct wire brand_new_wire = {"StoreBrandNew", sizeof(struct brand_ask), brand_new_fields};

#define OPTIONAL_TEXT(type, member, max_, meaning_)                                                                    \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TEXT, .offset = offsetof(type, member), .min = 1, .max = (max_),            \
        .optional = true, .meaning = (meaning_)                                                                        \
    }

static const struct wire_field brand_change_fields[] = {
    OPTIONAL_TEXT(struct brand_ask, code, 40, "A short name; absent: as it is."),
    OPTIONAL_TEXT(struct brand_ask, name, 120, "What shoppers know it by; absent: as it is."),
    ENTITY_OF(struct brand_ask, "The legal entity whose books its orders end up in; absent: as it is."),
    {},
};
static const struct wire brand_change_wire = {"StoreBrandChange", sizeof(struct brand_ask), brand_change_fields};

static struct brand_view brand_view_of(const struct org_brand *b)
{
    return (struct brand_view){b->brand_id, b->customer_id, b->entity_id, b->code, b->name, b->created_at_us};
}

static enum err brand_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct brand_view v;
    struct org_brand b;

    TRY(sc, org_brand_get(sc, id, &b));
    v = brand_view_of(&b);
    rs_version(sc, rs, b.row_version);
    return rs_json(sc, rs, status, &brand_wire, &v);
}

static enum err brand_named(struct scope *sc, const struct rq *rq, struct org_brand *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "brand_id", "brd", &id));
    return org_brand_get(sc, &id, out);
}

static enum err brands_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand_view *views;
    struct org_brand *rows;
    const char *cursor;
    struct page p;
    size_t n;

    TRY(sc, page_of(sc, rq, "store-brands", &p));
    TRY(sc, org_brand_list(sc, p.customer, &p.after, (size_t)p.limit + 1, &rows, &n));
    cursor = n ? cursor_of(sc, "store-brands", &p, &n, &rows[n > (size_t)p.limit ? p.limit - 1 : 0].brand_id) : NULL;
    views = ARENA_ARRAY(sc->arena, struct brand_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = brand_view_of(&rows[i]);
    return rs_page(sc, rq, rs, &brand_wire, views, n, cursor);
}

static enum err brands_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_brand b;

    TRY(sc, brand_named(sc, rq, &b));
    return brand_answer(sc, rs, 200, &b.brand_id);
}

#define BRAND_TAKEN "the code is another brand's, or the customer has no such legal entity"

static enum err brands_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_brand b = {.brand_id = uuid_new()};
    struct brand_ask ask;

    if (sc->tenant.has_brand)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can make one");
    TRY(sc, api_customer_of(sc, rq, &b.customer_id));
    TRY(sc, rq_body(sc, rq, &brand_new_wire, &ask));
    TRY(sc, code_check(sc, ask.code));
    TRY(sc, org_customer_get(sc, &b.customer_id, NULL, &(struct org_customer){0}));
    b.code = ask.code;
    b.name = ask.name;
    b.entity_id = ask.entity_id;
    TRY(sc, taken(sc, org_brand_add(sc, &b), "/code", BRAND_TAKEN));
    note(sc, "store_brand.create", "brd", &b.customer_id, &b.brand_id);
    return brand_answer(sc, rs, 201, &b.brand_id);
}

static enum err brands_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand_ask ask;
    struct org_brand b;
    int64_t version;
    bool changed;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, brand_named(sc, rq, &b));
    TRY(sc, rq_body(sc, rq, &brand_change_wire, &ask));
    TRY(sc, code_check(sc, ask.code));
    if (b.row_version != version)
        return rq_stale(sc, b.row_version);
    b.code = ask.code ? ask.code : b.code;
    b.name = ask.name ? ask.name : b.name;
    b.entity_id = uuid_is_nil(&ask.entity_id) ? b.entity_id : ask.entity_id;
    TRY(sc, taken(sc, org_brand_change(sc, &b, &changed), "/code", BRAND_TAKEN));
    if (!changed)
        return rq_stale(sc, b.row_version + 1);
    note(sc, "store_brand.change", "brd", &b.customer_id, &b.brand_id);
    return brand_answer(sc, rs, 200, &b.brand_id);
}

static enum err in_use(struct scope *sc, enum err e)
{
    if (e != ERR_CONFLICT)
        return e;
    scope_clear(sc);
    return FAIL(sc, ERR_CONFLICT, "something still refers to it");
}

static enum err working(struct scope *sc, const struct uuid *customer_id)
{
    struct org_customer c;

    TRY(sc, org_customer_get(sc, customer_id, NULL, &c));
    return strcmp(c.status, "active") == 0 ? OK : api_suspended(sc);
}

static enum err brands_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_brand b;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, brand_named(sc, rq, &b));
    if (b.row_version != version)
        return rq_stale(sc, b.row_version);
    TRY(sc, working(sc, &b.customer_id));
    TRY(sc, in_use(sc, org_brand_delete(sc, &b)));
    note(sc, "store_brand.delete", "brd", &b.customer_id, &b.brand_id);
    return rs_empty(sc, rs, 204);
}

/* ---- legal entities ---- */

struct entity_view {
    struct uuid id, customer_id;
    const char *code, *name, *base_currency, *time_zone;
    int64_t created_at;
};

static const struct wire_field entity_fields[] = {
    WIRE_ID(struct entity_view, id, "ent", "This legal entity."),
    WIRE_ID(struct entity_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct entity_view, code, 40, "A short name, one of its kind at the customer."),
    WIRE_TEXT(struct entity_view, name, 120, "Its name."),
    WIRE_TEXT(struct entity_view, base_currency, 3, "The currency of its books (ISO 4217); it never changes."),
    WIRE_TEXT(struct entity_view, time_zone, 60, "The zone that decides its accounting dates (IANA)."),
    WIRE_TIME(struct entity_view, created_at, "When it was made."),
    {},
};
static const struct wire entity_wire = {"LegalEntity", sizeof(struct entity_view), entity_fields};

struct entity_ask {
    const char *code, *name, *base_currency, *time_zone;
};

static const struct wire_field entity_new_fields[] = {
    WIRE_TEXT(struct entity_ask, code, 40, "A short name: letters, digits, _ . -, the first a letter or digit."),
    WIRE_TEXT(struct entity_ask, name, 120, "Its name."),
    WIRE_TEXT(struct entity_ask, base_currency, 3, "The currency of its books (ISO 4217); it never changes."),
    WIRE_TEXT(struct entity_ask, time_zone, 60, "The zone that decides its accounting dates (IANA), as Europe/Berlin."),
    {},
};
static const struct wire entity_new_wire = {"LegalEntityNew", sizeof(struct entity_ask), entity_new_fields};

static const struct wire_field entity_change_fields[] = {
    OPTIONAL_TEXT(struct entity_ask, code, 40, "A short name; absent: as it is."),
    OPTIONAL_TEXT(struct entity_ask, name, 120, "Its name; absent: as it is."),
    OPTIONAL_TEXT(struct entity_ask, time_zone, 60, "The zone of its accounting dates; absent: as it is."),
    {},
};
static const struct wire entity_change_wire = {"LegalEntityChange", sizeof(struct entity_ask), entity_change_fields};

static struct entity_view entity_view_of(const struct org_entity *e)
{
    return (struct entity_view){e->entity_id,     e->customer_id, e->code,         e->name,
                                e->base_currency, e->time_zone,   e->created_at_us};
}

static enum err entity_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id)
{
    struct entity_view v;
    struct org_entity e;

    TRY(sc, org_entity_get(sc, id, &e));
    v = entity_view_of(&e);
    rs_version(sc, rs, e.row_version);
    return rs_json(sc, rs, status, &entity_wire, &v);
}

static enum err entity_named(struct scope *sc, const struct rq *rq, struct org_entity *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "entity_id", "ent", &id));
    return org_entity_get(sc, &id, out);
}

static enum err entities_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct entity_view *views;
    struct org_entity *rows;
    const char *cursor;
    struct page p;
    size_t n;

    TRY(sc, page_of(sc, rq, "legal-entities", &p));
    TRY(sc, org_entity_list(sc, p.customer, &p.after, (size_t)p.limit + 1, &rows, &n));
    cursor = n ? cursor_of(sc, "legal-entities", &p, &n, &rows[n > (size_t)p.limit ? p.limit - 1 : 0].entity_id) : NULL;
    views = ARENA_ARRAY(sc->arena, struct entity_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = entity_view_of(&rows[i]);
    return rs_page(sc, rq, rs, &entity_wire, views, n, cursor);
}

static enum err entities_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_entity e;

    TRY(sc, entity_named(sc, rq, &e));
    return entity_answer(sc, rs, 200, &e.entity_id);
}

static enum err zone_check(struct scope *sc, const char *zone)
{
    bool known = true;

    if (zone)
        TRY(sc, org_time_zone_known(sc, zone, &known));
    return known ? OK : scope_wrong(sc, "/time_zone", "not_in_list", "there is no such time zone");
}

static enum err unbranded(struct scope *sc)
{
    return sc->tenant.has_brand ? FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can change an entity")
                                : OK;
}

static enum err entities_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_entity e = {.entity_id = uuid_new()};
    struct currency currency;
    struct entity_ask ask;

    TRY(sc, unbranded(sc));
    TRY(sc, api_customer_of(sc, rq, &e.customer_id));
    TRY(sc, rq_body(sc, rq, &entity_new_wire, &ask));
    TRY(sc, code_check(sc, ask.code));
    if (!currency_find(str_of(ask.base_currency), &currency))
        return scope_wrong(sc, "/base_currency", "not_in_list", "there is no such currency");
    TRY(sc, zone_check(sc, ask.time_zone));
    TRY(sc, org_customer_get(sc, &e.customer_id, NULL, &(struct org_customer){0}));
    e.code = ask.code;
    e.name = ask.name;
    e.base_currency = ask.base_currency;
    e.time_zone = ask.time_zone;
    TRY(sc, taken(sc, org_entity_add(sc, &e), "/code", "another entity has this code"));
    note(sc, "legal_entity.create", "ent", &e.customer_id, &e.entity_id);
    return entity_answer(sc, rs, 201, &e.entity_id);
}

static enum err entities_change(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct entity_ask ask;
    struct org_entity e;
    int64_t version;
    bool changed;

    TRY(sc, unbranded(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, entity_named(sc, rq, &e));
    TRY(sc, rq_body(sc, rq, &entity_change_wire, &ask));
    TRY(sc, code_check(sc, ask.code));
    TRY(sc, zone_check(sc, ask.time_zone));
    if (e.row_version != version)
        return rq_stale(sc, e.row_version);
    e.code = ask.code ? ask.code : e.code;
    e.name = ask.name ? ask.name : e.name;
    e.time_zone = ask.time_zone ? ask.time_zone : e.time_zone;
    TRY(sc, taken(sc, org_entity_change(sc, &e, &changed), "/code", "another entity has this code"));
    if (!changed)
        return rq_stale(sc, e.row_version + 1);
    note(sc, "legal_entity.change", "ent", &e.customer_id, &e.entity_id);
    return entity_answer(sc, rs, 200, &e.entity_id);
}

static enum err entities_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct org_entity e;
    int64_t version;

    TRY(sc, unbranded(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, entity_named(sc, rq, &e));
    if (e.row_version != version)
        return rq_stale(sc, e.row_version);
    TRY(sc, working(sc, &e.customer_id));
    TRY(sc, in_use(sc, org_entity_delete(sc, &e)));
    note(sc, "legal_entity.delete", "ent", &e.customer_id, &e.entity_id);
    return rs_empty(sc, rs, 204);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_store_routes[] = {
    {GET, "/v1/store-brands", brands_list, .name = "store_brands.list", .summary = "Store brands, oldest first.",
     .paged = true, .may = PERMISSION_STORES_READ, .answers = &brand_wire, .query = list_query},
    {POST, "/v1/store-brands", brands_create, .idempotent = true, .name = "store_brands.create",
     .summary = "Makes a store brand.", .may = PERMISSION_STORES_WRITE, .takes = &brand_new_wire,
     .answers = &brand_wire},
    {GET, "/v1/store-brands/{brand_id}", brands_get, .name = "store_brands.get", .summary = "One store brand.",
     .etag = true, .may = PERMISSION_STORES_READ, .answers = &brand_wire},
    {PATCH, "/v1/store-brands/{brand_id}", brands_change, .name = "store_brands.update",
     .summary = "Changes a store brand.", .etag = true, .may = PERMISSION_STORES_WRITE, .takes = &brand_change_wire,
     .answers = &brand_wire},
    {DELETE, "/v1/store-brands/{brand_id}", brands_delete, .name = "store_brands.delete",
     .summary = "Takes a store brand away that nothing refers to.", .etag = true, .may = PERMISSION_STORES_WRITE},
    {GET, "/v1/legal-entities", entities_list, .name = "legal_entities.list",
     .summary = "Legal entities, oldest first.", .paged = true, .may = PERMISSION_STORES_READ, .answers = &entity_wire,
     .query = list_query},
    {POST, "/v1/legal-entities", entities_create, .idempotent = true, .name = "legal_entities.create",
     .summary = "Makes a legal entity.", .may = PERMISSION_STORES_WRITE, .takes = &entity_new_wire,
     .answers = &entity_wire},
    {GET, "/v1/legal-entities/{entity_id}", entities_get, .name = "legal_entities.get", .summary = "One legal entity.",
     .etag = true, .may = PERMISSION_STORES_READ, .answers = &entity_wire},
    {PATCH, "/v1/legal-entities/{entity_id}", entities_change, .name = "legal_entities.update",
     .summary = "Changes a legal entity.", .etag = true, .may = PERMISSION_STORES_WRITE, .takes = &entity_change_wire,
     .answers = &entity_wire},
    {DELETE, "/v1/legal-entities/{entity_id}", entities_delete, .name = "legal_entities.delete",
     .summary = "Takes a legal entity away that nothing refers to.", .etag = true, .may = PERMISSION_STORES_WRITE},
    {},
};
