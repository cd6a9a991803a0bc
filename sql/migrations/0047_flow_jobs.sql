-- 0047 flow_jobs: the jobs of a flow that it was given are found by their inputs, which never change, in place of an index
-- that each change of a job's state wrote an entry into.
-- Locks: job and flow_input against writes while an index of each is made, job exclusively for a moment at the end. Undo:
-- drop both indexes and make job_flow as 0039 has it.
set local lock_timeout = '2s';

create index flow_input_flow on flow_input (flow_id, job_id);
create index job_flow_message on job (flow_id, job_id) where flow_id is not null and message_id is not null;
drop index job_flow; -- last: it closes the table until the end
alter index job_flow_message rename to job_flow; -- those about a message
