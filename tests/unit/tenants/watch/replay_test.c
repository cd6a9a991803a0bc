#include "watch_kit.h"

/* Ten thousand orders through watch and the database, as threads of workers take turns. */

#define ORDERS  10000
#define THREADS 8

struct replayed {
    unsigned affected; /* when the case opened; 0: none did */
    const char *what;
};

static struct replayed replay(struct world *w, struct kit_shop *shop, unsigned threads)
{
    struct watch_cache caches[THREADS] = {0};
    struct replayed r = {0};
    unsigned affected = 0;

    for (unsigned i = 0; i < ORDERS && !r.what; i++) {
        struct scope *sc = scope_new();
        struct met m;
        struct buf b;

        buf_init(&b, sc->arena, 1 << 16);
        m = meet(w, &caches[i % threads], kit_order(shop, &b), &(struct how){0});
        CHECK_OK(m.e);
        affected += shop->affected;
        if (m.cases) {
            r.affected = affected;
            r.what = sql("select what || ' ' || path from drift_case order by case_id limit 1");
        }
        scope_free(sc);
    }
    for (size_t i = 0; i < THREADS; i++)
        watch_cache_end(&caches[i]);
    return r;
}

static void check_clean(unsigned threads)
{
    struct kit_shop shop = {.random = 7919};
    struct world w;

    world_make(&w);
    CHECK(!replay(&w, &shop, threads).what);
    CHECK_STR(cases_are(), "");
    CHECK_STR(sql("select payloads > 8000 from source_shape"), "t");
    world_end(&w);
}

TEST_IN_LOOP_LIMIT(a_clean_replay_by_two_threads_opens_no_case, 300)
{
    check_clean(2);
}

TEST_IN_LOOP_LIMIT(nor_does_one_by_eight, 300)
{
    check_clean(THREADS);
}

static void plant(enum kit_plant what, unsigned which, unsigned threads, const char *expected)
{
    struct kit_shop shop = {.random = 77 + what, .plant = what, .which = which, .from = 1500 + 100 * (unsigned)what};
    struct replayed r;
    struct world w;

    world_make(&w);
    r = replay(&w, &shop, threads);
    printf("# %s: affected order %u of %u threads\n", r.what ? r.what : "nothing", r.affected, threads);
    CHECK(r.what && strncmp(r.what, expected, strlen(expected)) == 0);
    CHECK(r.affected >= 1 && r.affected <= 20);
    world_end(&w);
}

TEST_IN_LOOP_LIMIT(a_type_that_changes_is_found, 300)
{
    for (unsigned threads = 1; threads <= THREADS; threads *= 2)
        plant(PLANT_TYPE, 0, threads, "type_changed line_items.sku");
}

TEST_IN_LOOP_LIMIT(a_field_that_is_renamed_is_found, 300)
{
    for (unsigned threads = 1; threads <= THREADS; threads *= 2)
        plant(PLANT_RENAME, 1, threads, "renamed line_items.quantity");
}

TEST_IN_LOOP_LIMIT(a_field_that_is_missing_is_found, 300)
{
    for (unsigned threads = 1; threads <= THREADS; threads *= 2)
        plant(PLANT_MISSING, 0, threads, "missing currency");
}

TEST_IN_LOOP_LIMIT(a_word_that_is_new_is_found, 300)
{
    for (unsigned threads = 1; threads <= THREADS; threads *= 2)
        plant(PLANT_VALUE, 0, threads, "new_value financial_status");
}

TEST_IN_LOOP_LIMIT(a_unit_that_changes_is_found, 300)
{
    for (unsigned threads = 1; threads <= THREADS; threads *= 2)
        plant(PLANT_UNIT, 0, threads, "unit_changed");
}
