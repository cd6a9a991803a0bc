#include "base/memory.h"
#include "org_kit.h"

static enum err host_find(const char *host, struct scope *sc, struct org_host *out)
{
    enum err e = org_host_find(sc, str_of(host), out);

    db_rollback(sc);
    return e;
}

TEST_IN_LOOP(a_host_answers_for_its_partner_alone)
{
    struct secret *edge, *connection;
    struct org_host found;
    struct tenant acme, globex;
    struct scope *sc;
    struct db *api;

    given_schema();
    given_keks(&edge, &connection);
    acme = given_partner("acme");
    globex = given_partner("globex");
    api = pool_as("tenon_api");
    sc = scope_in(api, NULL);
    CHECK_OK(host_find("acme.localhost", sc, &found));
    CHECK(uuid_equal(&found.partner_id, &acme.partner_id));
    CHECK_STR(found.slug, "acme");
    CHECK_STR(found.name, "Acme \"Ltd\"");
    CHECK_STR(found.brand_pack, "plain");
    CHECK_OK(host_find("globex.localhost", sc, &found));
    CHECK(uuid_equal(&found.partner_id, &globex.partner_id));
    CHECK_ERR(host_find("acme.localhos", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("' or ''='", sc, &found), ERR_NOT_FOUND);
    CHECK(!sc->tenant.has_partner);
    scope_free(sc);
    db_close(api);
    org_thread_end();
    secret_free(edge);
    secret_free(connection);
}

TEST_IN_LOOP(an_unverified_host_and_a_closed_partner_are_absent)
{
    struct tenant acme, globex;
    struct org_host found;
    struct scope *sc;
    struct db *api;

    given_schema();
    acme = given_tenant("acme");
    globex = given_tenant("globex");
    sql("insert into partner_host (partner_id, host, verified_at) values ('%s', 'a.localhost', null),"
        " ('%s', 'b.localhost', now()); update partner set status = 'closed' where slug = 'globex'",
        id(&acme.partner_id), id(&globex.partner_id));
    api = pool_as("tenon_api");
    sc = scope_in(api, NULL);
    CHECK_ERR(host_find("a.localhost", sc, &found), ERR_NOT_FOUND);
    CHECK_ERR(host_find("b.localhost", sc, &found), ERR_NOT_FOUND);
    sql("update partner_host set verified_at = now(); update partner set status = 'suspended'");
    CHECK_OK(host_find("a.localhost", sc, &found)); /* that it was absent is not remembered */
    CHECK_OK(host_find("b.localhost", sc, &found));
    sql("delete from partner_host");
    fiber_sleep_us(MEMORY_AGAIN_US);
    CHECK_ERR(host_find("a.localhost", sc, &found), ERR_NOT_FOUND);
    scope_free(sc);
    db_close(api);
}
