#include "backtest_kit.h"

#include "crypto/crypto.h"

TEST(a_version_beside_itself_changes_nothing)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_order(2, "EUR", "7.50")};
    struct backtest *b = kit_run("", "", v, 2, NULL);

    CHECK_STR(kit_counted(b), "2 2 0 0 0 0");
    CHECK_STR(kit_at(b, "/changes"), "[]");
    CHECK_STR(kit_at(b, "/money"), "[]");
}

TEST(what_changed_is_told_by_path_with_places_in_lists_folded)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_order(2, "USD", "11.00")};
    struct backtest *b = kit_run("{'to': '/lines/*/sku', 'expr': 'sku'}, {'to': '/note', 'expr': 'id = 2 ? \\'two\\' : "
                                 "null', 'when': 'if_not_empty'}",
                                 "", v, 2, NULL);

    CHECK_STR(kit_counted(b), "2 0 2 0 0 0");
    CHECK_STR(kit_at(b, "/changes/0/path"), "'/lines/*/sku'");
    CHECK_STR(kit_at(b, "/changes/0/records"), "2");
    CHECK_STR(kit_at(b, "/changes/0/values"), "4");
    CHECK_STR(kit_at(b, "/changes/0/added"), "4");
    CHECK_STR(kit_at(b, "/changes/0/examples/1"),
              "{'message_id':'rec_00000000000000000000000002','pointer':'/lines/0/sku','after':'A'}");
    CHECK_STR(kit_at(b, "/changes/1"),
              "{'path':'/note','records':1,'values':1,'added':1,'removed':0,'examples':["
              "{'message_id':'rec_00000000000000000000000002','pointer':'/note','after':'two'}]}");
    CHECK_STR(kit_at(b, "/changes/2"), "(none)");
}

#define NOTED "{'to': '/note', 'expr': 'id'}"

TEST(the_difference_of_totals_is_exact_for_each_currency)
{
    static const char candidate[] =
        "{'format': 'mapping/1', 'source': {'system': 'acme', 'object': 'order'}, 'target': 'sales_order/1', 'rules': "
        "[{'to': '/natural_key', 'expr': 'id'}, {'to': '/number', 'expr': 'id'}, {'to': '/currency', 'expr': "
        "'currency = \\'CHF\\' ? \\'EUR\\' : currency'}, {'to': '/placed_at', 'constant': '2026-01-02T03:04:05Z'}, "
        "{'to': '/updated_at', 'constant': '2026-01-02T03:04:05Z'}, {'to': '/total', 'expr': '$plus(total, "
        "\\'0.10\\')'}"
        ", {'to': '/tip', 'constant': '0.10'}, {'to': '/lines', 'each': 'lines'}, {'to': '/lines/*/key', 'expr': "
        "'id'}, "
        "{'to': '/lines/*/title', 'expr': 'title'}, {'to': '/lines/*/quantity', 'expr': 'quantity'}, "
        "{'to': '/lines/*/unit_price', 'expr': 'price'}]}";
    struct backtest_plan plan = {.candidate = kit_json(candidate), .against = kit_document("")};
    struct backtest *b = NULL;

    CHECK_OK(backtest_new(test_scope(), &plan, &b));
    for (int i = 0; i < 3; i++) {
        struct backtest_record r = kit_order((uint8_t)i, i == 2 ? "CHF" : "USD", "90071992547409.93");

        backtest_add(b, &r);
    }
    CHECK_STR(kit_counted(b), "3 0 3 0 0 0");
    CHECK_STR(kit_at(b, "/money"),
              "[{'currency':'CHF','before':'90071992547409.93','after':'0','difference':'-90071992547409.93'},"
              "{'currency':'EUR','before':'0','after':'90071992547410.03','difference':'90071992547410.03'},"
              "{'currency':'USD','before':'180143985094819.86','after':'180143985094820.06','difference':'0.20'}]");
}

TEST(records_that_fail_now_no_more_and_still_are_told_apart_with_why)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_record(2, "{'id': 'x'}"),
                                        kit_record(3, "not JSON"),
                                        kit_record(4, "{'id': 4, 'currency': 'USD', 'total': '1', 'lines': []}")};
    struct backtest *b = kit_run("{'to': '/note', 'expr': '$error(\\'no\\')'}", "", v, 4, NULL);

    CHECK_STR(kit_counted(b), "4 0 0 1 0 3");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/code"), "'D3137'");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/path"), "'/note'");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/rule"), "'/note'");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/records"), "1");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/examples"), "['rec_00000000000000000000000001']");
    CHECK_STR(kit_at(b, "/still_failing_by/reasons/0/records"), "2");
    CHECK_STR(kit_at(b, "/still_failing_by/reasons/1"),
              "{'code':'not_json','path':'','rule':null,'detail':'the message cannot be read','records':1,"
              "'examples':['rec_00000000000000000000000003']}");
    b = kit_run("", "{'to': '/note', 'expr': '$error(\\'no\\')'}", v, 1, NULL);
    CHECK_STR(kit_counted(b), "1 0 0 0 1 0");
    CHECK_STR(kit_at(b, "/newly_passing_by/reasons/0/code"), "'D3137'");
}

TEST(without_anything_before_it_what_passes_passes_newly)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_record(2, "[]")};
    struct backtest *b = kit_run("", NULL, v, 2, NULL);

    CHECK_STR(kit_counted(b), "2 0 0 0 1 1");
    CHECK_STR(kit_at(b, "/newly_passing_by/reasons/0/code"), "'no_mapping'");
    CHECK_STR(kit_at(b, "/against_hash"), "null");
}

TEST(a_record_that_is_held_now_fails_newly_and_says_for_what)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00")};
    struct xref_snapshot *s = NULL;
    struct backtest *b;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(xref_snapshot_from_doc(test_scope(), kit_json("{'sku': {'entries': {'A': 'ERP-A'}}}"), &s));
    b = kit_run("{'to': '/lines/*/sku', 'lookup': {'table': 'sku', 'key': 'sku', 'miss': 'hold'}}", "", v, 1, s);
    CHECK_STR(kit_counted(b), "1 0 0 1 0 0");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/code"), "'held'");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/path"), "'/lines/*/sku'");
    CHECK_STR(kit_at(b, "/newly_failing_by/reasons/0/detail"), "'cross reference sku has no entry for \\'B\\''");
    CHECK_STR(kit_at(b, "/cross_references_hash"), arena_f(test_scope()->arena, "'%s'", xref_snapshot_hash(s)));
}

TEST(the_time_is_that_at_which_the_message_came)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00")};
    struct backtest *b = kit_run("{'to': '/note', 'expr': '$now()'}", "", v, 1, NULL);

    CHECK_STR(kit_at(b, "/changes/0/examples/0/after"), "'2026-01-01T00:00:00.000Z'");
}

TEST(the_same_inputs_give_the_same_octets_and_others_do_not)
{
    const struct backtest_record v[] = {kit_order(1, "USD", "10.00"), kit_order(2, "USD", "11.00")};
    const struct backtest_record turned[] = {v[1], v[0]};
    struct scope *sc = test_scope();
    struct str first = backtest_result(sc, kit_run(NOTED, "", v, 2, NULL));

    CHECK(str_equal(first, backtest_result(sc, kit_run(NOTED, "", v, 2, NULL))));
    CHECK(!str_equal(first, backtest_result(sc, kit_run(NOTED, "", turned, 2, NULL))));
}

TEST(a_document_with_faults_is_refused_with_each)
{
    struct backtest_plan plan = {.candidate = kit_document("{'to': '/nothing', 'expr': 'a +'}"),
                                 .against = kit_document("")};
    struct backtest *b;

    CHECK_ERR(backtest_new(test_scope(), &plan, &b), ERR_INVALID);
    CHECK_INT(scope_fault(test_scope())->item_count > 0, 1);
}

TEST(a_record_that_takes_too_many_steps_fails_whatever_the_machine)
{
    struct buf body;
    struct backtest_record r;
    struct backtest *b;

    buf_init(&body, test_scope()->arena, (size_t)4 << 20);
    buf_s(&body, "{'id': 1, 'currency': 'USD', 'total': '0', 'lines': [");
    for (int i = 0; i < 26000; i++)
        buf_s(&body, i ? ",{'id': 1, 'title': 't', 'quantity': 1, 'price': '0'}"
                       : "{'id': 1, 'title': 't', 'quantity': 1, 'price': '0'}");
    buf_s(&body, "]}");
    r = kit_record(1, buf_cstr(&body));
    b = kit_run("", "", &r, 1, NULL);
    CHECK_STR(kit_counted(b), "1 0 0 0 0 1");
    CHECK_STR(kit_at(b, "/still_failing_by/reasons/0/code"), "'too_long'");
}
