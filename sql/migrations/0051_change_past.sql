-- 0051 change_past: the runs about an object, of all flows and of one, newest last.
-- Locks: flow_input against writes while two indexes are made, into which none of its older rows go. Undo: drop both.
set local lock_timeout = '2s';

create index flow_input_object on flow_input (object_id, job_id) where object_id is not null;
create index flow_input_object_flow on flow_input (object_id, flow_id, received_at) where object_id is not null;
