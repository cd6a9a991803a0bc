#include "unit/tenants/tenant_kit.h"

static enum err asked_as(const char *role, const char *expected)
{
    return db_check_isolation(test_scope(), test_pg_url_as(role), expected);
}

TEST(the_schema_keeps_tenants_apart_for_every_role_that_serves)
{
    static const char *const roles[] = {"tenon_api", "tenon_worker", "tenon_intake", "tenon_dispatch", "tenon_read"};

    given_schema();
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        CHECK_OK(asked_as(roles[i], roles[i]));
}

TEST(who_serves_must_be_the_role_it_should_be)
{
    given_schema();
    CHECK_ERR(asked_as("postgres", "tenon_api"), ERR_CONFLICT);
    CHECK_ERR(asked_as("tenon_owner", "tenon_api"), ERR_CONFLICT);
    CHECK_ERR(asked_as("tenon_worker", "tenon_api"), ERR_CONFLICT);
    CHECK_STR(scope_fault(test_scope())->message,
              "tenants are not kept apart: it is served as tenon_worker and not as tenon_api");
    CHECK_ERR(asked_as("postgres", "postgres"), ERR_CONFLICT);
}

TEST(a_superuser_that_has_put_on_the_role_is_not_that_role)
{
    char url[400];

    given_schema();
    snprintf(url, sizeof(url), "%s options='-c role=tenon_api'", test_pg_url());
    CHECK_ERR(db_check_isolation(test_scope(), url, "tenon_api"), ERR_CONFLICT);
}

TEST(a_server_that_cannot_be_asked_is_unavailable)
{
    CHECK_ERR(db_check_isolation(test_scope(), "host=/tmp/tenon-pg-nowhere", "tenon_api"), ERR_UNAVAILABLE);
}

static void check_fault(const char *change, const char *fault)
{
    struct scope *sc = test_scope();

    sql("%s", change);
    CHECK_ERR(asked_as("tenon_api", "tenon_api"), ERR_CONFLICT);
    if (!scope_fault(sc)->message || !strstr(scope_fault(sc)->message, fault))
        test_failed(__FILE__, __LINE__, "after \"%s\": %s", change, scope_fault(sc)->message);
}

/* Ends a test with the schema as it was. */
static void undone(const char *change)
{
    sql("%s", change);
    CHECK_OK(asked_as("tenon_api", "tenon_api"));
}

TEST(every_way_to_open_a_tenants_table_is_found)
{
    given_schema();
    check_fault("alter table effect no force row level security", "table effect has no forced row security");
    check_fault("alter table effect force row level security, disable row level security",
                "table effect has no forced row security");
    undone("alter table effect enable row level security");
    check_fault("create table parts (partner_id uuid) partition by hash (partner_id)",
                "table parts has no forced row security");
    check_fault("alter table parts enable row level security, force row level security", "table parts has no policy");
    undone("drop table parts");
}

TEST(a_policy_that_does_not_ask_for_the_tenant_is_found)
{
    given_schema();
    check_fault("create policy wide on effect to tenon_api using (true)", "effect has a policy wide that does not ask");
    check_fault("drop policy wide on effect; create policy wide on effect using (state = 'sent')",
                "effect has a policy wide that does not ask");
    check_fault("drop policy wide on effect; create policy wide on effect to tenon_worker"
                " using (partner_id = tenant_partner() and tenant_has(customer_id)) with check (true)",
                "effect has a policy wide that does not ask");
    check_fault("drop policy wide on effect; create policy wide on effect to tenon_read"
                " using (partner_id = tenant_partner())", /* another customer's, in a table that has customers */
                "effect has a policy wide that does not ask");
    check_fault("drop policy wide on effect; create policy wide on inbound_message for select to tenon_intake"
                " using (true)",
                "inbound_message has a policy wide that lets the intake look");
    undone("drop policy wide on inbound_message");
}

TEST(a_role_that_row_security_would_pass_over_is_found)
{
    given_schema();
    sql("drop role if exists big; create role big; create table open (a int)");
    check_fault("alter role tenon_api superuser", "tenon_api is a superuser");
    check_fault("alter role tenon_api nosuperuser bypassrls", "role tenon_api may bypass row security");
    check_fault("alter role tenon_api nobypassrls; alter table open owner to tenon_api", "role tenon_api owns open");
    check_fault("alter table open owner to big; grant big to tenon_api", "role tenon_api is a member of big");
    check_fault("revoke big from tenon_api; grant tenon_lookup to tenon_worker",
                "role tenon_worker is a member of tenon_lookup");
    undone("revoke tenon_lookup from tenon_worker; drop table open; drop role big");
}
