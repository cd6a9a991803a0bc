#include "drift_kit.h"

/* Two connections of one kind: what both have learnt is known, and what comes is judged by it. */
TEST(what_two_shapes_have_seen_is_merged)
{
    struct kit_shop one = {.random = 31}, two = {.random = 32, .order = 400, .plant = PLANT_UNIT, .from = 800};
    struct drift_shape *a = drift_shape_new(test_scope()->arena), *b = drift_shape_new(test_scope()->arena);
    struct kit_found found;

    kit_replay(a, &one, &(struct kit_run){400, true, false}, &found);
    kit_replay(b, &two, &(struct kit_run){300, true, false}, &found);
    drift_shape_merge(a, b);
    CHECK_INT(drift_shape_payloads(a), 700);
    kit_replay(a, &two, &(struct kit_run){100, true, true}, &found);
    CHECK_INT(found.deviations, 0);
    kit_replay(a, &two, &(struct kit_run){100, true, true}, &found);
    CHECK(found.deviations >= 1 && found.affected <= 20);
    CHECK_INT(found.first.what, DRIFT_UNIT);
}

TEST(a_field_that_one_shape_never_saw_is_one_that_may_be_absent)
{
    struct drift_shape *a = drift_shape_new(test_scope()->arena), *b = drift_shape_new(test_scope()->arena);
    const struct doc *with = NULL, *without = NULL;
    struct drift_seen seen;

    CHECK_OK(doc_parse(test_scope(), STR("{\"id\":1,\"extra\":\"x\"}"), &with));
    CHECK_OK(doc_parse(test_scope(), STR("{\"id\":1}"), &without));
    for (unsigned i = 0; i < 300; i++) {
        drift_see(test_scope()->arena, a, with, NULL, &seen);
        drift_see(test_scope()->arena, b, without, NULL, &seen);
    }
    drift_shape_merge(a, b);
    for (unsigned i = 0; i < 15; i++) {
        drift_see(test_scope()->arena, a, without, NULL, &seen);
        CHECK_INT(seen.n, 0);
    }
}
