#include "unit/tenants/walk/walk_kit.h"

/* Jobs about deliveries, and how jobs begin. */

#define STEPS                                                                                                          \
    "[{\"map\":{\"of\":\"$\"},\"id\":\"order\"},{\"validate\":{\"value\":\"$order\",\"schema\":\"sales_order/1\"}},"   \
    "{\"effect\":{\"connection\":\"destination\",\"operation\":\"keyed\",\"key\":\"$order.number\",\"with\":\"$"       \
    "order\"}}]"

static struct uuid given_delivery(const struct uuid *flow, const char *body)
{
    struct uuid m = given_message(&yard.t, &yard.source, body), j = uuid_new();

    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at, flow_id, flow_version) values ('%s', '%s', '%s', '%s', '%s', '%s', "
        "'flow',"
        " 'order:1', 0, now(), now() + interval '7 days', now(), '%s', 1)",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&j), id(&m), id(&yard.source), id(&j), id(flow));
    return j;
}

YARD_TEST(a_delivery_is_mapped_and_goes_where_its_connection_leads)
{
    struct uuid flow =
        given_flow("f", "\"trigger\":{\"message\":{\"system\":\"shopify\",\"object\":\"order\"}}", STEPS);
    struct uuid job = given_delivery(&flow, ORDER_BODY);

    CHECK_OK(tries(&job));
    CHECK_STR(effects(), "keyed #1001 confirmed 1");
    CHECK_STR(sql("select mapping_version from job"), "0"); /* the shipped one, which it goes on with */
}

YARD_TEST(a_delivery_goes_through_the_customers_own_mapping_and_keeps_it)
{
    struct uuid flow =
        given_flow("f", "\"trigger\":{\"message\":{\"system\":\"shopify\",\"object\":\"order\"}}",
                   "[{\"map\":{\"of\":\"$\"},\"id\":\"o\"},{\"effect\":{\"connection\":\"wms\",\"operation\":"
                   "\"put\",\"key\":\"'k'\",\"with\":\"{}\"}},{\"drop\":{\"expr\":\"$o.number\"}}]");
    struct uuid mapping = uuid_new(), job = given_delivery(&flow, ORDER_BODY);
    const char *own = "{\"format\":\"mapping/1\",\"source\":{\"system\":\"shopify\",\"object\":\"order\"},"
                      "\"target\":\"sales_order/1\",\"rules\":[{\"to\":\"/number\",\"expr\":\"'%s ' & name\"}]}";
    int64_t again_us;

    given_mapping(&yard.t, &yard.source, &mapping, 1, arena_f(test_scope()->arena, own, "own"));
    CHECK_OK(try_once(&job, &again_us));
    CHECK_STR(yard.said, "dropped: own #1001");
    given_mapping(&yard.t, &yard.source, &mapping, 2, arena_f(test_scope()->arena, own, "newer"));
    sql("update mapping set current_version = 2");
    CHECK_OK(try_once(&job, &again_us));
    CHECK_STR(yard.said, "dropped: own #1001");
}

YARD_TEST(what_cannot_be_mapped_is_held_with_the_rules_words)
{
    struct uuid flow =
        given_flow("f", "\"trigger\":{\"message\":{\"system\":\"shopify\",\"object\":\"order\"}}", STEPS);
    struct uuid job = given_delivery(&flow, "{\"id\":1}");

    CHECK_ERR(tries(&job), ERR_HOLD);
    CHECK(yard.why[0] != '\0');
    CHECK_INT(sink_count("acted"), 0);
}

YARD_TEST(a_job_ends_with_the_version_that_it_began_with)
{
    struct uuid flow = given_flow("f", BY_API, "[{\"drop\":\"one\"}]");
    struct uuid job = given_run(&flow, "{}", false);

    sql("insert into flow_version (partner_id, customer_id, flow_id, number, status, document, document_hash, author,"
        " published_at) select partner_id, customer_id, flow_id, 2, 'published', replace(document, 'one', 'two'),"
        " document_hash, author, now() from flow_version; update flow set current_version = 2, versions = 2");
    CHECK_OK(tries(&job));
    CHECK_STR(yard.said, "dropped: one");
}

YARD_TEST(a_key_that_cannot_be_made_is_told_and_begins_nothing)
{
    struct uuid flow = given_flow("f", "\"trigger\":{\"api\":{}},\"key\":\"$number(order)\"", "[{\"drop\":\"x\"}]");
    struct scope *sc = scope_in(yard.work, &yard.t);
    struct walk_given g = {.flow_id = flow, .version = 1, .lane = -1, .given_by = "system"};

    CHECK_OK(doc_parse(sc, STR("{\"order\":\"seven\"}"), &g.input));
    CHECK_ERR(walk_prepare(sc, &g), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items[0].pointer, "/input");
    scope_free(sc);
    CHECK_STR(sql("select count(*) from job"), "0");
}

YARD_TEST(of_one_origin_there_is_one_job)
{
    struct uuid flow = given_flow("f", BY_API, "[{\"drop\":\"x\"}]"), one = {{0}}, two = {{1}};
    struct scope *sc = scope_in(yard.work, &yard.t);
    struct walk_given g = {.flow_id = flow, .version = 1, .lane = -1, .given_by = "system", .origin_key = "same"};

    CHECK_OK(doc_parse(sc, STR("{}"), &g.input));
    CHECK_OK(walk_prepare(sc, &g));
    CHECK_OK(walk_start(sc, &g, &one));
    CHECK_OK(walk_start(sc, &g, &two));
    CHECK_OK(db_commit(sc));
    CHECK(uuid_equal(&one, &two));
    CHECK_STR(sql("select count(*), (select count(*) from flow_input) from job"), "1|1");
    scope_free(sc);
}
