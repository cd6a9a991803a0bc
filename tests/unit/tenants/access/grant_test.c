#include "access/access.h"
#include "access_kit.h"
#include "sys/fiber.h"

static const char *words_of(struct db *api, const struct tenant *t, enum actor_kind kind, const struct uuid *actor)
{
    struct scope *sc = scope_in(api, t);
    static char said[200];
    const char *words = "";

    sc->tenant.has_customer = false;
    sc->actor = kind;
    sc->actor_id = *actor;
    CHECK_OK(access_actor_words(sc, &words));
    snprintf(said, sizeof(said), "%s", words);
    scope_free(sc);
    return said;
}

/* A second after it was asked for, not after the answer has come. */
TEST_IN_LOOP(an_access_is_remembered_for_a_second_from_when_it_was_asked_for)
{
    struct tenant acme;
    struct caller who;
    struct scope *sc;
    struct db *api;
    int64_t asked_us;

    given_schema();
    acme = given_tenant("acme");
    api = pool_as("tenon_api");
    sql("insert into access_grant (partner_id, grant_id, operator_name, reason, secret_hash, expires_at)"
        " values ('%s', gen_random_uuid(), 'Kim', 'why', sha256('sk_grant_k'), now() + interval '1 hour')",
        id(&acme.partner_id));
    sc = scope_in(api, NULL);
    asked_us = loop_now_us();
    CHECK_OK(access_grant_find(sc, STR("sk_grant_k"), &who));
    while (loop_now_us() < asked_us + 1000000)
        fiber_sleep_us(asked_us + 1000000 - loop_now_us());
    CHECK(!access_grant_is_known(STR("sk_grant_k")));
    scope_free(sc);
    db_close(api);
}

/* A kind that is added is one of these or fails here. */
TEST_IN_LOOP(every_kind_of_actor_is_called_by_its_name_and_only_by_its_own_partner)
{
    struct uuid one = uuid_new(), nobody = uuid_new();
    struct tenant acme, globex;
    struct db *api;
    const char *p;

    given_schema();
    acme = given_tenant("acme");
    globex = given_tenant("globex");
    api = pool_as("tenon_api");
    p = id(&acme.partner_id);
    sql("insert into api_key (partner_id, api_key_id, name, secret_hash, prefix, scopes) values ('%s', '%s', 'Till',"
        " sha256('k'), 'p', '{}');"
        "insert into client (partner_id, client_id, name, secret_hash, scopes) values ('%s', '%s', 'Books', "
        "sha256('c'),"
        " '{}');"
        "insert into embed_key values ('%s', '%s', 'Shop pages', decode(repeat('04', 65), 'hex'), "
        "'{https://a.example}');"
        "insert into app_user (partner_id, user_id, email, email_norm, name, status) values ('%s', '%s', 'a@b', 'a@b',"
        " 'Ada', 'active');"
        "insert into access_grant (partner_id, grant_id, operator_name, reason, secret_hash, expires_at)"
        " values ('%s', '%s', 'Kim', 'why', sha256('g'), now() + interval '1 hour')",
        p, id(&one), p, id(&one), p, id(&one), p, id(&one), p, id(&one));
    CHECK_STR(words_of(api, &acme, ACTOR_API_KEY, &one), "by the API key \"Till\"");
    CHECK_STR(words_of(api, &acme, ACTOR_CLIENT, &one), "by the client \"Books\"");
    CHECK_STR(words_of(api, &acme, ACTOR_EMBED, &one), "by the embedded page \"Shop pages\"");
    CHECK_STR(words_of(api, &acme, ACTOR_USER, &one), "by \"Ada\"");
    CHECK_STR(words_of(api, &acme, ACTOR_OPERATOR, &one), "by the operator \"Kim\"");
    CHECK_STR(words_of(api, &acme, ACTOR_SYSTEM, &nobody), "by the system");
    for (int kind = ACTOR_NONE; kind < ACTOR_COUNT; kind++) {
        const char *said = words_of(api, &globex, (enum actor_kind)kind, &one);

        CHECK(strncmp(said, "by ", 3) == 0 && !strchr(said, '"'));
    }
    db_close(api);
}

static void given_owner(const struct tenant *t, const char *email)
{
    struct uuid user = uuid_new();
    const char *p = id(&t->partner_id), *u = id(&user);

    sql("insert into app_user (partner_id, user_id, email, email_norm, status) values ('%s', '%s', '%s', '%s', "
        "'active');"
        "insert into membership (partner_id, membership_id, user_id, role, level, accepted_at)"
        " values ('%s', '%s', '%s', 'partner_owner', 'partner', now())",
        p, u, email, email, p, u, u);
}

TEST_IN_LOOP(an_owner_whom_no_mail_reaches_does_not_keep_an_access_from_being_given)
{
    struct access_grant_new in = {.operator_name = "Kim", .reason = "why", .minutes = 30};
    char text[ACCESS_GRANT_TEXT_MAX];
    struct secret *edge, *connection;
    struct uuid grant;
    struct scope *sc;
    struct tenant acme;
    struct db *db;

    given_schema();
    given_keks(&edge, &connection);
    acme = given_partner("acme");
    given_owner(&acme, "jörg@acme.test");
    given_owner(&acme, "own@acme.test");
    db = pool_as("tenon_operator");
    sc = scope_in(db, &acme);
    sc->tenant.has_customer = false;
    CHECK_OK(access_grant_create(sc, &in, &grant, text));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from mail where kind = 'access_granted'"), "1");
    scope_free(sc);
    db_close(db);
    org_keks_set(NULL, NULL);
    secret_wipe(&edge);
    secret_wipe(&connection);
}
