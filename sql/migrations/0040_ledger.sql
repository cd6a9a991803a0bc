-- 0040 ledger: a job's way through the ledger touches half of the indexes, and its last try stands on its own row.
-- Locks: job exclusively for a moment (columns that may be null) and against writes while four indexes are made anew;
-- flow_input exclusively for a moment, which has no rows yet. Undo: put the rows of job_try into attempt, drop the view, the
-- trigger and the columns, and make the indexes as 0003, 0005 and 0039 have them.
-- A change of state writes a new entry into every index that the row belongs to. So a job that is not about a message is not
-- in the index of those that are, a leased one is found by its key alone, and what a flow was given before is asked of its
-- inputs, which never change. A try that ends its job costs no row, no index entry and no check of a reference besides.
set local lock_timeout = '2s';

-- Of the try that ended the job; the others stand in attempt. What it used: calls to outside systems, octets sent and
-- received in them, microseconds of its fiber's own running, and items it worked on. Null: none.
alter table job
    add column started_at timestamptz, add column calls int, add column octets_sent bigint,
    add column octets_received bigint, add column cpu_us bigint, add column items int;
alter table attempt
    add column calls int, add column octets_sent bigint, add column octets_received bigint, add column cpu_us bigint,
    add column items int;
grant update (started_at, calls, octets_sent, octets_received, cpu_us, items) on job to tenon_dispatch;
grant select (ctid) on job to tenon_dispatch; -- where a row was found

-- What is summed by its time lies about in the order of time.
create index job_ended on job using brin (ended_at) where ended_at is not null;
create index attempt_ended on attempt using brin (ended_at);
create index inbound_message_received on inbound_message using brin (received_at);
create index inbound_delivery_received on inbound_delivery using brin (received_at);

-- All tries of all jobs.
create view job_try with (security_invoker = true) as
select partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, reason, calls, octets_sent,
       octets_received, cpu_us, items
  from attempt
 union all
select partner_id, customer_id, job_id, attempts, lease_epoch, started_at, ended_at, 'ok', reason, calls, octets_sent,
       octets_received, cpu_us, items
  from job where started_at is not null and state in ('done', 'cancelled');
grant select on job_try to tenon_api, tenon_worker, tenon_read;

-- One that goes on although it had ended: the try that ended it is kept beside the others.
create function job_goes_on() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    insert into attempt (partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, reason, calls,
                         octets_sent, octets_received, cpu_us, items)
    values (old.partner_id, old.customer_id, old.job_id, old.attempts, old.lease_epoch, old.started_at, old.ended_at, 'ok',
            old.reason, old.calls, old.octets_sent, old.octets_received, old.cpu_us, old.items);
    return null;
end $$;
create trigger job_goes_on after update of state on job for each row
    when (old.started_at is not null and old.state in ('done', 'cancelled') and new.state not in ('done', 'cancelled'))
    execute function job_goes_on();
revoke all on function job_goes_on() from public;
alter function job_goes_on() owner to tenon_keeper;
grant insert on attempt to tenon_keeper;
create policy kept on attempt for insert to tenon_keeper with check (true); -- the row is its job's, whoever asks

-- So that the versions of a job stand on one page: an update that has to look for room on another locks the row first.
alter table job set (fillfactor = 50);

create unique index job_of_source on job (connection_id, origin_key, partner_id, customer_id)
    where connection_id is not null;
alter table job drop constraint job_source;
alter index job_of_source rename to job_source;
drop index job_leased, job_due;
create index job_due on job (run_at, job_id) where state = 'ready' and not suspect; -- and none that a key is looked for in
drop index job_open_key;
create index job_open_key on job (business_key, customer_id, partner_id, job_id) where state = 'ready';

-- What has an origin is given to a flow once.
drop index job_given;
alter table flow_input add column flow_id uuid not null, add column origin_key text not null;
create unique index flow_input_given on flow_input (flow_id, origin_key, customer_id, partner_id);
