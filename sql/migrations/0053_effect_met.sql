-- 0053 effect_met: a run that comes to a change which another run has made already keeps which one that was, so that nobody takes
-- it for its own; of a request whose outcome is unknown is kept whether an answer came; and since when a flow is drained can be asked.
-- Locks: job and effect for a moment, for columns. Undo: drop the columns and the function.
set local lock_timeout = '2s';

-- Of the ledger's; null: none.
alter table job add column effects_met uuid[] check (cardinality(effects_met) <= 1000);
grant update (effects_met) on job to tenon_worker;

-- Of one that is unknown: an answer came, and does not say what was done. Nothing of the request is under way any more. Null: no.
alter table effect add column answered boolean;

-- A time alone, of no tenant. What a flow is given after it waits until the flow is resumed.
create function flow_drained_at(flow uuid) returns timestamptz
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select after from halted where tenant_id = flow and cause is null $$;
alter function flow_drained_at(uuid) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function flow_drained_at(uuid) from public;
grant execute on function flow_drained_at(uuid) to tenon_api;
reset role;
