-- 0071 edi_sent: sets of EDI that a connection has sent, and what the partner's 997 says of each.
-- Locks: none on existing tables. Undo: drop the table; erased_tables() as 0068 left it; take back the grant on job.
set local lock_timeout = '2s';

-- One set by its interchange's control number, which is its group's too, and its own, without zeros before it. name: the
-- file it left in. left_at: when that was seen to be there; null: it may not have left. job_id: whose work it was, which
-- may have been swept. told_at: when what is wrong about it was said at its job; null: it was not, or nothing is.
create table edi_sent (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    control       bigint      not null check (control between 1 and 999999999),
    set_control   text        not null check (length(set_control) between 1 and 9),
    group_code    text        not null check (length(group_code) <= 2),
    code          text        not null check (length(code) <= 6),
    name          text        not null check (length(name) <= 255),
    job_id        uuid,
    state         text        not null default 'sent' check (state in ('sent', 'accepted', 'errors', 'rejected')),
    said          text        check (length(said) <= 1000),
    sent_at       timestamptz not null default now(),
    left_at       timestamptz,
    answered_at   timestamptz,
    told_at       timestamptz,
    primary key (connection_id, control, set_control, customer_id, partner_id),
    foreign key (partner_id, customer_id, connection_id) references connection,
    constraint edi_sent_answered check ((state = 'sent') = (answered_at is null))
);
create index edi_sent_open on edi_sent (connection_id, left_at) where told_at is null and state in ('sent', 'rejected');
create index edi_sent_name on edi_sent (connection_id, name);
create index edi_sent_job on edi_sent (job_id) where job_id is not null;
call tenant_table('edi_sent');
call isolation_others_of('edi_sent');
create policy keeper on edi_sent to tenon_keeper using (partner_id = tenant_partner());
create policy brand on edi_sent as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy granted on edi_sent as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
grant select, delete on edi_sent to tenon_keeper;
grant select on edi_sent to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert, update (group_code, code, name, job_id, state, said, sent_at, left_at, answered_at, told_at) on edi_sent
    to tenon_worker;

-- A job whose work is done is held again when the partner does not take what it sent: those behind it do not wait for it.
grant update (keyed) on job to tenon_worker;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['edi_sent'] || erased_tables()));
end $$;
reset role;
