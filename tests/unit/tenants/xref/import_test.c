#include <stdio.h>

#include "sys/loop.h"
#include "xref_kit.h"

static struct xref_import import(struct world *w, const struct xref_table *t, const char *text, bool dry)
{
    struct scope *sc = scope_in(w->api, &w->acme);
    struct xref_import out = {0};

    CHECK_OK(xref_import(sc, t, XREF_CSV, str_of(text), dry, "the tests", &out));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return out;
}

static void check(const struct xref_import *r, int added, int changed, int same, int refused)
{
    CHECK_INT(r->added, added);
    CHECK_INT(r->changed, changed);
    CHECK_INT(r->same, same);
    CHECK_INT(r->refused, refused);
}

static const char *stored(void)
{
    return sql("select string_agg(key || '=' || value, ' ' order by key_norm) from xref_entry");
}

TEST_IN_LOOP(an_import_adds_changes_and_leaves_and_says_so_beforehand)
{
    static const char first[] = "key,value\nRed,1\nBlue,2\n", second[] = "key,value\nRed,1\nblue,3\nGreen,4\n";
    struct xref_import r;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    r = import(&w, &t, first, true);
    check(&r, 2, 0, 0, 0);
    CHECK_STR(stored(), "");
    r = import(&w, &t, first, false);
    check(&r, 2, 0, 0, 0);
    r = import(&w, &t, second, true);
    check(&r, 1, 1, 1, 0);
    CHECK_STR(stored(), "Blue=2 Red=1");
    r = import(&w, &t, second, false);
    check(&r, 1, 1, 1, 0);
    CHECK_STR(stored(), "blue=3 Green=4 Red=1");
    CHECK_STR(sql("select string_agg(row_version::text, ' ' order by key_norm) from xref_entry"), "2 1 1");
    r = import(&w, &t, second, false);
    check(&r, 0, 0, 3, 0);
    CHECK_STR(sql("select entries from xref_table"), "3");
    world_end(&w);
}

TEST_IN_LOOP(one_wrong_row_and_nothing_is_written)
{
    struct xref_import r;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    r = import(
        &w, &t,
        "key,value,valid_from,valid_to\na,1,,\n ,2,,\nA,3,,\nb,,,\nc,1,2026-01-02T00:00:00Z,2026-01-01T00:00:00Z\n",
        false);
    check(&r, 1, 0, 0, 4);
    CHECK_INT(r.rows, 5);
    CHECK_INT(r.fault_count, 4);
    CHECK_INT(r.faults[0].row, 3);
    CHECK_STR(r.faults[0].why, "the key may not be empty");
    CHECK_INT(r.faults[1].row, 4);
    CHECK_STR(r.faults[1].why, "an earlier row has the same key");
    CHECK_STR(r.faults[2].why, "the value may not be empty");
    CHECK_STR(r.faults[3].why, "valid_to is not after valid_from");
    CHECK_STR(stored(), "");
    world_end(&w);
}

TEST_IN_LOOP(one_word_at_two_times_is_two_entries_and_at_one_time_refused)
{
    struct xref_import r;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "account", "many_to_one");
    r = import(&w, &t, "key,value,valid_from,valid_to\na,1,,2026-01-01T00:00:00Z\na,2,2026-01-01T00:00:00Z,\n", false);
    check(&r, 2, 0, 0, 0);
    r = import(&w, &t, "key,value,valid_from\na,3,2026-06-01T00:00:00Z\n", false);
    check(&r, 0, 0, 0, 1);
    CHECK_STR(r.faults[0].why, "an entry has the same key at a time of this one's");
    world_end(&w);
}

TEST_IN_LOOP(one_to_one_refuses_the_second_key_of_a_value_and_lets_two_change_places)
{
    struct xref_import r;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "location", "one_to_one");
    r = import(&w, &t, "key,value\na,1\nb,2\nc,2\n", false);
    check(&r, 2, 0, 0, 1);
    CHECK_INT(r.faults[0].row, 4);
    r = import(&w, &t, "key,value\na,1\nb,2\n", false);
    check(&r, 2, 0, 0, 0);
    r = import(&w, &t, "key,value\na,2\nb,1\n", false);
    check(&r, 0, 2, 0, 0);
    CHECK_STR(stored(), "a=2 b=1");
    world_end(&w);
}

/* What is exported is what was imported. */
TEST_IN_LOOP(an_export_reads_back_as_the_same)
{
    struct xref_import r;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    struct buf out;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    r = import(&w, &t, "key,value,note,valid_to\n\"a, \"\"b\"\"\",\" 1\",\"x\ny\",2026-01-01T00:00:00Z\nc,2,,\n",
               false);
    check(&r, 2, 0, 0, 0);
    sc = scope_in(w.api, &w.acme);
    buf_init(&out, test_scope()->arena, 1 << 20);
    CHECK_OK(xref_export(sc, &t, &out));
    db_rollback(sc);
    scope_free(sc);
    CHECK_STR(buf_cstr(&out),
              "key,value,note,valid_from,valid_to\r\n\"a, \"\"b\"\"\",\" 1\",\"x\ny\",,2026-01-01T00:00:00Z\r\n"
              "c,2,,,\r\n");
    r = import(&w, &t, buf_cstr(&out), false);
    check(&r, 0, 0, 2, 0);
    world_end(&w);
}

/* What is larger than one import is taken in parts. */
TEST_IN_LOOP(an_export_reads_back_in_parts_each_with_the_heading)
{
    static const char heading[] = "key,value,note,valid_from,valid_to\r\n";
    struct xref_import r;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    struct buf out;
    const char *cut;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "one_to_one");
    r = import(&w, &t, "key,value\na,1\nb,2\nc,3\n", false);
    sc = scope_in(w.api, &w.acme);
    buf_init(&out, test_scope()->arena, 1 << 20);
    CHECK_OK(xref_export(sc, &t, &out));
    db_rollback(sc);
    scope_free(sc);
    cut = strstr(buf_cstr(&out), "b,2");
    t = given_table(&w, &w.acme, "sku_again", "one_to_one");
    r = import(&w, &t, arena_strndup(test_scope()->arena, out.p, (size_t)(cut - out.p)), false);
    check(&r, 1, 0, 0, 0);
    r = import(&w, &t, arena_f(test_scope()->arena, "%s%s", heading, cut), false);
    check(&r, 2, 0, 0, 0);
    CHECK_STR(sql("select string_agg(key || '=' || value, ' ' order by key_norm) from xref_entry where table_id = '%s'",
                  id(&t.table_id)),
              "a=1 b=2 c=3");
    world_end(&w);
}

TEST_IN_LOOP(twenty_thousand_rows_are_written_whole)
{
    struct xref_import r;
    struct xref_snapshot *s = NULL;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    struct buf text;

    world_make(&w);
    CHECK_OK(offload_start(1, 10));
    t = given_table(&w, &w.acme, "sku", "one_to_one");
    buf_init(&text, test_scope()->arena, 1 << 22);
    buf_s(&text, "key,value\n");
    for (int i = 0; i < 20000; i++)
        buf_f(&text, "SKU-%d,%d\n", i, i);
    r = import(&w, &t, buf_cstr(&text), false);
    check(&r, 20000, 0, 0, 0);
    CHECK_STR(sql("select entries, content from xref_table"), "20000|3");
    sc = scope_in(w.worker, &w.acme);
    CHECK_OK(xref_load(sc, (const char *[]){"sku"}, 1, &s)); /* on the side pool */
    CHECK_INT(xref_snapshot_entries(s), 20000);
    CHECK_STR(found(s, "sku", "sku-19999", 0), "19999");
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
    offload_stop();
}

/* Rows of a key, or of a value, each valid in a second of its own. */
static const char *times(const char *key, const char *value, int n)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 22);
    buf_s(&b, "key,value,valid_from,valid_to\n");
    for (int i = 0; i < n; i++) {
        int at = 2 * i;

        buf_f(&b, "%s,%s,2026-01-01T%02d:%02d:%02dZ,2026-01-01T%02d:%02d:%02dZ\n",
              key ? key : arena_f(test_scope()->arena, "k%d", i),
              value ? value : arena_f(test_scope()->arena, "v%d", i), at / 3600, at / 60 % 60, at % 60, at / 3600,
              at / 60 % 60, at % 60 + 1);
    }
    return buf_cstr(&b);
}

/* Each is compared with all others, so that their number has a limit. */
TEST_IN_LOOP(a_word_has_so_many_entries_at_different_times_and_no_more)
{
    struct xref_table many, one;
    struct xref_import r;
    struct world w;

    world_make(&w);
    CHECK_OK(offload_start(1, 10));
    many = given_table(&w, &w.acme, "sku", "many_to_one");
    one = given_table(&w, &w.acme, "location", "one_to_one");
    r = import(&w, &many, times("a", NULL, 20000), false);
    check(&r, XREF_IMPORT_TIMES_MAX, 0, 0, 20000 - XREF_IMPORT_TIMES_MAX);
    CHECK_STR(r.faults[0].code, "too_many");
    CHECK_INT(r.faults[0].row, XREF_IMPORT_TIMES_MAX + 2);
    r = import(&w, &many, times(NULL, "v", 20000), true);
    check(&r, 20000, 0, 0, 0);
    r = import(&w, &one, times(NULL, "v", 20000), false);
    check(&r, XREF_IMPORT_TIMES_MAX, 0, 0, 20000 - XREF_IMPORT_TIMES_MAX);
    CHECK_STR(r.faults[0].why, "100 keys lead to the same value at other times, and no more may");
    r = import(&w, &one, times("a", NULL, XREF_IMPORT_TIMES_MAX), false);
    check(&r, XREF_IMPORT_TIMES_MAX, 0, 0, 0);
    r = import(&w, &one, times("a", NULL, XREF_IMPORT_TIMES_MAX), false);
    check(&r, 0, 0, XREF_IMPORT_TIMES_MAX, 0);
    world_end(&w);
    offload_stop();
}

TEST_IN_LOOP(more_entries_than_there_is_room_for_are_refused)
{
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    sql("update xref_table set entries = 200000");
    CHECK_ERR(put_words(&w, &t, "a", "1"), ERR_CONFLICT);
    CHECK_STR(sql("select entries from xref_table"), "200000");
    world_end(&w);
}
