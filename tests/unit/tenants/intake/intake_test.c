#include "intake/intake.h"

#include "crypto/crypto.h"

#include "sys/fiber.h"
#include "unit/tenants/tenant_kit.h"

struct world {
    struct tenant acme, globex;
    struct uuid acme_shop, globex_shop;
    struct db *db;
    struct intake *intake;
    size_t told; /* jobs the door would announce */
};

static void tell(void *arg, const struct intake_planned *v, size_t n)
{
    struct world *w = arg;

    CHECK(n > 0 && !uuid_is_nil(&v[0].job_id));
    w->told += n;
}

static void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->acme_shop = given_connection(&w->acme, "shopify");
    w->globex_shop = given_connection(&w->globex, "shopify");
    w->db = pool_as("tenon_intake");
    w->told = 0;
    w->intake = intake_open(w->db, tell, w);
    fiber_yield();
}

static void world_end(struct world *w)
{
    while (fiber_count() > 1) /* the writers */
        fiber_yield();
    intake_close(w->intake);
    db_close(w->db);
}

static struct intake_message message(struct world *w, bool acme, const char *dedupe, const char *body)
{
    return (struct intake_message){.tenant = acme ? w->acme : w->globex,
                                   .connection_id = acme ? w->acme_shop : w->globex_shop,
                                   .topic = "orders/create",
                                   .dedupe_key = dedupe,
                                   .business_key = "order:1",
                                   .kind = "order",
                                   .source_version = acme ? "2026-07" : NULL,
                                   .body = str_of(body)};
}

static enum err put(struct world *w, const struct intake_message *m, struct uuid *out)
{
    struct scope *sc = scope_new();
    enum err e = intake_put(sc, w->intake, m, out);

    if (e != OK)
        CHECK(scope_fault(sc)->retry_after_s > 0);
    scope_free(sc);
    return e;
}

#define MANY 600
struct sender {
    struct world *w;
    int i;
    enum err result;
};
static int sending;

static void send_one(void *arg)
{
    struct sender *s = arg;
    char dedupe[32];
    struct uuid message_id;
    struct intake_message m;

    snprintf(dedupe, sizeof(dedupe), "orders/create/%d", s->i);
    m = message(s->w, s->i % 2, dedupe, "{}");
    s->result = put(s->w, &m, &message_id);
    sending--;
}

static void send_many(struct world *w, struct sender *v, int n)
{
    sending = n;
    for (int i = 0; i < n; i++) {
        v[i] = (struct sender){w, i, ERR_INTERNAL};
        CHECK(fiber_start(send_one, &v[i]));
    }
    while (sending)
        fiber_sleep_us(1000);
}

TEST_IN_LOOP(many_messages_of_many_tenants_become_durable_in_few_transactions)
{
    static struct sender v[MANY];
    struct world w;

    world_make(&w);
    send_many(&w, v, MANY);
    for (int i = 0; i < MANY; i++)
        CHECK_OK(v[i].result);
    CHECK_STR(sql("select count(*), count(distinct xmin::text) from inbound_message"), "600|3");
    CHECK_STR(sql("select count(*) from inbound_message m join job j using (partner_id, customer_id, message_id)"
                  " where j.state = 'ready' and j.origin_key = m.dedupe_key and j.run_at = m.received_at"),
              "600");
    CHECK_STR(sql("select count(*), bool_and(job_id > before), bool_and(abs(extract(epoch from created_at) * 1000 -"
                  " ('x' || left(translate(job_id::text, '-', ''), 12))::bit(48)::bigint) < 2000),"
                  " bool_and(job_id::text ~ '^.{14}7.{4}[89ab]') from (select job_id, created_at, lag(job_id) over "
                  "(partition by"
                  " xmin::text order by message_id) as before from job) j"),
              "600|t|t|t"); /* as they came, and by the database's clock */
    CHECK_STR(sql("select count(*) from inbound_message where partner_id = '%s'", id(&w.acme.partner_id)), "300");
    CHECK_STR(sql("select string_agg(distinct source_version, ' ') from inbound_message where partner_id = '%s'",
                  id(&w.acme.partner_id)),
              "2026-07");
    CHECK_STR(sql("select count(*) from inbound_delivery"), "0");
    CHECK_INT(w.told, MANY);
    world_end(&w);
}

TEST_IN_LOOP(a_repeat_is_recorded_and_starts_nothing)
{
    struct intake_message m;
    struct uuid first, second;
    struct world w;

    world_make(&w);
    m = message(&w, true, "orders/create/1", "{\"id\":1}");
    CHECK_OK(put(&w, &m, &first));
    CHECK_OK(put(&w, &m, &second));
    CHECK_STR(sql("select message_id from inbound_message"), id(&first));
    CHECK_STR(sql("select message_id from job"), id(&first));
    CHECK_STR(sql("select delivery_id, dedupe_key from inbound_delivery"),
              arena_f(test_scope()->arena, "%s|orders/create/1", id(&second)));
    m = message(&w, false, "orders/create/1", "{\"id\":1}"); /* another's delivery of that name is another */
    CHECK_OK(put(&w, &m, &second));
    CHECK_STR(sql("select count(*) from job"), "2");
    world_end(&w);
}

TEST_IN_LOOP(another_body_under_a_known_id_changes_nothing_and_is_noted)
{
    struct intake_message m;
    struct uuid message_id;
    struct world w;

    world_make(&w);
    m = message(&w, true, "orders/create/1", "first");
    CHECK_OK(put(&w, &m, &message_id));
    m = message(&w, true, "orders/create/1", "second");
    CHECK_OK(put(&w, &m, &message_id));
    CHECK_STR(sql("select convert_from(body, 'UTF8') from inbound_message"), "first");
    CHECK_STR(sql("select count(*) from job"), "1");
    CHECK_STR(sql("select d.body_hash <> m.body_hash from inbound_message m join inbound_delivery d"
                  " using (partner_id, customer_id, connection_id, dedupe_key)"),
              "t");
    world_end(&w);
}

static void send_same(void *arg)
{
    struct sender *s = arg;
    struct intake_message m = message(s->w, true, "orders/create/1", "{}");
    struct uuid message_id;

    s->result = put(s->w, &m, &message_id);
    sending--;
}

TEST_IN_LOOP(repeats_within_one_batch_are_repeats_too)
{
    struct sender v[20];
    struct world w;

    world_make(&w);
    sending = ARRAY_LEN(v);
    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        v[i] = (struct sender){.w = &w, .result = ERR_INTERNAL};
        CHECK(fiber_start(send_same, &v[i]));
    }
    while (sending)
        fiber_sleep_us(1000);
    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        CHECK_OK(v[i].result);
    CHECK_STR(sql("select (select count(*) from inbound_message), (select count(*) from job),"
                  " (select count(*) from inbound_delivery d where not exists"
                  "  (select from inbound_message m where m.message_id = d.delivery_id))"),
              "1|1|19");
    world_end(&w);
}

TEST_IN_LOOP(a_message_without_a_kind_is_kept_and_nothing_follows)
{
    struct intake_message m;
    struct uuid message_id;
    struct world w;

    world_make(&w);
    m = message(&w, true, "app/uninstalled/1", "{}");
    m.kind = m.business_key = NULL;
    CHECK_OK(put(&w, &m, &message_id));
    CHECK_STR(sql("select (select count(*) from inbound_message), (select count(*) from job)"), "1|0");
    CHECK_INT(w.told, 0);
    world_end(&w);
}

TEST_IN_LOOP(without_postgresql_the_sender_is_asked_to_come_again)
{
    struct intake_message m;
    struct uuid message_id;
    enum err e = OK;
    struct world w;

    world_make(&w);
    m = message(&w, true, "orders/create/1", "{}");
    CHECK_OK(put(&w, &m, &message_id));
    test_pg_stop();
    m = message(&w, true, "orders/create/2", "{}");
    CHECK_ERR(put(&w, &m, &message_id), ERR_UNAVAILABLE);
    CHECK_ERR(put(&w, &m, &message_id), ERR_UNAVAILABLE);
    test_pg_start();
    for (int i = 0; i < 200 && (e = put(&w, &m, &message_id)) != OK; i++)
        fiber_sleep_us(20000); /* until the pool has noticed */
    CHECK_OK(e);
    CHECK_INT(w.told, 2);
    world_end(&w);
}

TEST_IN_LOOP(without_room_for_a_writer_the_sender_is_asked_to_come_again)
{
    struct intake_message m;
    struct uuid message_id;
    struct world w;

    world_make(&w);
    m = message(&w, true, "orders/create/1", "{}");
    fiber_cap_set(1);
    CHECK_ERR(put(&w, &m, &message_id), ERR_UNAVAILABLE);
    fiber_cap_set(16384);
    CHECK_OK(put(&w, &m, &message_id));
    world_end(&w);
}

static void send_bad(void *arg)
{
    struct sender *s = arg;
    struct intake_message m = message(s->w, true, "orders/create/bad", "{}");
    struct uuid message_id;

    m.connection_id = uuid_new(); /* one that is gone */
    s->result = put(s->w, &m, &message_id);
    sending--;
}

TEST_IN_LOOP(a_message_that_cannot_be_stored_fails_alone)
{
    struct sender v[10];
    struct world w;

    world_make(&w);
    sending = ARRAY_LEN(v);
    for (int i = 0; i < (int)ARRAY_LEN(v); i++) {
        v[i] = (struct sender){&w, i, ERR_INTERNAL};
        CHECK(fiber_start(i == 4 ? send_bad : send_one, &v[i]));
    }
    while (sending)
        fiber_sleep_us(1000);
    for (int i = 0; i < (int)ARRAY_LEN(v); i++)
        CHECK_ERR(v[i].result, i == 4 ? ERR_UNAVAILABLE : OK);
    CHECK_STR(sql("select (select count(*) from inbound_message), (select count(*) from job)"), "9|9");
    CHECK_INT(w.told, 9);
    world_end(&w);
}
