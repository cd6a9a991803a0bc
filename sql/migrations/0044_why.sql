-- 0044 why: what it takes to say why an order is not there yet.
-- Locks: sales_order against writes while an index on it is made; dispatcher for a moment. Undo: drop the index, the function
-- and the grant.
set local lock_timeout = '2s';

-- People ask by the number that the shopper was given.
create index sales_order_number on sales_order (connection_id, number, customer_id, partner_id);

-- When any dispatcher was last heard of, and when this one was: times alone, of no tenant.
grant select on dispatcher to tenon_lookup;
create function workers_seen(owner uuid) returns table (any_at timestamptz, owner_at timestamptz)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select max(beat_at), max(beat_at) filter (where dispatcher_id = owner) from dispatcher $$;
alter function workers_seen(uuid) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function workers_seen(uuid) from public;
grant execute on function workers_seen(uuid) to tenon_api;
reset role;
