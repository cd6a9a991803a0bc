-- 0043 job_order: jobs of one key follow one another as they came in, whatever the clocks of those who took them say.
-- Locks: none. Undo: drop the function.
set local lock_timeout = '2s';

-- Jobs of a key are done in the order of their ids, so an id is made where all of them meet: version 7, whose time is this
-- server's to 250 ns. later_us: what of it is known besides, as how long it has waited (less than nothing) or its place
-- among those that are made in one statement.
create function job_id_new(later_us bigint) returns uuid language plpgsql volatile as $$
declare
    us bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint + later_us;
begin
    return encode(overlay(uuid_send(gen_random_uuid())
                          placing int8send((us / 1000) << 16 | 28672 | us % 1000 * 4096 / 1000) from 1 for 8), 'hex')::uuid;
end $$;
revoke all on function job_id_new(bigint) from public;
grant execute on function job_id_new(bigint) to tenon_api, tenon_intake, tenon_worker;
