#include "xref_kit.h"

static const char *best(struct world *w, const struct uuid *table, const char *word)
{
    struct scope *sc = scope_in(w->api, &w->acme);
    struct xref_suggestions s;
    struct xref_table t;
    const char *said = "none";

    CHECK_OK(xref_table_get(sc, table, &t));
    CHECK_OK(xref_suggest(sc, &t, &word, 1, &s));
    if (s.n)
        said = arena_f(test_scope()->arena, "%s by %s, %lld", s.v[0].value, s.v[0].because, (long long)s.v[0].score);
    db_rollback(sc);
    scope_free(sc);
    return said;
}

TEST_IN_LOOP(what_is_written_nearly_so_is_suggested_and_the_nearest_first)
{
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    CHECK_OK(put_words(&w, &t, "RED-MUG-01", "A-1"));
    CHECK_OK(put_words(&w, &t, "RED-MUG-02", "A-2"));
    CHECK_OK(put_words(&w, &t, "TEAPOT", "TP 9000"));
    CHECK_STR(best(&w, &t.table_id, "red mug 01"), "A-1 by RED-MUG-01, 100");
    CHECK_STR(best(&w, &t.table_id, "RED-MUG-0l"), "A-1 by RED-MUG-01, 78");
    CHECK_STR(best(&w, &t.table_id, "tp9000"), "TP 9000 by TP 9000, 100");
    CHECK_STR(best(&w, &t.table_id, "something else"), "none");
    CHECK_STR(best(&w, &t.table_id, "???"), "none");
    world_end(&w);
}

TEST_IN_LOOP(of_a_large_table_only_what_stands_near_is_looked_at)
{
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    sql("insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, key_like, value, "
        "value_norm,"
        " value_like, changed_by) select partner_id, customer_id, gen_random_uuid(), table_id, 'P-' || n, 'p-' || n,"
        " 'p' || n, 'V' || n, 'V' || n, 'v' || n, 'x' from xref_table, generate_series(10000, 12000) n");
    CHECK_STR(best(&w, &t.table_id, "p 11500"), "V11500 by P-11500, 100");
    CHECK_STR(best(&w, &t.table_id, "v10999"), "V10999 by V10999, 100");
    world_end(&w);
}

TEST_IN_LOOP(for_many_words_of_a_large_table_the_side_pool_looks)
{
    struct xref_suggestions found[40];
    const char *words[40];
    struct xref_table t;
    struct scope *sc;
    struct world w;

    world_make(&w);
    CHECK_OK(offload_start(1, 10));
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    for (int i = 0; i < 300; i++)
        CHECK_OK(put_words(&w, &t, arena_f(test_scope()->arena, "Mug %d", 1000 + i), "A-1"));
    for (int i = 0; i < 40; i++)
        words[i] = arena_f(test_scope()->arena, "MUG-%d", 1000 + i);
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_table_get(sc, &t.table_id, &t));
    CHECK(t.entries * 40 > XREF_AT_ONCE);
    CHECK_OK(xref_suggest(sc, &t, words, 40, found));
    for (int i = 0; i < 40; i++)
        CHECK_STR(found[i].v[0].because, arena_f(test_scope()->arena, "Mug %d", 1000 + i));
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
    offload_stop();
}
