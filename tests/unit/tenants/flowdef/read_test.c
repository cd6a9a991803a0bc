#include "unit/tenants/flowdef/flowdef_kit.h"

/* What a document says, and every fault of one. */

#define END "{'drop': 'seen'}"

static const char *head(const char *members)
{
    return kit_faults(arena_f(test_scope()->arena, "{%s, 'steps': [" END "]}", members), NULL);
}

static const char *step(const char *text)
{
    return kit_faults(kit_flow(arena_f(test_scope()->arena, "%s, " END, text)), NULL);
}

TEST(a_document_is_read_as_it_stands)
{
    struct flowdef *f = NULL;
    const struct flowdef_head *h;

    CHECK_STR(
        kit_faults(
            "{'format': 'flow/1', 'trigger': {'message': {'system': 'shopify', 'object': 'order'}},"
            "'key': '$string(id)', 'lane': 'stock', 'deadline': 'P2D',"
            "'retry': {'first': 'PT2S', 'most': 'PT5M', 'factor': 3}, 'comment': 'orders', 'steps': ["
            "{'id': 'order', 'map': {'of': '$'}},"
            "{'validate': {'value': '$order', 'schema': 'sales_order/1'}},"
            "{'id': 'site', 'look_up': {'table': 'location', 'key': '$order.location', 'miss': {'default': 'W1'}}},"
            "{'filter': {'when': '$order.lines', 'drop': 'nothing was sold'}},"
            "{'id': 'sale', 'effect': {'connection': 'erp', 'operation': 'post', 'key': '$order.natural_key',"
            "  'with': '{`order`: $order, `site`: $site}'}},"
            "{'wait': {'effect': {'connection': 'erp', 'operation': 'post', 'key': 'id'}, 'most': 'PT1H'}}]}",
            &f),
        "");
    h = flowdef_head(f);
    CHECK_INT(h->trigger, FLOWDEF_MESSAGE);
    CHECK_STR(h->system, "shopify");
    CHECK_STR(h->object, "order");
    CHECK_INT(h->lane, 1);
    CHECK_INT(h->deadline_us, INT64_C(172800000000));
    CHECK_INT(h->retry.first_us, 2000000);
    CHECK_INT(h->retry.most_us, 300000000);
    CHECK(h->retry.factor > 2.99 && h->retry.factor < 3.01);
    CHECK_INT((int64_t)h->steps.n, 6);
    CHECK_STR(h->steps.v[0].name, "order"); /* the trigger's object */
    CHECK_INT(h->steps.v[2].miss, FLOWDEF_MISS_DEFAULT);
    CHECK_STR(h->steps.v[4].id, "sale");
    CHECK_STR(h->steps.v[4].connection, "erp");
    CHECK_INT(h->steps.v[5].most_us, INT64_C(3600000000));
}

TEST(what_is_not_said_has_a_value)
{
    struct flowdef *f = NULL;
    const struct flowdef_head *h;

    CHECK_STR(kit_faults(kit_flow(END), &f), "");
    h = flowdef_head(f);
    CHECK_INT(h->trigger, FLOWDEF_API);
    CHECK(!h->key);
    CHECK_INT(h->lane, 0);
    CHECK_INT(h->deadline_us, INT64_C(604800000000));
    CHECK_INT(h->retry.first_us, 500000);
    CHECK_INT(h->retry.most_us, 60000000);
    CHECK(h->retry.factor == 2 && !h->retry.said);
}

TEST(what_a_document_names_is_told)
{
    struct flowdef *f = NULL;
    struct flowdef_asking asking;
    struct flowdef_names names;

    CHECK_STR(kit_faults(kit_flow("{'look_up': {'table': 'sku', 'key': 'a', 'miss': 'hold'}},"
                                  "{'split': {'each': 'lines', 'as': 'line', 'steps': ["
                                  "  {'look_up': {'table': 'sku', 'key': '$line.sku', 'miss': 'fail'}},"
                                  "  {'call': {'connection': 'erp', 'operation': 'stock.read'}}]}},"
                                  "{'branch': [{'when': 'a', 'steps': [{'flow': {'name': 'Late', 'with': '$'}}]}]},"
                                  "{'effect': {'connection': 'erp', 'operation': 'post', 'key': 'a', 'with': '$'}}"),
                         &f),
              "");
    flowdef_tables(test_scope()->arena, f, &names);
    CHECK_INT((int64_t)names.n, 1);
    CHECK_STR(names.v[0], "sku");
    CHECK_STR(names.pointers[0], "/steps/0/look_up/table");
    flowdef_connections(test_scope()->arena, f, &names);
    CHECK_INT((int64_t)names.n, 1);
    CHECK_STR(names.v[0], "erp");
    CHECK_STR(names.pointers[0], "/steps/1/split/steps/1/call/connection");
    flowdef_flows(test_scope()->arena, f, &names);
    CHECK_INT((int64_t)names.n, 1);
    CHECK_STR(names.v[0], "Late");
    CHECK_STR(names.pointers[0], "/steps/2/branch/0/steps/0/flow/name");
    flowdef_asking(test_scope()->arena, f, &asking);
    CHECK_INT((int64_t)asking.n, 2);
    CHECK_STR(asking.v[0]->operation, "stock.read");
    CHECK_STR(asking.v[1]->asks, "/steps/3/effect");
}

TEST(a_head_that_is_wrong_is_told)
{
    CHECK_STR(kit_faults("[]", NULL), " wrong_type: must be an object");
    CHECK_STR(head("'trigger': {'api': {}}"), "/format not_a_choice: must be \"flow/1\"");
    CHECK_STR(head("'format': 'flow/1'"),
              "/trigger required: must be an object with one of message, change, schedule and api");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'mesage': {}}"),
              "/trigger/mesage unknown_member: is not known; near it is message");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'message': {'system': 'shopify'}}"),
              "/trigger/message/object required: must be a text of 1 to 64 characters");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'change': {'object': 'sales_ordr'}}"),
              "/trigger/change/object unknown_object: must be a canonical object, as \"sales_order\"");
    CHECK_STR(
        head("'format': 'flow/1', 'trigger': {'schedule': {'cron': '* * * * *', 'zone': 'UTC', 'missed': 'all'}}"),
        "/trigger/schedule/missed not_a_choice: must be \"skip\", \"once\" or \"each\"");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'api': {}}, 'lane': 'order'"),
              "/lane not_a_choice: must be \"orders\", \"stock\", \"finance\", \"catalogue\" or \"backfill\"");
    CHECK_STR(
        head("'format': 'flow/1', 'trigger': {'api': {}}, 'deadline': 'P31D'"),
        "/deadline wrong_type: must be a duration as ISO 8601 writes it, as \"PT15M\" or \"P2D\", of 1 second to 30 "
        "days");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'api': {}}, 'retry': {'first': 'PT1M', 'most': 'PT1S'}"),
              "/retry/most out_of_range: must be no shorter than the first");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'api': {}}, 'retry': {'factor': 0.5}"),
              "/retry/factor out_of_range: must be a number from 1 to 10");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'api': {}}, 'retrys': {}"),
              "/retrys unknown_member: is not known; near it is retry");
    CHECK_STR(head("'format': 'flow/1', 'trigger': {'api': {}}, 'key': 'a +'"),
              "/key S0207: the expression ends where a value is expected (1:4)");
}

TEST(a_step_that_is_wrong_is_told)
{
    CHECK_STR(kit_faults("{'format': 'flow/1', 'trigger': {'api': {}}, 'steps': []}", NULL),
              "/steps wrong_type: must be a list of steps");
    CHECK_STR(
        step("{'mapp': {'of': '$'}}"),
        "/steps/0/mapp unknown_member: is not known; near it is map\n"
        "/steps/0 required: must have one of set, map, validate, look_up, filter, branch, split, call, effect, wait, "
        "approve, notify, flow, hold and drop");
    CHECK_STR(
        step("{'set': '1', 'drop': 'no'}"),
        "/steps/0 required: must have one of set, map, validate, look_up, filter, branch, split, call, effect, wait, "
        "approve, notify, flow, hold and drop");
    CHECK_STR(
        step("{'map': {'of': '$'}}"),
        "/steps/0/map/system required: must name the system whose object is mapped, as \"shopify\", since the trigger "
        "names none\n"
        "/steps/0/map/object required: must name the object that is mapped, since the trigger names none");
    CHECK_STR(
        step("{'map': {'of': '$', 'object': 'order'}}"),
        "/steps/0/map/system required: must name the system whose object is mapped, as \"shopify\", since the trigger "
        "names none");
    CHECK_STR(step("{'map': {'of': '$', 'system': 'shopify', 'object': 'order'}}"), "");
    CHECK_STR(
        step("{'validate': {'value': '$', 'schema': 'sales_order/2'}}"),
        "/steps/0/validate/schema unknown_object: must be a canonical object and its version, as \"sales_order/1\"");
    CHECK_STR(step("{'look_up': {'table': 'sku', 'key': 'a'}}"),
              "/steps/0/look_up/miss required: must say what a look-up that finds nothing does: \"hold\", \"fail\" or "
              "{\"default\": VALUE}");
    CHECK_STR(step("{'filter': {'when': 'a'}}"),
              "/steps/0/filter/drop required: must be a text of 1 to 300 characters");
    CHECK_STR(step("{'branch': [{'steps': [" END "]}, {'when': 'a', 'steps': [" END "]}]}"),
              "/steps/0/branch/0/when required: must be an expression in a text");
    CHECK_STR(step("{'id': 'a', 'filter': {'when': 'a', 'drop': 'b'}}"),
              "/steps/0/id unknown_member: a step of kind filter gives nothing that could be named");
    CHECK_STR(step("{'approve': {'question': '`a`', 'four_eyes': 'yes'}}"),
              "/steps/0/approve/four_eyes wrong_type: must be true or false");
    CHECK_STR(step("{'effect': {'connection': 'erp', 'operation': 'post', 'with': '$'}}"),
              "/steps/0/effect/key required: must be an expression in a text");
}

TEST(a_name_that_no_step_before_has_is_told_with_the_nearest)
{
    CHECK_STR(step("{'id': 'order', 'set': 'a'}, {'set': '$oder.id'}"),
              "/steps/1/set unknown_name: no step before has the name $oder; near it is order");
    CHECK_STR(step("{'set': '$later'}, {'id': 'later', 'set': '1'}"),
              "/steps/0/set unknown_name: no step before has the name $later");
    CHECK_STR(step("{'set': '($x := 1; $f := function($y) { $y + $x }; $sum($map(a@$l.b#$i, $f)) + $l + $i)'}"), "");
    CHECK_STR(
        step("{'id': 'a', 'set': '1'}, {'id': 'a', 'set': '2'}"),
        "/steps/1/id twice: must be a name of its own, of at most 64 letters, digits and _, that no function has");
    CHECK_STR(
        step("{'id': 'sum', 'set': '1'}"),
        "/steps/0/id required: must be a name of its own, of at most 64 letters, digits and _, that no function has");
}

TEST(what_is_named_where_a_job_may_not_come_by_is_unknown_behind_it)
{
    CHECK_STR(step("{'branch': [{'when': 'a', 'steps': [{'id': 'x', 'set': '1'}, {'set': '$x'}]}]}, {'set': '$x'}"),
              "/steps/1/set unknown_name: no step before has the name $x");
    CHECK_STR(step("{'id': 'all', 'split': {'each': 'a', 'as': 'one', 'steps': [{'id': 'x', 'set': '$one'}], 'gather': "
                   "'$x'}}, {'set': '[$all, $one]'}"),
              "/steps/1/set unknown_name: no step before has the name $one");
}

TEST(steps_have_limits)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 100000);
    for (int i = 0; i < FLOWDEF_DEPTH_MAX; i++)
        buf_s(&b, "{'branch': [{'steps': [");
    buf_s(&b, END);
    for (int i = 0; i < FLOWDEF_DEPTH_MAX; i++)
        buf_s(&b, "]}]}");
    CHECK(strstr(kit_faults(kit_flow(buf_cstr(&b)), NULL), " too_deep: steps lie at most 8 deep"));
    buf_init(&b, test_scope()->arena, 100000);
    for (int i = 0; i < FLOWDEF_STEPS_MAX; i++)
        buf_s(&b, "{'set': '1'}, ");
    CHECK_STR(kit_faults(kit_flow(arena_f(test_scope()->arena, "%s" END, buf_cstr(&b))), NULL),
              "/steps too_many: a flow has at most 200 steps");
}

TEST(a_schedule_has_times_and_a_clock)
{
    static const char *const flow = "{'format': 'flow/1', 'trigger': {'schedule': {'cron': '30 6 * * MON-FRI', 'zone': "
                                    "'Europe/Berlin'}}, 'steps': [{'hold': 'x'}]}";
    struct flowdef *f = NULL;
    int64_t us = 0;

    CHECK_STR(kit_faults(flow, &f), "");
    CHECK(f && cron_next(&flowdef_head(f)->times, flowdef_head(f)->clock, INT64_C(1800000000000000), &us));
    CHECK_STR(f ? zone_text(test_scope()->arena, flowdef_head(f)->clock, us) : "", "2027-01-18 06:30 +01:00");
}

TEST(runs_of_a_schedule_queue_unless_the_document_says_otherwise)
{
    static const char *const said[] = {"", ", 'overlap': 'queue'", ", 'overlap': 'skip'", ", 'overlap': 'allow'"};
    static const enum flowdef_overlap meant[] = {FLOWDEF_QUEUE, FLOWDEF_QUEUE, FLOWDEF_ALONE, FLOWDEF_ALLOW};
    static const char *const flow =
        "{'format': 'flow/1', 'trigger': {'schedule': {'cron': '* * * * *', 'zone': 'UTC'%s}}, "
        "'steps': [{'hold': 'x'}]}";
    struct flowdef *f = NULL;

    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        CHECK_STR(kit_faults(arena_f(test_scope()->arena, flow, said[i]), &f), "");
        CHECK(f && flowdef_head(f)->overlap == meant[i]);
    }
    CHECK_STR(kit_faults(arena_f(test_scope()->arena, flow, ", 'overlap': 'never'"), &f),
              "/trigger/schedule/overlap not_a_choice: must be \"queue\", \"skip\" or \"allow\"");
}

TEST(a_schedule_that_is_none_is_refused_with_its_place)
{
    CHECK_STR(
        kit_faults("{'format': 'flow/1', 'trigger': {'schedule': {'cron': '0 25 * * *', 'zone': "
                   "'europe/lisbn'}}, 'steps': [{'hold': 'x'}]}",
                   NULL),
        "/trigger/schedule/cron bad_cron: the hour (field 2, column 3) has 25, which is not within 0 and 23\n"
        "/trigger/schedule/zone unknown_zone: must be a time zone of the IANA database, as \"Europe/Berlin\"; near "
        "it is Europe/Lisbon, Europe/Kiev or Europe/Kirov");
    CHECK_STR(kit_faults("{'format': 'flow/1', 'trigger': {'schedule': {'cron': '* * * * *', 'zone': "
                         "'../../../etc/passwd'}}, 'steps': [{'hold': 'x'}]}",
                         NULL),
              "/trigger/schedule/zone unknown_zone: must be a time zone of the IANA database, as \"Europe/Berlin\"");
}
