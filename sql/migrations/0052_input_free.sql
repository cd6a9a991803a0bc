-- 0052 input_free: the input of a job is written by the statement that writes the job (queries/flow.sql, walk.sql), and both
-- go only with their customer; a foreign key looked the job up once more for each input.
-- Locks: flow_input and job exclusively for a moment. Undo: add the key again, not valid, then validate it.
set local lock_timeout = '2s';

alter table flow_input drop constraint flow_input_partner_id_customer_id_job_id_fkey;
