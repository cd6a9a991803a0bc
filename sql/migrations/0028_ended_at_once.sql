-- 0028 ended_at_once: erasing a customer ends its clients and its people's roles at the point of no return, as it ends its
-- keys, and not when their rows are deleted. What two processes note of the same keys at once neither waits for the other's
-- nor can close a ring with it, and its plan is kept.
-- Locks: none on existing tables. Undo: the functions as 0021 and 0013 have them.
set local lock_timeout = '2s';

grant update (revoked_at, row_version) on client to tenon_keeper;
grant update (ended_at) on membership to tenon_keeper;

set local role tenon_keeper;
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
    update client set revoked_at = now(), row_version = row_version + 1
     where partner_id = tenant_partner() and customer_id = of_customer and revoked_at is null;
    update membership set ended_at = now()
     where partner_id = tenant_partner() and customer_id = of_customer and ended_at is null;
    return made;
end $$;
reset role;

-- What another has locked is being noted, or ended, by it: the next use notes it, if need be.
set local role tenon_lookup;
create or replace function callers_used(partners uuid[], holders uuid[]) returns void
    language plpgsql volatile security definer set search_path = tenon, pg_temp as $$
declare
    n int;
begin
    with due as materialized (
        select k.partner_id, k.api_key_id from unnest(partners, holders) as u (p, h)
          join api_key k on k.partner_id = u.p and k.api_key_id = u.h
         where k.last_used_at is null or k.last_used_at < now() - interval '1 minute'
         order by k.partner_id, k.api_key_id for no key update of k skip locked)
    update api_key k set last_used_at = now() from due
     where k.partner_id = due.partner_id and k.api_key_id = due.api_key_id;
    get diagnostics n = row_count;
    if n = cardinality(holders) then
        return;
    end if;
    with due as materialized (
        select c.partner_id, c.client_id from unnest(partners, holders) as u (p, h)
          join client c on c.partner_id = u.p and c.client_id = u.h
         where c.last_used_at is null or c.last_used_at < now() - interval '1 minute'
         order by c.partner_id, c.client_id for no key update of c skip locked)
    update client c set last_used_at = now() from due
     where c.partner_id = due.partner_id and c.client_id = due.client_id;
end $$;
reset role;
