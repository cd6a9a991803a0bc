#include "flows/flows.h"

#include "crypto/crypto.h"
#include "unit/tenants/tenant_kit.h"

/* What publishing leaves for those who begin flows. */

static void saved(struct scope *sc, const struct uuid *flow, const char *trigger, int32_t wanted)
{
    const char *text =
        arena_f(sc->arena, "{\"format\":\"flow/1\",\"trigger\":{%s},\"steps\":[{\"drop\":\"x\"}]}", trigger);
    int32_t number = 0;

    CHECK_OK(flows_save(sc, flow, &(struct flows_draft){.document = str_of(text)}, &number));
    CHECK_INT(number, wanted);
}

TEST_IN_LOOP(the_version_that_works_says_whose_changes_begin_the_flow)
{
    struct flows_flow f = {.name = "f"};
    struct tenant t;
    struct scope *sc;
    struct db *db;

    CHECK_OK(crypto_start(test_scope()));
    given_schema();
    t = given_tenant("acme");
    db = pool_as("tenon_api");
    sc = scope_in(db, &t);
    f.customer_id = t.customer_id;
    f.flow_id = uuid_new();
    CHECK_OK(flows_create(sc, &f));
    saved(sc, &f.flow_id, "\"change\":{\"object\":\"sales_order\"}", 1);
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select on_change is null from flow"), "t"); /* a draft begins nothing */
    CHECK_OK(flows_publish(sc, &f.flow_id, 1));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select on_change from flow"), "sales_order");
    saved(sc, &f.flow_id, "\"message\":{\"system\":\"shopify\",\"object\":\"order\"}", 2);
    CHECK_OK(flows_publish(sc, &f.flow_id, 2));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select on_change is null from flow"), "t");
    CHECK_OK(flows_roll_back(sc, &f.flow_id));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select on_change, current_version from flow"), "sales_order|1");
    scope_free(sc);
    db_close(db);
}
