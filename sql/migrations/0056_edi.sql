-- 0056 edi: interchanges of X12 by their control numbers, so that a repeat is none, and what is still to be answered.
-- Locks: none on existing tables. Undo: drop both tables; erased_tables() as 0055 left it.
set local lock_timeout = '2s';

-- key: sender, receiver and control number. answer: what acknowledges it, as octets; null: nothing does. answered_at: it has left.
create table edi_interchange (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    key           text        not null check (length(key) between 1 and 200),
    file_id       uuid        not null,
    control       text        not null check (length(control) <= 20),
    sets          int         not null,
    refused       int         not null,
    answer        bytea,
    answer_name   text        check (length(answer_name) <= 100),
    answered_at   timestamptz,
    received_at   timestamptz not null default now(),
    primary key (connection_id, key, customer_id, partner_id),
    foreign key (partner_id, customer_id, file_id) references inbound_file,
    constraint edi_interchange_answer_named check ((answer is null) = (answer_name is null))
);
create index edi_interchange_file on edi_interchange (file_id);
create index edi_interchange_unanswered on edi_interchange (connection_id) where answer is not null and answered_at is null;

-- The control number of the next interchange that a connection sends.
create table edi_control (
    partner_id    uuid   not null,
    customer_id   uuid   not null,
    connection_id uuid   not null,
    next          bigint not null check (next between 1 and 1000000000),
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, connection_id) references connection
);

do $$
declare
    t text;
begin
    foreach t in array array['edi_interchange', 'edi_control'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('create policy brand on %I as restrictive to tenon_api
                        using (brand_sees(partner_id, customer_id, connection_id))', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
        execute format('grant insert on %I to tenon_worker', t);
    end loop;
end $$;
create policy granted on edi_interchange as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
grant update (answered_at) on edi_interchange to tenon_worker;
grant update (next) on edi_control to tenon_worker;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['edi_interchange', 'edi_control'] || erased_tables()));
end $$;
reset role;
