#include "audit_kit.h"

static enum err read_order(const struct world *w, const struct tenant *t, const struct uuid *key, const char *address,
                           const struct uuid *order)
{
    struct scope *sc = asking(w, t);
    enum err e;

    sc->actor_id = *key;
    sc->address = address;
    CHECK_OK(audit_read(sc, "order.read", "ord", order));
    e = db_commit(sc);
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(the_same_read_within_a_minute_is_one_entry)
{
    struct uuid one = uuid_new(), two = uuid_new(), key = uuid_new();
    struct world w;

    world_make(&w);
    for (int i = 0; i < 3; i++)
        CHECK_OK(read_order(&w, &w.acme, &key, "192.0.2.1", &one));
    CHECK_STR(sql("select count(*) from audit_entry"), "1");
    CHECK_OK(read_order(&w, &w.acme, &key, "192.0.2.1", &two));
    CHECK_OK(read_order(&w, &w.acme, &key, "192.0.2.2", &one));
    CHECK_OK(read_order(&w, &w.acme, &two, "192.0.2.1", &one));
    CHECK_OK(read_order(&w, &w.globex, &key, "192.0.2.1", &one));
    CHECK_STR(sql("select count(*) from audit_entry"), "5");
    db_close(w.api);
}

TEST_IN_LOOP(a_read_that_was_not_answered_is_not_remembered)
{
    struct uuid one = uuid_new(), key = uuid_new();
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    sc->actor_id = key;
    sc->address = "192.0.2.1";
    CHECK_OK(audit_read(sc, "order.read", "ord", &one));
    db_rollback(sc);
    scope_free(sc);
    CHECK_OK(read_order(&w, &w.acme, &key, "192.0.2.1", &one));
    CHECK_STR(sql("select count(*) from audit_entry"), "1");
    db_close(w.api);
}

TEST_IN_LOOP(each_read_of_an_operator_is_an_entry)
{
    struct uuid one = uuid_new(), grant = uuid_new();
    struct world w;

    world_make(&w);
    for (int i = 0; i < 3; i++) {
        struct scope *sc = asking(&w, &w.acme);

        sc->actor = ACTOR_OPERATOR;
        sc->actor_id = grant;
        CHECK_OK(audit_read(sc, "order.read", "ord", &one));
        CHECK_OK(db_commit(sc));
        scope_free(sc);
    }
    CHECK_STR(sql("select count(*) from audit_entry"), "3");
    db_close(w.api);
}

static size_t listed(struct scope *sc, const struct audit_filter *f)
{
    struct audit_entry *v;
    size_t n = 0;

    CHECK_OK(audit_list(sc, f, 100, &v, &n));
    return n;
}

TEST_IN_LOOP(whoever_speaks_for_one_customer_sees_that_customers_entries)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    note(sc, "a.partner");
    audit_note(sc,
               &(struct audit_act){.action = "a.customer", .has_customer = true, .customer_id = w.acme.customer_id});
    audit_note(sc, &(struct audit_act){.action = "a.other", .has_customer = true, .customer_id = uuid_new()});
    CHECK_OK(db_commit(sc));
    CHECK_INT(listed(sc, &(struct audit_filter){0}), 3);
    CHECK_INT(listed(sc, &(struct audit_filter){.before = 3}), 2);
    CHECK_INT(listed(sc, &(struct audit_filter){.action = "a.other"}), 1);
    CHECK_INT(listed(sc, &(struct audit_filter){.actor_id = sc->actor_id}), 3);
    CHECK_INT(listed(sc, &(struct audit_filter){.object_id = sc->actor_id}), 0);
    db_rollback(sc);
    scope_free(sc);
    sc = asking(&w, &w.acme);
    sc->tenant.has_customer = true;
    CHECK_INT(listed(sc, &(struct audit_filter){0}), 1);
    db_rollback(sc);
    scope_free(sc);
    sc = asking(&w, &w.globex);
    CHECK_INT(listed(sc, &(struct audit_filter){0}), 0);
    db_rollback(sc);
    scope_free(sc);
    db_close(w.api);
}

TEST_IN_LOOP(what_was_hashed_is_what_is_read_back)
{
    struct audit_entry *v;
    struct world w;
    struct scope *sc;
    size_t n = 0;

    world_make(&w);
    sc = asking(&w, &w.acme);
    audit_note(sc,
               &(struct audit_act){.action = "a.b", .before = STR("{}"), .detail = "Zo\xc3\xab \"x\"\n", .reason = ""});
    note(sc, "a.c");
    CHECK_OK(db_commit(sc));
    CHECK_OK(audit_list(sc, &(struct audit_filter){0}, 10, &v, &n));
    CHECK_INT(n, 2);
    for (size_t i = 0; i < n; i++) {
        struct str text = audit_canonical(sc, &v[i]);
        uint8_t hash[CRYPTO_HASH_BYTES];

        crypto_blake2b(text.p, text.n, hash);
        CHECK(memcmp(hash, v[i].hash, sizeof(hash)) == 0);
    }
    db_rollback(sc);
    scope_free(sc);
    db_close(w.api);
}
