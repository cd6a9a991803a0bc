#include "connect_kit.h"
#include "q_connect.h"

/* Credentials and the keys they hang on, while those are turned. */
static void set_partner(struct scope *sc, const struct tenant *t)
{
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = t->partner_id};
}

struct seen {
    size_t n, bad;
    int32_t oldest;
};

static void see(void *arg, const struct org_ring_item *item)
{
    struct seen *s = arg;

    s->n++;
    s->bad += item->opened != OK;
    if (s->oldest == 0 || item->epoch < s->oldest)
        s->oldest = item->epoch;
}

static struct seen verify(struct world *w, const struct tenant *t, enum org_class c)
{
    struct scope *sc = scope_in(w->setup, NULL);
    struct seen s = {0};
    struct org_ring_walk walk = {.class = c, .below = INT32_MAX, .seen = see, .arg = &s};

    org_ring_add(connect_ring_walk);
    set_partner(sc, t);
    CHECK_OK(org_ring_each(sc, &walk));
    CHECK_INT(walk.count, s.n);
    CHECK_INT(walk.failed, s.bad);
    scope_free(sc);
    return s;
}

/* stop: before the old epoch goes, as one that was killed there. */
static size_t rotate(struct world *w, const struct tenant *t, enum org_class c, bool stop)
{
    struct scope *sc = scope_in(w->setup, NULL);
    struct org_ring_walk walk = {.class = c, .renew = true};
    int32_t retired;

    org_ring_add(connect_ring_walk);
    set_partner(sc, t);
    CHECK_OK(org_ring_begin(sc, c, &walk.below));
    if (!stop) {
        CHECK_OK(org_ring_each(sc, &walk));
        CHECK_OK(org_ring_retire(sc, c, walk.below, &retired));
        CHECK_INT(retired, 1);
    }
    scope_free(sc);
    return walk.count;
}

static enum err opens(struct world *w, const struct tenant *t, const struct uuid *connection, const char *want)
{
    struct scope *sc = scope_in(w->worker, t);
    struct secret *s = NULL;
    enum err e = credential_open(sc, connection, "password", &s);

    if (e == OK)
        CHECK(secret_size(s) == strlen(want) && memcmp(secret_bytes(s), want, strlen(want)) == 0);
    secret_free(s);
    scope_free(sc);
    return e;
}

/* As releases before customers' keys stored it. */
static void seal_to_partner(struct world *w, const struct tenant *t, const struct uuid *connection, const char *plain)
{
    struct scope *sc = scope_in(w->setup, t);
    struct uuid credential;
    struct buf hex;
    struct bytes sealed;
    int32_t epoch = 0;
    const char *text = sql("select credential_id from credential where connection_id = '%s'", id(connection));

    CHECK(uuid_parse(text, strlen(text), &credential));
    CHECK_OK(org_epoch(sc, ORG_CONNECTION, &epoch));
    CHECK_OK(org_seal(sc, ORG_CONNECTION, credential_label(sc, &t->customer_id, connection, &credential, epoch),
                      (struct bytes){plain, strlen(plain)}, &epoch, &sealed));
    CHECK_OK(db_commit(sc));
    buf_init(&hex, sc->arena, 1000);
    buf_hex(&hex, sealed.p, sealed.n);
    sql("update credential set customer_epoch = null, key_epoch = %d, sealed = decode('%s', 'hex')"
        " where connection_id = '%s'",
        epoch, buf_cstr(&hex), id(connection));
    scope_free(sc);
}

TEST_IN_LOOP(what_was_sealed_to_the_partner_opens_and_is_sealed_to_its_customer_by_a_turn)
{
    struct uuid old, new;
    struct world w;

    world_make(&w);
    old = kit_books_of(&w, &w.acme, "old");
    new = kit_books_of(&w, &w.acme, "new");
    seal_to_partner(&w, &w.acme, &old, "old");
    CHECK_OK(opens(&w, &w.acme, &old, "old"));
    CHECK_OK(opens(&w, &w.acme, &new, "new"));
    CHECK_INT(rotate(&w, &w.acme, ORG_CONNECTION, false), 2); /* the customer's key and the old credential */
    CHECK_STR(sql("select count(*) from credential where key_epoch is not null"), "0");
    CHECK_STR(
        sql("select string_agg(epoch::text, ',') from partner_key where class = 'connection' and partner_id = '%s'",
            id(&w.acme.partner_id)),
        "2");
    CHECK_STR(sql("select count(*) from partner_key_private where partner_id = '%s'", id(&w.acme.partner_id)), "2");
    CHECK_OK(opens(&w, &w.acme, &old, "old"));
    CHECK_OK(opens(&w, &w.acme, &new, "new"));
    world_end(&w);
}

TEST_IN_LOOP(a_turn_that_was_killed_is_gone_on_with_and_makes_no_third_epoch)
{
    struct uuid books;
    struct seen s;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    seal_to_partner(&w, &w.acme, &books, "hunter2");
    CHECK_INT(rotate(&w, &w.acme, ORG_CONNECTION, true), 0);
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    CHECK_INT(rotate(&w, &w.acme, ORG_CONNECTION, false), 2);
    s = verify(&w, &w.acme, ORG_CONNECTION);
    CHECK_INT(s.n, 2);
    CHECK_INT(s.bad, 0);
    CHECK_INT(s.oldest, 2);
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    world_end(&w);
}

TEST_IN_LOOP(an_epoch_that_something_refers_to_stays)
{
    struct uuid books;
    struct scope *sc;
    struct world w;
    int32_t newest = 0, retired = 7;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    sc = scope_in(w.setup, NULL);
    set_partner(sc, &w.acme);
    CHECK_OK(org_ring_begin(sc, ORG_CONNECTION, &newest));
    CHECK_INT(newest, 2);
    CHECK_ERR(org_ring_retire(sc, ORG_CONNECTION, newest, &retired), ERR_CONFLICT);
    CHECK_INT(retired, 7);
    scope_free(sc);
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    world_end(&w);
}

TEST_IN_LOOP(what_does_not_open_is_counted_and_keeps_its_key)
{
    struct uuid good, bad;
    struct seen s;
    struct scope *sc;
    struct org_ring_walk walk = {.class = ORG_CONNECTION, .renew = true};
    struct world w;
    int32_t retired;

    world_make(&w);
    good = kit_books_of(&w, &w.acme, "good");
    bad = kit_books_of(&w, &w.acme, "bad");
    seal_to_partner(&w, &w.acme, &bad, "bad");
    sql("update credential set sealed = set_byte(sealed, 70, get_byte(sealed, 70) # 1) where connection_id = '%s'",
        id(&bad));
    s = verify(&w, &w.acme, ORG_CONNECTION);
    CHECK_INT(s.n, 3);
    CHECK_INT(s.bad, 1);
    sc = scope_in(w.setup, NULL);
    set_partner(sc, &w.acme);
    CHECK_OK(org_ring_begin(sc, ORG_CONNECTION, &walk.below));
    CHECK_OK(org_ring_each(sc, &walk));
    CHECK_INT(walk.failed, 1);
    CHECK_ERR(org_ring_retire(sc, ORG_CONNECTION, walk.below, &retired), ERR_CONFLICT);
    scope_free(sc);
    CHECK_OK(opens(&w, &w.acme, &good, "good"));
    world_end(&w);
}

TEST_IN_LOOP(without_the_customers_private_half_nothing_of_its_opens)
{
    struct uuid books, far;
    struct seen s;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    far = kit_books_of(&w, &w.globex, "far");
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    sql("delete from customer_key_private where customer_id = '%s'", id(&w.acme.customer_id));
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_NOT_FOUND);
    /* Nor with all that is left: every other half of this database in its place. */
    sql("insert into customer_key_private select '%s', '%s', class, epoch, partner_epoch, sealed"
        " from customer_key_private where class = 'connection'",
        id(&w.acme.partner_id), id(&w.acme.customer_id));
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_INVALID);
    s = verify(&w, &w.acme, ORG_CONNECTION);
    CHECK_INT(s.n, 2);
    CHECK_INT(s.bad, 2);
    sql("update credential set key_epoch = 1, customer_epoch = null where connection_id = '%s'", id(&books));
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_INVALID);
    CHECK_OK(opens(&w, &w.globex, &far, "far"));
    world_end(&w);
}

static enum err open_row(struct scope *sc, const struct q_credential_sealed_row *row, const struct uuid *connection)
{
    CLEANUP(secret_wipe) struct secret *s = NULL;
    struct org_chain chain = CREDENTIAL_CHAIN(*row);

    chain.class = ORG_CONNECTION;
    return org_unseal_customer(
        sc, &chain, credential_label(sc, &row->customer_id, connection, &row->credential_id, CREDENTIAL_EPOCH(*row)),
        row->sealed, &s);
}

/* How many of the changes of one bit are refused. */
static size_t flips_refused(struct scope *sc, const struct q_credential_sealed_row *row, struct bytes of,
                            const struct uuid *connection)
{
    uint8_t *p = (uint8_t *)(uintptr_t)of.p;
    size_t refused = 0;

    for (size_t i = 0; i < 8 * of.n; i++) {
        p[i / 8] ^= (uint8_t)(1u << i % 8);
        refused += open_row(sc, row, connection) == ERR_INVALID;
        scope_clear(sc);
        p[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    return refused;
}

TEST_IN_LOOP(no_bit_of_what_is_sealed_can_be_changed)
{
    struct q_credential_sealed_row row;
    struct uuid books;
    struct scope *sc;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "x");
    sc = scope_in(w.worker, &w.acme);
    CHECK_OK(
        q_credential_sealed(sc, &(struct q_credential_sealed_in){.connection_id = books, .kind = "password"}, &row));
    CHECK_OK(open_row(sc, &row, &books));
    CHECK_INT(flips_refused(sc, &row, row.sealed, &books), 8 * (CRYPTO_SEAL_OVERHEAD + 1));
    CHECK_INT(flips_refused(sc, &row, row.customer_sealed, &books), 8 * (CRYPTO_SEAL_OVERHEAD + CRYPTO_KEY_BYTES));
    CHECK_INT(flips_refused(sc, &row, row.wrapped, &books), 8 * (CRYPTO_WRAP_OVERHEAD + CRYPTO_KEY_BYTES));
    CHECK_OK(open_row(sc, &row, &books));
    row.customer_id = w.globex.customer_id; /* in another's place */
    CHECK_ERR(open_row(sc, &row, &books), ERR_INVALID);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(an_old_key_encryption_key_opens_until_all_is_wrapped_under_the_new_one)
{
    struct secret *next;
    struct uuid books;
    struct scope *sc;
    struct world w;
    size_t done = 0, failed = 7;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    next = kit_kek();
    org_keks_set(w.edge, next);
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_INVALID);
    org_keks_old_set(NULL, w.connection);
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    sc = scope_in(w.setup, NULL);
    set_partner(sc, &w.acme);
    CHECK_OK(org_ring_rewrap(sc, ORG_CONNECTION, &done, &failed));
    CHECK_INT(done, 1);
    CHECK_INT(failed, 0);
    CHECK_OK(org_ring_rewrap(sc, ORG_CONNECTION, &done, &failed)); /* repeating does nothing */
    CHECK_INT(done, 0);
    scope_free(sc);
    org_keks_old_set(NULL, NULL);
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    org_keks_set(w.edge, w.connection);
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_INVALID); /* the old one alone is good for nothing now */
    secret_free(next);
    world_end(&w);
}

/* Every way in that the api role has, with what its process holds. */
TEST_IN_LOOP(the_api_role_cannot_open_a_connections_secret)
{
    struct uuid books;
    struct org_chain chain = {.class = ORG_CONNECTION, .partner_epoch = 1};
    struct secret *s = NULL;
    struct scope *sc;
    struct world w;
    struct org_target to;
    struct bytes sealed;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    CHECK_OK(opens(&w, &w.acme, &books, "hunter2"));
    CHECK_STR(sql("begin; set local role tenon_api; select set_config('tenon.partner_id', '%s', true),"
                  " set_config('tenon.customer_id', 'all', true), set_config('tenon.brand_id', 'all', true) \\gset\n"
                  "select (select count(*) from partner_key_private where class = 'connection')"
                  " + (select count(*) from customer_key_private where class = 'connection')"
                  " + (select count(*) from credential where class = 'connection')"
                  " + (select count(*) from signing_key where class = 'connection')",
                  id(&w.acme.partner_id)),
              "0");
    CHECK_STR(
        sql("select string_agg(t || ' ' || p, ',') from unnest(array['partner_key_private', 'customer_key_private',"
            " 'credential', 'signing_key']) t, unnest(array['update', 'delete']) p"
            " where has_any_column_privilege('tenon_api', 'tenon.' || t, case p when 'delete' then 'update' else p end)"
            " and t <> 'signing_key' or p = 'delete' and has_table_privilege('tenon_api', 'tenon.' || t, 'delete')"),
        "");
    org_keks_set(w.edge, NULL); /* as in the api's process */
    CHECK_ERR(opens(&w, &w.acme, &books, ""), ERR_FORBIDDEN);
    sc = scope_in(w.api, &w.acme);
    CHECK_ERR(credential_open(sc, &books, "password", &s), ERR_NOT_FOUND);
    scope_free(sc);
    sc = scope_in(w.api, &w.acme); /* what it has just sealed itself it cannot open either */
    CHECK_OK(org_target_customer(sc, ORG_CONNECTION, &w.acme.customer_id, &to));
    org_seal_to(sc, &to, STR("here"), (struct bytes){"x", 1}, &sealed);
    CHECK_ERR(org_unseal_customer(sc, &chain, STR("here"), sealed, &s), ERR_FORBIDDEN);
    CHECK(!s);
    scope_free(sc);
    world_end(&w);
}
