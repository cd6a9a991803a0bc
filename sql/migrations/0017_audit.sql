-- 0017 audit: who did what, as one append-only, gap-free, hash-chained record a partner; signed checkpoints of it, and where
-- they are sent.
-- Locks: none on existing tables beyond a moment's share.
-- Undo: drop the tables and functions; the record is gone then.
set local lock_timeout = '2s';

-- Where a partner's record stands. Whoever appends locks this row last and for the shortest time.
create table audit_head (
    partner_id     uuid        not null primary key references partner,
    seq            bigint      not null default 0 check (seq >= 0),
    hash           bytea       not null default decode(repeat('00', 32), 'hex') check (length(hash) = 32),
    checkpoint_seq bigint      not null default 0 check (checkpoint_seq between 0 and seq),
    checkpoint_at  timestamptz not null default now()
) with (fillfactor = 50);
call tenant_table('audit_head');

-- An entry. What is hashed, and how, stands in tenants/audit/audit.h. customer_id refers to nothing: the record outlives
-- what it names, and a check against a row that somebody locks would wait while the whole partner waits for the head.
create table audit_entry (
    partner_id   uuid        not null references audit_head,
    seq          bigint      not null check (seq > 0),
    entry_id     uuid        not null,
    at           timestamptz not null,
    actor_kind   text        not null check (length(actor_kind) between 1 and 20),
    actor_id     uuid,
    actor_name   text        check (length(actor_name) <= 200),
    address      text        check (length(address) <= 60),
    customer_id  uuid,
    action       text        not null check (action ~ '^[a-z0-9_.-]{1,60}$'),
    object_kind  text        check (object_kind ~ '^[a-z]{1,20}$'),
    object_id    uuid,
    before_hash  bytea       check (length(before_hash) = 32),
    after_hash   bytea       check (length(after_hash) = 32),
    detail       text        check (length(detail) <= 500),
    reason       text        check (length(reason) <= 1000),
    request_id   uuid,
    prev_hash    bytea       not null check (length(prev_hash) = 32),
    hash_version int         not null,
    hash         bytea       not null check (length(hash) = 32),
    primary key (partner_id, seq)
);
create index audit_entry_actor on audit_entry (actor_id, partner_id, seq) where actor_id is not null;
create index audit_entry_object on audit_entry (object_id, partner_id, seq) where object_id is not null;
create index audit_entry_customer on audit_entry (customer_id, partner_id, seq) where customer_id is not null;
create index audit_entry_action on audit_entry (action, partner_id, seq);
call tenant_table('audit_entry');

-- Rights say the same; this stops the owner's slip, too.
create function audit_stands() returns trigger language plpgsql as $$
begin
    raise exception 'the audit record is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_stands before update or delete or truncate on audit_entry for each statement
    execute function audit_stands();

create function audit_grows() returns trigger language plpgsql as $$
begin
    if new.seq < old.seq or new.seq = old.seq and new.hash <> old.hash or new.checkpoint_seq < old.checkpoint_seq then
        raise exception 'the audit record only grows' using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger audit_grows before update on audit_head for each row execute function audit_grows();

-- What an actor of this partner is called now. A caller that speaks for one customer may be the whole partner's key, which
-- its own rows would not show.
create policy audit on api_key for select to tenon_lookup using (true);
grant execute on function tenant_partner() to tenon_lookup;
create function audit_actor_name(kind text, id uuid) returns text
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.name from api_key k where kind = 'api_key' and k.partner_id = tenant_partner() and k.api_key_id = id $$;
-- Why an operator was let in: the grant's own words.
create function audit_actor_reason(kind text, id uuid) returns text
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select null::text $$;
alter function audit_actor_name(text, uuid) owner to tenon_lookup;
alter function audit_actor_reason(text, uuid) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function audit_actor_name(text, uuid), audit_actor_reason(text, uuid) from public;
grant execute on function audit_actor_name(text, uuid), audit_actor_reason(text, uuid)
    to tenon_api, tenon_worker, tenon_operator;
reset role;

grant select, insert on audit_entry to tenon_api, tenon_worker, tenon_operator;
grant select, insert, update (seq, hash) on audit_head to tenon_api, tenon_worker, tenon_operator;
grant update (checkpoint_seq, checkpoint_at) on audit_head to tenon_worker;
grant select on audit_entry, audit_head to tenon_read;

-- What was signed of the record, at which place: whoever holds one of these, elsewhere, sees what was changed before it.
create table audit_checkpoint (
    partner_id uuid        not null references audit_head,
    seq        bigint      not null check (seq > 0),
    at         timestamptz not null,
    hash       bytea       not null check (length(hash) = 32),
    key_id     uuid        not null,
    signed     text        not null check (length(signed) <= 1000),
    signature  bytea       not null check (length(signature) = 64),
    primary key (partner_id, seq),
    foreign key (partner_id, key_id) references signing_key
);
create index audit_checkpoint_key on audit_checkpoint (key_id, partner_id);
call tenant_table('audit_checkpoint');
create trigger audit_stands before update or delete or truncate on audit_checkpoint for each statement
    execute function audit_stands();

-- Where a partner wants its checkpoints sent: one address, and the secret with which they are signed on the way.
create table audit_webhook (
    partner_id  uuid        not null primary key references partner,
    url         text        check (length(url) between 8 and 2000), -- null: sent nowhere any more
    key_epoch   int         not null,
    class       text        not null default 'connection' check (class = 'connection'),
    sealed      bytea       not null,
    created_at  timestamptz not null default now(),
    row_version bigint      not null default 1,
    foreign key (partner_id, class, key_epoch) references partner_key
);
create index audit_webhook_key on audit_webhook (partner_id, class, key_epoch);
call tenant_table('audit_webhook');

-- A checkpoint on its way. attempts counts those begun: a crash in one leaves it to be tried again.
create table audit_delivery (
    partner_id   uuid        not null,
    seq          bigint      not null,
    delivery_id  uuid        not null,
    state        text        not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
    attempts     int         not null default 0,
    next_at      timestamptz not null default now(),
    status       int,
    reason       text        check (length(reason) <= 500),
    delivered_at timestamptz,
    primary key (partner_id, seq),
    foreign key (partner_id, seq) references audit_checkpoint
) with (fillfactor = 80);
create index audit_delivery_due on audit_delivery (next_at) where state = 'waiting';
call tenant_table('audit_delivery');

-- Whose record is to be signed, and whose checkpoints are to be sent: ids alone, for the clock, which speaks for nobody.
create policy due on audit_head for select to tenon_lookup using (true);
create policy due on audit_delivery for select to tenon_lookup using (true);
create policy audit on signing_key for select to tenon_lookup using (purpose = 'audit');
grant select on audit_head, audit_delivery to tenon_lookup;
grant select (partner_id, signing_key_id, purpose, public_key, created_at, retired_at) on signing_key to tenon_lookup;

create function audit_due(entries bigint, seconds int, most int) returns table (partner_id uuid)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select h.partner_id from audit_head h
           where h.seq > h.checkpoint_seq
             and (h.seq - h.checkpoint_seq >= entries or h.checkpoint_at < now() - make_interval(secs => seconds))
           order by h.checkpoint_at limit most $$;
create function audit_sending(most int) returns table (partner_id uuid, seq bigint)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select d.partner_id, d.seq from audit_delivery d
           where d.state = 'waiting' and d.next_at <= now() order by d.next_at limit most $$;
-- The API may see public halves of keys that it could never open.
create function audit_keys() returns table (signing_key_id uuid, public_key bytea, created_at timestamptz, retired_at timestamptz)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.signing_key_id, k.public_key, k.created_at, k.retired_at from signing_key k
           where k.partner_id = tenant_partner() and k.purpose = 'audit' order by k.created_at $$;
alter function audit_due(bigint, int, int) owner to tenon_lookup;
alter function audit_sending(int) owner to tenon_lookup;
alter function audit_keys() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function audit_due(bigint, int, int), audit_sending(int), audit_keys() from public;
grant execute on function audit_due(bigint, int, int), audit_sending(int) to tenon_dispatch;
grant execute on function audit_keys() to tenon_api, tenon_worker, tenon_operator, tenon_read;
reset role;

grant select on audit_checkpoint to tenon_api, tenon_worker, tenon_operator, tenon_read;
grant insert on audit_checkpoint to tenon_worker;
grant select, insert, update (url, key_epoch, sealed, row_version) on audit_webhook to tenon_api;
grant select on audit_webhook to tenon_worker;
grant select on audit_delivery to tenon_api, tenon_worker;
grant insert, update on audit_delivery to tenon_worker;
