#include "audit_kit.h"
#include "db/db.h"
#include "unit/tenants/org/org_kit.h"

struct sender {
    struct secret *edge, *connection;
    struct tenant acme;
    struct db *api, *worker;
    struct scope *sc;
    char secret[AUDIT_SECRET_TEXT_MAX];
};

static void sender_make(struct sender *s)
{
    struct scope *api;
    int64_t version = 0;

    given_schema();
    given_keks(&s->edge, &s->connection);
    s->acme = given_partner("acme");
    s->acme.has_customer = false;
    s->api = pool_as("tenon_api");
    s->worker = pool_as("tenon_worker");
    org_keks_set(s->edge, NULL); /* as in the api role */
    api = scope_in(s->api, &s->acme);
    CHECK_OK(audit_webhook_put(api, "https://partner.example/in", 0, &version, s->secret));
    CHECK_INT(version, 1);
    CHECK_OK(db_commit(api));
    scope_free(api);
    org_keks_set(s->edge, s->connection);
    s->sc = scope_in(s->worker, &s->acme);
    CHECK_OK(audit_checkpoint_make(s->sc)); /* the naming of the address is the record's first entry */
}

static void sender_end(struct sender *s)
{
    scope_free(s->sc);
    db_close(s->api);
    db_close(s->worker);
    secret_free(s->edge);
    secret_free(s->connection);
}

TEST_IN_LOOP(a_letter_is_signed_so_that_its_receiver_can_check_it)
{
    uint8_t key[64], mac[32];
    struct audit_sending letter;
    struct sender s;
    struct buf b, said;
    size_t n = 0;

    sender_make(&s);
    CHECK_OK(audit_send_begin(s.sc, 1, &letter));
    CHECK(letter.wanted && !letter.last);
    CHECK_STR(letter.url, "https://partner.example/in");
    CHECK(strncmp(s.secret, "whsec_", 6) == 0);
    CHECK(base64_decode(str_of(s.secret + 6), key, sizeof(key), &n));
    CHECK_INT(n, 32);
    buf_init(&b, s.sc->arena, 30000);
    buf_f(&b, "%s.%s.", letter.id, letter.timestamp);
    buf_add(&b, letter.body.p, letter.body.n);
    crypto_hmac_sha256(key, n, b.p, b.n, mac);
    buf_init(&said, s.sc->arena, 100);
    buf_s(&said, "v1,");
    buf_base64(&said, mac, sizeof(mac));
    CHECK_STR(letter.signature, buf_cstr(&said));
    sender_end(&s);
}

TEST_IN_LOOP(a_letter_that_is_not_taken_is_tried_again_later_and_under_the_same_id)
{
    struct audit_sending first, again;
    struct sender s;

    sender_make(&s);
    CHECK_OK(audit_send_begin(s.sc, 1, &first));
    CHECK_OK(audit_send_begin(s.sc, 1, &again));
    CHECK(!again.wanted); /* not yet its time: nobody sends it twice at once */
    CHECK_OK(audit_send_end(s.sc, &first, 500, "it answered with status 500"));
    CHECK_STR(sql("select state, attempts, status, reason, next_at > now() + interval '1 second' from audit_delivery"),
              "waiting|1|500|it answered with status 500|t");
    sql("update audit_delivery set next_at = now()");
    fiber_yield();
    CHECK_OK(audit_send_begin(s.sc, 1, &again));
    CHECK(again.wanted);
    CHECK_STR(again.id, first.id);
    CHECK_OK(audit_send_end(s.sc, &again, 204, ""));
    CHECK_STR(sql("select state, attempts, reason is null, delivered_at is not null from audit_delivery"),
              "delivered|2|t|t");
    sender_end(&s);
}

TEST_IN_LOOP(the_tenth_try_is_the_last_and_a_410_ends_it_at_once)
{
    struct audit_sending letter;
    struct sender s;

    sender_make(&s);
    sql("update audit_delivery set attempts = 9");
    fiber_yield();
    CHECK_OK(audit_send_begin(s.sc, 1, &letter));
    CHECK(letter.wanted && letter.last);
    CHECK_OK(audit_send_end(s.sc, &letter, 0, "it was not reached"));
    CHECK_STR(sql("select state, attempts from audit_delivery"), "failed|10");
    sql("update audit_delivery set state = 'waiting', attempts = 0, next_at = now()");
    fiber_yield();
    CHECK_OK(audit_send_begin(s.sc, 1, &letter));
    CHECK_OK(audit_send_end(s.sc, &letter, 410, "it answered with status 410"));
    CHECK_STR(sql("select state from audit_delivery"), "failed");
    sender_end(&s);
}

TEST_IN_LOOP(an_address_changes_only_from_the_version_that_was_seen)
{
    struct scope *api;
    struct sender s;
    int64_t version = 0;

    sender_make(&s);
    api = scope_in(s.api, &s.acme);
    CHECK_ERR(audit_webhook_put(api, "https://other.example/", 0, &version, s.secret), ERR_CONFLICT);
    db_rollback(api);
    CHECK_OK(audit_webhook_put(api, "https://other.example/", 1, &version, s.secret));
    CHECK_INT(version, 2);
    CHECK_ERR(audit_webhook_remove(api, 1), ERR_CONFLICT);
    db_rollback(api);
    CHECK_OK(audit_webhook_remove(api, 1));
    CHECK_OK(db_commit(api));
    scope_free(api);
    sender_end(&s);
}
