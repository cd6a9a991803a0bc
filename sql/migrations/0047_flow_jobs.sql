-- 0047 flow_jobs: the jobs of a flow that it was given are found by their inputs, which never change, in place of an index
-- that each change of a job's state wrote an entry into.
-- Locks: job and flow_input against writes while an index of each is made. Undo: drop both indexes and make job_flow as 0039
-- has it.
set local lock_timeout = '2s';

drop index job_flow;
create index job_flow on job (flow_id, job_id) where flow_id is not null and message_id is not null; -- those about a message
create index flow_input_flow on flow_input (flow_id, job_id);
