#include "unit/tenants/tenant_kit.h"

/* What the catalogue must say of everything in the schema, whoever added it. */

/* Functions that see more than their caller: each is known by name, so that none comes unnoticed. A name that is not
 * there yet does no harm; one that is there and not named here does. */
static const char definers[] =
    "array['lookup_host', 'lookup_partner', 'lookup_partners', 'lookup_api_key', 'lookup_key', 'lookup_hook',\n"
    " 'lookup_change', 'lookup_changes',\n"
    " 'lookup_certificate', 'lookup_client', 'lookup_embed_key', 'lookup_grant', 'lookup_token', 'isolation_others',\n"
    " 'backtest_claim', 'backtest_trim', 'audit_actor_name', 'audit_actor_reason', 'audit_due', 'audit_keys', "
    "'audit_sending', 'idempotency_sweep',\n"
    " 'callers_used', 'customer_erase_begin', 'customer_erase_step', 'export_claim', 'export_sweep', "
    "'grants_visible', 'grant_told',\n"
    " 'halt', 'key_ring_retire', 'key_turn', 'legal_entity_delete', 'mapping_delete', 'flow_delete', 'flow_halt', "
    "'callers_halt', 'job_lets_go', 'connection_callers_halt', 'connection_halt', 'flow_told', 'flow_schedules_due', "
    "'flow_batches_due', 'flow_batch_trim', 'conservation', "
    "'feeds_due', 'feed_sweeps_due', 'source_wanted_due', 'source_wanted_ended', 'files_due', 'file_watches_due', "
    "'feeds_late', 'care_due', 'care_checks_due', 'connection_calls_trim', 'files_forget', 'care_keeps_due', "
    "'credential_retire', 'hook_secret_keep', "
    "'store_brand_delete', "
    "'lookup_simulation', 'simulations_waiting', "
    "'job_goes_on', 'workers_seen', 'flow_drained_at', "
    "'mail_claim', "
    "'mail_forget',\n"
    " 'key_keepers', 'key_warn', 'keys_expiring', 'people_tidy', 'throttle_charge', 'throttle_forgive', "
    "'throttle_sweep', "
    "'tokens_sweep', 'xref_entry_delete', 'xref_table_delete']";

static const char ours[] = "c.relnamespace = 'tenon'::regnamespace";

TEST(every_function_that_sees_more_than_its_caller_is_known_by_name)
{
    given_schema();
    CHECK_STR(sql("select proname from pg_proc where pronamespace = 'tenon'::regnamespace and prosecdef\n"
                  " and not proname = any (%s) order by 1;",
                  definers),
              "");
    CHECK_STR(sql("select count(*) >= 5 from pg_proc where pronamespace = 'tenon'::regnamespace and prosecdef;"), "t");
}

TEST(such_a_function_looks_for_names_in_our_schema_alone_and_is_nobodys_by_default)
{
    given_schema();
    CHECK_STR(sql("select proname from pg_proc where pronamespace = 'tenon'::regnamespace and prosecdef\n"
                  " and not coalesce(proconfig, '{}') && array['search_path=tenon, pg_temp',\n"
                  "  'search_path=pg_catalog, pg_temp', 'search_path=pg_catalog, tenon, pg_temp'] order by 1;"),
              "");
    CHECK_STR(sql("select proname from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) a\n"
                  " where pronamespace = 'tenon'::regnamespace and prosecdef and a.grantee = 0 order by 1;"),
              "");
    CHECK_STR(sql("select proname from pg_proc where pronamespace = 'tenon'::regnamespace and prosecdef\n"
                  " and proowner in (select oid from pg_roles where rolsuper or rolbypassrls) order by 1;"),
              "");
}

TEST(a_view_asks_as_its_caller_and_none_keeps_rows)
{
    given_schema();
    CHECK_STR(sql("select relname from pg_class c where %s and (relkind = 'm' or relkind = 'v'\n"
                  " and not coalesce(reloptions, '{}') && array['security_invoker=true', 'security_invoker=on'])\n"
                  " order by 1;",
                  ours),
              "");
}

TEST(no_role_may_truncate_refer_or_hang_triggers_and_nothing_is_everybodys)
{
    given_schema();
    CHECK_STR(sql("select relname || ' ' || coalesce(r.rolname, 'public') || ' ' || privilege_type from pg_class c\n"
                  " cross join aclexplode(relacl) a left join pg_roles r on r.oid = a.grantee\n"
                  " where %s and relkind in ('r', 'p', 'v', 'S') and a.grantee <> relowner\n"
                  " and (privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER') or a.grantee = 0 or is_grantable)\n"
                  " order by 1;",
                  ours),
              "");
    CHECK_STR(sql("select rolname from pg_roles where rolname like 'tenon\\_%%' and (rolsuper or rolbypassrls\n"
                  " or rolcreaterole or rolcreatedb or rolreplication) order by 1;"),
              "");
    CHECK_STR(sql("select rolname from pg_roles where rolname like 'tenon\\_%%' and rolname not in ('tenon_owner',\n"
                  " 'tenon_lookup', 'tenon_keeper') and has_schema_privilege(oid, 'tenon', 'create') order by 1;"),
              "");
}

/* So that "none is seen" of the self-test says something of every table. */
TEST(the_self_test_knows_of_others_in_every_table_of_tenants)
{
    given_schema();
    CHECK_STR(
        sql("select relname from pg_class c where %s and relkind in ('r', 'p') and exists (select from\n"
            " pg_attribute where attrelid = c.oid and attname = 'partner_id' and not attisdropped) and not exists\n"
            " (select from pg_policy where polrelid = c.oid and polname = 'others') order by 1;",
            ours),
        "");
}

TEST(a_unique_key_that_holds_rows_of_tenants_apart_is_the_tenants_or_a_secret)
{
    given_schema();
    CHECK_STR(sql("select i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid\n"
                  " where %s and c.relname <> 'partner_host' and i.indisunique and exists (select from pg_attribute\n"
                  "  where attrelid = c.oid and attname = 'partner_id') and not exists (select from pg_attribute a\n"
                  "  where a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])\n"
                  "  and (a.attname = 'partner_id' or a.attname ~ '_hash$'))\n"
                  " and not (c.relname = 'partner' ) order by 1;",
                  ours),
              "");
}

/* What is worked out only where there is a row to pass over tells by its time that there is one. */
TEST(whose_a_row_is_takes_no_plan_and_no_look_at_all_rows_to_say)
{
    given_schema();
    CHECK_STR(sql("select lanname from pg_proc p join pg_language l on l.oid = p.prolang\n"
                  " where pronamespace = 'tenon'::regnamespace and proname = 'tenant_customers';"),
              "plpgsql");
    CHECK_STR(sql("select tablename from pg_policies where schemaname = 'tenon' and policyname = 'member'\n"
                  " and qual ~* 'exists' order by 1;"),
              "");
}
