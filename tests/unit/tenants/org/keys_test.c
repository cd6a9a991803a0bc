#include "db/db.h"
#include "org_kit.h"
#include "q_org.h"

struct world {
    struct secret *edge, *connection;
    struct tenant acme, globex;
    struct db *worker;
};

static void world_make(struct world *w)
{
    given_schema();
    given_keks(&w->edge, &w->connection);
    w->acme = given_partner("acme");
    w->globex = given_partner("globex");
    w->worker = pool_as("tenon_worker");
}

static void world_end(struct world *w)
{
    db_close(w->worker);
    secret_free(w->edge);
    secret_free(w->connection);
}

static struct bytes wrapped_of(struct scope *sc, const struct tenant *t, enum org_class c)
{
    const char *text = sql("select encode(wrapped, 'hex') from partner_key_private where partner_id = '%s' and class = "
                           "'%s'",
                           id(&t->partner_id), org_class_name(c));
    size_t n = strlen(text) / 2;
    uint8_t *p = arena_alloc(sc->arena, n ? n : 1);

    CHECK(hex_decode(str_of(text), p, n, &n));
    return (struct bytes){p, n};
}

TEST_IN_LOOP(what_is_sealed_opens_only_with_the_class_s_own_key)
{
    struct secret *s = NULL;
    struct bytes sealed;
    struct world w;
    struct scope *sc;
    int32_t epoch = 0;

    world_make(&w);
    sc = scope_in(w.worker, &w.acme);
    CHECK_OK(org_seal(sc, ORG_CONNECTION, STR("here"), (struct bytes){"hunter2", 7}, &epoch, &sealed));
    CHECK_INT(epoch, 1);
    CHECK_OK(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.acme, ORG_CONNECTION), STR("here"), sealed, &s));
    CHECK_INT(secret_size(s), 7);
    CHECK(memcmp(secret_bytes(s), "hunter2", 7) == 0);
    secret_wipe(&s);
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.acme, ORG_CONNECTION), STR("there"), sealed, &s),
              ERR_INVALID);
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.acme, ORG_EDGE), STR("here"), sealed, &s),
              ERR_INVALID);
    CHECK_ERR(org_unseal(sc, ORG_EDGE, 1, wrapped_of(sc, &w.acme, ORG_EDGE), STR("here"), sealed, &s), ERR_INVALID);
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 2, wrapped_of(sc, &w.acme, ORG_CONNECTION), STR("here"), sealed, &s),
              ERR_INVALID);
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.globex, ORG_CONNECTION), STR("here"), sealed, &s),
              ERR_INVALID);
    org_keks_set(w.edge, NULL); /* as in the api role */
    CHECK_OK(org_seal(sc, ORG_CONNECTION, STR("here"), (struct bytes){"x", 1}, &epoch, &sealed));
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.acme, ORG_CONNECTION), STR("here"), sealed, &s),
              ERR_FORBIDDEN);
    org_keks_set(w.connection, w.edge); /* mixed up */
    CHECK_ERR(org_unseal(sc, ORG_CONNECTION, 1, wrapped_of(sc, &w.acme, ORG_CONNECTION), STR("here"), sealed, &s),
              ERR_INVALID);
    CHECK(!s);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(the_newest_epoch_is_sealed_to)
{
    struct bytes sealed;
    struct world w;
    struct scope *sc;
    int32_t epoch = 0;

    world_make(&w);
    sql("insert into partner_key (partner_id, class, epoch, public_key) select partner_id, class, 2, public_key"
        " from partner_key where partner_id = '%s' and class = 'edge'",
        id(&w.acme.partner_id));
    sc = scope_in(w.worker, &w.acme);
    CHECK_OK(org_epoch(sc, ORG_EDGE, &epoch));
    CHECK_INT(epoch, 2);
    CHECK_OK(org_seal(sc, ORG_CONNECTION, STR("here"), (struct bytes){"x", 1}, &epoch, &sealed));
    CHECK_INT(epoch, 1);
    scope_free(sc);
    sc = scope_in(w.worker, &w.globex); /* another partner's epochs are its own */
    CHECK_OK(org_epoch(sc, ORG_EDGE, &epoch));
    CHECK_INT(epoch, 1);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(no_partner_is_made_without_both_key_encryption_keys)
{
    struct secret *edge, *connection;
    struct db *db;
    struct scope *sc;
    struct uuid made;

    given_schema();
    given_keks(&edge, &connection);
    org_keks_set(edge, NULL);
    db = pool_as("tenon_operator");
    sc = scope_in(db, NULL);
    CHECK_ERR(org_partner_create(sc, "acme", "Acme", "acme.localhost", "plain", &made), ERR_FORBIDDEN);
    scope_free(sc);
    CHECK_STR(sql("select count(*) from partner"), "0");
    db_close(db);
    secret_free(edge);
    secret_free(connection);
}
