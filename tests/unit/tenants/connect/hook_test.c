#include "base/timefmt.h"
#include "connect_kit.h"
#include "q_connect.h"

#define SECRET "shpss_secret"

struct delivery {
    const char *body, *topic, *id, *shop, *version;
    const struct uuid *on; /* whose host; NULL: acme's */
    char signature[64];
    size_t signature_count;
};

static struct str header(void *arg, const char *name, size_t *count)
{
    struct delivery *d = arg;
    const char *v = strcmp(name, "x-topic") == 0                        ? d->topic
                    : strcmp(name, "x-id") == 0                         ? d->id
                    : strcmp(name, "x-shop") == 0                       ? d->shop
                    : strcmp(name, "x-version") == 0                    ? d->version
                    : strcmp(name, "x-signature") == 0 && *d->signature ? d->signature
                                                                        : NULL;

    *count = !v ? 0 : v == d->signature ? d->signature_count : 1;
    return str_of(v);
}

static void sign(struct delivery *d, const char *secret)
{
    struct buf b;
    uint8_t mac[32];

    crypto_hmac_sha256(secret, strlen(secret), d->body, strlen(d->body), mac);
    buf_init(&b, test_scope()->arena, 64);
    buf_base64(&b, mac, sizeof(mac));
    snprintf(d->signature, sizeof(d->signature), "%s", buf_cstr(&b));
    d->signature_count = 1;
}

static struct delivery given_delivery(void)
{
    struct delivery d = {.body = "{\"id\":1}", .topic = "orders/create", .id = "d-1", .shop = "A.example"};

    sign(&d, SECRET);
    return d;
}

static struct uuid given_shop(struct world *w, const struct tenant *t, char token[HOOK_TOKEN_MAX])
{
    struct connection_new in = {
        .connector = "shop", .name = "Shop", .settings = STR("{\"shop\":\"a.example\"}"), .secret = {SECRET, 12}};
    struct uuid made = {{0}};

    CHECK_OK(kit_create(w, t, &in, &made, token));
    return made;
}

/* As the door does: no tenant, the api role. */
static enum err judge(struct world *w, const char *token, struct delivery *d, struct hook_verdict *out)
{
    struct scope *sc = scope_in(w->api, NULL);
    struct hook_delivery hd = {.partner_id = d->on ? *d->on : w->acme.partner_id,
                               .token = str_of(token),
                               .body = str_of(d->body),
                               .header = header,
                               .arg = d};
    struct hook_verdict v = {0};
    enum err e = hook_judge(sc, &hd, &v);

    if (e == OK) {
        CHECK_STR(v.topic, d->topic);
        CHECK_STR(v.dedupe_key, arena_f(sc->arena, "%s/%s", d->topic, d->id));
        CHECK_STR(v.facts.business_key, "order:1");
        CHECK_STR(v.source_version, d->version && strlen(d->version) <= SOURCE_VERSION_MAX ? d->version : "");
        CHECK(uuid_equal(&sc->tenant.customer_id, &v.tenant.customer_id));
        if (out)
            *out = v;
    }
    if (e == ERR_UNAUTHENTICATED) {
        CHECK_STR(scope_fault(sc)->problem, "webhook-signature");
        CHECK_INT(scope_fault(sc)->http_status, 401);
    }
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(a_signed_delivery_is_its_tenants)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct hook_verdict v = {0};
    struct uuid shop;
    struct world w;

    world_make(&w);
    shop = given_shop(&w, &w.acme, token);
    org_keks_set(w.edge, NULL);
    CHECK_OK(judge(&w, token, &d, &v));
    CHECK(uuid_equal(&v.connection_id, &shop));
    CHECK(uuid_equal(&v.tenant.partner_id, &w.acme.partner_id));
    CHECK(uuid_equal(&v.tenant.customer_id, &w.acme.customer_id));
    CHECK(v.connector == &kit_shop);
    sql("update connection set status = 'revoked'");
    CHECK_OK(judge(&w, token, &d, &v)); /* remembered for a second */
    connect_hooks_end();
    CHECK_ERR(judge(&w, token, &d, &v), ERR_NOT_FOUND);
    world_end(&w);
}

/* Whoever tries a connector has no connection: what is judged is the same, and nobody's. */
static enum err judge_bare(const char *first, const char *second, const char *account, struct delivery *d)
{
    struct secret *secrets[2] = {secret_copy(first, strlen(first)),
                                 second ? secret_copy(second, strlen(second)) : NULL};
    struct hook_delivery hd = {.body = str_of(d->body), .header = header, .arg = d};
    struct scope *sc = scope_new();
    struct hook_verdict v;
    enum err e = hook_judge_bare(sc, &kit_shop, secrets, second ? 2 : 1, account, &hd, &v);

    if (e == OK) {
        CHECK_STR(v.dedupe_key, "orders/create/d-1");
        CHECK_STR(v.facts.business_key, "order:1");
        CHECK(!v.tenant.has_partner && !sc->tenant.has_partner && v.flow.version == 0);
    }
    secret_free(secrets[0]);
    secret_free(secrets[1]);
    scope_free(sc);
    return e;
}

TEST(a_delivery_is_judged_without_a_connection)
{
    struct delivery d = given_delivery();

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(judge_bare(SECRET, NULL, NULL, &d));
    CHECK_OK(judge_bare("the new one", SECRET, "a.example", &d));
    CHECK_ERR(judge_bare("the new one", NULL, NULL, &d), ERR_UNAUTHENTICATED);
    CHECK_ERR(judge_bare(SECRET, NULL, "b.example", &d), ERR_UNAUTHENTICATED);
    d.body = "{\"id\":2}";
    CHECK_ERR(judge_bare(SECRET, NULL, NULL, &d), ERR_UNAUTHENTICATED);
}

/* All octets are right but the last. */
static void flip_last_octet(struct delivery *d)
{
    struct buf b;
    uint8_t mac[32];
    size_t n = 0;

    sign(d, SECRET);
    CHECK(base64_decode(str_of(d->signature), mac, sizeof(mac), &n) && n == sizeof(mac));
    mac[31] ^= 1;
    buf_init(&b, test_scope()->arena, 64);
    buf_base64(&b, mac, sizeof(mac));
    snprintf(d->signature, sizeof(d->signature), "%s", buf_cstr(&b));
}

TEST_IN_LOOP(a_signature_that_is_not_exactly_right_is_refused)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    d.signature[5] = d.signature[5] == 'A' ? 'B' : 'A';
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    flip_last_octet(&d);
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    sign(&d, "another secret");
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    sign(&d, SECRET);
    d.body = "{\"id\":2}";
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    d = given_delivery();
    d.signature_count = 2; /* said twice */
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    d.signature[0] = '\0';
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    memcpy(d.signature, "AAAA", 5);
    d.signature_count = 1;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    d = given_delivery();
    CHECK_OK(judge(&w, token, &d, NULL));
    world_end(&w);
}

TEST_IN_LOOP(an_unknown_token_is_not_found_whatever_it_brings)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    CHECK_ERR(judge(&w, "", &d, NULL), ERR_NOT_FOUND);
    CHECK_ERR(judge(&w, "0123456789", &d, NULL), ERR_NOT_FOUND);
    token[39] = token[39] == 'a' ? 'b' : 'a';
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_NOT_FOUND);
    world_end(&w);
}

TEST_IN_LOOP(a_delivery_for_another_account_is_refused)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    d.shop = "b.example";
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    d.shop = NULL; /* not said: the signature is what counts */
    CHECK_OK(judge(&w, token, &d, NULL));
    world_end(&w);
}

static void add_secret(struct world *w, const struct tenant *t, const struct uuid *shop, const char *secret)
{
    struct scope *sc = scope_in(w->api, t);
    struct q_credential_create_in row = {.partner_id = t->partner_id,
                                         .customer_id = t->customer_id,
                                         .connection_id = *shop,
                                         .credential_id = uuid_new(),
                                         .class = "edge",
                                         .kind = "webhook_secret"};
    struct org_target to;

    CHECK_OK(org_target_customer(sc, ORG_EDGE, &t->customer_id, &to));
    row.customer_epoch = to.epoch;
    org_seal_to(sc, &to, credential_label(sc, &t->customer_id, shop, &row.credential_id, to.epoch),
                (struct bytes){secret, strlen(secret)}, &row.sealed);
    CHECK_OK(q_credential_create(sc, &row, NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

TEST_IN_LOOP(both_secrets_are_good_while_one_is_being_rolled)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct uuid shop;
    struct world w;

    world_make(&w);
    shop = given_shop(&w, &w.acme, token);
    add_secret(&w, &w.acme, &shop, "next");
    CHECK_OK(judge(&w, token, &d, NULL));
    sign(&d, "next");
    CHECK_OK(judge(&w, token, &d, NULL));
    sign(&d, "third");
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    sql("update credential set current = false where created_at = (select min(created_at) from credential)");
    connect_hooks_end();
    d = given_delivery();
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED); /* the first is retired */
    sign(&d, "next");
    CHECK_OK(judge(&w, token, &d, NULL));
    world_end(&w);
}

/* Whoever takes it away comes when they come; until then it signs nothing any more. */
TEST_IN_LOOP(a_secret_is_not_good_beyond_its_overlap)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct uuid shop;
    struct world w;

    world_make(&w);
    shop = given_shop(&w, &w.acme, token);
    add_secret(&w, &w.acme, &shop, "next");
    sql("update credential set overlap_until = now() + interval '1 minute'"
        " where kind = 'webhook_secret' and created_at = (select max(created_at) from credential where kind = "
        "'webhook_secret')");
    CHECK_OK(judge(&w, token, &d, NULL));
    sql("update credential set overlap_until = now() where overlap_until is not null");
    connect_hooks_end();
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAUTHENTICATED);
    sign(&d, "next");
    CHECK_OK(judge(&w, token, &d, NULL));
    CHECK_STR(sql("select count(*) from credential where kind = 'webhook_secret'"), "2");
    world_end(&w);
}

TEST_IN_LOOP(a_signed_delivery_that_makes_no_sense_is_invalid)
{
    static const char *const odd[] = {"", "two words", "caf\xc3\xa9", "\xff", "a\nb"};
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX], longer[152];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    d.body = "{\"id\":";
    sign(&d, SECRET);
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
    d = given_delivery();
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    d.id = longer;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
    longer[101] = '\0';
    d = given_delivery();
    d.topic = longer;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
    d = given_delivery();
    d.id = NULL;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        d = given_delivery();
        d.id = odd[i];
        CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
        d = given_delivery();
        d.topic = odd[i];
        CHECK_ERR(judge(&w, token, &d, NULL), ERR_INVALID);
    }
    world_end(&w);
}

/* What it says of its version is kept, and no delivery is refused for it. */
TEST_IN_LOOP(a_delivery_may_say_the_version_of_its_interface)
{
    static char longer[SOURCE_VERSION_MAX + 2];
    const char *said[] = {"2026-07", "unstable", longer};
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    memset(longer, '7', SOURCE_VERSION_MAX + 1);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        d.version = said[i];
        CHECK_OK(judge(&w, token, &d, NULL));
    }
    world_end(&w);
}

TEST_IN_LOOP(a_token_on_another_partners_host_is_like_none)
{
    struct delivery d = given_delivery();
    char token[HOOK_TOKEN_MAX];
    struct world w;

    world_make(&w);
    given_shop(&w, &w.acme, token);
    d.on = &w.globex.partner_id;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_NOT_FOUND); /* asked of the database */
    d.on = NULL;
    CHECK_OK(judge(&w, token, &d, NULL));
    d.on = &w.globex.partner_id;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_NOT_FOUND); /* remembered */
    d.signature[0] ^= 1;
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_NOT_FOUND);
    world_end(&w);
}

/* ---- what somebody wrote, and takes long ---- */

static int64_t burns_us;

static enum err slow_read(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                          struct hook_facts *out)
{
    int64_t until_us = time_thread_us() + burns_us;

    while (time_thread_us() < until_us)
        continue;
    return kit_hook_read(sc, c, topic, body, out);
}

static struct connector_source slow_source;
static const struct connector slow_words = {.name = "words", .title = "Words", .source = &slow_source};

static int let_go; /* how many doors have */

static void goes(void *arg)
{
    (void)arg;
    let_go++;
}

static enum err slow_settings(struct scope *sc, struct arena *keep, const struct doc *settings,
                              const struct connector **out)
{
    (void)sc, (void)settings;
    arena_defer(keep, goes, NULL);
    *out = &slow_words;
    return OK;
}

static const struct connector *const slow_registry[] = {&kit_shop, &slow_words, NULL};

static struct uuid given_slow(struct world *w, char token[HOOK_TOKEN_MAX])
{
    struct connection_new in = {
        .connector = "words", .name = "Words", .settings = STR("{\"shop\":\"a.example\"}"), .secret = {SECRET, 12}};
    struct uuid made = {{0}};

    CHECK_OK(kit_create(w, &w->acme, &in, &made, token));
    return made;
}

/* Beyond its share of a minute a connection's deliveries come again later; it says why, and no other is held up. */
TEST_IN_LOOP(deliveries_have_a_share_of_each_minute)
{
    char token[HOOK_TOKEN_MAX], other[HOOK_TOKEN_MAX], shop[HOOK_TOKEN_MAX];
    struct delivery d = given_delivery();
    struct uuid slow;
    struct world w;

    world_make(&w);
    slow_source = kit_source;
    slow_source.hook_read = slow_read;
    slow_source.of_settings = slow_settings;
    connect_registry = slow_registry;
    slow = given_slow(&w, token);
    given_slow(&w, other);
    given_shop(&w, &w.acme, shop);
    burns_us = HOOK_SPENT_US / 4;
    for (int i = 0; i < 4; i++)
        CHECK_OK(judge(&w, token, &d, NULL));
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAVAILABLE);
    CHECK_ERR(judge(&w, token, &d, NULL), ERR_UNAVAILABLE);
    CHECK_STR(sql("select string_agg(connection_id || ' ' || (hooks_put_off_why like '%%in each minute%%'), ', ') from "
                  "connection_life where hooks_put_off_at is not null;"),
              arena_f(test_scope()->arena, "%s true", id(&slow)));
    burns_us = 0;
    CHECK_OK(judge(&w, other, &d, NULL));
    CHECK_OK(judge(&w, shop, &d, NULL));
    CHECK(hook_spent_wait_s(&w.acme.partner_id, &slow, loop_now_us()) > 0);
    CHECK_INT(hook_spent_wait_s(&w.acme.partner_id, &slow, loop_now_us() + 61000000), 0);
    connect_hooks_end();
    world_end(&w);
}

TEST_IN_LOOP(a_partner_has_a_share_for_all_of_its_connections)
{
    struct uuid acme = uuid_new(), globex = uuid_new(), c;
    int64_t now_us = 1000000;

    for (int64_t i = 0; i < HOOK_SPENT_PARTNER_US / 1000000; i++) {
        c = uuid_new();
        CHECK_INT(hook_spent_wait_s(&acme, &c, now_us), 0);
        hook_spend(&acme, &c, 1000000, now_us);
        CHECK_INT(hook_spent_wait_s(&globex, &c, now_us), 0);
    }
    c = uuid_new();
    CHECK_INT(hook_spent_wait_s(&acme, &c, now_us), 61);
    CHECK_INT(hook_spent_wait_s(&globex, &c, now_us), 0);
    CHECK(hook_spent_tells(&c, now_us));
    CHECK(!hook_spent_tells(&c, now_us));
    hook_spent_end();
}

TEST_IN_LOOP(a_door_lets_go_of_what_it_holds_for_whoever_needs_the_room)
{
    char token[HOOK_TOKEN_MAX], shop[HOOK_TOKEN_MAX];
    struct delivery d = given_delivery();
    struct world w;

    world_make(&w);
    slow_source = kit_source;
    slow_source.of_settings = slow_settings;
    connect_registry = slow_registry;
    given_slow(&w, token);
    given_shop(&w, &w.acme, shop);
    let_go = 0;
    CHECK_OK(judge(&w, token, &d, NULL));
    CHECK_OK(judge(&w, shop, &d, NULL));
    CHECK_INT(let_go, 0);
    connect_hooks_idle();
    CHECK_INT(let_go, 1);
    CHECK_OK(judge(&w, token, &d, NULL));
    CHECK_OK(judge(&w, shop, &d, NULL));
    connect_hooks_end();
    CHECK_INT(let_go, 2);
    world_end(&w);
}
