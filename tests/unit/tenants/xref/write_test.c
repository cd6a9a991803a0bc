#include <stdlib.h>

#include "xref_kit.h"

/* In one session, as the API: entries by hand, then a list of 2,000, which is changed. How many entries were read for
 * each that was written. */
static long read_for_each(const struct tenant *who, const struct xref_table *t)
{
    return strtol(
        sql("begin; set local role tenon_api;"
            "do $$ begin perform set_config('tenon.partner_id', '%s', true), set_config('tenon.customer_id', '%s', "
            "true),"
            " set_config('tenon.brand_id', 'all', true); end $$;"
            "prepare put as insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value,"
            " value_norm, changed_by) select tenant_partner(), '%s', gen_random_uuid(), '%s', g, g, g, g, 'x'"
            " from generate_series($1::int, $2::int) g;"
            "execute put(1, 1); execute put(2, 2); execute put(3, 3); execute put(1001, 3000);"
            "update xref_entry set value = key || '-', value_norm = key || '-' where table_id = '%s';"
            "select (seq_tup_read + idx_tup_fetch) / (n_tup_ins + n_tup_upd) from pg_stat_xact_user_tables"
            " where relid = 'tenon.xref_entry'::regclass;"
            "commit",
            id(&who->partner_id), id(&who->customer_id), id(&t->customer_id), id(&t->table_id), id(&t->table_id)),
        NULL, 10);
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

        read = read_for_each(&w.acme, &t);
        CHECK(read >= 1 && read <= 8);
        if (i == 0)
            sql("delete from xref_entry where key <> '1'");
        sql("vacuum analyze xref_entry");
    }
    world_end(&w);
}
