-- 0008 visible: what stops is seen on its order, and a person may let it go on; jobs that were under way in a crash.
-- Locks: job and sales_order exclusively for a moment, nothing is rewritten; job against writes while one index is made.
-- Undo: drop the index and the column, revoke the grants; the columns made nullable stay so.

-- Was under way when its process ended: tried again one at a time in each process, so that the next crash names it. crashes
-- counts those in which it was the one suspect, or the only job.
alter table job add column suspect boolean not null default false;
create index job_suspect on job (run_at, job_id) where state = 'ready' and suspect;

-- An order whose delivery cannot be read is kept all the same, without a version and without the moment it was placed.
alter table sales_order alter record_id drop not null, alter placed_at drop not null;

grant select (suspect), update (suspect) on job to tenon_dispatch;

-- A person releases what is held, through the API or as the operator.
grant select on sales_order, order_event, job to tenon_operator;
grant update (state, held_reason, row_version) on sales_order to tenon_api, tenon_operator;
grant update (state, run_at, deadline_at, crashes, reason, ended_at) on job to tenon_api, tenon_operator;
grant insert on order_event to tenon_api, tenon_operator;
