-- 0015 key_ring: every customer has a key pair of its own in each class, its private half sealed to the partner's; keys have
-- epochs that are retired while work goes on.
-- Locks: credential exclusively for a moment (two nullable columns, a reference made anew), checked in passing. Undo: drop the
-- functions, tables and columns, once no credential is sealed to a customer's key.
-- Needs tenon_keeper of sql/roles.sql, which must have been run again before.
set local lock_timeout = '2s';

-- Public halves: whoever may seal for this customer. destroyed_at: the private half is gone for good, and with it all that
-- was sealed to it.
create table customer_key (
    partner_id   uuid        not null,
    customer_id  uuid        not null,
    class        text        not null check (class in ('edge', 'connection')),
    epoch        int         not null check (epoch > 0),
    public_key   bytea       not null check (length(public_key) = 32),
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz,
    primary key (partner_id, customer_id, class, epoch),
    foreign key (partner_id, customer_id) references customer
);
call tenant_table('customer_key');

-- Private halves, sealed to the partner's public key of the class and of this epoch.
create table customer_key_private (
    partner_id    uuid  not null,
    customer_id   uuid  not null,
    class         text  not null,
    epoch         int   not null,
    partner_epoch int   not null,
    sealed        bytea not null check (length(sealed) = 104),
    primary key (partner_id, customer_id, class, epoch),
    foreign key (partner_id, customer_id, class, epoch) references customer_key,
    foreign key (partner_id, class, partner_epoch) references partner_key
);
create index customer_key_private_epoch on customer_key_private (partner_id, class, partner_epoch);
call tenant_table('customer_key_private');
create policy api_reads_edge on customer_key_private as restrictive for select to tenon_api using (class = 'edge');

-- A credential is sealed to its customer's key of an epoch, or, as those of before are, to the partner's.
alter table credential alter key_epoch drop not null, add column customer_epoch int;
alter table credential add constraint credential_has_key check (num_nonnulls(key_epoch, customer_epoch) > 0) not valid;
alter table credential validate constraint credential_has_key;
alter table credential add foreign key (partner_id, customer_id, class, customer_epoch) references customer_key not valid;
alter table credential validate constraint credential_partner_id_customer_id_class_customer_epoch_fkey;
create index credential_customer_key on credential (partner_id, customer_id, class, customer_epoch);

grant select on customer_key to tenon_api, tenon_worker, tenon_operator, tenon_read;
grant insert on customer_key, customer_key_private to tenon_api, tenon_worker, tenon_operator;
grant select on customer_key_private to tenon_api, tenon_worker, tenon_operator;

-- The ring is turned by the operator's program, which is handed the key-encryption keys.
grant select on partner_key_private, credential to tenon_operator;
grant update (wrapped) on partner_key_private to tenon_operator;
grant update (partner_epoch, sealed) on customer_key_private to tenon_operator;
grant update (key_epoch, sealed) on signing_key to tenon_operator;
grant update (key_epoch, customer_epoch, sealed) on credential to tenon_operator;

-- Whoever seals to a partner's newest key holds this until its transaction ends, and whoever makes or retires a key waits for
-- that: so nothing is stored under an epoch that has gone.
create function key_ring_lock(class text) returns bigint language sql stable
    as $$ select hashtextextended('key-ring/' || tenant_partner() || '/' || class, 0) $$;
grant execute on function key_ring_lock(text) to tenon_api, tenon_worker, tenon_operator;

-- The tenant's own rows, for the few functions that take something away.
create policy keeper on partner_key to tenon_keeper using (partner_id = tenant_partner());
create policy keeper on partner_key_private to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on partner_key, partner_key_private to tenon_keeper;
grant execute on function tenant_partner() to tenon_keeper;

-- Takes older epochs of a class away, private and public half. What still refers to one makes it fail as a whole.
create function key_ring_retire(of_class text, before int) returns int
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    n int;
begin
    delete from partner_key_private where partner_id = tenant_partner() and class = of_class and epoch < before;
    delete from partner_key where partner_id = tenant_partner() and class = of_class and epoch < before;
    get diagnostics n = row_count;
    return n;
end $$;

-- All partners, for the operator's program, which then names one after the other.
create function lookup_partners() returns table (partner_id uuid, slug text, name text, status text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select p.partner_id, p.slug, p.name, p.status from partner p order by p.slug $$;

-- With what opens them: the partner's private half, and the customer's unless the secret is sealed to the partner's.
create policy lookup on customer_key_private for select to tenon_lookup using (class = 'edge');
grant select on customer_key_private to tenon_lookup;
drop function lookup_hook(bytea);
create function lookup_hook(hash bytea)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, connector text, settings text, status text,
                   credential_id uuid, key_epoch int, sealed bytea, wrapped bytea, customer_epoch int,
                   customer_sealed bytea)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select c.partner_id, c.customer_id, c.connection_id, c.connector, c.settings::text, c.status,
                 s.credential_id, k.epoch, s.sealed, k.wrapped, s.customer_epoch, u.sealed
            from connection c
            join credential s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                             and s.connection_id = c.connection_id and s.kind = 'webhook_secret' and s.current
            left join customer_key_private u on u.partner_id = s.partner_id and u.customer_id = s.customer_id
                                            and u.class = s.class and u.epoch = s.customer_epoch
            join partner_key_private k on k.partner_id = c.partner_id and k.class = s.class
                                      and k.epoch = coalesce(u.partner_epoch, s.key_epoch)
           where c.hook_hash = hash and c.status in ('active', 'paused', 'broken')
           order by s.created_at desc limit 2 $$;

alter function key_ring_retire(text, int) owner to tenon_keeper;
alter function lookup_partners() owner to tenon_lookup;
alter function lookup_hook(bytea) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_partners(), lookup_hook(bytea) from public;
grant execute on function lookup_partners() to tenon_operator;
grant execute on function lookup_hook(bytea) to tenon_api;
reset role;
set local role tenon_keeper;
revoke all on function key_ring_retire(text, int) from public;
grant execute on function key_ring_retire(text, int) to tenon_operator;
reset role;
