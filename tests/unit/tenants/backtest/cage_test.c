#include "backtest_kit.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/loop.h"

/* This binary is the caged process, too. */
__attribute__((constructor)) static void become_caged(int argc, char **argv)
{
    if (backtest_is_caged(argc, argv))
        _exit(backtest_caged());
}

static struct backtest_plan plan_of(const char *candidate)
{
    return (struct backtest_plan){.candidate = kit_document(candidate), .against = kit_document("")};
}

TEST_IN_LOOP(the_caged_process_finds_what_is_found_here)
{
    struct backtest_plan plan = plan_of("{'to': '/lines/*/sku', 'expr': 'sku'}");
    struct backtest_record v[20];
    struct scope *sc = test_scope();
    struct backtest_counts counts = {0};
    struct xref_snapshot *s = NULL;
    struct backtest_cage *c = NULL;
    struct backtest *here;
    struct str result = {0};
    bool ready = false;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(xref_snapshot_from_doc(sc, kit_json("{'sku': {'entries': {'A': 'B', 'C': 'D'}}}"), &s));
    plan.snapshot = s;
    for (uint8_t i = 0; i < 20; i++)
        v[i] = i % 5 ? kit_order(i, "USD", "10.00") : kit_record(i, "{}");
    CHECK_OK(backtest_cage_open(sc, &plan, &c));
    CHECK_OK(backtest_cage_put(sc, c, v, 12, &counts));
    CHECK_OK(backtest_cage_put(sc, c, v + 12, 7, &counts));
    CHECK_INT(backtest_cage_owed(c), 2);
    CHECK_OK(backtest_cage_put(sc, c, v + 19, 1, &counts));
    CHECK_INT(counts.records, 12);
    CHECK_OK(backtest_cage_answer(sc, c, loop_now_us() + 20000000, &ready, &counts));
    CHECK(ready);
    CHECK_INT(counts.records, 19);
    CHECK_OK(backtest_cage_end(sc, c, &counts, &result));
    CHECK_STR(kit_counts(&counts), "20 0 16 0 0 4");
    backtest_cage_close(c);
    CHECK_OK(backtest_new(sc, &plan, &here));
    for (size_t i = 0; i < 20; i++)
        backtest_add(here, &v[i]);
    CHECK(str_equal(result, backtest_result(sc, here)));
}

TEST_IN_LOOP(a_document_with_faults_is_told_by_the_process)
{
    struct backtest_plan plan = plan_of("{'to': '/nothing', 'expr': 'a'}");
    struct backtest_cage *c = NULL;

    CHECK_ERR(backtest_cage_open(test_scope(), &plan, &c), ERR_INVALID);
    CHECK(strstr(scope_fault(test_scope())->message, "/rules/11"));
}

TEST_IN_LOOP(a_process_that_is_killed_is_a_failure_of_that_backtest_alone)
{
    struct backtest_plan plan = plan_of("");
    struct backtest_record r = kit_order(1, "USD", "10.00");
    struct backtest_counts counts;
    struct backtest_cage *c = NULL;
    struct str result;

    CHECK_OK(backtest_cage_open(test_scope(), &plan, &c));
    CHECK_OK(backtest_cage_put(test_scope(), c, &r, 1, &counts));
    kill(backtest_cage_pid(c), SIGKILL);
    CHECK_ERR(backtest_cage_end(test_scope(), c, &counts, &result), ERR_UNAVAILABLE);
    backtest_cage_close(c);
}
