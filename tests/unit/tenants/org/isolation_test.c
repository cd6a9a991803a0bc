#include "unit/tenants/tenant_kit.h"

/* Generated from the catalogue: a table, role or foreign key that is added is tried without a word being added here.
 * Only the seed must know the table, and the first test says so when it does not. */

/* One row in every tenant table, for partner p and its customer c; e tells epochs and names apart. */
static const char seed[] =
    "create function pg_temp.seed(p uuid, c uuid, e int) returns void language plpgsql as $$\n"
    "declare k uuid := gen_random_uuid(); m uuid := gen_random_uuid(); j uuid := gen_random_uuid();\n"
    "        r uuid := gen_random_uuid(); o uuid := gen_random_uuid(); v uuid := gen_random_uuid(); h bytea := "
    "sha256('x');\n"
    "        b bytea := sha256(convert_to('b' || e, 'UTF8'));\n"
    "begin\n"
    "insert into partner values (p, 'p-' || e, 'Partner', 'plain') on conflict do nothing;\n"
    "insert into partner_host values (p, 'h' || e || '.localhost', now(), default, m);\n"
    "insert into partner_key values (p, 'edge', e, h);\n"
    "insert into partner_key_private values (p, 'edge', e, decode(repeat('00', 72), 'hex'));\n"
    "insert into host_certificate (partner_id, host_id, key_epoch, chain, sealed, fingerprint, not_before, not_after,\n"
    " names, stored_by) values (p, m, e, 'c', h, h, now(), now(), 'h', 'key');\n"
    "insert into brand_image values (p, b, 'image/png', h);\n"
    "insert into brand_draft (partner_id, document, logo, logo_dark, mark, favicon, changed_by)\n"
    " values (p, '{}', b, b, b, b, 'key') on conflict do nothing;\n"
    "insert into brand_version (partner_id, version, status, document, logo, logo_dark, mark, favicon, published_by)\n"
    " values (p, e, case e when 2 then 'retired' else 'published' end, '{}', b, b, b, b, 'key');\n"
    "insert into customer values (p, c, 'Customer');\n"
    "insert into customer_key values (p, c, 'edge', e, h);\n"
    "insert into customer_key_private values (p, c, 'edge', e, e, decode(repeat('00', 104), 'hex'));\n"
    "insert into environment values (p, c, v, 'live'), (p, c, o, 'sandbox');\n"
    "insert into own_connector (partner_id, name, version, ordinal, document, mappings, sha256, signer, signature, "
    "author)\n"
    " values (p, 'acme', e || '.0.0', e, '{}', '{}', h, h, decode(repeat('00', 64), 'hex'), 'key');\n"
    "insert into store_brand (partner_id, customer_id, brand_id, code, name) values (p, c, m, 'main', 'Main');\n"
    "insert into legal_entity (partner_id, customer_id, entity_id, code, name, base_currency, time_zone)\n"
    " values (p, c, m, 'main', 'Main', 'EUR', 'Europe/Berlin');\n"
    "insert into signing_key (partner_id, signing_key_id, purpose, class, algorithm, public_key, key_epoch, sealed)\n"
    " values (p, gen_random_uuid(), case e when 1 then 'proof' else 'token' end, 'edge', 'ES256', h, e, h);\n"
    "insert into audit_head (partner_id) values (p) on conflict do nothing;\n"
    "insert into audit_entry (partner_id, seq, entry_id, at, actor_kind, customer_id, action, prev_hash, "
    "hash_version,\n"
    " hash) values (p, e, m, now(), 'system', c, 'a.b', h, 1, h);\n"
    "insert into customer_export (partner_id, customer_id, export_id, asked_kind, asked_id) values (p, c, m, 'user', "
    "m);\n"
    "insert into export_page values (p, c, m, 1, h, h);\n"
    "insert into partner_key values (p, 'connection', e, h);\n"
    "insert into audit_webhook (partner_id, url, key_epoch, sealed) values (p, 'https://x.example', e, h)\n"
    " on conflict do nothing;\n"
    "insert into audit_checkpoint select p, e, now(), h, signing_key_id, '{}', decode(repeat('00', 64), 'hex')\n"
    " from signing_key where partner_id = p limit 1;\n"
    "insert into audit_delivery (partner_id, seq, delivery_id) values (p, e, m);\n"
    "insert into access_grant (partner_id, grant_id, customer_id, operator_name, reason, secret_hash, expires_at)\n"
    " values (p, m, c, 'Kim', 'why', sha256(convert_to('g' || e, 'UTF8')), now() + interval '1 hour');\n"
    "insert into api_key values (p, c, gen_random_uuid(), 'key', sha256(convert_to('k' || e, 'UTF8')), 'sk', '{}');\n"
    "update api_key set brand_id = m where partner_id = p and customer_id = c;\n"
    "insert into client (partner_id, customer_id, brand_id, client_id, name, secret_hash, scopes)\n"
    " values (p, c, m, gen_random_uuid(), 'client', sha256(convert_to('c' || e, 'UTF8')), '{}');\n"
    "insert into embed_key values (p, v, 'pages', decode(repeat('04', 65), 'hex'), '{https://a.example}');\n"
    "insert into used_token values (p, v, h, now());\n"
    "insert into ended_token values (p, m, now());\n"
    "insert into idempotency_answer values (p, c, sha256(convert_to('i' || e, 'UTF8')), h, 200, h);\n"
    "insert into connection (partner_id, customer_id, connection_id, environment_id, connector, connector_version, "
    "name,\n"
    " destination_id, simulated) values (p, c, k, o, 'acme', e || '.0.0', 'Main', k, true);\n"
    "insert into credential values (p, c, k, gen_random_uuid(), 'edge', 'webhook_secret', e, h);\n"
    "insert into inbound_message values (p, c, m, k, 't', 'd', 'b', h, h, now());\n"
    "insert into inbound_delivery values (p, c, m, k, 'd', h, now());\n"
    "insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, "
    "lane,\n"
    " run_at, deadline_at, created_at) values (p, c, j, m, k, 'd', 'order', 'b', 0, now(), now(), now());\n"
    "insert into attempt values (p, c, j, 1, 1, now(), now(), 'ok');\n"
    "insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id, "
    "lease_epoch,\n"
    " state) values (p, c, gen_random_uuid(), k, 'sale.create', 'x', j, 1, 'planned');\n"
    "insert into canonical_record values (p, c, r, k, 'sales_order', '1', 1, 's', '{}', h, m, now(), now());\n"
    "insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state, currency,\n"
    " placed_at, received_at, source_version, record_id, message_id, destination_id)\n"
    " values (p, c, o, k, '1', '#1', 'received', 'EUR', now(), now(), now(), r, m, k);\n"
    "insert into sign_in_setting (partner_id) values (p) on conflict do nothing;\n"
    "insert into app_user (partner_id, user_id, email, email_norm, status, totp_epoch, totp_sealed)\n"
    " values (p, m, 'a@b' || e, 'a@b' || e, 'active', e, h);\n"
    "insert into membership (partner_id, customer_id, membership_id, user_id, role, level, brand_id)\n"
    " values (p, c, m, m, 'customer_admin', 'customer', m);\n"
    "insert into session (partner_id, session_id, user_id, token_hash, expires_at, methods, address, user_agent)\n"
    " values (p, m, m, sha256(convert_to('s' || e, 'UTF8')), now() + interval '1 day', 'password', '', '');\n"
    "insert into one_time (partner_id, one_time_id, kind, token_hash, user_id, membership_id, expires_at)\n"
    " values (p, m, 'invitation', sha256(convert_to('s' || e, 'UTF8')), m, m, now());\n"
    "insert into recovery_code (partner_id, user_id, code_hash) values (p, m, h);\n"
    "insert into passkey (partner_id, passkey_id, user_id, credential_id, public_key, sign_count, name)\n"
    " values (p, m, m, convert_to('k' || e, 'UTF8'), decode(repeat('04', 65), 'hex'), 0, 'key');\n"
    "insert into oidc_provider (partner_id, issuer, client_id, key_epoch, sealed, domains)\n"
    " values (p, 'https://id.example', 'c', e, h, '{example.com}') on conflict do nothing;\n"
    "insert into throttle values (p, sha256(convert_to('t' || e, 'UTF8')), now());\n"
    "insert into order_event values (p, c, gen_random_uuid(), o, now(), 'received', '', j, 1, null, m);\n"
    "insert into mail (partner_id, customer_id, mail_id, kind, to_hash, locale, class, key_epoch, sealed, message_id)\n"
    " values (p, c, gen_random_uuid(), 'test', h, 'en', 'edge', e, h, 'm');\n"
    "insert into mapping (partner_id, customer_id, mapping_id, name, source_system, source_object, target, versions)\n"
    " values (p, c, m, 'Orders', 'shopify', 'order', 'sales_order/1', e + 10);\n"
    "insert into mapping_version (partner_id, customer_id, mapping_id, number, document, document_hash, author, "
    "hands)\n"
    " select p, c, m, n, '{\"format\": \"mapping/1\"}', h, 'system', '{system}' from unnest(array[e, e + 10]) n;\n"
    "insert into connection_mapping (partner_id, customer_id, connection_id, object, mapping_id) values (p, c, k, "
    "'order', m);\n"
    "insert into backtest (partner_id, customer_id, backtest_id, mapping_id, number, document_hash, against, "
    "last_days,\n"
    " since_id, until_id, asked_by) select p, c, i, m, e + 10, h, 'nothing', 1, m, m, 'system'\n"
    " from unnest(array[m, gen_random_uuid()]) i;\n"
    "insert into xref_table (partner_id, customer_id, table_id, name, shape, key_case, key_blanks, key_empty, "
    "value_case,\n"
    " value_blanks, value_empty) values (p, c, m, 'sku', 'one_to_one', 'fold', 'trim', false, 'exact', 'exact', "
    "false);\n"
    "insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value, value_norm, "
    "changed_by)\n"
    " values (p, c, m, m, 'A', 'a', 'B', 'B', 'key');\n"
    "insert into xref_miss (partner_id, customer_id, miss_id, table_id, key, key_norm) values (p, c, m, m, 'C', 'c');\n"
    "insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value, value_norm, "
    "changed_by)\n"
    " values (p, c, gen_random_uuid(), m, 'D', 'd', 'E', 'E', 'key');\n"
    "insert into xref_miss (partner_id, customer_id, miss_id, table_id, key, key_norm)\n"
    " values (p, c, gen_random_uuid(), m, 'F', 'f');\n"
    "insert into xref_waiting (partner_id, customer_id, miss_id, kind, waiting_id) values (p, c, m, 'order', o);\n"
    "insert into xref_use (partner_id, customer_id, table_id, kind, user_id, name) values (p, c, m, 'mapping', m, "
    "'M');\n"
    "insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version)\n"
    " select partner_id, customer_id, connection_id, connection_id, 'order', '' from connection\n"
    "  where partner_id = p and customer_id = c;\n"
    "insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version)\n"
    " select partner_id, customer_id, gen_random_uuid(), connection_id, 'product', '' from connection\n"
    "  where partner_id = p and customer_id = c;\n"
    "insert into drift_case (partner_id, customer_id, case_id, shape_id, connection_id, path, what, expected, got, "
    "bearing,\n"
    " action, message_id, sample) select partner_id, customer_id, connection_id, connection_id, connection_id, 'sku', "
    "'missing',\n"
    " 'a word', 'nothing', true, 'hold', m, 'nothing' from connection where partner_id = p and customer_id = c;\n"
    "insert into drift_waiting (partner_id, customer_id, case_id, kind, waiting_id, message_id)\n"
    " select partner_id, customer_id, connection_id, 'order', o, m from connection where partner_id = p and "
    "customer_id = c;\n"
    "insert into drift_policy (partner_id, customer_id, policy_id, connection_id, bearing, other, changed_by)\n"
    " select partner_id, customer_id, connection_id, connection_id, 'hhphhhh', 'ppppppp', 'key' from connection\n"
    "  where partner_id = p and customer_id = c;\n"
    "insert into flow (partner_id, customer_id, flow_id, name, versions) values (p, c, m, 'Flow', e + 10);\n"
    "insert into flow_version (partner_id, customer_id, flow_id, number, document, document_hash, author)\n"
    " select p, c, m, n, '{\"format\": \"flow/1\"}', h, 'system' from unnest(array[e, e + 10]) n;\n"
    "insert into flow_connection (partner_id, customer_id, flow_id, role, connection_id) values (p, c, m, 'erp', k);\n"
    "insert into connection_flow (partner_id, customer_id, connection_id, object, flow_id) values (p, c, k, 'order', "
    "m);\n"
    "insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state, run_at, "
    "deadline_at,\n"
    " created_at, flow_id, flow_version) values (p, c, m, 'g', 'flow', 'g', 0, 'held', now(), now(), now(), m, e);\n"
    "insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, "
    "lane, state, run_at, "
    "deadline_at,\n"
    " created_at, flow_id, flow_version) values (p, c, gen_random_uuid(), m, k, 'g2', 'flow', 'g2', 0, 'held', now(), "
    "now(), "
    "now(),"
    " m, e);\n"
    "insert into flow_input values (p, c, m, h, h, 'system', now(), m, 'k');\n"
    "insert into job_edit (partner_id, customer_id, job_id, number, body, body_hash, edited_by)\n"
    " values (p, c, m, 1, h, h, 'key');\n"
    "insert into flow_schedule (partner_id, customer_id, flow_id, cron, zone, missed) values (p, c, m, '0 0 * * *', "
    "'UTC',"
    " 'skip');\n"
    "insert into approval (partner_id, customer_id, approval_id, job_id, flow_id, step, question, four_eyes)\n"
    " values (p, c, m, m, m, '1', 'q', false);\n"
    "insert into approval (partner_id, customer_id, approval_id, job_id, flow_id, step, question, four_eyes)\n"
    " values (p, c, gen_random_uuid(), m, m, '2', 'q', false);\n"
    "insert into flow_batch (partner_id, customer_id, batch_id, flow_id, action, job_state, from_at, to_at, dry_run, "
    "asked_by,\n"
    " state, ended_at, matched, more, after_id, until_id) select p, c, i, m, 'retry', 'held', now(), now(), false, "
    "'system',\n"
    " case i when m then 'running' else 'done' end, case i when m then null else now() end, 1, false, m, m\n"
    " from unnest(array[m, gen_random_uuid()]) i;\n"
    "insert into flow_batch_item values (p, c, m, m, 'retried');\n"
    "insert into flow_notice (partner_id, customer_id, job_id, step, subject, told) values (p, c, m, '1', 's', 0);\n"
    "insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_at) values (p, c, k, "
    "'order',"
    " m, now() + interval '1 day');\n"
    "insert into feed_hour values (p, c, k, 'order', 0, now(), 1);\n"
    "insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to) values (p, c, k, 'order', "
    "now());\n"
    "insert into feed_alert (partner_id, customer_id, alert_id, connection_id, object, since, expected, reason)\n"
    " values (p, c, m, k, 'order', now(), 1, 'r');\n"
    "insert into source_wanted (partner_id, customer_id, connection_id, object, key) values (p, c, k, 'order', '1');\n"
    "insert into inbound_file (partner_id, customer_id, file_id, connection_id, name, origin, octets, content_hash, "
    "body, "
    "state, ended_at)\n"
    " values (p, c, m, k, 'a.csv', 'upload', 1, h, h, 'done', now()),\n"
    "  (p, c, gen_random_uuid(), k, 'b.csv', 'upload', 1, sha256(convert_to(m::text, 'UTF8')), h, 'done', now());\n"
    "insert into inbound_file_row select p, c, f.file_id, n + 2 * (f.name = 'b.csv')::int, n + 1, 'sku', 'is needed'\n"
    " from inbound_file f, generate_series(1, 2) n where f.partner_id = p and f.customer_id = c;\n"
    "insert into file_watch (partner_id, customer_id, connection_id, look_at) values (p, c, k, now() + interval '1 "
    "day');\n"
    "insert into edi_interchange (partner_id, customer_id, connection_id, key, file_id, control, sets, refused)\n"
    " values (p, c, k, 'A|B|1', m, '1', 1, 0);\n"
    "insert into edi_control values (p, c, k, 2);\n"
    "insert into edi_sent (partner_id, customer_id, connection_id, control, set_control, group_code, code, name)\n"
    " values (p, c, k, 31, '1', 'SH', '856', '856-31.edi');\n"
    "insert into connection_life (partner_id, customer_id, connection_id, look_at) values (p, c, k, now() + interval "
    "'1 "
    "day');\n"
    "insert into connection_alert (partner_id, customer_id, alert_id, connection_id, kind, stage, reason)\n"
    " values (p, c, m, k, 'expires', 14, 'r');\n"
    "insert into connection_traffic values (p, c, k, 1);\n"
    "insert into connection_share values (p, c, k, 0, now(), 1, 0, 0);\n"
    "insert into connection_call select p, c, k, n, n, now(), 'o', 'GET', 'https://x.example/', 200, 'ok', null, 1, 0, "
    "0\n"
    " from generate_series(1, 2) n;\n"
    "insert into flow_plan (partner_id, customer_id, job_id, connection_id, operation, effect_key, request)\n"
    " values (p, c, m, k, 'x', 'x', 'GET x');\n"
    "insert into simulation (partner_id, customer_id, connection_id, token, seed)\n"
    " values (p, c, k, gen_random_uuid(), 1);\n"
    "insert into exception_handling (partner_id, customer_id, exception_id, note, handled_by)\n"
    " values (p, c, repeat('a', 32), 'seen', 'key');\n"
    "end $$;\n";

/* Partner A with customers 1 and 2, partner B with customer 3. */
static const char people[] =
    "create temp table who as select 'a0000000-0000-7000-8000-000000000000'::uuid as a,\n"
    " 'b0000000-0000-7000-8000-000000000000'::uuid as b, 'c1000000-0000-7000-8000-000000000000'::uuid as a1,\n"
    " 'c2000000-0000-7000-8000-000000000000'::uuid as a2, 'c3000000-0000-7000-8000-000000000000'::uuid as b3;\n"
    "grant select on who to public;\n"
    "do $$ begin perform pg_temp.seed(a, a1, 1), pg_temp.seed(a, a2, 2), pg_temp.seed(b, b3, 3) from who; end $$;\n"
    "create temp view tables as select c.oid, c.relname as name,\n"
    "  exists (select from pg_attribute where attrelid = c.oid and attname = 'customer_id') as by_customer\n"
    " from pg_class c where c.relnamespace = 'tenon'::regnamespace and c.relkind in ('r', 'p')\n"
    "  and exists (select from pg_attribute where attrelid = c.oid and attname = 'partner_id');\n"
    "create temp view roles as select rolname as name from pg_roles where rolname like 'tenon\\_%'\n"
    "  and rolcanlogin and rolname <> 'tenon_owner';\n"
    "create temp table fault (what text); grant insert, select on fault to public;\n";

static const char faults[] = "select what from fault order by what;\n";

/* Tries one statement as one role; kept: what it gave, a count or a state. */
static const char attempt[] =
    "create or replace function pg_temp.attempt(role name, partner uuid, customer text, statement text) returns text\n"
    " language plpgsql as $$\n"
    "declare n bigint; s text;\n"
    "begin\n"
    "  begin\n"
    "    perform set_config('tenon.partner_id', partner::text, true), set_config('tenon.customer_id', customer, "
    "true),\n"
    "      set_config('tenon.brand_id', 'all', true)\n"
    "      where partner is not null;\n"
    "    execute format('set local role %I', role);\n"
    "    execute statement into n;\n"
    "    raise exception 'n=%', coalesce(n, -1) using errcode = 'TN001';\n"
    "  exception when others then\n"
    "    s := case when sqlstate = 'TN001' then sqlerrm else sqlstate end;\n"
    "  end;\n"
    "  return s;\n"
    "end $$;\n";

static const char *tried(const char *body)
{
    given_schema();
    return sql("%s%s%sdo $do$ declare t record; r record; w record; s text; begin select * into w from who;\n%s\n"
               "end $do$;\n%s",
               seed, people, attempt, body, faults);
}

TEST(the_seed_knows_every_table_of_tenants)
{
    CHECK_STR(tried("for t in select * from tables loop\n"
                    " execute format('select count(*) from (select distinct partner_id from %I) x', t.name) into s;\n"
                    " if s <> '2' then insert into fault values (t.name); end if; end loop;\n"
                    "if (select count(*) from tables) < 15 then insert into fault values ('few tables'); end if;\n"
                    "if (select count(*) from roles) <> 6 then insert into fault values ('not 6 roles'); end if;"),
              "");
}

TEST(every_table_of_tenants_has_row_security_forced)
{
    CHECK_STR(
        tried("insert into fault select x.name from tables x join pg_class c on c.oid = x.oid\n"
              " where not c.relrowsecurity or not c.relforcerowsecurity or c.relowner <> 'tenon_owner'::regrole;"),
        "");
}

/* The dispatcher sees jobs of all tenants, by a policy of its own: ids and states, not one word of content. */
TEST(no_role_sees_another_tenants_rows)
{
    CHECK_STR(tried("for t in select * from tables loop for r in select * from roles loop\n"
                    " s := pg_temp.attempt(r.name, w.a, 'all', format(\n"
                    "  'select count(*) from %I where partner_id <> %L', t.name, w.a));\n"
                    " if s not in ('n=0', '42501') and not (r.name = 'tenon_dispatch' and t.name = 'job') then\n"
                    "  insert into fault values (r.name || ' ' || t.name || ' ' || s); end if;\n"
                    " continue when not t.by_customer;\n"
                    " s := pg_temp.attempt(r.name, w.a, w.a1::text, format(\n"
                    "  'select count(*) from %I where (partner_id, customer_id) <> (%L, %L)', t.name, w.a, w.a1));\n"
                    " if s not in ('n=0', '42501') and not (r.name = 'tenon_dispatch' and t.name = 'job') then\n"
                    "  insert into fault values (r.name || ' customer ' || t.name || ' ' || s); end if;\n"
                    "end loop; end loop;"),
              "");
}

/* So that the test above is about rows and not about rights. */
TEST(the_roles_that_serve_see_their_own_tenants_rows)
{
    CHECK_STR(tried("for t in select * from tables loop for r in select * from roles\n"
                    "  where name in ('tenon_api', 'tenon_worker', 'tenon_read') loop\n"
                    " s := pg_temp.attempt(r.name, w.a, 'all', format('select count(*) from %I', t.name));\n"
                    " if s = 'n=0' or s = '42501' and has_any_column_privilege(r.name, t.oid, 'select') then\n"
                    "  insert into fault values (r.name || ' ' || t.name || ' ' || s); end if;\n"
                    "end loop; end loop;"),
              "");
}

TEST(without_a_tenant_there_is_an_error_and_no_rows)
{
    CHECK_STR(tried("for t in select * from tables loop for r in select * from roles loop\n"
                    " s := pg_temp.attempt(r.name, null, '', format('select count(*) from %I', t.name));\n"
                    " if s not in ('42704', '22P02', '42501') and not (r.name = 'tenon_dispatch' and t.name = 'job')\n"
                    " then insert into fault values (r.name || ' ' || t.name || ' ' || s); end if;\n"
                    "end loop; end loop;"),
              "");
}

TEST(no_role_changes_another_tenants_rows)
{
    CHECK_STR(
        tried("for t in select * from tables loop for r in select * from roles loop\n"
              " for s in select attname from pg_attribute where attrelid = t.oid and attnum > 0 loop\n"
              "  s := s || ' ' || pg_temp.attempt(r.name, w.a, w.a1::text, format('with u as (update %I set %I = %I\n"
              "   where partner_id = %L returning 1) select count(*) from u', t.name, s, s, w.b));\n"
              "  if s !~ ' (n=0|42501)$' and not (r.name = 'tenon_dispatch' and t.name = 'job') then\n"
              "   insert into fault values (r.name || ' ' || t.name || ' ' || s); end if;\n"
              " end loop;\n"
              " s := pg_temp.attempt(r.name, w.a, w.a1::text, format('with u as (delete from %I returning 1)\n"
              "  select count(*) from u', t.name));\n"
              " if s <> '42501' then insert into fault values (r.name || ' deletes ' || t.name || ' ' || s);\n"
              " end if;\n"
              "end loop; end loop;"),
        "");
}

/* The intake writes for all tenants at once, and the dispatcher their tries. */
TEST(no_role_stores_a_row_for_another_tenant)
{
    CHECK_STR(
        tried("for t in select * from tables loop\n"
              " execute format('create temp table copy_%s as select * from %I where partner_id = %L', t.name,\n"
              "  t.name, w.b);\n"
              " execute format('grant select on copy_%s to public', t.name);\n"
              " for r in select * from roles loop\n"
              "  s := pg_temp.attempt(r.name, w.a, 'all', format('with i as (insert into %I select * from\n"
              "   copy_%s returning 1) select 1', t.name, t.name));\n"
              "  if s <> '42501' and not (s = '23505' and r.name || ' ' || t.name = any (array['tenon_intake job',\n"
              "    'tenon_intake inbound_message', 'tenon_intake inbound_delivery', 'tenon_dispatch attempt']))\n"
              "   then\n"
              "   insert into fault values (r.name || ' ' || t.name || ' ' || s); end if;\n"
              " end loop; end loop;"),
        "");
}

/* As the superuser, whom no row security holds back: the keys alone must refuse. Each foreign key is pointed at the
 * row of another partner, and at the row of another customer of the same one. */
TEST(a_reference_to_another_tenants_row_cannot_be_stored)
{
    CHECK_STR(
        tried("for t in select * from tables loop execute format('alter table %I disable trigger user', t.name); end "
              "loop;\n"
              "for t in\n"
              " select c.conname, ct.name as child, ct.by_customer as child_by, pt.name as parent,\n"
              "  pt.by_customer as parent_by,\n"
              "  string_agg(quote_ident(a.attname), ', ' order by k.i) as cols,\n"
              "  string_agg(quote_ident(b.attname), ', ' order by k.i) as refs\n"
              " from pg_constraint c join tables ct on ct.oid = c.conrelid join tables pt on pt.oid = c.confrelid\n"
              " cross join unnest(c.conkey, c.confkey) with ordinality as k (a, b, i)\n"
              " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.a\n"
              " join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.b\n"
              " where c.contype = 'f' and pt.name <> 'partner' and a.attname <> 'partner_id'\n"
              "  and (a.attname <> 'customer_id' or pt.name = 'customer')\n"
              " group by c.oid, ct.name, ct.by_customer, pt.name, pt.by_customer loop\n"
              " for r in select * from (values (w.b, w.b3), (w.a, w.a2)) as v (p, c)\n"
              "   where p = w.b or t.parent_by and t.parent <> 'customer' loop\n"
              "  begin\n"
              "   execute format(case when t.cols ~ ',' then 'update %I set (%s)' else 'update %I set %s' end\n"
              "     || ' = (select %s from %I where partner_id = %L %s limit 1) where partner_id = %L %s',\n"
              "    t.child, t.cols, t.refs, t.parent, r.p,\n"
              "    case when t.parent_by then format('and customer_id = %L', r.c) end, w.a,\n"
              "    case when t.child_by then format('and customer_id = %L', w.a1)\n"
              "     else format('and ctid = (select min(ctid) from %I where partner_id = %L)', t.child, w.a) end);\n"
              "   insert into fault values (t.conname || ' takes the key of another');\n"
              "  exception when foreign_key_violation or check_violation then s := coalesce(s, '') || 'x';\n"
              "   when others then insert into fault values (t.conname || ' ' || sqlerrm);\n"
              "  end;\n"
              " end loop;\n"
              "end loop;\n"
              "for t in select * from tables loop execute format('alter table %I enable trigger user', t.name); end "
              "loop;\n"
              "if length(s) < 30 then insert into fault values ('only ' || length(s) || ' were refused'); end if;"),
        "");
}

TEST(every_reference_between_tables_of_tenants_carries_the_tenant)
{
    CHECK_STR(tried("insert into fault select c.conname from pg_constraint c join tables ct on ct.oid = c.conrelid\n"
                    " join tables pt on pt.oid = c.confrelid where c.contype = 'f' and (\n"
                    "  not exists (select from unnest(c.conkey, c.confkey) k (a, b)\n"
                    "   join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.a\n"
                    "   join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.b\n"
                    "   where a.attname = 'partner_id' and b.attname = 'partner_id')\n"
                    "  or pt.by_customer and not exists (select from unnest(c.conkey, c.confkey) k (a, b)\n"
                    "   join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.a\n"
                    "   join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.b\n"
                    "   where a.attname = 'customer_id' and b.attname = 'customer_id'));"),
              "");
}

/* A caller bound to a store brand to which nothing belongs: whatever hangs on a connection is nobody's to it, and so
 * are the other store brands; and a brand that is not said is an error. */
TEST(a_caller_of_one_store_brand_sees_nothing_of_the_others)
{
    CHECK_STR(
        tried(
            "for t in select x.* from tables x where x.name = 'store_brand' or x.name = 'connection' or exists (\n"
            "  select from pg_constraint f where f.contype = 'f' and f.conrelid = x.oid and f.confrelid in\n"
            "   ('connection'::regclass, 'sales_order'::regclass, 'job'::regclass)) loop\n"
            " for r in select * from (values ('d1000000-0000-7000-8000-000000000000', 'n=0'), ('', 'error')) v (b, "
            "want)\n"
            "  loop\n"
            " s := pg_temp.attempt('tenon_api', w.a, w.a1::text, format(\n"
            "  'with b as materialized (select set_config(''tenon.brand_id'', %L, true) as x)\n"
            "   select count(*) from b, %I t where b.x is not null', r.b, t.name));\n"
            " if s <> '42501' and (r.want = 'n=0' and s <> 'n=0' or r.want = 'error' and s not in ('42704', '22P02'))\n"
            "  then insert into fault values (t.name || ' ' || r.b || ' ' || s); end if;\n"
            "end loop; end loop;"),
        "");
}
