-- 0014 brand: what a partner's portal looks like and says, in versions; host names claimed and proven; a certificate a host.
-- Locks: partner_host exclusively for a moment (one column, its keys made again).
-- Undo: drop the tables, the columns and lookup_certificate; make (host) the primary key of partner_host again.
set local lock_timeout = '2s';

-- Images by their content: the same octets are kept once, and what a version shows never changes under it.
create table brand_image (
    partner_id uuid        not null references partner,
    hash       bytea       not null check (length(hash) = 32),
    media_type text        not null check (media_type in ('image/svg+xml', 'image/png')),
    content    bytea       not null check (length(content) between 1 and 204800),
    created_at timestamptz not null default now(),
    primary key (partner_id, hash)
);
call tenant_table('brand_image');

-- What is being worked on; one a partner.
create table brand_draft (
    partner_id  uuid        not null primary key references partner,
    document    jsonb       not null,
    logo        bytea,
    logo_dark   bytea,
    mark        bytea,
    favicon     bytea,
    changed_at  timestamptz not null default now(),
    changed_by  text        not null check (length(changed_by) between 1 and 100),
    row_version bigint      not null default 1,
    foreign key (partner_id, logo) references brand_image,
    foreign key (partner_id, logo_dark) references brand_image,
    foreign key (partner_id, mark) references brand_image,
    foreign key (partner_id, favicon) references brand_image
);
create index brand_draft_logo on brand_draft (partner_id, logo);
create index brand_draft_logo_dark on brand_draft (partner_id, logo_dark);
create index brand_draft_mark on brand_draft (partner_id, mark);
create index brand_draft_favicon on brand_draft (partner_id, favicon);
call tenant_table('brand_draft');

-- What was published, once and for good: nobody may change more of it than whether it is the one that is shown.
create table brand_version (
    partner_id   uuid        not null references partner,
    version      int         not null check (version > 0),
    status       text        not null check (status in ('published', 'retired')),
    document     jsonb       not null,
    logo         bytea,
    logo_dark    bytea,
    mark         bytea,
    favicon      bytea,
    comment      text        check (length(comment) between 1 and 500),
    restores     int,
    published_at timestamptz not null default now(),
    published_by text        not null check (length(published_by) between 1 and 100),
    primary key (partner_id, version),
    foreign key (partner_id, logo) references brand_image,
    foreign key (partner_id, logo_dark) references brand_image,
    foreign key (partner_id, mark) references brand_image,
    foreign key (partner_id, favicon) references brand_image
);
create unique index brand_version_published on brand_version (partner_id) where status = 'published';
create index brand_version_logo on brand_version (partner_id, logo);
create index brand_version_logo_dark on brand_version (partner_id, logo_dark);
create index brand_version_mark on brand_version (partner_id, mark);
create index brand_version_favicon on brand_version (partner_id, favicon);
call tenant_table('brand_version');

grant select on brand_image, brand_draft, brand_version to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on brand_image, brand_draft, brand_version to tenon_api;
grant update (document, logo, logo_dark, mark, favicon, changed_at, changed_by, row_version) on brand_draft to tenon_api;
grant update (status) on brand_version to tenon_api;

-- Any partner may say that a host is its own; one may have proven it. A claim that cannot be proven looks like one that was
-- not proven yet, so nobody learns who holds a name.
alter table partner_host add column host_id uuid not null default gen_random_uuid();
alter table partner_host add column token text not null default encode(sha256(gen_random_uuid()::text::bytea), 'hex')
    check (token ~ '^[0-9a-f]{64}$');
alter table partner_host add column checked_at timestamptz;
alter table partner_host add column released_at timestamptz;
alter table partner_host drop constraint partner_host_pkey;
alter table partner_host add primary key (partner_id, host_id);
create unique index partner_host_claim on partner_host (host, partner_id) where released_at is null;
create unique index partner_host_held on partner_host (host) where verified_at is not null and released_at is null;
drop index partner_host_partner;

set local role tenon_lookup;
create or replace function lookup_host(named text)
    returns table (partner_id uuid, slug text, name text, brand_pack text, status text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select p.partner_id, p.slug, p.name, p.brand_pack, p.status
            from partner_host h join partner p on p.partner_id = h.partner_id
           where h.host = named and h.verified_at is not null and h.released_at is null $$;
reset role;

-- The chain as it came (PEM); the private key sealed to the partner's edge key, since processes at the edge must open it.
create table host_certificate (
    partner_id  uuid        not null,
    host_id     uuid        not null,
    class       text        not null default 'edge' check (class = 'edge'),
    key_epoch   int         not null,
    chain       text        not null check (length(chain) between 1 and 65536),
    sealed      bytea       not null,
    fingerprint bytea       not null check (length(fingerprint) = 32),
    not_before  timestamptz not null,
    not_after   timestamptz not null,
    names       text        not null,
    stored_at   timestamptz not null default now(),
    stored_by   text        not null,
    row_version bigint      not null default 1,
    primary key (partner_id, host_id),
    foreign key (partner_id, host_id) references partner_host,
    foreign key (partner_id, class, key_epoch) references partner_key
);
create index host_certificate_epoch on host_certificate (partner_id, class, key_epoch);
call tenant_table('host_certificate');

grant select on host_certificate to tenon_api, tenon_worker, tenon_operator;
grant select (partner_id, host_id, class, key_epoch, fingerprint, not_before, not_after, names, stored_at, stored_by, row_version)
    on host_certificate to tenon_read;
grant insert on host_certificate, partner_host to tenon_api;
grant update (key_epoch, chain, sealed, fingerprint, not_before, not_after, names, stored_at, stored_by, row_version)
    on host_certificate to tenon_api;
grant update (verified_at, checked_at, released_at) on partner_host to tenon_api, tenon_operator;

-- The certificate for one exact server name, before anybody has asked for anything.
create policy lookup on host_certificate for select to tenon_lookup using (true);
grant select on host_certificate to tenon_lookup;
create function lookup_certificate(named text)
    returns table (partner_id uuid, host_id uuid, key_epoch int, chain text, sealed bytea, wrapped bytea, row_version bigint)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select c.partner_id, c.host_id, c.key_epoch, c.chain, c.sealed, k.wrapped, c.row_version
            from partner_host h
            join host_certificate c on c.partner_id = h.partner_id and c.host_id = h.host_id
            join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class and k.epoch = c.key_epoch
           where h.host = named and h.verified_at is not null and h.released_at is null $$;
alter function lookup_certificate(text) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_certificate(text) from public;
grant execute on function lookup_certificate(text) to tenon_api;
reset role;
