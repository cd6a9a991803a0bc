#pragma once

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "kit/loop.h"
#include "kit/pg.h"
#include "kit/test.h"

/* The product's schema on the private server, and rows of tenants as its superuser writes them. */

/* Asked as the superuser, in the schema. */
__attribute__((format(printf, 1, 2))) static inline const char *sql(const char *fmt, ...)
{
    static char text[32768];
    int n = snprintf(text, sizeof(text), "set search_path = tenon;\n");
    va_list ap;

    va_start(ap, fmt);
    n += vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
    va_end(ap);
    MUST_BE(n > 0 && (size_t)n < sizeof(text));
    return test_pg_ask(text);
}

/* Good for the next 15. */
static inline const char *id(const struct uuid *u)
{
    static char texts[16][UUID_TEXT_LEN + 1];
    static unsigned next;
    char *text = texts[next++ % 16];

    uuid_format(u, text);
    return text;
}

/* Found from this file's own place. */
static inline const char *kit_root(void)
{
    static char path[4096];
    const char *end = strstr(__FILE__, "/tests/unit/");

    MUST_BE(end);
    snprintf(path, sizeof(path), "%.*s", (int)(end - __FILE__), __FILE__);
    if (path[0] != '/') { /* a compiler that was told a relative name: psql runs elsewhere */
        char whole[PATH_MAX];

        MUST_BE(realpath(path, whole));
        memcpy(path, whole, strlen(whole) + 1);
    }
    return path;
}

static inline void schema_make(void)
{
    char text[8192];

    test_pg_ask("drop schema if exists tenon cascade");
    snprintf(text, sizeof(text), "\\set db postgres\n\\i %s/sql/roles.sql\n", kit_root());
    test_pg_ask(text);
    snprintf(text, sizeof(text), "%s/sql/migrations", kit_root());
    CHECK_OK(db_migrate(test_scope(), test_pg_url_as("tenon_owner"), text));
}

/* Every row that hangs on a partner or stands beside them goes, and no trigger says no. Not by truncate: it makes a
 * file anew for each of some thousand tables and indexes, while a test has written to a few. */
static inline void schema_clear(void)
{
    sql("do $$ declare one regclass; has bool; begin set local session_replication_role = replica;"
        " for one in with recursive reached(t) as (select unnest('{partner,dispatcher,halted,flow_input}'::regclass[])"
        " union select k.conrelid from reached join pg_constraint k on k.confrelid = t and k.contype = 'f')"
        " select c.oid from reached join pg_class c on c.oid = t where not c.relispartition loop"
        " execute format('select exists (select from %%s)', one) into has;"
        " if has then execute format('delete from %%s', one); end if; end loop; end $$");
}

/* The schema, without a row. Made once for all binaries, as long as the migrations stay as they are. */
static inline void given_schema(void)
{
    test_pg_begin(kit_root());
    if (strcmp(test_pg_ask("select to_regprocedure('tenon.lookup_hook(bytea)') is not null"), "t") == 0)
        schema_clear();
    else {
        schema_make();
        test_pg_keep(kit_root());
    }
    if (fiber_self())
        fiber_yield(); /* all this blocked: the loop's clock stands at its beginning, and time-outs would start there */
}

static inline struct db *pool_as(const char *role)
{
    bool all = strcmp(role, "tenon_intake") == 0 || strcmp(role, "tenon_dispatch") == 0;

    if (fiber_self())
        fiber_yield(); /* what blocked before, the loop's clock has not seen: time-outs would start there */
    return db_open(&(struct db_conf){.url = test_pg_url_as(role),
                                     .name = "test",
                                     .connections = 4,
                                     .waiters = 400,
                                     .statement_timeout_ms = 20000,
                                     .first_wait_us = 15000000,
                                     .no_tenant = all});
}

static inline struct scope *scope_in(struct db *db, const struct tenant *t)
{
    struct scope *sc = scope_new();

    sc->db = db;
    if (t)
        sc->tenant = *t;
    return sc;
}

/* A partner with one customer and its live environment. */
static inline struct tenant given_tenant(const char *slug)
{
    struct tenant t = {true, true, uuid_new(), uuid_new()};
    struct uuid environment = uuid_new();

    sql("insert into partner (partner_id, slug, name, brand_pack) values ('%s', '%s', '%s', 'plain');"
        "insert into customer (partner_id, customer_id, name) values ('%s', '%s', 'Shop of %s');"
        "insert into environment (partner_id, customer_id, environment_id, kind) values ('%s', '%s', '%s', 'live')",
        id(&t.partner_id), slug, slug, id(&t.partner_id), id(&t.customer_id), slug, id(&t.partner_id),
        id(&t.customer_id), id(&environment));
    return t;
}

static inline struct uuid given_connection(const struct tenant *t, const char *connector)
{
    struct uuid c = uuid_new();

    sql("insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name)"
        " select partner_id, customer_id, '%s', environment_id, '%s', 'Main' from environment"
        " where partner_id = '%s' and customer_id = '%s' and kind = 'live'",
        id(&c), connector, id(&t->partner_id), id(&t->customer_id));
    return c;
}

/* Version `number` of the customer's mapping for orders of shopify, with this document; the first one works and is that
 * of the connection's orders. */
static inline void given_mapping(const struct tenant *t, const struct uuid *connection, const struct uuid *mapping,
                                 int number, const char *document)
{
    if (number == 1)
        sql("insert into mapping (partner_id, customer_id, mapping_id, name, source_system, source_object, target)"
            " values ('%s', '%s', '%s', 'Orders', 'shopify', 'order', 'sales_order/1');"
            "insert into connection_mapping (partner_id, customer_id, connection_id, object, mapping_id)"
            " values ('%s', '%s', '%s', 'order', '%s')",
            id(&t->partner_id), id(&t->customer_id), id(mapping), id(&t->partner_id), id(&t->customer_id),
            id(connection), id(mapping));
    sql("insert into mapping_version (partner_id, customer_id, mapping_id, number, document, document_hash, author, "
        "hands,"
        " status, published_at) values ('%s', '%s', '%s', %d, $d$%s$d$, sha256('x'), 'system', '{system}', 'published',"
        " now()); update mapping set versions = %d, current_version = coalesce(current_version, 1)",
        id(&t->partner_id), id(&t->customer_id), id(mapping), number, document, number);
}

static inline struct uuid given_xref(const struct tenant *t, const char *name)
{
    struct uuid table = uuid_new();

    sql("insert into xref_table (partner_id, customer_id, table_id, name, shape, key_case, key_blanks, key_empty,"
        " value_case, value_blanks, value_empty) values ('%s', '%s', '%s', '%s', 'many_to_one', 'fold', 'trim', false,"
        " 'exact', 'exact', false)",
        id(&t->partner_id), id(&t->customer_id), id(&table), name);
    return table;
}

static inline void given_xref_entry(const struct uuid *table, const char *key, const char *norm, const char *value)
{
    sql("insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value, value_norm,"
        " changed_by) select partner_id, customer_id, gen_random_uuid(), table_id, '%s', '%s', '%s', '%s', 'tests'"
        " from xref_table where table_id = '%s'",
        key, norm, value, value, id(table));
}

/* The smallest order that can be a sale, as the shop "shopify" delivers it: key 1, #1001, 2 at 10.00 EUR. */
#define ORDER_BODY                                                                                                     \
    "{\"id\":1,\"name\":\"#1001\",\"currency\":\"EUR\",\"created_at\":\"2026-11-20T10:00:00Z\",\"total_price\":"       \
    "\"20.00\",\"line_items\":[{\"id\":1,\"sku\":\"SKU\",\"quantity\":2,\"price\":\"10.00\"}]}"

/* The job's message says this instead of nothing, and comes from the shop whose orders can be read. */
static inline void given_body(const struct uuid *job, const char *body)
{
    sql("update inbound_message m set body = convert_to($b$%s$b$, 'UTF8') from job j where j.message_id = m.message_id"
        " and j.job_id = '%s'; update connection c set connector = 'shopify' from job j"
        " where j.connection_id = c.connection_id and j.job_id = '%s'",
        body, id(job), id(job));
}

static inline struct uuid given_message(const struct tenant *t, const struct uuid *connection, const char *body)
{
    struct uuid m = uuid_new();

    sql("insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key,"
        " business_key, body, body_hash, received_at) values ('%s', '%s', '%s', '%s', 'orders/create', '%s',"
        " 'order:1', convert_to($b$%s$b$, 'UTF8'), sha256('x'), now())",
        id(&t->partner_id), id(&t->customer_id), id(&m), id(connection), id(&m), body);
    return m;
}

static inline struct uuid given_job(const struct tenant *t, const struct uuid *connection, const char *kind,
                                    const char *business_key)
{
    struct uuid m = given_message(t, connection, "{}");
    struct uuid j = uuid_new();

    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at) values ('%s', '%s', '%s', '%s', '%s', '%s', '%s', '%s', 0, now(),"
        " now() + interval '7 days', now())",
        id(&t->partner_id), id(&t->customer_id), id(&j), id(&m), id(connection), id(&j), kind, business_key);
    return j;
}
