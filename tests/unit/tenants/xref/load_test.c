#include "xref_kit.h"

static struct xref_snapshot *load(struct world *w, struct scope **out_sc, const char *const *tables, size_t n)
{
    struct xref_snapshot *s = NULL;

    *out_sc = scope_in(w->worker, &w->acme);
    CHECK_OK(xref_load(*out_sc, tables, n, &s));
    return s;
}

TEST_IN_LOOP(a_snapshot_holds_what_its_tables_held_and_says_the_same_hash_as_the_document)
{
    struct xref_snapshot *s, *doc = NULL;
    struct xref_table sku, tax;
    struct scope *sc;
    struct world w;
    bool current = false;

    world_make(&w);
    sku = given_table(&w, &w.acme, "sku", "many_to_one");
    tax = given_table(&w, &w.acme, "tax_code", "one_to_one");
    CHECK_OK(put_words(&w, &sku, " Red  Mug", "A-1"));
    CHECK_OK(put_words(&w, &sku, "Blue Mug", "A-1"));
    CHECK_OK(put_words(&w, &tax, "full", "S"));
    s = load(&w, &sc, (const char *[]){"sku", "tax_code"}, 2);
    CHECK_INT(xref_snapshot_entries(s), 3);
    CHECK_STR(found(s, "sku", "red mug", 0), "A-1");
    CHECK_STR(found(s, "tax_code", "FULL", 0), "S");
    CHECK_OK(xref_snapshot_from_doc(test_scope(),
                                    STR("{\"tax_code\": {\"rules\": {\"key_case\": \"fold\", \"key_blanks\": "
                                        "\"collapse\"}, \"entries\": {\"full\": \"S\"}},"
                                        "\"sku\": {\"rules\": {\"key_case\": \"fold\", \"key_blanks\": \"collapse\"}, "
                                        "\"entries\": {\"red mug\": \"A-1\","
                                        " \"blue mug\": \"A-1\"}}}"),
                                    &doc));
    CHECK_STR(xref_snapshot_hash(doc), xref_snapshot_hash(s));
    CHECK_OK(xref_current(sc, s, &current));
    CHECK(current);
    CHECK_OK(db_commit(sc));
    CHECK_OK(put_words(&w, &tax, "none", "Z"));
    CHECK_OK(xref_current(sc, s, &current));
    CHECK(!current);
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}

/* A key of blanks alone is the empty one where they are trimmed, and a word of its own where they count. */
TEST_IN_LOOP(an_entry_for_the_empty_word_is_found_where_the_table_has_one)
{
    struct xref_snapshot *s;
    struct xref_table t;
    struct scope *sc;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "ship_method", "many_to_one");
    sql("update xref_table set key_empty = true, key_blanks = 'exact'");
    t.key = (struct xref_rule){XREF_CASE_EXACT, XREF_BLANKS_EXACT, true};
    CHECK_OK(put_words(&w, &t, "", "NONE"));
    CHECK_OK(put_words(&w, &t, " ", "BLANK"));
    s = load(&w, &sc, (const char *[]){"ship_method"}, 1);
    CHECK_STR(found(s, "ship_method", "", 0), "NONE");
    CHECK_STR(found(s, "ship_method", " ", 0), "BLANK");
    db_rollback(sc);
    scope_free(sc);
    CHECK_OK(xref_snapshot_from_doc(test_scope(),
                                    STR("{\"a\": {\"rules\": {\"key_empty\": true}, \"entries\": {\"\": \"NONE\"}},"
                                        " \"b\": {\"entries\": {\"x\": \"y\"}}}"),
                                    &s));
    CHECK_STR(found(s, "a", "", 0), "NONE");
    CHECK_STR(found(s, "a", "  ", 0), "NONE");
    CHECK_STR(found(s, "b", "", 0), NULL);
    world_end(&w);
}

TEST_IN_LOOP(a_table_that_there_is_none_of_is_named_and_anothers_is_none)
{
    struct xref_snapshot *s = NULL;
    struct scope *sc;
    struct world w;

    world_make(&w);
    given_table(&w, &w.acme, "sku", "many_to_one");
    given_table(&w, &w.globex, "account", "many_to_one");
    sc = scope_in(w.worker, &w.acme);
    CHECK_ERR(xref_load(sc, (const char *[]){"sku", "account"}, 2, &s), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "there is no cross reference account");
    db_rollback(sc);
    scope_free(sc);
    s = load(&w, &sc, (const char *[]){"sku"}, 1);
    CHECK_INT(xref_snapshot_entries(s), 0);
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}
