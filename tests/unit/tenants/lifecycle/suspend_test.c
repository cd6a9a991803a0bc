#include "lifecycle_kit.h"

static enum err suspend(struct world *w, const struct tenant *t)
{
    struct scope *sc = partner_scope(w->api, t);
    enum err e = lifecycle_suspend(sc, &t->customer_id, "unpaid");

    if (e == OK)
        e = db_commit(sc);
    scope_free(sc);
    return e;
}

static enum err resume(struct world *w, const struct tenant *t)
{
    struct scope *sc = partner_scope(w->api, t);
    enum err e = lifecycle_resume(sc, &t->customer_id);

    if (e == OK)
        e = db_commit(sc);
    scope_free(sc);
    return e;
}

static enum err erase(struct world *w, const struct tenant *t, const char *name, bool *out_closed)
{
    struct scope *sc = partner_scope(w->api, t);
    enum err e = lifecycle_erase(sc, &t->customer_id, name, "contract ended", 0, out_closed);

    scope_free(sc);
    return e;
}

TEST_IN_LOOP(who_is_suspended_stands_among_the_halted_until_it_is_resumed)
{
    struct world w = world_make();

    CHECK_OK(suspend(&w, &w.acme));
    CHECK_OK(suspend(&w, &w.acme));
    CHECK_STR(sql("select string_agg(tenant_id::text, ',') from halted"), id(&w.acme.customer_id));
    CHECK_STR(
        sql("select status || ' ' || status_reason from customer where customer_id = '%s'", id(&w.acme.customer_id)),
        "suspended unpaid");
    CHECK_OK(resume(&w, &w.acme));
    CHECK_STR(sql("select count(*) from halted"), "0");
    CHECK_STR(sql("select row_version from customer where customer_id = '%s'", id(&w.acme.customer_id)), "3");
    world_end(&w);
}

TEST_IN_LOOP(another_partners_customer_is_simply_absent)
{
    struct world w = world_make();
    struct scope *sc = partner_scope(w.api, &w.globex);

    CHECK_ERR(lifecycle_suspend(sc, &w.acme.customer_id, "x"), ERR_NOT_FOUND);
    scope_free(sc);
    CHECK_STR(sql("select count(*) from halted"), "0");
    world_end(&w);
}

TEST_IN_LOOP(what_waited_gets_the_time_that_it_waited)
{
    struct world w = world_make();
    struct uuid connection = given_connection(&w.acme, "acme");

    given_job(&w.acme, &connection, "order", "order:1");
    CHECK_OK(suspend(&w, &w.acme));
    sql("update halted set since = now() - interval '30 days'");
    CHECK_OK(resume(&w, &w.acme));
    CHECK_STR(sql("select deadline_at > now() + interval '36 days' from job"), "t");
    world_end(&w);
}

TEST_IN_LOOP(the_api_changes_nothing_of_a_suspended_customer)
{
    struct world w = world_make();
    struct scope *sc;
    struct org_brand b = {.customer_id = w.acme.customer_id, .brand_id = uuid_new(), .code = "x", .name = "X"};

    CHECK_OK(suspend(&w, &w.acme));
    sc = partner_scope(w.api, &w.acme);
    CHECK_ERR(org_brand_add(sc, &b), ERR_CONFLICT);
    CHECK_STR(scope_fault(sc)->problem, "customer-suspended");
    CHECK_STR(scope_fault(sc)->message, "the customer is suspended: nothing is changed until it is resumed");
    scope_free(sc);
    CHECK_OK(resume(&w, &w.acme));
    sc = partner_scope(w.api, &w.acme);
    CHECK_OK(org_brand_add(sc, &b));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_partner_is_halted_and_goes_on_like_a_customer)
{
    struct world w = world_make();
    struct scope *sc = partner_scope(w.operator_, &w.acme);

    CHECK_OK(lifecycle_partner_suspend(sc, "unpaid"));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select string_agg(tenant_id::text, ',') from halted"), id(&w.acme.partner_id));
    CHECK_OK(lifecycle_partner_resume(sc));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from halted"), "0");
    CHECK_STR(sql("select status from partner where slug = 'acme'"), "active");
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(erasing_takes_everything_but_the_id_and_the_certificate)
{
    struct world w = world_make();
    struct uuid connection = given_connection(&w.acme, "acme");
    struct uuid far = given_connection(&w.globex, "acme");
    struct org_target to;
    struct scope *sc = partner_scope(w.api, &w.acme);
    bool closed = false;

    CHECK_OK(org_target_customer(sc, ORG_EDGE, &w.acme.customer_id, &to));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    given_job(&w.acme, &connection, "order", "order:1");
    given_job(&w.globex, &far, "order", "order:1");
    CHECK_ERR(erase(&w, &w.acme, "Shop", &closed), ERR_CONFLICT);
    CHECK_OK(suspend(&w, &w.acme));
    CHECK_ERR(erase(&w, &w.acme, "shop", &closed), ERR_INVALID);
    CHECK_STR(sql("select count(*) from customer_key_private"), "1");
    CHECK_OK(erase(&w, &w.acme, "Shop", &closed));
    CHECK(closed);
    CHECK_STR(sql("select count(*) from customer_key_private"), "0");
    CHECK_STR(sql("select count(*) from job union all select count(*) from connection union all"
                  " select count(*) from inbound_message"),
              "1\n1\n1");
    CHECK_STR(sql("select status, name, certificate -> 'deleted' ->> 'job', certificate -> 'deleted' ->> 'environment',"
                  " certificate ->> 'reason' from customer where customer_id = '%s'",
                  id(&w.acme.customer_id)),
              "closed|Erased|1|2|contract ended");
    CHECK_ERR(resume(&w, &w.acme), ERR_CONFLICT);
    CHECK_OK(erase(&w, &w.acme, "Shop", &closed)); /* repeating changes nothing */
    sc = partner_scope(w.api, &w.acme);
    CHECK_ERR(org_target_customer(sc, ORG_EDGE, &w.acme.customer_id, &to), ERR_NOT_FOUND);
    scope_free(sc);
    world_end(&w);
}

/* Steps may take long, and may never come. */
TEST_IN_LOOP(at_the_point_of_no_return_keys_clients_and_roles_of_the_customer_end)
{
    struct world w = world_make();
    struct scope *sc;
    bool closed = false;

    sql("insert into app_user (partner_id, user_id, email, email_norm, name, status)"
        " select partner_id, gen_random_uuid(), 'a@b', 'a@b', 'Ada', 'active' from partner;"
        "insert into membership (partner_id, customer_id, membership_id, user_id, role, level)"
        " select partner_id, customer_id, gen_random_uuid(), user_id, 'customer_viewer', 'customer'"
        " from customer join app_user using (partner_id);"
        "insert into membership (partner_id, membership_id, user_id, role, level)"
        " select partner_id, gen_random_uuid(), user_id, 'partner_owner', 'partner' from app_user;"
        "insert into client (partner_id, customer_id, client_id, name, secret_hash, scopes)"
        " select partner_id, customer_id, gen_random_uuid(), slug, sha256(slug::bytea), '{}'"
        " from customer join partner using (partner_id);"
        "insert into api_key (partner_id, customer_id, api_key_id, name, secret_hash, prefix, scopes)"
        " select partner_id, customer_id, gen_random_uuid(), slug, sha256(slug::bytea), 'p', '{}'"
        " from customer join partner using (partner_id)");
    CHECK_OK(suspend(&w, &w.acme));
    sc = partner_scope(w.api, &w.acme);
    CHECK_OK(lifecycle_erase(sc, &w.acme.customer_id, "Shop", "contract ended", 1, &closed));
    scope_free(sc);
    CHECK(!closed);
    CHECK_STR(sql("select string_agg(slug, ',') from (select partner_id from api_key where revoked_at is not null"
                  " union all select partner_id from client where revoked_at is not null union all"
                  " select partner_id from membership where ended_at is not null and customer_id is not null) ended"
                  " join partner using (partner_id)"),
              "acme,acme,acme");
    CHECK_STR(sql("select count(*) from membership where ended_at is not null"), "1");
    world_end(&w);
}

/* A table that is added must say which it is. */
TEST_IN_LOOP(of_every_table_it_is_known_whether_erasing_empties_it)
{
    given_schema();
    CHECK_STR(sql("select string_agg(c.relname, ',' order by c.relname) from pg_class c"
                  " where c.relnamespace = 'tenon'::regnamespace and c.relkind in ('r', 'p')"
                  " and exists (select from pg_attribute where attrelid = c.oid and attname = 'customer_id')"
                  " and c.relname <> all (erased_tables()) and c.relname <> all (array['customer', 'customer_key',"
                  " 'customer_key_private', 'api_key', 'audit_entry', 'access_grant'])"),
              "");
}
