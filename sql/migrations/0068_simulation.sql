-- 0068 simulation: a connection of a sandbox whose system is a stand-in of this server's own: under which name the stand-in
-- is asked, and what it holds.
-- Locks: credential exclusively for a moment (a check made anew). Undo: drop the table and the functions, take the rows of
-- the kind away; erased_tables() and the check as the migration before left them.
set local lock_timeout = '2s';

-- door: the way to a simulated connection's own webhooks, which its system is told, and that is this server's own.
alter table credential drop constraint credential_kind_check,
    add constraint credential_kind_check
        check (kind in ('webhook_secret', 'password', 'api_token', 'session', 'hook_token', 'door')) not valid;

-- token: the name, which nobody is told. epoch: counts who had it in memory, so that one who has it no more cannot write.
-- state: what it holds; null: as its seed gives it. waiting: what it would send and has not, which is looked after first.
create table simulation (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    token         uuid        not null,
    seed          bigint      not null,
    epoch         bigint      not null default 0,
    state         bytea       check (octet_length(state) <= 67108864),
    waiting       int         not null default 0 check (waiting >= 0),
    saved_at      timestamptz,
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, connection_id) references connection
);
create index simulation_token on simulation (token);
create index simulation_waiting on simulation (token) where waiting > 0;
call tenant_table('simulation');
call isolation_others_of('simulation');
create policy brand on simulation as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy keeper on simulation to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on simulation to tenon_keeper;
grant select (partner_id, customer_id, connection_id, token) on simulation to tenon_worker, tenon_operator;
grant select (partner_id, customer_id, connection_id, seed, epoch, waiting, saved_at) on simulation to tenon_read;
grant select, insert on simulation to tenon_api;
grant update (epoch, state, waiting, saved_at) on simulation to tenon_api;

-- What is real is never simulated: where a connection works is never changed, so it is asked once.
create function simulation_is_sandboxed() returns trigger language plpgsql as $$
begin
    if not exists (select from connection c join environment e on e.partner_id = c.partner_id
                      and e.customer_id = c.customer_id and e.environment_id = c.environment_id and e.kind = 'sandbox'
                    where c.partner_id = new.partner_id and c.customer_id = new.customer_id
                      and c.connection_id = new.connection_id) then
        raise exception 'only a connection of a sandbox can be simulated' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
grant execute on function simulation_is_sandboxed() to tenon_api;
create trigger simulation_is_sandboxed before insert on simulation for each row execute function simulation_is_sandboxed();

-- Whose it is, by its name; and the names of those that have something to send, of all tenants.
create policy lookup on simulation for select to tenon_lookup using (true);
grant select (token, waiting) on simulation to tenon_lookup;
grant select (connection_id) on simulation to tenon_lookup;
create function lookup_simulation(named uuid) returns table (partner_id uuid, customer_id uuid, connection_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select s.partner_id, s.customer_id, s.connection_id from simulation s where s.token = named;
end $$;
create function simulations_waiting(most int) returns table (token uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select s.token from simulation s
                  where s.waiting > 0
                    and not exists (select from halted h where h.tenant_id in (s.partner_id, s.customer_id, s.connection_id)
                                                           and h.cause is null)
                  order by s.token limit most;
end $$;
alter function lookup_simulation(uuid) owner to tenon_lookup;
alter function simulations_waiting(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_simulation(uuid), simulations_waiting(int) from public;
grant execute on function lookup_simulation(uuid), simulations_waiting(int) to tenon_api;
reset role;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['simulation'] || erased_tables()));
end $$;
reset role;
