#include "xref_kit.h"

TEST_IN_LOOP(one_word_has_one_entry_at_a_time_by_the_rules_of_its_table)
{
    struct xref_table t;
    struct xref_entry e;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    CHECK_OK(put_words(&w, &t, "Red Mug", "A"));
    CHECK_ERR(put_words(&w, &t, " red  MUG", "B"), ERR_CONFLICT);
    CHECK_OK(put_words(&w, &t, "Blue Mug", "A"));
    e = kit_entry("old", "A");
    e.valid_to_us = 1000000;
    CHECK_OK(put_entry(&w, &w.acme, &t, &e));
    e = kit_entry("OLD", "B");
    e.valid_from_us = 999999;
    CHECK_ERR(put_entry(&w, &w.acme, &t, &e), ERR_CONFLICT);
    e.valid_from_us = 1000000;
    CHECK_OK(put_entry(&w, &w.acme, &t, &e));
    CHECK_STR(sql("select entries, content from xref_table"), "4|5");
    world_end(&w);
}

TEST_IN_LOOP(one_to_one_has_one_word_for_a_value_as_well)
{
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "location", "one_to_one");
    CHECK_OK(put_words(&w, &t, "berlin", "10"));
    CHECK_ERR(put_words(&w, &t, "potsdam", "10"), ERR_CONFLICT);
    CHECK_OK(put_words(&w, &t, "potsdam", "11"));
    world_end(&w);
}

/* Both wait for the table's row: the one that comes later sees the other's entry. */
TEST_IN_LOOP(of_two_who_add_the_same_word_at_once_the_later_is_refused)
{
    struct xref_entry one = kit_entry("a", "1"), two = kit_entry("A", "2");
    struct scope *first, *second;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    first = scope_in(w.api, &w.acme);
    second = scope_in(w.api, &w.acme);
    CHECK_OK(xref_entry_add(first, &t, &one));
    CHECK_ERR(xref_entry_add(second, &t, &two), ERR_UNAVAILABLE); /* after lock_timeout: the first has not ended */
    db_rollback(second);
    CHECK_OK(db_commit(first));
    CHECK_ERR(xref_entry_add(second, &t, &two), ERR_CONFLICT);
    db_rollback(second);
    scope_free(first);
    scope_free(second);
    world_end(&w);
}

TEST_IN_LOOP(an_entry_changes_and_goes_with_the_version_that_was_seen)
{
    struct xref_entry e = kit_entry("a", "1"), seen;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    bool done = true;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    CHECK_OK(put_entry(&w, &w.acme, &t, &e));
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_entry_get(sc, &t, &e.entry_id, &seen));
    CHECK_INT(seen.row_version, 1);
    seen.value = "2";
    seen.note = "as of May";
    seen.changed_by = "somebody";
    CHECK_OK(xref_entry_change(sc, &t, &seen, &done));
    CHECK(done);
    CHECK_OK(xref_entry_change(sc, &t, &seen, &done));
    CHECK(!done);
    CHECK_OK(xref_entry_delete(sc, &t, &e.entry_id, 1, &done));
    CHECK(!done);
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select key, value, note, changed_by, row_version from xref_entry"), "a|2|as of May|somebody|2");
    CHECK_OK(xref_entry_delete(sc, &t, &e.entry_id, 2, &done));
    CHECK(done);
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select entries, content from xref_table"), "0|4");
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_wrong_word_is_named)
{
    struct xref_entry e = kit_entry("  ", "1");
    struct scope *sc;
    struct xref_table t;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    sc = scope_in(w.api, &w.acme);
    CHECK_ERR(xref_entry_add(sc, &t, &e), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "/key");
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}
