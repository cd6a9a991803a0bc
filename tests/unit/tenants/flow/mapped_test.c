#include <stdio.h>

#include "passage_kit.h"
#include "sys/fiber.h"
#include "xref/xref.h"

/* Orders through a customer's own mapping. */

#define RULES "{\"to\":\"/natural_key\",\"expr\":\"id\"}," RULES_BUT_KEY
#define RULES_BUT_KEY                                                                                                  \
    "{\"to\":\"/currency\",\"expr\":\"currency\"},"                                                                    \
    "{\"to\":\"/placed_at\",\"expr\":\"created_at\"},{\"to\":\"/updated_at\",\"expr\":\"updated_at\"},"                \
    "{\"to\":\"/customer/key\",\"expr\":\"customer.id\"},"                                                             \
    "{\"to\":\"/customer/name\",\"expr\":\"customer.first_name\"},"                                                    \
    "{\"to\":\"/total\",\"expr\":\"total_price\"},{\"to\":\"/lines\",\"each\":\"line_items\"},"                        \
    "{\"to\":\"/lines/*/key\",\"expr\":\"id\"},{\"to\":\"/lines/*/quantity\",\"expr\":\"quantity\"},"                  \
    "{\"to\":\"/lines/*/unit_price\",\"expr\":\"price\"}"
#define SKU_AS_IT_IS ",{\"to\":\"/lines/*/sku\",\"expr\":\"sku\"}"
#define SKU_LOOKED_UP(miss)                                                                                            \
    ",{\"to\":\"/lines/*/sku\",\"lookup\":{\"table\":\"sku\",\"key\":\"sku\",\"miss\":" miss "}}"
#define NUMBERED(expr) ",{\"to\":\"/number\",\"expr\":\"" expr "\"}"
#define DOCUMENT(rules)                                                                                                \
    "{\"format\":\"mapping/1\",\"source\":{\"system\":\"shopify\",\"object\":\"order\"},\"target\":\"sales_order/1\"," \
    "\"rules\":[" rules "]}"

#define HELD_ORDERS 17

static struct uuid mapping;

static void by(int number, const char *document)
{
    if (number == 1)
        mapping = uuid_new();
    given_mapping(&shop.t, &shop.source, &mapping, number, document);
}

static void bodies_say(const char *pattern, const char *in_place)
{
    sql("update inbound_message set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), '%s', '%s'), 'UTF8')",
        pattern, in_place);
}

/* As the API does it: whoever waits for words of the table goes on. */
static size_t released(const struct uuid *table)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &shop.t);
    size_t out = 0;

    CHECK_OK(flow_answered(sc, &shop.t.customer_id, table, "tests", &out));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(api);
    return out;
}

/* What one delivery alone says. */
static void body_says(const struct uuid *job, const char *text, const char *in_place)
{
    sql("update inbound_message set body = convert_to(replace(convert_from(body, 'UTF8'), '%s', '%s'), 'UTF8')"
        " where message_id = (select message_id from job where job_id = '%s')",
        text, in_place, id(job));
}

static void person_releases(void)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &shop.t);
    struct uuid order, customer;

    CHECK(uuid_parse(sql("select order_id from sales_order"), UUID_TEXT_LEN, &order));
    CHECK_OK(flow_release(sc, &order, "tests", &customer));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    db_close(api);
}

static const char *ready(void)
{
    return sql("select count(*) filter (where state = 'ready'), count(*) from job");
}

SHOP_TEST(an_order_goes_through_the_mapping_of_its_connection_and_says_so)
{
    struct uuid job = shop_sends(1, 2, 1);

    by(1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("\\\"ours \\\" & name")));
    CHECK_OK(tries(&job));
    CHECK_STR(order_is(), "delivered||3998");
    CHECK_STR(sql("select number from sales_order"), "ours #1");
    CHECK_STR(sql("select mapping_id, mapping_version, length(mapping_hash) from canonical_record"),
              arena_f(test_scope()->arena, "%s|1|32", id(&mapping)));
}

SHOP_TEST(without_one_of_its_own_an_order_goes_through_the_shipped_mapping)
{
    struct uuid job = shop_sends(1, 2, 1);

    CHECK_OK(tries(&job));
    CHECK_STR(sql("select mapping_id, mapping_version, length(mapping_hash) from canonical_record"), "||32");
}

/* 17 orders wait for one SKU: one entry lets all of them go on, once and in the order in which they came. */
SHOP_TEST(what_waits_for_one_word_goes_on_once_and_in_order_when_it_comes)
{
    struct uuid jobs[HELD_ORDERS], sku = given_xref(&shop.t, "sku");

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name & \\\"/\\\" & id")));
    for (int i = 0; i < HELD_ORDERS; i++)
        jobs[i] = shop_sends(i + 1, 1, 1);
    bodies_say("SKU-[0-9]+", "RED mug");
    for (int i = 0; i < HELD_ORDERS; i++) {
        CHECK_ERR(tries(&jobs[i]), ERR_HOLD);
        CHECK_ERR(tries(&jobs[i]), ERR_HOLD); /* a second try changes nothing */
    }
    CHECK_STR(sql("select count(*), min(held_reason), max(held_reason) from sales_order where state = 'held'"),
              "17|sku has no entry for \"RED mug\"|sku has no entry for \"RED mug\"");
    CHECK_STR(sql("select key, (select count(*) from xref_waiting) from xref_miss where resolved_at is null"),
              "RED mug|17");
    CHECK_INT(released(&sku), 0);
    given_xref_entry(&sku, "red mug", "red mug", "MUG-R");
    CHECK_INT(released(&sku), HELD_ORDERS);
    CHECK_INT(released(&sku), 0);
    CHECK_STR(
        sql("select count(*), count(*) filter (where place = number) from (select row_number() over (order by run_at)"
            " as place, right(business_key, 2)::int as number from job where state = 'ready') x"),
        "17|17");
    for (int i = 0; i < HELD_ORDERS; i++)
        CHECK_OK(tries(&jobs[i]));
    CHECK_STR(sql("select count(*) from sales_order where state = 'delivered'"), "17");
    CHECK_INT(erp_count("sales"), HELD_ORDERS);
    CHECK_INT(erp_count("duplicate_references"), 0);
    CHECK_STR(sql("select distinct body::jsonb #>> '{lines,0,sku}' from canonical_record"), "MUG-R");
}

/* However many words it lacks that it has a default for. */
SHOP_TEST(an_order_that_lacks_one_word_among_a_thousand_waits_for_that_one)
{
    struct uuid job = shop_sends(1, 1, 1);

    given_xref(&shop.t, "sku");
    by(1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("($map([1..1001], function($i) { $xref(\\\"sku\\\", \\\"z\\\" & $i, "
                                               "\\\"d\\\") }); $xref(\\\"sku\\\", \\\"nope\\\"))")));
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(sql("select state, held_reason, (select string_agg(key, ' ') from xref_miss) from sales_order"),
              "held|sku has no entry for \"nope\"|nope");
}

SHOP_TEST(an_order_that_lacks_two_words_waits_for_both)
{
    struct uuid job = shop_sends(1, 1, 1), sku = given_xref(&shop.t, "sku"), state = given_xref(&shop.t, "state");

    by(1,
       DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name") ",{\"to\":\"/note\",\"lookup\":{\"table\":\"state\","
                                                                 "\"key\":\"name\",\"miss\":\"hold\"}}"));
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(sql("select held_reason from sales_order"),
              "sku has no entry for \"SKU-0001\", and 1 more word is in no cross reference");
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "A");
    CHECK_INT(released(&sku), 0);
    given_xref_entry(&state, "#1", "#1", "B");
    CHECK_INT(released(&state), 1);
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select body::jsonb ->> 'note' from canonical_record"), "B");
}

/* The second delivery of an order says what the first one should have. */
SHOP_TEST(an_order_that_has_come_through_waits_for_nothing)
{
    struct uuid first = shop_sends(1, 1, 1), second, sku = given_xref(&shop.t, "sku");

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    given_xref_entry(&sku, "B", "b", "B");
    CHECK_ERR(tries(&first), ERR_HOLD);
    second = shop_sends(1, 1, 2);
    body_says(&second, "SKU-0001", "B");
    CHECK_OK(tries(&second));
    CHECK_STR(sql("select count(*) from xref_waiting where released_at is null"), "0");
}

/* ---- an entry comes while a delivery of an order that waits for it is under way ---- */

struct meeting {
    struct uuid sku, job;
    bool added;
    unsigned left;
    size_t released;
    enum err adds, goes;
};

static enum err add_and_release(struct scope *sc, struct meeting *m)
{
    struct xref_table t;
    struct xref_entry e = {.entry_id = uuid_new(),
                           .key = "SKU-0001",
                           .value = "MUG",
                           .valid_from_us = INT64_MIN,
                           .valid_to_us = INT64_MIN,
                           .changed_by = "tests"};

    TRY(sc, xref_table_get(sc, &m->sku, &t));
    TRY(sc, xref_entry_add(sc, &t, &e));
    m->added = true;
    fiber_sleep_us(400000); /* the other one has got as far as it can */
    TRY(sc, flow_answered(sc, &t.customer_id, &t.table_id, "tests", &m->released));
    return db_commit(sc);
}

static void entry_comes(void *arg)
{
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &shop.t);
    struct meeting *m = arg;

    m->adds = add_and_release(sc, m);
    db_rollback(sc);
    scope_free(sc);
    db_close(api);
    m->left--;
}

static void delivery_comes(void *arg)
{
    struct meeting *m = arg;
    struct scope *sc = scope_in(shop.work, NULL);
    struct flow_job *claimed = ARENA_NEW(sc->arena, struct flow_job);

    while (!m->added)
        fiber_sleep_us(1000);
    shop_claim(&m->job, sc, claimed);
    sc->deadline_us = loop_now_us() + 180000000;
    m->goes = flow_run(sc, claimed);
    scope_free(sc);
    m->left--;
}

/* Both lock the cross reference first and the order after it. */
SHOP_TEST(an_entry_and_a_later_delivery_of_the_order_that_waits_for_it_do_not_wait_for_each_other)
{
    struct uuid first = shop_sends(1, 1, 1);
    struct meeting m = {.sku = given_xref(&shop.t, "sku"), .left = 2};

    given_xref_entry(&m.sku, "B", "b", "B");
    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("$xref(\\\"sku\\\", name, \\\"none\\\")")));
    CHECK_ERR(tries(&first), ERR_HOLD);
    m.job = shop_sends(1, 2, 2);
    body_says(&m.job, "SKU-0001", "B");
    CHECK(fiber_start(entry_comes, &m) && fiber_start(delivery_comes, &m));
    while (m.left)
        fiber_sleep_us(10000);
    CHECK_ERR(m.adds, OK);
    CHECK_ERR(m.goes, OK);
    CHECK_INT(m.released, 1);
    CHECK_STR(erp_sales(), "processing 39.98");
}

/* ---- an order of which more than one delivery is held ---- */

/* A shop tells of an order when it is made and again when it is changed, and both lack the word. */
SHOP_TEST(of_two_deliveries_that_wait_for_a_word_the_newer_is_sold_once_it_comes)
{
    struct uuid sku = given_xref(&shop.t, "sku"), made = shop_sends(1, 1, 1), changed = shop_sends(1, 3, 2);

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    CHECK_ERR(tries(&made), ERR_HOLD);
    CHECK_ERR(tries(&changed), ERR_HOLD);
    CHECK_STR(sql("select hop, detail, count(distinct job_id) from order_event group by 1, 2"),
              "held|sku has no entry for \"SKU-0001\"|2");
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "MUG");
    CHECK_INT(released(&sku), 1);
    CHECK_STR(ready(), "2|2");
    CHECK_OK(tries(&made));
    CHECK_INT(erp_count("sales"), 0);
    CHECK_OK(tries(&changed));
    CHECK_STR(erp_sales(), "processing 59.97");
    CHECK_STR(order_is(), "delivered||5997");
}

SHOP_TEST(of_two_deliveries_that_came_in_the_wrong_order_the_newer_is_sold)
{
    struct uuid sku = given_xref(&shop.t, "sku"), changed = shop_sends(1, 3, 2), made = shop_sends(1, 1, 1);

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    CHECK_ERR(tries(&changed), ERR_HOLD);
    CHECK_OK(tries(&made)); /* there is nothing to do about it */
    CHECK_STR(order_is(), "held|sku has no entry for \"SKU-0001\"|");
    CHECK_STR(sql("select hop from order_event order by event_id desc limit 1"), "superseded");
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "MUG");
    CHECK_INT(released(&sku), 1);
    CHECK_OK(tries(&changed));
    CHECK_STR(erp_sales(), "processing 59.97");
}

/* The shop's clock has whole seconds. */
SHOP_TEST(of_two_deliveries_of_one_moment_the_later_one_is_sold)
{
    struct uuid sku = given_xref(&shop.t, "sku"), made = shop_sends(1, 1, 1), changed = shop_sends(1, 3, 1);

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    CHECK_ERR(tries(&made), ERR_HOLD);
    CHECK_ERR(tries(&changed), ERR_HOLD);
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "MUG");
    CHECK_INT(released(&sku), 1);
    CHECK_OK(tries(&made));
    CHECK_OK(tries(&changed));
    CHECK_STR(erp_sales(), "processing 59.97");
}

/* What the older one lacked is no concern of the order any more. */
SHOP_TEST(an_order_waits_for_what_its_newest_delivery_lacks_and_for_nothing_else)
{
    struct uuid sku = given_xref(&shop.t, "sku"), made = shop_sends(1, 1, 1), changed = shop_sends(1, 3, 2);

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    body_says(&changed, "SKU-0001", "OTHER");
    CHECK_ERR(tries(&made), ERR_HOLD);
    CHECK_ERR(tries(&changed), ERR_HOLD);
    CHECK_STR(order_is(), "held|sku has no entry for \"OTHER\"|");
    person_releases();
    CHECK_STR(ready(), "2|2");
    CHECK_OK(tries(&made));
    CHECK_ERR(tries(&changed), ERR_HOLD);
    CHECK_STR(order_is(), "held|sku has no entry for \"OTHER\"|");
    given_xref_entry(&sku, "OTHER", "other", "MUG");
    CHECK_INT(released(&sku), 1);
    CHECK_OK(tries(&changed));
    CHECK_STR(erp_sales(), "processing 59.97");
    CHECK_STR(sql("select count(*) from xref_waiting where released_at is null"), "0");
}

/* The order is sold, and its later version lacks a word: that version is kept once the word comes. */
SHOP_TEST(a_later_delivery_of_a_sold_order_goes_on_too_when_its_word_comes)
{
    struct uuid sku = given_xref(&shop.t, "sku"), made = shop_sends(1, 1, 1), changed;

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "MUG");
    CHECK_OK(tries(&made));
    changed = shop_sends(1, 3, 2);
    body_says(&changed, "SKU-0001", "OTHER");
    CHECK_ERR(tries(&changed), ERR_HOLD);
    given_xref_entry(&sku, "OTHER", "other", "CUP");
    CHECK_INT(released(&sku), 0); /* the order itself was not held */
    CHECK_STR(ready(), "1|2");
    CHECK_OK(tries(&changed));
    CHECK_STR(sql("select count(*), (select state from sales_order) from canonical_record"), "2|delivered");
    CHECK_STR(erp_sales(), "processing 19.99");
}

/* An order is looked up at its own time, now and whenever it is tried again. */
SHOP_TEST(an_order_whose_word_is_entered_for_later_times_alone_stays_held_and_says_why)
{
    struct uuid job = shop_sends(1, 1, 1), sku = given_xref(&shop.t, "sku");
    int64_t again_us;

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    CHECK_ERR(tries(&job), ERR_HOLD);
    given_xref_entry(&sku, "SKU-0001", "sku-0001", "MUG");
    sql("update xref_entry set valid_from = now() + interval '1 hour'");
    CHECK_INT(released(&sku), 0);
    CHECK_INT(released(&sku), 0);
    CHECK_STR(sql("select state, regexp_replace(held_reason, '20[-0-9T:]+Z', 'TIME') from sales_order"),
              "held|sku has an entry for \"SKU-0001\", but none that is valid at TIME, when the order came");
    CHECK_STR(sql("select count(*) from order_event where hop = 'held' and detail like '%%, when the order came'"),
              "1");
    person_releases();
    CHECK_ERR(try_once(&job, &again_us), ERR_HOLD); /* and is not tried for ever */
    CHECK_STR(sql("select state, regexp_replace(held_reason, '20[-0-9T:]+Z', 'TIME') from sales_order"),
              "held|sku has an entry for \"SKU-0001\", but none that is valid at TIME, when the order came");
    CHECK_STR(sql("select count(*), (select count(*) from xref_waiting where released_at is null) from xref_miss"
                  " where resolved_at is null"),
              "1|1");
    sql("update xref_entry set valid_from = null");
    CHECK_INT(released(&sku), 1);
    CHECK_OK(tries(&job));
    CHECK_STR(order_is(), "delivered||1999");
}

SHOP_TEST(what_has_a_default_is_sold_though_no_entry_could_ever_answer_it)
{
    struct uuid job = shop_sends(1, 1, 1);

    given_xref(&shop.t, "sku");
    bodies_say("SKU-[0-9]+", " ");
    by(1, DOCUMENT(RULES SKU_LOOKED_UP("{\"default\":\"MISC\"}") NUMBERED("name")));
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select state, (select count(*) from xref_miss) from sales_order"), "delivered|0");
}

SHOP_TEST(a_default_is_counted_where_the_word_is_missing_and_nobody_waits)
{
    struct uuid first = shop_sends(1, 1, 1), second = shop_sends(2, 1, 1);

    given_xref(&shop.t, "sku");
    by(1, DOCUMENT(RULES SKU_LOOKED_UP("{\"default\":\"MISC\"}") NUMBERED("name")));
    CHECK_OK(tries(&first));
    CHECK_OK(tries(&second));
    CHECK_OK(tries(&first)); /* another try of the same is no other order */
    CHECK_STR(sql("select key, seen, (select count(*) from xref_waiting) from xref_miss"), "SKU-0001|2|0");
}

SHOP_TEST(a_mapping_cannot_give_an_order_another_key_than_its_source)
{
    struct uuid job = shop_sends(1, 1, 1);
    struct scope *sc = scope_in(shop.work, NULL);
    struct flow_job *claimed = ARENA_NEW(sc->arena, struct flow_job);

    by(1, DOCUMENT("{\"to\":\"/natural_key\",\"expr\":\"name\"}," RULES_BUT_KEY SKU_AS_IT_IS NUMBERED("name")));
    shop_claim(&job, sc, claimed);
    CHECK_ERR(flow_run(sc, claimed), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message,
              "the mapping gives the order the natural key \"#1\", and its source calls it 5800000000001");
    CHECK_INT(erp_count("sales"), 0);
    scope_free(sc);
}

/* What is empty is none, and a column that needs a number has one all the same. */
SHOP_TEST(an_order_whose_number_comes_out_empty_is_held_by_the_name_of_its_key)
{
    struct uuid job = shop_sends(1, 1, 1);

    by(1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("\\\"\\\"")));
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(sql("select state, number, held_reason from sales_order"),
              "held|5800000000001|/number of the order cannot be empty");
}

SHOP_TEST(an_order_in_no_currency_is_held_and_kept)
{
    struct uuid job = shop_sends(1, 1, 1);

    bodies_say("\"currency\":\"USD\"", "\"currency\":\"\"");
    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK_STR(sql("select state, currency, held_reason from sales_order"),
              "held||the currency \"\" is not one we know");
}

SHOP_TEST(a_job_goes_on_with_the_version_it_began_with_until_it_is_released)
{
    struct uuid job = shop_sends(1, 1, 1);
    int64_t again_us;

    by(1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("\\\"v1 \\\" & name")));
    by(2, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("\\\"v2 \\\" & name")));
    erp_connection_becomes("revoked");
    CHECK(try_once(&job, &again_us) != OK);
    sql("update mapping set current_version = 2");
    CHECK(try_once(&job, &again_us) != OK);
    CHECK_STR(sql("select number, (select count(*) from canonical_record) from sales_order"), "v1 #1|1");
    erp_connection_becomes("active");
    person_releases();
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select number, (select max(mapping_version) from canonical_record) from sales_order"), "v2 #1|2");
}

SHOP_TEST(a_job_that_began_with_the_shipped_mapping_goes_on_with_it_until_it_is_released)
{
    struct uuid job = shop_sends(1, 1, 1);
    int64_t again_us;

    erp_connection_becomes("revoked");
    CHECK(try_once(&job, &again_us) != OK);
    by(1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("\\\"ours \\\" & name")));
    CHECK(try_once(&job, &again_us) != OK);
    CHECK_STR(sql("select number, (select count(*) from canonical_record) from sales_order"), "#1|1");
    erp_connection_becomes("active");
    sql("update sales_order set state = 'held', held_reason = 'x'");
    person_releases();
    CHECK_OK(tries(&job));
    CHECK_STR(sql("select number, (select max(mapping_version) from canonical_record) from sales_order"), "ours #1|1");
}

static void map_by(struct scope *sc, int32_t version, struct live_mapped *out)
{
    struct live_in in = {
        .system = "shopify", .object = "order", .record_key = STR("1"), .choice = {true, mapping, 0, version, 0, 0}};
    const struct doc *d;

    CHECK_OK(doc_parse(sc, STR(ORDER_BODY), &d));
    CHECK_OK(live_map(sc, &in, d, out));
}

static void map_one(struct scope *sc, struct live_mapped *out)
{
    map_by(sc, 1, out);
}

/* An order on its way keeps what it was mapped by. */
SHOP_TEST(more_mappings_may_be_in_use_at_once_than_a_thread_keeps)
{
    struct scope *in_use[LIVE_SLOTS + 6];
    struct live_mapped m;

    for (int i = 0; i < LIVE_SLOTS + 6; i++) {
        by(i + 1, DOCUMENT(RULES SKU_AS_IT_IS NUMBERED("name")));
        in_use[i] = scope_in(shop.work, &shop.t);
        map_by(in_use[i], i + 1, &m);
        CHECK_INT(m.version, i + 1);
    }
    for (int i = 0; i < LIVE_SLOTS + 6; i++)
        scope_free(in_use[i]);
    in_use[0] = scope_in(shop.work, &shop.t);
    map_by(in_use[0], 1, &m);
    CHECK_INT(m.version, 1);
    scope_free(in_use[0]);
}

SHOP_TEST(what_was_looked_up_stays_when_its_table_is_read_anew)
{
    struct uuid sku = given_xref(&shop.t, "sku");
    struct scope *sc = scope_in(shop.work, &shop.t), *other = scope_in(shop.work, &shop.t);
    struct live_mapped first, second;

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    given_xref_entry(&sku, "SKU", "sku", "MUG");
    map_one(sc, &first);
    given_xref_entry(&sku, "CUP", "cup", "CUP");
    map_one(other, &second);
    CHECK_STR(doc_cstr(sc->arena, doc_pointer(&first.result.value, "/lines/0/sku")), "MUG");
    scope_free(other);
    scope_free(sc);
}

#define LOOKS 40

struct looking {
    const struct tenant *t;
    const char *wanted;
    int others, ended;
};

/* What a partner's connector brings is compiled once for all that have the same octets. */
static void look_often(void *arg)
{
    static const struct connector_text brought[] = {
        {.kind = "order", .text = STR(DOCUMENT(RULES SKU_LOOKED_UP("\"hold\""))), .hash = {1}}, {0}};
    static const struct connector theirs = {.name = "acme", .own_version = "1.0.0", .brought = brought};
    struct looking *l = arg;
    struct live_in in = {.system = "shopify", .object = "order", .record_key = STR("1"), .connector = &theirs};

    for (int i = 0; i < LOOKS; i++) {
        struct scope *sc = scope_in(shop.work, l->t);
        struct live_mapped m;
        const struct doc *d;

        CHECK_OK(doc_parse(sc, STR(ORDER_BODY), &d));
        CHECK_OK(live_map(sc, &in, d, &m));
        l->others += strcmp(doc_cstr(sc->arena, doc_pointer(&m.result.value, "/lines/0/sku")), l->wanted) != 0;
        scope_free(sc);
    }
    l->ended++;
}

SHOP_TEST(two_tenants_on_one_mapping_see_their_own_words_whoever_looks_meanwhile)
{
    struct tenant other = given_tenant("other");
    struct uuid ours = given_xref(&shop.t, "sku"), theirs = given_xref(&other, "sku");
    struct looking a = {&shop.t, "MUG-A", 0, 0}, b = {&other, "MUG-B", 0, 0};

    given_xref_entry(&ours, "SKU", "sku", "MUG-A");
    given_xref_entry(&theirs, "SKU", "sku", "MUG-B");
    CHECK(fiber_start(look_often, &a));
    CHECK(fiber_start(look_often, &b));
    while (!a.ended || !b.ended)
        fiber_sleep_us(1000);
    CHECK_INT(a.others, 0);
    CHECK_INT(b.others, 0);
}

SHOP_TEST(a_table_that_is_not_there_sends_the_order_to_review)
{
    struct uuid job = shop_sends(1, 1, 1);

    by(1, DOCUMENT(RULES SKU_LOOKED_UP("\"hold\"") NUMBERED("name")));
    CHECK_ERR(tries(&job), ERR_INVALID);
}
