#include "access_kit.h"
#include "base/memory.h"

#include "base/timefmt.h"

struct stage {
    struct secret *edge, *connection;
    struct tenant acme, globex;
    struct db *api;
    struct scope *sc;
    struct uuid client_id;
    char secret[ACCESS_SECRET_MAX];
};

static void stage_open(struct stage *s)
{
    struct access_key_new in = {.name = "c", .may = MAY_READ, .expires_at = INT64_MIN};

    given_schema();
    given_keks(&s->edge, &s->connection);
    s->acme = given_partner("acme");
    s->globex = given_partner("globex");
    s->api = pool_as("tenon_api");
    s->sc = scope_in(s->api, &s->acme);
    CHECK_OK(access_client_create(s->sc, &in, &s->client_id, s->secret));
    CHECK_OK(db_commit(s->sc));
}

static void stage_close(struct stage *s)
{
    scope_free(s->sc);
    db_close(s->api);
    access_thread_end();
    org_keks_set(NULL, NULL);
    secret_free(s->edge);
    secret_free(s->connection);
}

static struct uuid key_now(struct stage *s)
{
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    struct uuid key;

    CHECK_OK(access_token_key(s->sc, &key, &pem));
    CHECK_OK(db_commit(s->sc));
    return key;
}

static enum err find(struct stage *s, const struct access_token *t, struct caller *out)
{
    struct bytes point;
    enum err e = access_token_find(s->sc, t, &point, out);

    db_rollback(s->sc);
    if (e == OK)
        CHECK_INT(point.n, CRYPTO_POINT_BYTES);
    return e;
}

TEST_IN_LOOP(a_client_is_known_by_its_secret_at_its_own_partner)
{
    char other[ACCESS_SECRET_MAX];
    struct caller who;
    struct stage s;

    stage_open(&s);
    CHECK_OK(access_client_find(s.sc, &s.acme.partner_id, &s.client_id, str_of(s.secret), &who));
    CHECK(who.kind == ACTOR_CLIENT && who.may == MAY_READ && !who.has_customer);
    CHECK_STR(sql("select last_used_at is not null from client"), "t");
    CHECK_ERR(access_client_find(s.sc, &s.globex.partner_id, &s.client_id, str_of(s.secret), &who),
              ERR_UNAUTHENTICATED);
    access_secret_make(ACCESS_CLIENT_SECRET, other);
    CHECK_ERR(access_client_find(s.sc, &s.acme.partner_id, &s.client_id, str_of(other), &who), ERR_UNAUTHENTICATED);
    CHECK_OK(access_client_revoke(s.sc, &s.client_id));
    CHECK_OK(db_commit(s.sc));
    CHECK_ERR(access_client_find(s.sc, &s.acme.partner_id, &s.client_id, str_of(s.secret), &who), ERR_UNAUTHENTICATED);
    stage_close(&s);
}

static struct uuid key_of_other;
static bool other_done;

static void other_asks(void *arg)
{
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    struct stage *s = arg;
    struct scope *sc = scope_in(s->api, &s->acme);

    CHECK_OK(access_token_end(sc, &s->client_id, time_now_us() + 60000000));
    CHECK_OK(access_token_key(sc, &key_of_other, &pem));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    other_done = true;
}

TEST_IN_LOOP(two_that_make_the_first_key_at_once_sign_with_the_same)
{
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    struct uuid key;
    struct stage s;

    stage_open(&s);
    CHECK_OK(access_token_key(s.sc, &key, &pem));
    MUST_BE(fiber_start(other_asks, &s));
    fiber_sleep_us(200000); /* by now it waits for the row of the first */
    CHECK(!other_done);
    CHECK_OK(db_commit(s.sc));
    while (!other_done)
        fiber_sleep_us(1000);
    CHECK(uuid_equal(&key, &key_of_other));
    CHECK_STR(sql("select (select count(*) from signing_key) || ' ' || (select count(*) from ended_token)"), "1 1");
    stage_close(&s);
}

TEST_IN_LOOP(a_token_is_good_while_its_key_its_holder_and_it_are)
{
    struct access_token t;
    struct caller who;
    struct stage s;

    stage_open(&s);
    t = (struct access_token){s.acme.partner_id, key_now(&s), s.client_id, uuid_new()};
    CHECK_OK(find(&s, &t, &who));
    CHECK(who.may == MAY_READ);
    t.partner_id = s.globex.partner_id;
    CHECK_ERR(find(&s, &t, &who), ERR_UNAUTHENTICATED);
    t.partner_id = s.acme.partner_id;
    CHECK_OK(access_token_end(s.sc, &t.token_id, time_now_us() + 60000000));
    CHECK_OK(db_commit(s.sc));
    CHECK_ERR(find(&s, &t, &who), ERR_UNAUTHENTICATED);
    t.token_id = uuid_new();
    CHECK_OK(find(&s, &t, &who));
    CHECK_OK(access_client_revoke(s.sc, &s.client_id));
    CHECK_OK(db_commit(s.sc));
    CHECK_ERR(find(&s, &t, &who), ERR_UNAUTHENTICATED);
    stage_close(&s);
}

TEST_IN_LOOP(a_key_that_was_followed_verifies_until_its_tokens_have_ended)
{
    struct access_token_key *keys;
    struct access_token t;
    struct caller who;
    struct uuid next;
    struct stage s;
    size_t n;

    stage_open(&s);
    t = (struct access_token){s.acme.partner_id, key_now(&s), s.client_id, uuid_new()};
    CHECK_OK(access_token_key_rotate(s.sc, &next));
    CHECK_OK(db_commit(s.sc));
    CHECK_OK(find(&s, &t, &who));
    CHECK_OK(access_token_keys(s.sc, &keys, &n));
    CHECK_INT(n, 2);
    CHECK(uuid_equal(&keys[0].id, &next));
    db_rollback(s.sc);
    sql("update signing_key set retired_at = now() - interval '16 minutes 1 second' where retired_at is not null");
    CHECK_ERR(find(&s, &t, &who), ERR_UNAUTHENTICATED);
    CHECK_OK(access_token_keys(s.sc, &keys, &n));
    CHECK_INT(n, 1);
    db_rollback(s.sc);
    t.key_id = next;
    CHECK_OK(find(&s, &t, &who));
    stage_close(&s);
}

TEST_IN_LOOP(what_a_partner_vouched_for_is_good_once)
{
    int64_t soon = time_now_us() + 60000000;
    uint8_t point[CRYPTO_POINT_BYTES];
    static const char *const origins[] = {"https://a.example"};
    struct secret *pem;
    struct uuid key;
    struct stage s;

    stage_open(&s);
    crypto_es256_pair_new(point, &pem);
    secret_free(pem);
    CHECK_OK(access_embed_create(s.sc, "pages", (struct bytes){point, sizeof(point)}, origins, 1, &key));
    CHECK_OK(access_embed_use(s.sc, &key, STR("one"), soon, &s.acme.customer_id));
    CHECK_OK(db_commit(s.sc));
    CHECK_ERR(access_embed_use(s.sc, &key, STR("one"), soon, &s.acme.customer_id), ERR_UNAUTHENTICATED);
    db_rollback(s.sc);
    CHECK_OK(access_embed_use(s.sc, &key, STR("two"), soon, &s.acme.customer_id));
    CHECK_OK(db_commit(s.sc));
    CHECK_ERR(access_embed_use(s.sc, &key, STR("three"), soon, &s.globex.customer_id), ERR_UNAUTHENTICATED);
    stage_close(&s);
}

TEST_IN_LOOP(a_remembered_token_is_forgotten_when_it_ends)
{
    uint8_t hash[CRYPTO_HASH_BYTES] = {1};
    struct caller who = {.may = MAY_READ}, found;

    CHECK(!access_token_known(hash, true, &found));
    memory_changes(loop_now_us(), NULL, 0);
    access_token_remember(hash, memory_now(), &who, time_now_us() + 60000000);
    CHECK(access_token_known(hash, true, &found) && found.may == MAY_READ);
    access_token_remember(hash, memory_now(), &who, time_now_us() - 1);
    CHECK(!access_token_known(hash, true, &found));
    access_thread_end();
}
