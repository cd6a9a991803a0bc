#include "access/people.h"
#include "access_kit.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "mail/mail.h"
#include "org/hosts.h"

/* Whatever hangs on a partner's keys, through a turn of them: one of each kind that other rooms do not try. */
static struct secret *edge, *connection;
static struct db *operator_, *api, *worker;
static struct tenant acme;
static struct uuid user, host;
static char app_secret[64]; /* as the app has it, base32 */

static struct scope *in_acme(struct db *db)
{
    struct scope *sc = scope_in(db, &acme);

    sc->tenant.has_customer = false;
    return sc;
}

static void given_totp(void)
{
    struct scope *sc = in_acme(api);
    const char *uri = "", *at;

    user = uuid_new();
    sql("insert into app_user (partner_id, user_id, email, email_norm, status) values ('%s', '%s', 'ada@acme.test',"
        " 'ada@acme.test', 'active')",
        id(&acme.partner_id), id(&user));
    CHECK_OK(totp_begin(sc, &user, "Acme", &uri));
    CHECK_OK(db_commit(sc));
    at = strstr(uri, "secret=");
    if (at)
        snprintf(app_secret, sizeof(app_secret), "%.*s", (int)strcspn(at + 7, "&"), at + 7);
    scope_free(sc);
}

static void given_certificate(void)
{
    const struct crypto_certificate about = {.names = "acme.localhost", .not_after_us = time_now_us()};
    struct scope *sc = in_acme(api);

    CHECK(uuid_parse(sql("select host_id from partner_host where host = 'acme.localhost'"), UUID_TEXT_LEN, &host));
    CHECK_OK(
        org_certificate_put(sc, &host, "the chain", (struct bytes){(const uint8_t *)"the key", 7}, &about, "test"));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

static void given_webhook_and_mail(void)
{
    struct scope *sc = in_acme(api);
    char secret[AUDIT_SECRET_TEXT_MAX];
    int64_t version;

    CHECK_OK(audit_webhook_put(sc, "https://acme.example/audit", 0, &version, secret));
    CHECK_OK(mail_put(sc, &(struct mail_new){.kind = "test", .to = "kaethe@example.com"}));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

static void begin(void)
{
    given_schema();
    given_keks(&edge, &connection);
    acme = given_partner("acme");
    operator_ = pool_as("tenon_operator");
    api = pool_as("tenon_api");
    worker = pool_as("tenon_worker");
    org_ring_add(access_ring_walk);
    org_ring_add(audit_ring_walk);
    org_ring_add(mail_ring_walk);
    given_totp();
    given_certificate();
    given_webhook_and_mail();
}

static void end(void)
{
    db_close(operator_);
    db_close(api);
    db_close(worker);
    org_keks_set(NULL, NULL);
    secret_wipe(&edge);
    secret_wipe(&connection);
}

static void rotate(enum org_class c)
{
    struct org_ring_walk walk = {.class = c, .renew = true};
    struct scope *sc = in_acme(operator_);
    int32_t retired = 0;

    CHECK_OK(org_ring_begin(sc, c, &walk.below));
    CHECK_OK(org_ring_each(sc, &walk));
    CHECK_INT(walk.failed, 0);
    CHECK_OK(org_ring_retire(sc, c, walk.below, &retired));
    CHECK_INT(retired, 1);
    scope_free(sc);
}

static char kinds[500];

static void see(void *arg, const struct org_ring_item *item)
{
    size_t n = strlen(kinds);

    (void)arg;
    snprintf(kinds + n, sizeof(kinds) - n, "%s %d %s,", item->kind, (int)item->epoch, err_info(item->opened)->name);
}

/* What there is, in the order of the walkers, with its epoch and whether it opens. */
static const char *ring(enum org_class c)
{
    struct org_ring_walk walk = {.class = c, .below = INT32_MAX, .seen = see};
    struct scope *sc = in_acme(operator_);

    kinds[0] = '\0';
    CHECK_OK(org_ring_each(sc, &walk));
    scope_free(sc);
    return kinds;
}

static uint32_t code_now(void)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t secret[40] = {0};
    size_t n = 0;
    uint32_t held = 0, bits = 0;

    for (const char *c = app_secret; *c; c++) {
        held = held << 5 | (uint32_t)(strchr(digits, *c) - digits);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            secret[n++] = (uint8_t)(held >> bits);
        }
    }
    return totp_code(secret, n, (uint64_t)(time_now_us() / 30000000));
}

TEST_IN_LOOP(after_a_turn_each_kind_opens_and_nothing_hangs_on_the_old_epoch)
{
    begin();
    rotate(ORG_EDGE);
    rotate(ORG_CONNECTION);
    CHECK(strstr(ring(ORG_EDGE), "certificate 2 ok,") != NULL);
    CHECK(strstr(kinds, "second factor 2 ok,") != NULL);
    CHECK(strstr(ring(ORG_CONNECTION), "audit webhook 2 ok,") != NULL);
    CHECK(strstr(kinds, "mail 2 ok,") != NULL);
    CHECK_STR(sql("select string_agg(class || epoch, ' ' order by class, epoch) from partner_key"),
              "connection2 edge2");
    end();
}

TEST_IN_LOOP(after_a_turn_the_app_s_code_and_the_certificate_s_key_are_as_before)
{
    struct secret *key = NULL;
    const char *chain = NULL;
    struct scope *sc;

    begin();
    rotate(ORG_EDGE);
    sc = in_acme(api);
    CHECK_OK(totp_confirm(sc, &user, arena_f(sc->arena, "%06u", code_now())));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    sc = scope_in(api, NULL);
    CHECK_OK(org_certificate_find(sc, str_of("acme.localhost"), &chain, &key));
    CHECK_STR(chain, "the chain");
    CHECK(key && secret_size(key) == 7 && memcmp(secret_bytes(key), "the key", 7) == 0);
    secret_free(key);
    scope_free(sc);
    end();
}

/* More than two pages, of which the walk that renews takes the first away while it goes. */
TEST_IN_LOOP(a_walk_of_several_pages_leaves_nobody_out)
{
    begin();
    sql("insert into mail (partner_id, mail_id, kind, to_hash, locale, key_epoch, message_id, state, due_at)"
        " select partner_id, gen_random_uuid(), 'test', to_hash, 'en', 1, 'm', 'sent', null from mail,"
        " generate_series(1, 3)");
    for (int i = 0; i < 2 * ORG_RING_PAGE + 10; i++) {
        struct scope *sc = in_acme(api);

        CHECK_OK(mail_put(sc, &(struct mail_new){.kind = "test", .to = arena_f(sc->arena, "k%d@example.com", i)}));
        CHECK_OK(db_commit(sc));
        scope_free(sc);
    }
    rotate(ORG_CONNECTION);
    CHECK_STR(sql("select key_epoch, count(*) from mail group by 1"), "2|214");
    end();
}
