-- 0032 live: which mapping a connection's records go through, and which version of it made each record.
-- Locks: job, canonical_record for a moment each, for columns that may be null. Undo: drop the table and the columns;
-- erased_tables() as 0031 left it.
set local lock_timeout = '2s';

-- Without a row, or with no mapping in it, a connection's records go through the mapping that comes with the program.
create table connection_mapping (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    object        text        not null check (object ~ '^[A-Za-z0-9_.-]{1,80}$'),
    mapping_id    uuid,
    changed_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, connection_id, object),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, customer_id, mapping_id) references mapping
);
call tenant_table('connection_mapping');
call isolation_others_of('connection_mapping');
create index connection_mapping_of on connection_mapping (mapping_id, customer_id, partner_id);
create policy brand on connection_mapping as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create trigger customer_works before insert or update on connection_mapping
    for each row when (current_user = 'tenon_api') execute function customer_works();

grant select on connection_mapping to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert, update (mapping_id, changed_at) on connection_mapping to tenon_api, tenon_operator;
create policy keeper on connection_mapping to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on connection_mapping to tenon_keeper;

-- What a job began with it goes on with, until a person lets it begin anew. Null: the shipped one, or not begun.
alter table job add column mapping_id uuid, add column mapping_version int;
grant update (mapping_id, mapping_version) on job to tenon_worker, tenon_api, tenon_operator; -- the last two let it begin anew

-- Whoever has come through waits no more, whichever of its deliveries brought it there.
grant update (released_at) on xref_waiting to tenon_worker;

-- Which document made this record: a customer's mapping and its version, or null and the shipped one. The hash is of the
-- document; null for records from before.
alter table canonical_record add column mapping_id uuid, add column mapping_version int,
    add column mapping_hash bytea check (length(mapping_hash) = 32);

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['connection_mapping'] || erased_tables()));
end $$;
reset role;
