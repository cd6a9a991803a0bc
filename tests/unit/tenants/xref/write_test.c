#include <stdlib.h>

#include "xref_kit.h"

/* In one session, as the API: what was read of cross references for each row that was written. */
static long read_for_each(const struct tenant *who, const char *statements)
{
    return strtol(
        sql("begin; set local role tenon_api;"
            "do $$ begin perform set_config('tenon.partner_id', '%s', true), set_config('tenon.customer_id', '%s', "
            "true), set_config('tenon.brand_id', 'all', true); end $$;"
            "%s"
            "select sum(seq_tup_read + idx_tup_fetch) / sum(n_tup_ins + n_tup_upd) from pg_stat_xact_user_tables"
            " where relid in ('tenon.xref_entry'::regclass, 'tenon.xref_miss'::regclass, "
            "'tenon.xref_waiting'::regclass);"
            "commit",
            id(&who->partner_id), id(&who->customer_id), statements),
        NULL, 10);
}

/* Entries by hand, then a list of 2,000. */
static const char *listed(const struct xref_table *t)
{
    return arena_f(
        test_scope()->arena,
        "prepare put as insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value,"
        " value_norm, changed_by) select tenant_partner(), '%s', gen_random_uuid(), '%s', g, g, g, g, 'x'"
        " from generate_series($1::int, $2::int) g;"
        "execute put(1, 1); execute put(2, 2); execute put(3, 3); execute put(1001, 3000);",
        id(&t->customer_id), id(&t->table_id));
}

/* Whatever the planner believes: nothing, that the table is one page, that it is another table's, the truth. */
TEST_IN_LOOP(each_entry_that_is_written_is_compared_with_those_of_its_words_alone)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    struct world w;
    long read;

    world_make(&w);
    sql("alter table xref_entry set (autovacuum_enabled = off); truncate xref_entry");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct xref_table t = given_table(&w, &w.acme, names[i], "one_to_one");

        read = read_for_each(&w.acme, arena_f(test_scope()->arena,
                                              "%s update xref_entry set value = key || '-', value_norm = key || '-'"
                                              " where table_id = '%s';",
                                              listed(&t), id(&t.table_id)));
        CHECK(read >= 1 && read <= 8);
        if (i == 0)
            sql("delete from xref_entry where key <> '1'");
        sql("vacuum analyze xref_entry");
    }
    world_end(&w);
}

/* 3,000 messages wait for as many words; a few are answered by hand, 2,000 by a list. */
TEST_IN_LOOP(what_a_list_lets_go_on_is_looked_for_by_its_words_alone)
{
    static const char *const names[] = {"first", "second"};
    struct world w;
    long read;

    world_make(&w);
    sql("alter table xref_entry set (autovacuum_enabled = off); alter table xref_miss set (autovacuum_enabled = off);"
        "alter table xref_waiting set (autovacuum_enabled = off); truncate xref_entry; truncate xref_miss cascade");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct xref_table t = given_table(&w, &w.acme, names[i], "many_to_one");
        const char *release = arena_f(test_scope()->arena,
                                      "prepare r as select count(*) from xref_waiting_release('%s', '%s');"
                                      "prepare e as select count(*) from xref_waiting_elsewhen('%s', '%s', 1000);",
                                      id(&t.customer_id), id(&t.table_id), id(&t.customer_id), id(&t.table_id));

        sql("insert into xref_miss (partner_id, customer_id, miss_id, table_id, key, key_norm)"
            " select '%s', '%s', gen_random_uuid(), '%s', g, g from generate_series(1, 3000) g;"
            "insert into xref_waiting (partner_id, customer_id, miss_id, kind, waiting_id) select partner_id,"
            " customer_id, miss_id, 'order', gen_random_uuid() from xref_miss where table_id = '%s'",
            id(&w.acme.partner_id), id(&w.acme.customer_id), id(&t.table_id), id(&t.table_id));
        read = read_for_each(&w.acme,
                             arena_f(test_scope()->arena, "%s %s execute r \\g /dev/null\n execute e \\g /dev/null\n",
                                     release, listed(&t)));
        CHECK(read >= 1 && read <= 16);
        CHECK_STR(sql("select count(*) from xref_waiting where released_at is not null"), i ? "4006" : "2003");
        CHECK_STR(sql("select count(*) from xref_miss where resolved_at is null"), "997");
        sql("delete from xref_waiting where released_at is null; delete from xref_miss where resolved_at is null;"
            "vacuum analyze xref_entry, xref_miss, xref_waiting");
    }
    world_end(&w);
}
