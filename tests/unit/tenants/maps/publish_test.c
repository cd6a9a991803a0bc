#include "maps_kit.h"

#include "xref/xref.h"

static enum err publish(struct world *w, const struct uuid *mapping, int32_t number, int32_t share,
                        const char **out_problem)
{
    static char problem[80];
    struct scope *sc = as(w, &w->ben);
    enum err e = done(sc, maps_publish(sc, mapping, number, share));

    snprintf(problem, sizeof(problem), "%s", e == OK ? "none" : kit_problem(sc));
    if (out_problem)
        *out_problem = problem;
    scope_free(sc);
    return e;
}

static enum err roll_back(struct world *w, const struct uuid *mapping)
{
    struct scope *sc = as(w, &w->ben);
    enum err e = done(sc, maps_roll_back(sc, mapping));

    scope_free(sc);
    return e;
}

TEST_IN_LOOP(policy_is_asked_before_a_version_works)
{
    struct uuid mapping;
    const char *why;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    kit_save(&w, &mapping, KIT_DOLLARS);
    kit_save(&w, &mapping, KIT_FAULTY);
    CHECK_ERR(publish(&w, &mapping, 1, MAPS_SHARE_ALL, &why), ERR_CONFLICT);
    CHECK_STR(why, "mapping-not-reviewed");
    sql("update mapping set needs_review = false, needs_backtest = true");
    CHECK_ERR(publish(&w, &mapping, 1, MAPS_SHARE_ALL, &why), ERR_CONFLICT);
    CHECK_STR(why, "mapping-not-backtested");
    sql("update mapping_version set backtest_id = gen_random_uuid() where number = 1");
    CHECK_ERR(publish(&w, &mapping, 1, MAPS_SHARE_ALL, &why), ERR_CONFLICT); /* of nothing */
    CHECK_STR(why, "mapping-not-backtested");
    sql("insert into backtest (partner_id, customer_id, backtest_id, mapping_id, number, document_hash, against,"
        " last_days, since_id, until_id, asked_by, state, result, result_hash, ended_at)"
        " select partner_id, customer_id, backtest_id, mapping_id, number, document_hash, 'nothing', 1, version_id,"
        " version_id, 'me', 'done', '{}', document_hash, now() from mapping_version where number = 1");
    CHECK_ERR(publish(&w, &mapping, 1, MAPS_SHARE_ALL, &why), ERR_CONFLICT); /* of no record */
    CHECK_STR(why, "mapping-not-backtested");
    sql("update backtest set records = 1, same = 1");
    CHECK_ERR(publish(&w, &mapping, 2, MAPS_SHARE_ALL, &why), ERR_INVALID); /* it has a fault */
    CHECK_STR(why, "validation");
    CHECK_ERR(publish(&w, &mapping, 1, 100, &why), ERR_INVALID); /* what should the rest go through? */
    CHECK_OK(publish(&w, &mapping, 1, MAPS_SHARE_ALL, NULL));
    CHECK_STR(kit_state(&mapping), "1 of 2");
    CHECK_ERR(publish(&w, &mapping, 1, MAPS_SHARE_ALL, NULL), ERR_CONFLICT);
    world_end(&w);
}

TEST_IN_LOOP(a_version_is_rolled_out_to_a_share_and_then_to_all_and_back)
{
    struct uuid mapping;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    for (int i = 0; i < 4; i++)
        kit_save(&w, &mapping, i % 2 ? KIT_EUROS : KIT_DOLLARS);
    CHECK_OK(publish(&w, &mapping, 1, MAPS_SHARE_ALL, NULL));
    CHECK_OK(publish(&w, &mapping, 2, 100, NULL));
    CHECK_STR(kit_state(&mapping), "1 of 4, 2 for 100");
    CHECK_STR(kit_statuses(&mapping), "published published draft draft");
    CHECK_OK(publish(&w, &mapping, 2, 500, NULL));
    CHECK_OK(publish(&w, &mapping, 3, 250, NULL)); /* in the second's place */
    CHECK_STR(kit_state(&mapping), "1 of 4, 3 for 250");
    CHECK_STR(kit_statuses(&mapping), "published retired published draft");
    CHECK_OK(roll_back(&w, &mapping));
    CHECK_STR(kit_state(&mapping), "1 of 4");
    CHECK_OK(publish(&w, &mapping, 2, 100, NULL));
    CHECK_OK(publish(&w, &mapping, 2, MAPS_SHARE_ALL, NULL));
    CHECK_OK(publish(&w, &mapping, 4, MAPS_SHARE_ALL, NULL));
    CHECK_STR(kit_statuses(&mapping), "retired retired retired published");
    CHECK_OK(roll_back(&w, &mapping));
    CHECK_STR(kit_state(&mapping), "2 of 4");
    CHECK_OK(roll_back(&w, &mapping));
    CHECK_STR(kit_state(&mapping), "1 of 4");
    CHECK_STR(kit_statuses(&mapping), "published retired retired retired");
    CHECK_ERR(roll_back(&w, &mapping), ERR_CONFLICT);
    world_end(&w);
}

static void given_table(struct world *w, const char *name, int entries)
{
    struct scope *sc = as(w, &w->ann);
    struct xref_table t = {
        .table_id = uuid_new(), .customer_id = w->acme.customer_id, .name = name, .shape = "many_to_one"};

    CHECK_OK(done(sc, xref_table_create(sc, &t)));
    scope_free(sc);
    sql("update xref_table set entries = %d where name = '%s'", entries, name);
}

/* "CODE POINTER" of the first fault that stands in the way. */
static const char *in_the_way(struct world *w, enum err (*act)(struct scope *, const struct uuid *),
                              const struct uuid *mapping)
{
    static char text[200];
    struct scope *sc = as(w, &w->ben);
    const struct fault_item *item;

    snprintf(text, sizeof(text), "nothing");
    if (done(sc, act(sc, mapping)) != OK) {
        item = scope_fault(sc)->items;
        snprintf(text, sizeof(text), "%s %s", item ? item->code : kit_problem(sc), item ? item->pointer : "");
    }
    scope_free(sc);
    return text;
}

static enum err publish_newest(struct scope *sc, const struct uuid *mapping)
{
    struct maps_mapping m;

    TRY(sc, maps_get(sc, mapping, &m));
    return maps_publish(sc, mapping, m.versions, MAPS_SHARE_ALL);
}

/* An expression that asks these tables, so many of them. */
static struct str asks(const char *names, int n)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 2048);
    buf_s(&b, "{\"to\": \"/note\", \"expr\": \"''");
    for (int i = 0; i < n; i++)
        buf_f(&b, " & $xref('%s%d', 'k')", names, i);
    buf_s(&b, "\"}");
    return kit_document(buf_cstr(&b));
}

TEST_IN_LOOP(a_version_that_would_hold_every_record_is_not_published)
{
    struct uuid mapping;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    for (int i = 0; i <= XREF_TABLES_MAX; i++)
        given_table(&w, arena_f(test_scope()->arena, "t%d", i), 0);
    kit_save(&w, &mapping, asks("t", XREF_TABLES_MAX + 1));
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "too_many /rules");
    kit_save(&w, &mapping, asks("t", XREF_TABLES_MAX));
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "nothing");
    for (int i = 0; i < 3; i++)
        given_table(&w, arena_f(test_scope()->arena, "big%d", i), i ? 200000 : 1);
    kit_save(&w, &mapping, asks("big", 3));
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "too_large /rules");
    sql("update xref_table set entries = 0 where name = 'big0'");
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "nothing");
    world_end(&w);
}

TEST_IN_LOOP(the_way_back_does_not_lead_to_a_version_whose_cross_reference_is_gone)
{
    struct uuid mapping;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    given_table(&w, "old0", 0);
    kit_save(&w, &mapping, asks("old", 1));
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "nothing");
    kit_save(&w, &mapping, KIT_EUROS);
    CHECK_STR(in_the_way(&w, publish_newest, &mapping), "nothing");
    CHECK_STR(sql("select count(*) from xref_use where ended_at is null"), "0");
    sql("delete from xref_use; delete from xref_table");
    CHECK_STR(in_the_way(&w, maps_roll_back, &mapping), "unknown_table /rules");
    CHECK_STR(kit_state(&mapping), "2 of 2");
    CHECK_STR(kit_statuses(&mapping), "retired published");
    given_table(&w, "old0", 0);
    CHECK_STR(in_the_way(&w, maps_roll_back, &mapping), "nothing");
    CHECK_STR(kit_state(&mapping), "1 of 2");
    world_end(&w);
}

TEST_IN_LOOP(a_mapping_goes_only_before_anything_was_published)
{
    struct uuid mapping, other;
    struct maps_mapping m;
    struct scope *sc;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    kit_save(&w, &mapping, KIT_DOLLARS);
    CHECK_OK(publish(&w, &mapping, 1, MAPS_SHARE_ALL, NULL));
    sc = as(&w, &w.ann);
    CHECK_OK(maps_get(sc, &mapping, &m));
    CHECK_ERR(done(sc, maps_delete(sc, &m)), ERR_CONFLICT);
    CHECK_STR(kit_problem(sc), "mapping-in-use");
    scope_clear(sc);
    m.name = "Orders, old";
    CHECK_ERR(done(sc, maps_delete(sc, &m)), ERR_CONFLICT);
    scope_clear(sc);
    sql("update mapping set name = 'Orders, old'");
    other = kit_mapping(&w, false);
    kit_save(&w, &other, KIT_DOLLARS);
    CHECK_OK(maps_get(sc, &other, &m));
    CHECK_OK(done(sc, maps_delete(sc, &m)));
    CHECK_ERR(maps_get(sc, &other, &m), ERR_NOT_FOUND);
    scope_free(sc);
    CHECK_STR(sql("select count(*) from mapping_version"), "1");
    world_end(&w);
}

/* 20,000 keys: a tenth of them is 2,000, give or take five standard deviations (212). */
TEST(a_share_is_chosen_by_the_records_key_alone_and_only_grows)
{
    struct maps_mapping m = {.current = 1, .rolling = 2, .share = 100};
    int taken = 0, lost = 0, others = 0;
    struct maps_mapping wider, other;

    CHECK_OK(crypto_start(test_scope()));
    m.mapping_id = uuid_new();
    wider = m;
    wider.share = 500;
    other = m;
    other.mapping_id.b[15] ^= 1;
    for (int i = 0; i < 20000; i++) {
        char key[20];
        struct str k = {key, (size_t)snprintf(key, sizeof(key), "order-%d", i)};
        bool is_in = maps_choose(&m, k) == 2;

        CHECK_INT(maps_choose(&m, k), is_in ? 2 : 1);
        taken += is_in;
        lost += is_in && maps_choose(&wider, k) != 2;
        others += is_in && maps_choose(&other, k) == 2;
    }
    CHECK(taken > 1788 && taken < 2212);
    CHECK_INT(lost, 0);
    CHECK(others < taken / 2); /* another mapping begins with other records */
    m.rolling = 0;
    CHECK_INT(maps_choose(&m, STR("x")), 1);
}

TEST_IN_LOOP(a_record_gets_its_version_with_number_and_hash)
{
    struct maps_version v;
    struct uuid mapping;
    struct scope *sc;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    kit_save(&w, &mapping, KIT_DOLLARS);
    sc = as(&w, &w.ann);
    CHECK_ERR(maps_version_for(sc, &mapping, STR("1"), &v), ERR_NOT_FOUND);
    db_rollback(sc);
    scope_clear(sc);
    CHECK_OK(publish(&w, &mapping, 1, MAPS_SHARE_ALL, NULL));
    CHECK_OK(maps_version_for(sc, &mapping, STR("1"), &v));
    CHECK_INT(v.number, 1);
    CHECK_INT(v.hash.n, 32);
    scope_free(sc);
    world_end(&w);
}

TEST(erasing_a_customer_takes_versions_before_their_mappings)
{
    given_schema();
    CHECK_STR(
        sql("select array_position(erased_tables(), 'mapping_version') < array_position(erased_tables(), 'mapping')"
            " and array_position(erased_tables(), 'sales_order') > 0"),
        "t");
}
