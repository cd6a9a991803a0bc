-- 0045 exceptions: what people say about a cause that stops their work.
-- Locks: none on existing tables. Undo: drop the table; erased_tables() as 0039 left it.
set local lock_timeout = '2s';

-- exception_id: the hash of the cause, which is the same for every tenant and names nobody's thing. archived_jobs: at how
-- many jobs it was put away, until there are more; null: it is not.
create table exception_handling (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    exception_id  text        not null check (exception_id ~ '^[0-9a-f]{32}$'),
    assignee      text        check (length(assignee) between 1 and 200),
    note          text        check (length(note) between 1 and 2000),
    archived_jobs int         check (archived_jobs >= 0),
    handled_by    text        not null check (length(handled_by) between 1 and 200),
    handled_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, exception_id),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('exception_handling');
call isolation_others_of('exception_handling');
create policy brand on exception_handling as restrictive to tenon_api using (brand_is_all());
create policy keeper on exception_handling to tenon_keeper using (partner_id = tenant_partner());
create trigger customer_works before insert or update on exception_handling
    for each row when (current_user = 'tenon_api') execute function customer_works();
grant select, delete on exception_handling to tenon_keeper;
grant select on exception_handling to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert, update (assignee, note, archived_jobs, handled_by, handled_at) on exception_handling to tenon_api;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['exception_handling'] || erased_tables()));
end $$;
reset role;
