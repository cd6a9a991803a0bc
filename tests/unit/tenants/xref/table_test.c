#include "xref_kit.h"

TEST_IN_LOOP(a_table_is_its_customers_alone_and_has_its_name_once)
{
    struct xref_table t, again, seen;
    struct scope *sc;
    struct world w;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    given_table(&w, &w.globex, "sku", "one_to_one");
    again = t;
    again.table_id = uuid_new();
    sc = scope_in(w.api, &w.acme);
    CHECK_ERR(xref_table_create(sc, &again), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_OK(xref_table_find(sc, "sku", &seen));
    CHECK(uuid_equal(&seen.table_id, &t.table_id));
    CHECK_STR(seen.shape, "many_to_one");
    CHECK_INT(seen.key.letters, XREF_CASE_FOLD);
    CHECK_INT(seen.key.blanks, XREF_BLANKS_COLLAPSE);
    db_rollback(sc);
    scope_free(sc);
    sc = scope_in(w.api, &w.globex);
    CHECK_ERR(xref_table_get(sc, &t.table_id, &seen), ERR_NOT_FOUND);
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}

static enum err change(struct world *w, struct xref_table *t, bool *out)
{
    struct scope *sc = scope_in(w->api, &w->acme);
    enum err e = xref_table_change(sc, t, out);

    if (e == OK)
        CHECK_OK(db_commit(sc));
    db_rollback(sc);
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(rules_change_only_while_nothing_was_written_by_them)
{
    struct xref_table t;
    struct world w;
    bool changed = false;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    t.key.letters = XREF_CASE_EXACT;
    CHECK_OK(change(&w, &t, &changed));
    CHECK(changed);
    CHECK_OK(change(&w, &t, &changed));
    CHECK(!changed); /* it is version 2 by now */
    CHECK_OK(put_words(&w, &t, "a", "1"));
    t.row_version = 2;
    t.note = "of the shop";
    CHECK_OK(change(&w, &t, &changed));
    CHECK(changed);
    t.row_version = 3;
    t.key.letters = XREF_CASE_FOLD;
    CHECK_ERR(change(&w, &t, &changed), ERR_CONFLICT);
    CHECK_STR(sql("select key_case, note, row_version from xref_table"), "exact|of the shop|3");
    world_end(&w);
}

TEST_IN_LOOP(a_table_goes_with_its_entries_unless_something_uses_it)
{
    struct xref_used use = {"sku", "/lines/sku"};
    struct uuid mapping = uuid_new();
    struct xref_use *v = NULL;
    struct scope *sc;
    struct xref_table t;
    struct world w;
    size_t n = 0;

    world_make(&w);
    t = given_table(&w, &w.acme, "sku", "many_to_one");
    CHECK_OK(put_words(&w, &t, "a", "1"));
    sc = scope_in(w.api, &w.acme);
    CHECK_OK(xref_use_set(sc, &sc->tenant.customer_id, "mapping", &mapping, "Orders", &use, 1));
    CHECK_OK(xref_use_set(sc, &sc->tenant.customer_id, "mapping", &mapping, "Orders of the shop", &use, 1));
    CHECK_OK(xref_use_list(sc, &t, 10, &v, &n));
    CHECK_INT(n, 1);
    CHECK_STR(v[0].name, "Orders of the shop");
    CHECK_STR(v[0].place, "/lines/sku");
    CHECK_OK(db_commit(sc));
    CHECK_ERR(xref_table_delete(sc, &t), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_OK(xref_use_set(sc, &sc->tenant.customer_id, "mapping", &mapping, "Orders of the shop", NULL, 0));
    CHECK_OK(xref_use_list(sc, &t, 10, &v, &n));
    CHECK_INT(n, 0);
    CHECK_OK(xref_table_delete(sc, &t));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select (select count(*) from xref_table) + (select count(*) from xref_entry)"), "0");
    scope_free(sc);
    world_end(&w);
}
