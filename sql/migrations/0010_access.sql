-- 0010 access: roles as data, what a customer is made of, keys that sign, and store brands that callers may be bound to.
-- Locks: connection, sales_order and the tables of work exclusively for a moment (policies, one nullable column).
-- Undo: drop the policies, functions, tables and the column.
set local lock_timeout = '2s';

-- What each role may, and where it holds: of the installation, of a partner, of one of its customers. Permissions are named
-- in tenants/access/permission.def; a test compares both.
create table role (
    role        text   not null primary key check (role ~ '^[a-z_]{1,40}$'),
    level       text   not null check (level in ('platform', 'partner', 'customer')),
    permissions text[] not null
);

insert into role (role, level, permissions) values
    ('platform_operator', 'platform', '{orders:read,orders:write,messages:read,connections:read,customers:read,stores:read,isolation:read}'),
    ('partner_owner', 'partner', '{orders:read,orders:write,messages:read,connections:read,connections:write,customers:read,customers:write,customers:export,customers:erase,stores:read,stores:write,users:read,users:write,keys:read,keys:write,brand:read,brand:write,hosts:read,hosts:write,mail:read,mail:write,signin:read,signin:write,audit:read,grants:read,grants:write,billing:read,isolation:read}'),
    ('partner_admin', 'partner', '{orders:read,orders:write,messages:read,connections:read,connections:write,customers:read,customers:write,customers:export,stores:read,stores:write,users:read,users:write,keys:read,keys:write,brand:read,brand:write,hosts:read,hosts:write,mail:read,mail:write,signin:read,signin:write,audit:read,grants:read,grants:write,billing:read,isolation:read}'),
    ('partner_support', 'partner', '{orders:read,orders:write,messages:read,connections:read,customers:read,stores:read,users:read,brand:read,hosts:read,mail:read,isolation:read}'),
    ('partner_billing', 'partner', '{customers:read,billing:read}'),
    ('partner_auditor', 'partner', '{orders:read,messages:read,connections:read,customers:read,stores:read,users:read,keys:read,brand:read,hosts:read,mail:read,signin:read,audit:read,grants:read,billing:read,isolation:read}'),
    ('customer_admin', 'customer', '{orders:read,orders:write,messages:read,connections:read,connections:write,customers:read,customers:export,stores:read,stores:write,users:read,users:write,keys:read,keys:write,audit:read,grants:read,isolation:read}'),
    ('customer_operator', 'customer', '{orders:read,orders:write,messages:read,connections:read,connections:write,customers:read,stores:read}'),
    ('customer_finance', 'customer', '{orders:read,customers:read,stores:read}'),
    ('customer_support', 'customer', '{orders:read,orders:write,messages:read,connections:read,customers:read,stores:read}'),
    ('customer_viewer', 'customer', '{orders:read,connections:read,customers:read,stores:read}');

-- A store brand: what shoppers know a customer by. Not the partner's own brand, which is the portal's look.
create table store_brand (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    brand_id    uuid        not null,
    code        text        not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$'),
    name        text        not null check (length(name) between 1 and 120),
    entity_id   uuid,
    created_at  timestamptz not null default now(),
    row_version bigint      not null default 1,
    primary key (partner_id, customer_id, brand_id),
    unique (customer_id, code, partner_id),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('store_brand');

-- A legal entity: whose books an order ends up in. Its base currency never changes once anything was posted.
create table legal_entity (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    entity_id     uuid        not null,
    code          text        not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$'),
    name          text        not null check (length(name) between 1 and 120),
    base_currency text        not null check (base_currency ~ '^[A-Z]{3}$'),
    time_zone     text        not null check (length(time_zone) between 1 and 60),
    created_at    timestamptz not null default now(),
    row_version   bigint      not null default 1,
    primary key (partner_id, customer_id, entity_id),
    unique (customer_id, code, partner_id),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('legal_entity');
alter table store_brand add foreign key (partner_id, customer_id, entity_id) references legal_entity;
create index store_brand_entity on store_brand (entity_id, customer_id, partner_id);

-- Keys with which the installation signs in a partner's name. token: access tokens (ES256); proof: what an API process
-- vouches for (Ed25519); audit: checkpoints (Ed25519); export: bundles (Ed25519). Private halves are sealed to the partner's
-- key of their class, so the API holds no key that signs audit checkpoints or bundles.
create table signing_key (
    partner_id     uuid        not null references partner,
    signing_key_id uuid        not null,
    purpose        text        not null check (purpose in ('token', 'proof', 'audit', 'export')),
    class          text        not null check (class = case when purpose in ('token', 'proof') then 'edge' else 'connection' end),
    algorithm      text        not null check (algorithm in ('ES256', 'Ed25519')),
    public_key     bytea       not null,
    key_epoch      int         not null,
    sealed         bytea       not null,
    created_at     timestamptz not null default now(),
    retired_at     timestamptz,
    primary key (partner_id, signing_key_id),
    foreign key (partner_id, class, key_epoch) references partner_key
);
create unique index signing_key_current on signing_key (partner_id, purpose) where retired_at is null;
create index signing_key_epoch on signing_key (partner_id, class, key_epoch);
call tenant_table('signing_key');

-- A caller may be bound to one store brand of its customer: such a caller sees that brand's connections and what came in
-- over them, and nothing else. Set with the tenant; not set is an error.
create function brand_is_all() returns boolean language sql stable
    as $$ select current_setting('tenon.brand_id') = 'all' $$;
create function brand_has(brand uuid) returns boolean language sql stable
    as $$ select case current_setting('tenon.brand_id') when 'all' then true
                 else brand = current_setting('tenon.brand_id')::uuid end $$;

alter table connection add column brand_id uuid;
alter table connection add foreign key (partner_id, customer_id, brand_id) references store_brand not valid;
alter table connection validate constraint connection_partner_id_customer_id_brand_id_fkey;
create index connection_brand on connection (brand_id, customer_id, partner_id);

create function brand_sees(p uuid, c uuid, k uuid) returns boolean language sql stable
    as $$ select case when current_setting('tenon.brand_id') = 'all' then true
                 else exists (select from connection x where x.partner_id = p and x.customer_id = c
                                 and x.connection_id = k) end $$;
grant execute on function brand_is_all(), brand_has(uuid), brand_sees(uuid, uuid, uuid) to tenon_api;

create policy brand on store_brand as restrictive to tenon_api using (brand_has(brand_id));
create policy brand on connection as restrictive to tenon_api using (brand_has(brand_id));
create policy brand on credential as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on inbound_message as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on inbound_delivery as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on job as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on effect as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on canonical_record as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on sales_order as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on order_event as restrictive to tenon_api using (brand_is_all() or exists (select from sales_order o
    where o.partner_id = order_event.partner_id and o.customer_id = order_event.customer_id and o.order_id = order_event.order_id));
create policy brand on attempt as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = attempt.partner_id and j.customer_id = attempt.customer_id and j.job_id = attempt.job_id));

grant select on role to tenon_api, tenon_worker, tenon_operator, tenon_read, tenon_lookup;
grant select on store_brand, legal_entity, signing_key to tenon_worker, tenon_operator;
grant select on store_brand, legal_entity to tenon_read;
grant select, insert on store_brand, legal_entity, signing_key to tenon_api;
grant insert on store_brand, legal_entity, signing_key to tenon_operator, tenon_worker;
grant update (code, name, entity_id, row_version) on store_brand to tenon_api;
grant update (code, name, time_zone, row_version) on legal_entity to tenon_api;
grant update (retired_at) on signing_key to tenon_api, tenon_operator, tenon_worker;
grant update (brand_id) on connection to tenon_api;
create policy api_edge_only on signing_key as restrictive to tenon_api using (class = 'edge');
