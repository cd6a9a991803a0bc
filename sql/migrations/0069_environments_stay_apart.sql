-- 0069 environments stay apart: that the system of a connection is simulated is a member of the connection, settled when it is
-- made, and no longer the presence of a row elsewhere; and a run of a flow knows in which environment it was begun.
-- Locks: connection and flow_input exclusively for a moment (a column with a constant default, a nullable one); simulated
-- connections are written once. Undo: drop the triggers, the columns and simulations_waiting(int, int, uuid);
-- simulation_is_sandboxed() as the migration before left it.
set local lock_timeout = '2s';

alter table connection add column simulated boolean not null default false;

-- A connection whose stand-in is gone already, as in an erasure that is under way, is known by its door, which no other has.
create policy mend on connection to current_user using (true) with check (true);
create policy mend on simulation for select to current_user using (true);
create policy mend on credential for select to current_user using (true);
update connection c set simulated = true
 where exists (select from simulation s where s.partner_id = c.partner_id and s.customer_id = c.customer_id
                                          and s.connection_id = c.connection_id)
    or exists (select from credential d where d.partner_id = c.partner_id and d.customer_id = c.customer_id
                                          and d.connection_id = c.connection_id and d.kind = 'door');
drop policy mend on connection;
drop policy mend on simulation;
drop policy mend on credential;

-- Whoever may write the row.
create function connection_stays() returns trigger language plpgsql as $$
begin
    raise exception 'where a connection works, and whether its system is simulated, is settled when it is made'
        using errcode = 'insufficient_privilege';
end $$;
create trigger connection_stays before update on connection for each row
    when ((old.simulated, old.environment_id) is distinct from (new.simulated, new.environment_id))
    execute function connection_stays();

-- What is real is never simulated.
create function connection_is_sandboxed() returns trigger language plpgsql as $$
begin
    if not exists (select from environment e where e.partner_id = new.partner_id and e.customer_id = new.customer_id
                      and e.environment_id = new.environment_id and e.kind = 'sandbox') then
        raise exception 'only a connection of a sandbox can be simulated' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger connection_is_sandboxed before insert on connection for each row
    when (new.simulated) execute function connection_is_sandboxed();

create or replace function simulation_is_sandboxed() returns trigger language plpgsql as $$
begin
    if not exists (select from connection c
                    where c.partner_id = new.partner_id and c.customer_id = new.customer_id
                      and c.connection_id = new.connection_id and c.simulated) then
        raise exception 'only a connection that was made simulated has a stand-in' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;

-- In which environment what began a run works: of a changed object its connection's, of a run that another one began that one's.
-- Null: nothing that works in one has begun it. What a message began has its connection.
alter table flow_input add column environment_id uuid;

-- Who has something to send, so many of each customer, from one name on and round: nobody's flood hides another's. The one
-- of one argument stays for processes that began before.
create function simulations_waiting(most int, of_one int, start uuid) returns table (token uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select w.token
                   from (select s.token, row_number() over (partition by s.customer_id order by s.token < start, s.token) as place
                           from simulation s
                          where s.waiting > 0
                            and not exists (select from halted h where h.tenant_id in (s.partner_id, s.customer_id, s.connection_id)
                                                                   and h.cause is null)) w
                  where w.place <= of_one
                  order by w.place, w.token < start, w.token limit most;
end $$;
alter function simulations_waiting(int, int, uuid) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function simulations_waiting(int, int, uuid) from public;
grant execute on function simulations_waiting(int, int, uuid) to tenon_api;
reset role;
