#include "access_kit.h"

#include "access/people_int.h"

#define NETWORK "192.0.2.1"

static struct scope *from(struct db *api, const struct tenant *t, const char *address)
{
    struct scope *sc = scope_in(api, t);

    sc->address = address;
    sc->deadline_us = loop_now_us() + 3000000;
    return sc;
}

/* A charge that holds what others charge, beside its own, can close a ring with theirs. */
TEST_IN_LOOP(what_one_charges_keeps_nobody_from_charging_what_is_paid_up)
{
    struct scope *one, *two;
    struct tenant acme;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    one = from(api, &acme, NETWORK);
    CHECK_OK(throttle_start(one));
    CHECK_OK(db_commit(one));
    sql("update throttle set paid_until = now() - interval '1 second'");
    two = from(api, &acme, "192.0.2.2");
    CHECK_OK(throttle_start(two)); /* and goes on */
    CHECK_OK(throttle_start(one));
    db_rollback(two);
    db_rollback(one);
    scope_free(one);
    scope_free(two);
    db_close(api);
}

TEST_IN_LOOP(what_is_paid_up_is_swept_away)
{
    struct tenant acme;
    struct scope *sc;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    sc = from(api, &acme, NETWORK);
    CHECK_OK(throttle_start(sc));
    CHECK_OK(db_commit(sc));
    sql("update throttle set paid_until = now() - interval '1 second'");
    CHECK_OK(throttle_sign_in(sc, "ada@acme.example"));
    CHECK_STR(sql("select count(*) from throttle"), "3"); /* of network, pair and account */
    scope_free(sc);
    db_close(api);
}

TEST_IN_LOOP(a_network_is_the_first_half_of_an_address)
{
    static const char *const same[] = {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:0db8:0001:0002::"};
    struct tenant acme;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    for (size_t i = 0; i < ARRAY_LEN(same) + 1; i++) {
        struct scope *sc = from(api, &acme, i < ARRAY_LEN(same) ? same[i] : "2001:db8:1:3::1");

        CHECK_OK(throttle_start(sc));
        CHECK_OK(db_commit(sc));
        scope_free(sc);
    }
    CHECK_STR(sql("select count(*) from throttle"), "2");
    db_close(api);
}
