-- 0029 throttle_sweep: what is paid up is swept away apart from what is charged. A charge swept rows of others on its way and
-- kept their locks until its transaction ended: two sign-ins could each wait for a row that the other had swept, until
-- PostgreSQL ended one of them. The sweep waits for nothing and is a transaction of its own.
-- Locks: none on existing tables. Undo: throttle_charge as 0012 has it; drop throttle_sweep.
set local lock_timeout = '2s';

set local role tenon_lookup;
create or replace function throttle_charge(key bytea, cost_ms int, burst_ms int) returns int
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    at      timestamptz := clock_timestamp();
    cost    interval := make_interval(secs => cost_ms / 1000.0);
    burst   interval := make_interval(secs => burst_ms / 1000.0);
    charged boolean;
    due     timestamptz;
begin
    insert into throttle as t (partner_id, key_hash, paid_until) values (tenant_partner(), key, at + cost)
        on conflict (partner_id, key_hash) do update set paid_until = greatest(t.paid_until, at) + cost
            where greatest(t.paid_until, at) + cost <= at + burst
        returning true into charged;
    if charged then
        return 0;
    end if;
    select paid_until into due from throttle where partner_id = tenant_partner() and key_hash = key;
    return greatest(1, ceil(extract(epoch from coalesce(due, at) + cost - burst - at) * 1000))::int;
end
$$;
reset role;

create function throttle_sweep() returns void
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from throttle where partner_id = tenant_partner() and key_hash in (
        select x.key_hash from throttle x where x.partner_id = tenant_partner() and x.paid_until < clock_timestamp()
         order by x.paid_until limit 16 for update skip locked);
end
$$;
alter function throttle_sweep() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function throttle_sweep() from public;
grant execute on function throttle_sweep() to tenon_api;
reset role;
