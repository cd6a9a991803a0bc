#include "flow_kit.h"

/* What a try takes back that the process survives. */

/* The crashes of a job that had so many, once a try has ended. */
static const char *crashes_after(bool suspect, int crashes, const char *state)
{
    struct flow_job job;
    const char *out;
    struct world w;
    struct uuid j;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    sql("update job set suspect = %s, crashes = %d", suspect ? "true" : "false", crashes);
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    CHECK_INT(finish(&w, &job, state, 1000, NULL), 0);
    out = sql("select crashes, suspect from job");
    world_end(&w);
    return out;
}

TEST_IN_LOOP(a_try_that_a_suspect_survives_takes_back_a_crash)
{
    CHECK_STR(crashes_after(true, 0, "ready"), "0|f");
    CHECK_STR(crashes_after(true, 1, "ready"), "0|f");
    CHECK_STR(crashes_after(true, 2, "ready"), "1|f");
    CHECK_STR(crashes_after(true, 2, "held"), "1|f");
    CHECK_STR(crashes_after(true, 3, "held"), "3|f"); /* set aside: a person takes them back */
    CHECK_STR(crashes_after(false, 2, "ready"), "2|f");
}
