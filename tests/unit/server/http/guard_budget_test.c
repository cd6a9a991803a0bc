#include "base/must.h"
#include "http/guard_int.h"
#include "kit/test.h"

#define SECOND 1000000

static struct guard_budget budget;

static enum guard_cut resets(unsigned n, int64_t now_us)
{
    return guard_budget_spend(&budget, &(struct guard_tally){.resets = n}, now_us);
}

static enum guard_cut controls(unsigned n, int64_t now_us)
{
    return guard_budget_spend(&budget, &(struct guard_tally){.controls = n}, now_us);
}

TEST(two_hundred_resets_at_once_fit_and_one_more_does_not)
{
    CHECK_INT(resets(200, SECOND), GUARD_FIT);
    CHECK_INT(resets(1, SECOND), GUARD_CUT_RESETS);
}

TEST(time_refills_a_budget)
{
    CHECK_INT(resets(200, SECOND), GUARD_FIT);
    CHECK_INT(resets(20, 2 * SECOND), GUARD_FIT);
    CHECK_INT(resets(1, 2 * SECOND), GUARD_CUT_RESETS);
    CHECK_INT(resets(200, 60 * SECOND), GUARD_FIT);
    CHECK_INT(resets(1, 60 * SECOND), GUARD_CUT_RESETS);
}

TEST(rest_does_not_save_up)
{
    CHECK_INT(resets(1, SECOND), GUARD_FIT);
    CHECK_INT(resets(201, 3600LL * SECOND), GUARD_CUT_RESETS);
}

TEST(each_budget_has_its_own_limit_and_name)
{
    CHECK_INT(controls(2000, SECOND), GUARD_FIT);
    CHECK_INT(controls(1, SECOND), GUARD_CUT_CONTROLS);
    CHECK_INT(guard_budget_spend(&budget, &(struct guard_tally){.empties = 1000}, SECOND), GUARD_FIT);
    CHECK_INT(guard_budget_spend(&budget, &(struct guard_tally){.empties = 1}, SECOND), GUARD_CUT_EMPTIES);
    CHECK_INT(guard_budget_spend(&budget, &(struct guard_tally){.unknowns = 20}, SECOND), GUARD_FIT);
    CHECK_INT(guard_budget_spend(&budget, &(struct guard_tally){.unknowns = 1}, SECOND), GUARD_CUT_UNKNOWNS);
    for (enum guard_cut c = 0; c < GUARD_CUTS; c++)
        CHECK(guard_cut_name(c) != NULL);
}

TEST(answers_make_room_for_the_updates_that_meet_them)
{
    for (int i = 0; i < 100000; i++) {
        CHECK_INT(controls(2, SECOND), GUARD_FIT);
        guard_budget_earn(&budget, 1, SECOND);
    }
    CHECK_INT(controls(2000, SECOND), GUARD_FIT);
    CHECK_INT(controls(1, SECOND), GUARD_CUT_CONTROLS);
}

TEST(answers_do_not_save_up_either)
{
    guard_budget_earn(&budget, 100000, SECOND);
    CHECK_INT(controls(2001, SECOND), GUARD_CUT_CONTROLS);
}
