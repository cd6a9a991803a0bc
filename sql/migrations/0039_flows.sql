-- 0039 flows: what is done about what comes in, as documents in versions; and jobs that a flow is run by.
-- Locks: job for a moment, for columns that may be null and one check that is looked over later. Undo: drop the tables, the
-- columns and the functions; job_claim() as before; erased_tables() as 0034 left it.
set local lock_timeout = '2s';

update role set permissions = permissions || '{flows:read,flows:write,flows:publish,flows:run}'
 where role in ('partner_owner', 'partner_admin', 'customer_admin');

-- shadow: effects are planned and kept as they would be sent, and nothing is sent. state: of a paused flow no job is begun;
-- of a draining one none is made, and those there are go on.
create table flow (
    partner_id      uuid        not null,
    customer_id     uuid        not null,
    flow_id         uuid        not null,
    name            text        not null check (length(name) between 1 and 120),
    state           text        not null default 'active' check (state in ('active', 'paused', 'draining')),
    shadow          boolean     not null default false,
    versions        int         not null default 0 check (versions between 0 and 10000),
    current_version int,
    created_at      timestamptz not null default now(),
    changed_at      timestamptz not null default now(),
    row_version     bigint      not null default 1,
    primary key (partner_id, customer_id, flow_id),
    unique (customer_id, name, partner_id),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('flow');
call isolation_others_of('flow');

create table flow_version (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    flow_id       uuid        not null,
    number        int         not null check (number > 0),
    version_id    uuid        not null default gen_random_uuid(), -- where an export goes on
    status        text        not null default 'draft' check (status in ('draft', 'published', 'retired')),
    document      text        not null check (octet_length(document) between 2 and 262144),
    document_hash bytea       not null check (length(document_hash) = 32),
    note          text        check (length(note) <= 500),
    author        text        not null check (length(author) between 1 and 100),
    replaces      int,
    created_at    timestamptz not null default now(),
    changed_at    timestamptz not null default now(),
    published_at  timestamptz,
    row_version   bigint      not null default 1,
    primary key (partner_id, customer_id, flow_id, number),
    unique (version_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, flow_id) references flow,
    constraint flow_version_published_once check (status = 'draft' or published_at is not null)
);
call tenant_table('flow_version');
call isolation_others_of('flow_version');

-- What a job was made with stays as it was. The message is for a person, the hint names the problem.
create function flow_version_stands() returns trigger language plpgsql as $$
begin
    raise exception 'only a draft can be changed: save what is new as a version of its own'
        using errcode = 'TN409', hint = 'flow-version-fixed';
end $$;
create trigger flow_version_stands before update on flow_version for each row
    when (old.status <> 'draft' and (old.document, old.document_hash, old.note, old.author)
          is distinct from (new.document, new.document_hash, new.note, new.author))
    execute function flow_version_stands();

-- Which connection a flow means by a name in its document.
create table flow_connection (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    flow_id       uuid        not null,
    role          text        not null check (length(role) between 1 and 64),
    connection_id uuid        not null,
    changed_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, flow_id, role),
    foreign key (partner_id, customer_id, flow_id) references flow,
    foreign key (partner_id, customer_id, connection_id) references connection
);
call tenant_table('flow_connection');
call isolation_others_of('flow_connection');
create index flow_connection_of on flow_connection (connection_id, customer_id, partner_id);

-- What a connection brings goes through a flow of the customer's: by the kind of object, one flow at a time.
create table connection_flow (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    object        text        not null check (length(object) between 1 and 64),
    flow_id       uuid, -- null: again the way that comes with the program
    changed_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, connection_id, object),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, customer_id, flow_id) references flow
);
call tenant_table('connection_flow');
call isolation_others_of('connection_flow');
create index connection_flow_of on connection_flow (flow_id, customer_id, partner_id);

-- A job is about a message of a connection, or what somebody gave a flow.
alter table job alter column message_id drop not null, alter column connection_id drop not null,
    add column flow_id uuid, add column flow_version int, add column shadow boolean not null default false,
    add constraint job_about check (message_id is not null and connection_id is not null or flow_id is not null) not valid;
create unique index job_given on job (flow_id, origin_key, customer_id, partner_id) where message_id is null;
create index job_flow on job (flow_id, job_id) where flow_id is not null;

create table flow_input (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    job_id      uuid        not null,
    body        bytea       not null check (octet_length(body) <= 1048576),
    body_hash   bytea       not null check (length(body_hash) = 32),
    given_by    text        not null check (length(given_by) between 1 and 100),
    received_at timestamptz not null,
    primary key (partner_id, customer_id, job_id),
    foreign key (partner_id, customer_id, job_id) references job
);
alter table flow_input alter body set compression lz4;
call tenant_table('flow_input');
call isolation_others_of('flow_input');

-- What a job in shadow would have sent, as it would have been sent.
create table flow_plan (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    job_id        uuid        not null,
    connection_id uuid        not null,
    operation     text        not null check (length(operation) between 1 and 64),
    effect_key    text        not null check (length(effect_key) <= 300),
    request       text        not null check (octet_length(request) <= 1100000),
    planned_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, job_id, connection_id, operation, effect_key),
    foreign key (partner_id, customer_id, job_id) references job,
    foreign key (partner_id, customer_id, connection_id) references connection
);
alter table flow_plan alter request set compression lz4;
call tenant_table('flow_plan');
call isolation_others_of('flow_plan');

do $$
declare
    t text;
begin
    foreach t in array array['flow', 'flow_version', 'flow_connection', 'connection_flow'] loop
        execute format('create trigger customer_works before insert or update on %I for each row
                        when (current_user = ''tenon_api'') execute function customer_works()', t);
    end loop;
    foreach t in array array['flow', 'flow_version', 'flow_connection', 'connection_flow', 'flow_input', 'flow_plan'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
    end loop;
end $$;
grant insert on flow, flow_version, flow_connection to tenon_api, tenon_operator;
grant update (name, state, shadow, versions, current_version, changed_at, row_version) on flow to tenon_api, tenon_operator;
grant update (status, document, document_hash, note, replaces, changed_at, published_at, row_version) on flow_version
    to tenon_api, tenon_operator;
grant update (connection_id, changed_at) on flow_connection to tenon_api, tenon_operator;
grant insert on connection_flow to tenon_api, tenon_operator;
grant update (flow_id, changed_at) on connection_flow to tenon_api, tenon_operator;
grant insert on flow_plan to tenon_worker;
grant insert on flow_input to tenon_api, tenon_worker;
grant insert on job to tenon_api, tenon_worker;
grant update (flow_id, flow_version, shadow) on job to tenon_worker;
grant select (flow_id, flow_version) on job to tenon_dispatch;

-- What a caller of one store brand sees of a flow is its documents, and of what it does what its brand's connections have
-- to do with; what somebody gave a flow is of no brand.
create policy brand on flow_connection as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on connection_flow as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on flow_plan as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on flow_input as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = flow_input.partner_id and j.customer_id = flow_input.customer_id and j.job_id = flow_input.job_id));

-- A flow of which nothing was ever published. False: there is none such.
create function flow_delete(of_customer uuid, flow uuid) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if not tenant_has(of_customer) or not brand_is_all() or exists (
        select from flow_version where partner_id = tenant_partner() and customer_id = of_customer
           and flow_id = flow and published_at is not null) then
        return false;
    end if;
    delete from connection_flow c where c.partner_id = tenant_partner() and c.customer_id = of_customer and c.flow_id = flow;
    delete from flow_connection where partner_id = tenant_partner() and customer_id = of_customer and flow_id = flow;
    delete from flow_version where partner_id = tenant_partner() and customer_id = of_customer and flow_id = flow;
    delete from flow f where f.partner_id = tenant_partner() and f.customer_id = of_customer and f.flow_id = flow;
    return found;
end $$;
alter function flow_delete(uuid, uuid) owner to tenon_keeper;

-- Erasing a customer takes these too, children first; whatever else is erased stays as it was said before.
set local role tenon_keeper;
revoke all on function flow_delete(uuid, uuid) from public;
grant execute on function flow_delete(uuid, uuid) to tenon_api;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['flow_plan', 'flow_input', 'connection_flow', 'flow_connection', 'flow_version', 'flow'] || erased_tables()));
end $$;
reset role;
