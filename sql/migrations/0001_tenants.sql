-- 0001 tenants: partners, their hosts, keys and customers, and the one procedure that closes a table.
-- Locks: none on existing tables.

alter default privileges in schema tenon revoke execute on functions from public;

-- Who is asking. Set with set_config(…, true) in the transaction that asks; not set is an error and not rows.
create function tenant_partner() returns uuid language sql stable
    as $$ select current_setting('tenon.partner_id')::uuid $$;

-- True when the caller stands for the whole partner, or for just this customer.
create function tenant_has(customer uuid) returns boolean language sql stable
    as $$ select case current_setting('tenon.customer_id') when 'all' then true
                 else customer = current_setting('tenon.customer_id')::uuid end $$;

grant execute on function tenant_partner(), tenant_has(uuid)
    to tenon_operator, tenon_api, tenon_worker, tenon_read;

-- Closes a table that has partner_id (and customer_id): row security enabled and forced, the tenant asked of every
-- role that serves tenants. Roles that serve all tenants at once get their narrow policies by name beside it.
create procedure tenant_table(tbl regclass) language plpgsql as $$
declare
    has_customer boolean := exists (select from pg_attribute
                                     where attrelid = tbl and attname = 'customer_id' and not attisdropped);
    rule text := 'partner_id = tenant_partner()';
begin
    if has_customer then
        rule := rule || ' and tenant_has(customer_id)';
    end if;
    execute format('alter table %s enable row level security', tbl);
    execute format('alter table %s force row level security', tbl);
    execute format('create policy tenant on %s to tenon_operator, tenon_api, tenon_worker, tenon_read
                    using (%s) with check (%s)', tbl, rule, rule);
    execute format('revoke truncate, references, trigger on %s from tenon_operator, tenon_api, tenon_worker, tenon_read',
                   tbl);
end
$$;

create table partner (
    partner_id uuid        not null primary key,
    slug       text        not null unique check (slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'),
    name       text        not null check (length(name) between 1 and 120),
    brand_pack text        not null check (brand_pack ~ '^[a-z0-9-]{1,40}$'),
    status     text        not null default 'active' check (status in ('active', 'suspended', 'closing', 'closed')),
    created_at timestamptz not null default now()
);
call tenant_table('partner');

create table partner_host (
    partner_id  uuid        not null references partner,
    host        text        not null primary key check (host = lower(host) and length(host) between 1 and 253),
    verified_at timestamptz,
    created_at  timestamptz not null default now()
);
create index partner_host_partner on partner_host (partner_id);
call tenant_table('partner_host');

-- Public halves: whoever may seal for this partner.
create table partner_key (
    partner_id uuid        not null references partner,
    class      text        not null check (class in ('edge', 'connection')),
    epoch      int         not null check (epoch > 0),
    public_key bytea       not null check (length(public_key) = 32),
    created_at timestamptz not null default now(),
    primary key (partner_id, class, epoch)
);
call tenant_table('partner_key');

-- Private halves, wrapped under the key-encryption key of their class, which the database never sees.
create table partner_key_private (
    partner_id uuid  not null,
    class      text  not null,
    epoch      int   not null,
    wrapped    bytea not null check (length(wrapped) = 72),
    primary key (partner_id, class, epoch),
    foreign key (partner_id, class, epoch) references partner_key
);
call tenant_table('partner_key_private');
create policy api_edge_only on partner_key_private as restrictive to tenon_api using (class = 'edge');

create table customer (
    partner_id  uuid        not null references partner,
    customer_id uuid        not null,
    name        text        not null check (length(name) between 1 and 120),
    status      text        not null default 'active' check (status in ('active', 'suspended', 'closing', 'closed')),
    created_at  timestamptz not null default now(),
    primary key (partner_id, customer_id)
);
call tenant_table('customer');

create table environment (
    partner_id     uuid        not null,
    customer_id    uuid        not null,
    environment_id uuid        not null,
    kind           text        not null check (kind in ('live', 'sandbox')),
    created_at     timestamptz not null default now(),
    primary key (partner_id, customer_id, environment_id),
    unique (partner_id, customer_id, kind),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('environment');

create table api_key (
    partner_id   uuid        not null references partner,
    customer_id  uuid,
    api_key_id   uuid        not null,
    name         text        not null check (length(name) between 1 and 120),
    secret_hash  bytea       not null unique check (length(secret_hash) = 32),
    prefix       text        not null,
    scopes       text[]      not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    primary key (partner_id, api_key_id),
    foreign key (partner_id, customer_id) references customer
);
create index api_key_customer on api_key (partner_id, customer_id);
call tenant_table('api_key');

grant select on partner, partner_host, partner_key, customer, environment to tenon_api, tenon_worker, tenon_read;
grant select on partner_key_private to tenon_api, tenon_worker;
grant select, insert on partner, partner_host, partner_key, partner_key_private, customer, environment, api_key
    to tenon_operator;
grant select (partner_id, customer_id, api_key_id, name, prefix, scopes, created_at, expires_at, revoked_at)
    on api_key to tenon_api, tenon_read;
