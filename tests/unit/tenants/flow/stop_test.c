#include <stdio.h>

#include "flow_kit.h"

/* A shop whose orders read well, and an ERP nobody has given us a password for. */
static const struct connector_source shop_source = {.reference_prefix = "SHOP-"};
static const struct connector_erp books_erp = {.concurrency = 4};
static const struct connector shop = {.name = "shopify", .title = "Shop", .source = &shop_source};
static const struct connector books = {.name = "books", .title = "Books", .erp = &books_erp};
static const struct connector *const registry[] = {&shop, &books, NULL};

static struct uuid given_claimed(struct world *w, struct flow_job *out)
{
    struct uuid to, j;

    CHECK_OK(crypto_start(test_scope()));
    connect_registry = registry;
    world_make(w);
    to = given_connection(&w->t, "books");
    sql("update connection set destination_id = '%s' where connection_id = '%s'", id(&to), id(&w->connection));
    j = given_job(&w->t, &w->connection, "order", "order:1");
    given_body(&j, ORDER_BODY);
    CHECK_INT(claim(w, &w->me, &j, 1, out), 1);
    out->kind = "order";
    out->business_key = "order:1";
    return j;
}

static enum err run(struct world *w, struct flow_job *job)
{
    struct scope *sc = scope_in(w->work, NULL);
    enum err e = flow_run(sc, job);

    scope_free(sc);
    return e;
}

static void again(struct world *w, struct flow_job *job)
{
    struct uuid j = job->job_id;

    finish(w, job, "ready", 0, NULL);
    CHECK_INT(claim(w, &w->me, &j, 1, job), 1);
    job->kind = "order";
    job->business_key = "order:1";
}

static void stopped(struct world *w, const struct flow_job *job, bool dead, const char *why)
{
    struct scope *sc = scope_in(w->work, NULL);

    CHECK_OK(flow_stopped(sc, job, dead, why));
    scope_free(sc);
}

/* Frees it as the API would, and ends the transaction. */
static enum err release(struct world *w, const struct tenant *t, const char *order)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, t);
    struct uuid order_id = {{0}}, customer;
    enum err e;

    (void)w;
    CHECK(uuid_parse(order, strlen(order), &order_id));
    e = flow_release(sc, &order_id, "by the API key \"tests\"", &customer);
    if (e == OK)
        CHECK_OK(db_commit(sc));
    db_rollback(sc);
    scope_free(sc);
    db_close(api);
    return e;
}

static const char *timeline(void)
{
    return sql("select string_agg(hop, ' ' order by event_id) from order_event");
}

TEST_IN_LOOP(a_try_that_goes_as_the_one_before_adds_nothing)
{
    struct flow_job job;
    struct world w;

    given_claimed(&w, &job);
    CHECK(run(&w, &job) != OK);
    CHECK_STR(sql("select state, row_version from sales_order"), "held|2");
    CHECK_STR(timeline(), "received canonical held");
    for (int i = 0; i < 5; i++) {
        sql("update sales_order set state = 'received', held_reason = null"); /* as it is while a job waits */
        again(&w, &job);
        CHECK(run(&w, &job) != OK);
    }
    CHECK_STR(timeline(), "received canonical held");
    world_end(&w);
}

TEST_IN_LOOP(an_order_is_held_once_for_one_reason)
{
    struct flow_job job;
    struct world w;

    given_claimed(&w, &job);
    stopped(&w, &job, false, "cannot be read");
    stopped(&w, &job, false, "cannot be read");
    CHECK_STR(sql("select state, number, held_reason, placed_at, record_id, row_version from sales_order"),
              "held|1|cannot be read|||1");
    CHECK_STR(timeline(), "held");
    stopped(&w, &job, true, "the ERP is away");
    CHECK_STR(sql("select state, held_reason from sales_order"), "held|given up after 1 tries: the ERP is away");
    CHECK(run(&w, &job) != OK); /* now it can be read */
    CHECK_STR(sql("select number, record_id is not null, placed_at is not null, total_minor from sales_order"),
              "#1001|t|t|2000");
    world_end(&w);
}

/* One that could not be read says no version: the one that came last is the newest that is known. */
TEST_IN_LOOP(every_delivery_that_was_stopped_for_one_reason_is_let_go_with_its_order)
{
    struct flow_job first, second;
    char order[64];
    struct uuid j;
    struct world w;

    given_claimed(&w, &first);
    stopped(&w, &first, false, "cannot be read");
    finish(&w, &first, "held", 0, NULL);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    given_body(&j, ORDER_BODY);
    CHECK_INT(claim(&w, &w.me, &j, 1, &second), 1);
    second.kind = "order";
    second.business_key = "order:1";
    stopped(&w, &second, false, "cannot be read");
    finish(&w, &second, "held", 0, NULL);
    CHECK_STR(timeline(), "held held");
    CHECK_STR(sql("select newest_job_id from sales_order"), id(&j));
    snprintf(order, sizeof(order), "%s", sql("select order_id from sales_order"));
    CHECK_OK(release(&w, &w.t, order));
    CHECK_STR(sql("select state, count(*) from job group by state"), "ready|2");
    j = first.job_id;
    CHECK_INT(claim(&w, &w.me, &j, 1, &first), 1);
    first.kind = "order";
    first.business_key = "order:1";
    CHECK_OK(run(&w, &first));
    CHECK(first.superseded);
    CHECK_STR(timeline(), "held held released superseded");
    world_end(&w);
}

TEST_IN_LOOP(a_delivered_order_stays_so_and_its_timeline_tells_of_what_could_not_be_read)
{
    struct flow_job job;
    struct world w;

    given_claimed(&w, &job);
    CHECK(run(&w, &job) != OK);
    sql("update sales_order set state = 'delivered', held_reason = null, delivered_at = now()");
    stopped(&w, &job, false, "cannot be read");
    CHECK_STR(sql("select state, held_reason from sales_order"), "delivered|");
    CHECK_STR(timeline(), "received canonical held held");
    world_end(&w);
}

TEST_IN_LOOP(a_person_releases_a_held_order_once)
{
    struct tenant globex, whole;
    char order[64];
    struct flow_job job;
    struct uuid j;
    struct world w;

    j = given_claimed(&w, &job);
    globex = given_tenant("globex");
    whole = (struct tenant){true, false, w.t.partner_id, {{0}}};
    stopped(&w, &job, false, "cannot be read");
    snprintf(order, sizeof(order), "%s", sql("select order_id from sales_order"));
    CHECK_ERR(release(&w, &w.t, order), ERR_CONFLICT); /* its job is not held yet */
    CHECK_STR(sql("select state from sales_order"), "held");
    finish(&w, &job, "held", 0, NULL);
    sql("update job set crashes = 3, suspect = true, deadline_at = now() - interval '1 hour'");
    CHECK_ERR(release(&w, &globex, order), ERR_NOT_FOUND);
    CHECK_OK(release(&w, &whole, order));
    CHECK_STR(sql("select state, crashes, suspect, deadline_at > now() + interval '6 days', reason from job"),
              "ready|0|t|t|");
    CHECK_STR(sql("select state, held_reason from sales_order"), "received|");
    CHECK_STR(sql("select hop, detail from order_event order by event_id desc limit 1"),
              "released|by the API key \"tests\"");
    CHECK_ERR(release(&w, &w.t, order), ERR_CONFLICT);
    CHECK_STR(timeline(), "held released");
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    world_end(&w);
}

/* More things are made for one order than a short list of events would hold, and one of them was never told. */
TEST_IN_LOOP(every_change_made_for_an_order_is_its_evidence)
{
    struct order_full full;
    struct flow_job job;
    struct scope *sc;
    struct uuid order_id = {{0}};
    struct world w;

    given_claimed(&w, &job);
    CHECK(run(&w, &job) != OK);
    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state) select partner_id, customer_id, gen_random_uuid(), connection_id, 'product.create',"
        " 'SKU-' || n, job_id, 1, 'planned' from job, generate_series(1, 300) n");
    sc = scope_in(w.work, &w.t);
    CHECK(uuid_parse(sql("select order_id from sales_order"), UUID_TEXT_LEN, &order_id));
    CHECK_OK(order_get(sc, &order_id, &full));
    CHECK_INT(full.effect_count, 300);
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_try_tells_more_than_a_hundred_events)
{
    struct uuid order_id = {{0}};
    struct order_events events;
    struct order_full full;
    struct flow_job job;
    struct scope *sc;
    struct world w;

    given_claimed(&w, &job);
    CHECK(run(&w, &job) != OK);
    CHECK(uuid_parse(sql("select order_id from sales_order"), UUID_TEXT_LEN, &order_id));
    sc = scope_in(w.work, &w.t);
    events = (struct order_events){.arena = sc->arena};
    for (int i = 0; i < 700; i++)
        order_note(&events, "sent", arena_f(sc->arena, "%d", i), NULL);
    CHECK_OK(order_events_write(sc, &order_id, &job.job_id, 1, &job.message_id, &events));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from order_event where hop = 'sent'"), "700");
    CHECK_OK(order_get(sc, &order_id, &full));
    CHECK_INT(full.hop_count, 500);
    CHECK_STR(full.hops[499].detail, "699"); /* the end is what is shown */
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}
