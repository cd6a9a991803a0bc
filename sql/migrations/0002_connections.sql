-- 0002 connections: which outside system a customer uses, and the sealed secrets for it.
-- Locks: none on existing tables.

create table connection (
    partner_id     uuid        not null,
    customer_id    uuid        not null,
    connection_id  uuid        not null,
    environment_id uuid        not null,
    connector      text        not null check (connector ~ '^[a-z0-9_]{1,40}$'),
    name           text        not null check (length(name) between 1 and 120),
    settings       jsonb       not null default '{}',
    status         text        not null default 'active' check (status in ('active', 'paused', 'broken', 'revoked')),
    status_reason  text,
    hook_hash      bytea       unique check (length(hook_hash) = 32),
    destination_id uuid,
    created_at     timestamptz not null default now(),
    row_version    bigint      not null default 1,
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, environment_id) references environment,
    foreign key (partner_id, customer_id, destination_id) references connection
);
create index connection_environment on connection (partner_id, customer_id, environment_id);
create index connection_destination on connection (partner_id, customer_id, destination_id);
call tenant_table('connection');

create table credential (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    credential_id uuid        not null,
    class         text        not null check (class in ('edge', 'connection')),
    kind          text        not null check (kind in ('webhook_secret', 'password')),
    key_epoch     int         not null,
    sealed        bytea       not null,
    current       boolean     not null default true,
    created_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, credential_id),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, class, key_epoch) references partner_key
);
create index credential_connection on credential (partner_id, customer_id, connection_id, kind) where current;
create index credential_key on credential (partner_id, class, key_epoch);
call tenant_table('credential');
create policy api_reads_edge on credential as restrictive for select to tenon_api using (class = 'edge');

grant select, insert on connection to tenon_operator, tenon_api;
grant update (name, settings, status, status_reason, destination_id, row_version) on connection to tenon_api;
grant select on connection to tenon_worker, tenon_read;
grant update (status, status_reason, row_version) on connection to tenon_worker;
grant insert on credential to tenon_operator, tenon_api;
grant select on credential to tenon_api, tenon_worker;
