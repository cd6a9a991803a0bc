-- 0025 expiring: whoever looks after an API key is told before it ends, fourteen days and three days ahead.
-- Locks: api_key exclusively for a moment (two columns that rewrite nothing, an index on few rows). Undo: drop the functions,
-- the index and the columns.
set local lock_timeout = '2s';

-- Which warning was given last, and of which end: a key that is prolonged is warned of anew. Set in the transaction that
-- queues the mail, so that neither is there without the other.
alter table api_key
    add column warned_days smallint check (warned_days in (3, 14)),
    add column warned_for timestamptz,
    add constraint api_key_warned_whole check ((warned_days is null) = (warned_for is null));
create index api_key_expires on api_key (expires_at) where expires_at is not null and revoked_at is null;

-- The warning that a key is due for at a time, if any. A key that never was so far from its end is not warned of that.
create function key_warning_days(made timestamptz, ends timestamptz, last smallint, last_for timestamptz, at timestamptz)
    returns smallint language sql immutable
    as $$ select d.days from (select case when ends <= at + interval '3 days' then 3::smallint else 14::smallint end as days) d
           where ends > at and ends <= at + interval '14 days' and made <= ends - make_interval(days => d.days)
             and (last_for is distinct from ends or last > d.days) $$;

-- Asked of all partners at once: names of keys and nothing else of them, the nearest end first. Partners take turns, so that
-- one with many keys, whose keepers get a few mails an hour, does not hold up another's.
create function keys_expiring(at timestamptz, most int) returns table (partner_id uuid, api_key_id uuid)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ with due as (
              select k.partner_id, k.api_key_id, k.expires_at,
                     row_number() over (partition by k.partner_id order by k.expires_at, k.api_key_id) as turn
                from api_key k join partner p on p.partner_id = k.partner_id and p.status = 'active'
               where k.revoked_at is null and k.expires_at > at and k.expires_at <= at + interval '14 days'
                 and key_warning_days(k.created_at, k.expires_at, k.warned_days, k.warned_for, at) is not null
          )
          select d.partner_id, d.api_key_id from due d order by d.turn, d.expires_at limit most $$;

-- In the key's tenant: one row to whoever comes first, with what the mail says.
create function key_warn(key uuid, at timestamptz)
    returns table (customer_id uuid, brand_id uuid, name text, prefix text, expires_at timestamptz)
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ update api_key k
             set warned_days = key_warning_days(k.created_at, k.expires_at, k.warned_days, k.warned_for, at),
                 warned_for = k.expires_at
           where k.partner_id = tenant_partner() and k.api_key_id = key and k.revoked_at is null
             and key_warning_days(k.created_at, k.expires_at, k.warned_days, k.warned_for, at) is not null
         returning k.customer_id, k.brand_id, k.name, k.prefix, k.expires_at $$;

-- Who looks after the keys of a customer, or of the partner: a customer without an administrator is looked after by the
-- partner's.
create function key_keepers(of_customer uuid, of_brand uuid) returns table (user_id uuid, email text, name text, locale text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ with own as (
              select m.user_id from membership m join app_user u on u.partner_id = m.partner_id and u.user_id = m.user_id
               where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.role = 'customer_admin'
                 and (m.brand_id is null or m.brand_id = of_brand)
                 and m.accepted_at is not null and m.ended_at is null and u.status = 'active'
          )
          select u.user_id, u.email, u.name, u.locale from app_user u
           where u.partner_id = tenant_partner() and u.status = 'active'
             and (u.user_id in (select own.user_id from own)
               or not exists (select from own)
                  and exists (select from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
                                 and m.role in ('partner_owner', 'partner_admin')
                                 and m.accepted_at is not null and m.ended_at is null))
           order by u.user_id limit 50 $$;

grant select (brand_id) on membership to tenon_lookup;
grant update (warned_days, warned_for) on api_key to tenon_lookup;
grant execute on function key_warning_days(timestamptz, timestamptz, smallint, timestamptz, timestamptz) to tenon_lookup;
alter function keys_expiring(timestamptz, int) owner to tenon_lookup;
alter function key_warn(uuid, timestamptz) owner to tenon_lookup;
alter function key_keepers(uuid, uuid) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function keys_expiring(timestamptz, int), key_warn(uuid, timestamptz), key_keepers(uuid, uuid) from public;
grant execute on function keys_expiring(timestamptz, int) to tenon_dispatch;
grant execute on function key_warn(uuid, timestamptz), key_keepers(uuid, uuid) to tenon_worker;
reset role;
