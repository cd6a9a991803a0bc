-- 0021 erase_more: erasing a customer takes its mail, its people's roles and its clients as well, and unties keys from its
-- store brands. What is said of operator staff's access (access_grant) stays, like the audit.
-- Locks: none on existing tables beyond a moment's share. Undo: the functions as 0016 has them.
set local lock_timeout = '2s';

do $$
declare
    t text;
begin
    foreach t in array array['mail', 'membership', 'client'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
    end loop;
end $$;

set local role tenon_keeper;
create or replace function erased_tables() returns text[] language sql immutable
    as $$ select array['order_event', 'attempt', 'effect', 'sales_order', 'canonical_record', 'job', 'inbound_delivery',
                       'inbound_message', 'credential', 'export_page', 'customer_export', 'connection', 'mail', 'membership',
                       'client', 'store_brand', 'legal_entity', 'environment', 'idempotency_answer'] $$;

create or replace function customer_erase_begin(of_customer uuid, confirmed text, asked_by text, why text) returns jsonb
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    made jsonb;
begin
    if current_setting('tenon.customer_id') <> 'all' or not brand_is_all() then
        return null;
    end if;
    update customer c
       set status = 'closing', closed_at = now(), row_version = row_version + 1,
           certificate = jsonb_build_object(
               'keys_destroyed', (select coalesce(jsonb_agg(jsonb_build_object('class', k.class, 'epoch', k.epoch,
                   'public_key_sha256', encode(sha256(k.public_key), 'hex')) order by k.class, k.epoch), '[]')
                   from customer_key k where k.partner_id = c.partner_id and k.customer_id = c.customer_id),
               'begun_at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'asked_by', asked_by, 'reason', why, 'deleted', '{}'::jsonb)
     where c.partner_id = tenant_partner() and c.customer_id = of_customer and c.status = 'suspended'
       and c.name = confirmed
    returning certificate into made;
    if made is null then
        return null;
    end if;
    delete from customer_key_private where partner_id = tenant_partner() and customer_id = of_customer;
    update customer_key set destroyed_at = now() where partner_id = tenant_partner() and customer_id = of_customer;
    update api_key set revoked_at = coalesce(revoked_at, now()), name = 'erased', brand_id = null
     where partner_id = tenant_partner() and customer_id = of_customer;
    return made;
end $$;
reset role;
