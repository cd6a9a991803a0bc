#include "access_kit.h"
#include "q_callers.h"

static struct scope *sc_of(struct db *api, const struct tenant *t)
{
    struct scope *sc = scope_in(api, t);

    if (t)
        sc->tenant.has_customer = false;
    return sc;
}

/* Two that note the same keys in another order would else wait for each other. */
TEST_IN_LOOP(the_uses_of_keys_that_another_holds_are_left_and_those_of_others_written)
{
    struct access_key_new named = {.name = "a", .may = MAY_READ, .expires_at = INT64_MIN};
    struct scope *holds, *notes;
    struct uuid partners[3], holders[3];
    char text[ACCESS_SECRET_MAX];
    struct tenant acme;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    for (size_t i = 0; i < 3; i++) {
        partners[i] = acme.partner_id;
        holders[i] = given_key(api, &acme, &named, text);
    }
    holds = sc_of(api, &acme);
    CHECK_OK(access_key_revoke(holds, &holders[1]));
    notes = sc_of(api, NULL);
    notes->deadline_us = loop_now_us() + 2000000;
    CHECK_OK(q_callers_used(notes, &(struct q_callers_used_in){partners, 3, holders, 3}, NULL));
    CHECK_OK(db_commit(notes));
    db_rollback(holds);
    CHECK_STR(
        sql("select string_agg(api_key_id::text, ' ' order by api_key_id) from api_key where last_used_at is null"),
        id(&holders[1]));
    scope_free(notes);
    scope_free(holds);
    db_close(api);
    access_thread_end();
}

TEST_IN_LOOP(the_use_of_a_client_among_keys_is_written_once_a_minute)
{
    struct access_key_new named = {.name = "a", .may = MAY_READ, .expires_at = INT64_MIN};
    struct uuid partners[2], holders[2];
    char text[ACCESS_SECRET_MAX];
    struct tenant acme;
    struct scope *sc;
    struct db *api;

    given_schema();
    CHECK_OK(crypto_start(test_scope()));
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    partners[0] = partners[1] = acme.partner_id;
    holders[0] = given_key(api, &acme, &named, text);
    sc = sc_of(api, &acme);
    CHECK_OK(access_client_create(sc, &named, &holders[1], text));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    for (int i = 0; i < 2; i++) {
        sc = sc_of(api, NULL);
        CHECK_OK(q_callers_used(sc, &(struct q_callers_used_in){partners, 2, holders, 2}, NULL));
        CHECK_OK(db_commit(sc));
        scope_free(sc);
        CHECK_STR(sql("select (select last_used_at > now() - interval '40 seconds' from client)"
                      " and (select last_used_at > now() - interval '40 seconds' from api_key)"),
                  "t");
        sql("update client set last_used_at = last_used_at - interval '30 seconds'");
    }
    CHECK_STR(sql("select last_used_at < now() - interval '50 seconds' from client"), "t");
    db_close(api);
    access_thread_end();
}
