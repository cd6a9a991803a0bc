-- 0049 job_edit: what a stopped job of a flow is about is put right by people, and the original stays as it came.
-- Locks: job for a moment (a column that may be null). Undo: drop the table and the column; erased_tables() as 0046 left it.
set local lock_timeout = '2s';

-- How often; the last one is what its next try reads. Null: never.
alter table job add column edits int;
grant update (edits) on job to tenon_api, tenon_operator;

create table job_edit (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    job_id      uuid        not null,
    number      int         not null check (number between 1 and 100),
    edit_id     uuid        not null default gen_random_uuid(), -- where an export goes on
    body        bytea       not null check (octet_length(body) <= 1048576),
    body_hash   bytea       not null check (length(body_hash) = 32),
    edited_by   text        not null check (length(edited_by) between 1 and 100),
    edited_at   timestamptz not null default now(),
    note        text        check (length(note) <= 500),
    primary key (partner_id, customer_id, job_id, number),
    unique (edit_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, job_id) references job
);
alter table job_edit alter body set compression lz4;
call tenant_table('job_edit');
call isolation_others_of('job_edit');
create policy brand on job_edit as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = job_edit.partner_id and j.customer_id = job_edit.customer_id and j.job_id = job_edit.job_id));
create policy keeper on job_edit to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on job_edit to tenon_keeper;
grant select on job_edit to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on job_edit to tenon_api;
create trigger customer_works before insert or update on job_edit for each row
    when (current_user = 'tenon_api') execute function customer_works();
grant update (request, planned_at) on flow_plan to tenon_worker; -- of what is edited, another request would be sent

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['job_edit'] || erased_tables()));
end $$;
reset role;
