-- 0016 lifecycle: customers and partners are suspended and resumed, customers are exported and erased.
-- Locks: customer, partner, connection, credential, sales_order, store_brand and legal_entity exclusively for a moment
-- (columns, triggers, policies; nothing is rewritten). Undo: drop the triggers, functions, policies, tables and columns.
set local lock_timeout = '2s';

alter table customer
    add column external_id   text check (external_id ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$'),
    add column status_reason text check (length(status_reason) <= 500),
    add column suspended_at  timestamptz,
    add column closed_at     timestamptz,
    add column certificate   jsonb,
    add column row_version   bigint not null default 1;
create unique index customer_external on customer (external_id, partner_id) where external_id is not null;
alter table partner
    add column status_reason text check (length(status_reason) <= 500),
    add column suspended_at  timestamptz;

grant insert on customer, environment to tenon_api;
grant update (name, external_id, status, status_reason, suspended_at, row_version) on customer to tenon_api, tenon_operator;
grant update (status, status_reason, suspended_at) on partner to tenon_operator;

-- ---- what stands still ----

-- Ids of partners and customers whose work waits; kept by triggers, read by whoever hands out work. No tenant's words.
create table halted (
    tenant_id uuid        not null primary key,
    since     timestamptz not null default now()
);
grant select on halted to tenon_dispatch;
grant select, insert, delete on halted to tenon_keeper;

create function halt() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    id uuid := case tg_table_name when 'partner' then new.partner_id else (to_jsonb(new) ->> 'customer_id')::uuid end;
begin
    if new.status = 'active' then
        -- What waited gets the time that it waited.
        update job j set deadline_at = j.deadline_at + (now() - h.since)
          from halted h
         where h.tenant_id = id and j.partner_id = new.partner_id and (id = new.partner_id or j.customer_id = id)
           and j.state = 'ready';
        delete from halted where tenant_id = id;
    else
        insert into halted (tenant_id) values (id) on conflict do nothing;
    end if;
    return null;
end $$;
create trigger halt after update of status on partner for each row execute function halt();
create trigger halt after update of status on customer for each row execute function halt();

-- What the API writes for a customer that does not work is refused where it would be stored, whoever asked. The message is
-- for a person, the hint names the problem.
create function customer_works() returns trigger language plpgsql as $$
begin
    if exists (select from customer c where c.partner_id = new.partner_id and c.customer_id = new.customer_id
                  and c.status <> 'active') then
        raise exception 'the customer is suspended: nothing is changed until it is resumed'
            using errcode = 'TN409', hint = 'customer-suspended';
    end if;
    return new;
end $$;
create trigger customer_works before insert or update on connection
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert on credential
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before update on sales_order
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert or update on store_brand
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert or update on legal_entity
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert on environment
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert on api_key
    for each row when (current_user = 'tenon_api' and new.customer_id is not null) execute function customer_works();

-- ---- exports ----

create table customer_export (
    partner_id   uuid        not null,
    customer_id  uuid        not null,
    export_id    uuid        not null,
    state        text        not null default 'waiting' check (state in ('waiting', 'running', 'ready', 'failed', 'expired')),
    reason       text        check (length(reason) <= 500),
    asked_kind   text        not null,
    asked_id     uuid        not null,
    created_at   timestamptz not null default now(),
    started_at   timestamptz,
    ready_at     timestamptz,
    expires_at   timestamptz not null default now() + interval '7 days',
    size         bigint      not null default 0,
    pages        int         not null default 0,
    content_hash bytea       check (length(content_hash) = 32),
    primary key (partner_id, customer_id, export_id),
    foreign key (partner_id, customer_id) references customer
);
create index customer_export_waiting on customer_export (created_at) where state in ('waiting', 'running');
create index customer_export_expires on customer_export (expires_at) where state = 'ready';
call tenant_table('customer_export');
create table export_page (
    partner_id  uuid  not null,
    customer_id uuid  not null,
    export_id   uuid  not null,
    page        int   not null check (page > 0),
    body        bytea not null,
    body_hash   bytea not null check (length(body_hash) = 32),
    primary key (partner_id, customer_id, export_id, page),
    foreign key (partner_id, customer_id, export_id) references customer_export
);
alter table export_page alter body set compression lz4;
call tenant_table('export_page');
-- A bundle holds all brands of a customer: nobody who is bound to one may have it.
create policy brand on customer_export as restrictive to tenon_api using (brand_is_all());
create policy brand on export_page as restrictive to tenon_api using (brand_is_all());

grant select, insert on customer_export to tenon_api, tenon_operator;
grant select on customer_export, export_page to tenon_api, tenon_worker, tenon_operator;
grant update (state, reason, ready_at, expires_at, size, pages, content_hash) on customer_export to tenon_worker;
grant insert, update (body, body_hash) on export_page to tenon_worker; -- one that was cut off is made anew

-- The next export that nobody works on, ids only; one that was begun an hour ago was left behind.
create policy lookup on customer_export to tenon_lookup using (true);
grant select, update (state, started_at) on customer_export to tenon_lookup;
create function export_claim() returns table (partner_id uuid, customer_id uuid, export_id uuid)
    language sql security definer set search_path = tenon, pg_temp
    as $$ update customer_export x set state = 'running', started_at = now()
           where (x.partner_id, x.customer_id, x.export_id) = (
               select w.partner_id, w.customer_id, w.export_id from customer_export w
                where w.state = 'waiting' or w.state = 'running' and w.started_at < now() - interval '1 hour'
                order by w.created_at limit 1 for update skip locked)
          returning x.partner_id, x.customer_id, x.export_id $$;

-- Pages of bundles whose time is over, of all tenants; how many went.
create policy keeper on export_page to tenon_keeper using (true);
create policy keeper on customer_export to tenon_keeper using (true);
grant select, delete on export_page to tenon_keeper;
grant select, update, delete on customer_export to tenon_keeper;
create function export_sweep() returns int language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    n int;
begin
    with old as (
        update customer_export set state = 'expired', size = 0, pages = 0
         where state = 'ready' and expires_at < now()
        returning partner_id, customer_id, export_id
    )
    delete from export_page p using old o
     where p.partner_id = o.partner_id and p.customer_id = o.customer_id and p.export_id = o.export_id;
    get diagnostics n = row_count;
    return n;
end $$;

-- ---- taking away ----

create policy keeper on customer to tenon_keeper using (partner_id = tenant_partner());
create policy keeper on customer_key to tenon_keeper using (partner_id = tenant_partner());
create policy keeper on customer_key_private to tenon_keeper using (partner_id = tenant_partner());
create policy keeper on api_key to tenon_keeper using (partner_id = tenant_partner());
grant select, update on customer to tenon_keeper;
grant select, update on customer_key, api_key to tenon_keeper;
grant select, delete on customer_key_private to tenon_keeper;
grant execute on function tenant_has(uuid), brand_has(uuid), brand_is_all() to tenon_keeper;

do $$
declare
    t text;
begin
    foreach t in array array['order_event', 'attempt', 'effect', 'sales_order', 'canonical_record', 'job',
                             'inbound_delivery', 'inbound_message', 'credential', 'connection', 'store_brand',
                             'legal_entity', 'environment', 'idempotency_answer'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
    end loop;
end $$;
grant update (deadline_at) on job to tenon_keeper;

-- One brand or entity that nothing refers to (else 23503). False: there is none.
create function store_brand_delete(of_customer uuid, brand uuid) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from store_brand where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
       and brand_id = brand and brand_has(brand_id);
    return found;
end $$;
create function legal_entity_delete(of_customer uuid, entity uuid) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from legal_entity where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
       and entity_id = entity and brand_is_all();
    return found;
end $$;

-- Tables whose rows of an erased customer go, children first. What is not named here stays: the customer's id and
-- certificate, the public halves of its keys, revoked API keys without their names, and the audit.
create function erased_tables() returns text[] language sql immutable
    as $$ select array['order_event', 'attempt', 'effect', 'sales_order', 'canonical_record', 'job', 'inbound_delivery',
                       'inbound_message', 'credential', 'export_page', 'customer_export', 'connection', 'store_brand',
                       'legal_entity', 'environment', 'idempotency_answer'] $$;

-- The point of no return: the private halves go, and with them everything that was sealed to the customer. Only the whole
-- partner may ask, of a customer that is suspended, by its name. The certificate, or null.
create function customer_erase_begin(of_customer uuid, confirmed text, asked_by text, why text) returns jsonb
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    made jsonb;
begin
    if current_setting('tenon.customer_id') <> 'all' or not brand_is_all() then
        return null;
    end if;
    update customer c
       set status = 'closing', closed_at = now(), row_version = row_version + 1,
           certificate = jsonb_build_object(
               'keys_destroyed', (select coalesce(jsonb_agg(jsonb_build_object('class', k.class, 'epoch', k.epoch,
                   'public_key_sha256', encode(sha256(k.public_key), 'hex')) order by k.class, k.epoch), '[]')
                   from customer_key k where k.partner_id = c.partner_id and k.customer_id = c.customer_id),
               'begun_at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'asked_by', asked_by, 'reason', why, 'deleted', '{}'::jsonb)
     where c.partner_id = tenant_partner() and c.customer_id = of_customer and c.status = 'suspended'
       and c.name = confirmed
    returning certificate into made;
    if made is null then
        return null;
    end if;
    delete from customer_key_private where partner_id = tenant_partner() and customer_id = of_customer;
    update customer_key set destroyed_at = now() where partner_id = tenant_partner() and customer_id = of_customer;
    update api_key set revoked_at = coalesce(revoked_at, now()), name = 'erased'
     where partner_id = tenant_partner() and customer_id = of_customer;
    return made;
end $$;

-- Deletes at most this many rows of a customer that is being erased; the last call, which finds none, closes it. True
-- when it is closed.
create function customer_erase_step(of_customer uuid, most int) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    t text;
    n int;
    todo int := most;
    counts jsonb;
begin
    select certificate -> 'deleted' into counts from customer
     where partner_id = tenant_partner() and customer_id = of_customer and status = 'closing' for update;
    if not found then
        return exists (select from customer where partner_id = tenant_partner() and customer_id = of_customer
                          and status = 'closed');
    end if;
    foreach t in array erased_tables() loop
        execute format('delete from %I where ctid = any (array(select ctid from %I where partner_id = tenant_partner()
                        and customer_id = $1 %s limit $2))', t, t,
                       case t when 'connection' then 'order by destination_id is null' else '' end) using of_customer, todo;
        get diagnostics n = row_count;
        if n > 0 then
            counts := counts || jsonb_build_object(t, coalesce((counts ->> t)::bigint, 0) + n);
        end if;
        todo := todo - n;
        exit when todo <= 0;
    end loop;
    update customer
       set certificate = jsonb_set(certificate, '{deleted}', counts) || case when todo < most then '{}'::jsonb
               else jsonb_build_object('completed_at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end,
           status = case when todo < most then status else 'closed' end,
           name = case when todo < most then name else 'Erased' end,
           external_id = null, status_reason = null, row_version = row_version + 1
     where partner_id = tenant_partner() and customer_id = of_customer;
    return todo = most;
end $$;

alter function halt() owner to tenon_keeper;
alter function export_sweep() owner to tenon_keeper;
alter function store_brand_delete(uuid, uuid) owner to tenon_keeper;
alter function legal_entity_delete(uuid, uuid) owner to tenon_keeper;
alter function erased_tables() owner to tenon_keeper;
alter function customer_erase_begin(uuid, text, text, text) owner to tenon_keeper;
alter function customer_erase_step(uuid, int) owner to tenon_keeper;
alter function export_claim() owner to tenon_lookup;
set local role tenon_keeper;
revoke all on function halt(), export_sweep(), store_brand_delete(uuid, uuid), legal_entity_delete(uuid, uuid),
    erased_tables(), customer_erase_begin(uuid, text, text, text), customer_erase_step(uuid, int) from public;
grant execute on function halt() to tenon_api, tenon_operator;
grant execute on function store_brand_delete(uuid, uuid), legal_entity_delete(uuid, uuid) to tenon_api;
grant execute on function customer_erase_begin(uuid, text, text, text), customer_erase_step(uuid, int)
    to tenon_api, tenon_operator;
grant execute on function export_sweep() to tenon_dispatch;
reset role;
set local role tenon_lookup;
revoke all on function export_claim() from public;
grant execute on function export_claim() to tenon_dispatch;
reset role;
grant execute on function customer_works() to tenon_api;
