#include "kit/test.h"

#include "model_search.h"

/* The protocol of effects and leases, checked through all that can happen within small bounds; and the same search over
 * protocols that lack one of its rules, which must find what that rule is for. MODEL_BIG=1 in the environment asks for
 * the bounds that take minutes.
 */

static void holds(const char *name, const struct model *m)
{
    struct search x;

    search_run(&x, m);
    search_tell(&x, name);
    if (x.broken)
        test_failed(__FILE__, __LINE__, "%s: %s", name, x.broken);
    CHECK(x.n > 1000);
    search_end(&x);
}

static void breaks(const char *name, const struct model *m, const char *how)
{
    struct search x;

    search_run(&x, m);
    search_tell(&x, name);
    CHECK_STR(x.broken, how);
    search_end(&x);
}

TEST(one_job_makes_its_change_once_and_ends_whatever_happens)
{
    holds("one job, two workers", &(struct model){.workers = 2, .jobs = 1, .settle = 2});
    holds("one job, two workers, looking first",
          &(struct model){.workers = 2, .jobs = 1, .settle = 2, .probe_first = true});
    holds("one job, two workers, longer times", &(struct model){.workers = 2, .jobs = 1, .settle = 4});
}

TEST(a_third_worker_changes_nothing)
{
    holds("one job, three workers", &(struct model){.workers = 3, .jobs = 1, .settle = 2});
}

TEST(two_jobs_of_one_key_make_their_change_once)
{
    holds("two jobs of one key, two workers", &(struct model){.workers = 2, .jobs = 2, .settle = 2, .one_key = true});
}

TEST(two_jobs_that_run_at_once_make_their_change_once)
{
    holds("two jobs of two keys, two workers", &(struct model){.workers = 2, .jobs = 2, .settle = 2});
    holds("two jobs of two keys, two workers, looking first",
          &(struct model){.workers = 2, .jobs = 2, .settle = 2, .probe_first = true});
}

TEST_LIMIT(bounds_that_take_minutes_hold_too, 3600)
{
    if (!getenv("MODEL_BIG"))
        test_skip("MODEL_BIG is not set");
    holds("one job, three workers, longer times", &(struct model){.workers = 3, .jobs = 1, .settle = 4});
    holds("one job, three workers, looking first",
          &(struct model){.workers = 3, .jobs = 1, .settle = 2, .probe_first = true});
    holds("two jobs of two keys, two workers, longer times", &(struct model){.workers = 2, .jobs = 2, .settle = 4});
    holds("two jobs of one key, three workers", &(struct model){.workers = 3, .jobs = 2, .settle = 2, .one_key = true});
}

/* So that the tests above are about something. What was superseded comes of nothing that there is yet. */
TEST(every_place_and_every_step_of_the_table_is_met)
{
    struct search x;
    struct model m = {.workers = 2, .jobs = 1, .settle = 2, .probe_first = true};

    search_run(&x, &m);
    for (int from = 0; from < EFFECT_SUPERSEDED; from++)
        for (int to = 0; to < EFFECT_SUPERSEDED; to++)
            if (from != to && effect_may((enum effect_state)from, (enum effect_state)to) != x.m.written[from][to])
                test_failed(__FILE__, __LINE__, "from %s to %s", effect_state_name((enum effect_state)from),
                            effect_state_name((enum effect_state)to));
    for (int place = 0; place <= END_HELD; place++)
        if (!x.places[place])
            test_failed(__FILE__, __LINE__, "nobody is at place %d", place);
    search_end(&x);
}

/* ---- what each rule is for ---- */

TEST(without_the_fence_a_stale_worker_writes)
{
    breaks("no fence", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = NO_FENCE},
           "a stale worker wrote");
}

TEST(without_the_fence_and_the_owner_the_change_is_made_twice)
{
    breaks("no fence, no owner",
           &(struct model){.workers = 2,
                           .jobs = 1,
                           .settle = 2,
                           .mutation = NO_FENCE | NO_OWNER,
                           .stale_is_fine = true,
                           .trigger_may_refuse = true},
           "the change was made twice");
}

TEST(a_probe_before_the_settle_time_proves_nothing)
{
    breaks("early probe", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = EARLY_PROBE},
           "the change was made twice");
}

TEST(what_is_unknown_may_not_be_sent_again_unseen)
{
    breaks("blind resend", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = BLIND_RESEND},
           "the change was made twice");
}

TEST(a_claim_must_raise_the_epoch)
{
    breaks("same epoch",
           &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = SAME_EPOCH, .trigger_may_refuse = true},
           "the change was made twice");
}

/* It saves requests, and is not what keeps the change from being made twice. */
TEST(leaving_it_to_the_other_job_is_courtesy)
{
    holds("others unseen", &(struct model){.workers = 2, .jobs = 2, .settle = 2, .mutation = OTHERS_UNSEEN});
}

TEST(two_jobs_must_write_only_what_is_still_theirs)
{
    breaks("no owner",
           &(struct model){.workers = 2, .jobs = 2, .settle = 2, .mutation = NO_OWNER, .trigger_may_refuse = true},
           "the change was made twice");
}

TEST(what_is_sent_must_leave_soon_after_its_mark)
{
    breaks("late leave", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = LATE_LEAVE},
           "the change was made twice");
}

TEST(a_refusal_proves_nothing)
{
    breaks("refusal proves", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = REFUSAL_PROVES},
           "the change was made twice");
}

TEST(without_the_clock_a_job_is_stuck)
{
    breaks("no reclaim", &(struct model){.workers = 2, .jobs = 1, .settle = 2, .mutation = NO_RECLAIM},
           "nothing that follows ends the jobs");
}
