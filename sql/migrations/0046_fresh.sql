-- 0046 fresh: when a feed last brought something, what is usual for it, that it has gone quiet, and through which time of its
-- source it is known to be complete.
-- Locks: inbound_message and credential for a moment: the new columns' defaults are kept beside the table, and no row is read.
-- Undo: drop the tables, the functions and the columns; erased_tables() as 0046 left it.
set local lock_timeout = '2s';

-- object_key: the object that the message is about where jobs run in order by another key; null: business_key says it.
-- changed_at: when the source says that the object last changed; null: it does not say. recovered: no delivery, a sweep
-- found that it was missing.
alter table inbound_message
    add column object_key text, add column changed_at timestamptz, add column recovered boolean not null default false,
    add constraint inbound_message_object_key_check check (length(object_key) <= 200) not valid;
grant insert on inbound_message to tenon_worker;

-- What a source is asked with.
alter table credential drop constraint credential_kind_check,
    add constraint credential_kind_check check (kind in ('webhook_secret', 'password', 'api_token')) not valid;

-- What one connection brings of one kind of object. silence_s: the longest silence that is let pass; null: only what is
-- usual decides. rhythm: messages in an hour, for each hour of the week (UTC, from Monday 00:00); null: not learnt yet.
-- counted_to: messages that were received before are counted. sweep_at: null: nothing can be asked of the source.
create table feed (
    partner_id     uuid        not null,
    customer_id    uuid        not null,
    connection_id  uuid        not null,
    object         text        not null check (length(object) between 1 and 64),
    feed_id        uuid        not null, -- where a list goes on
    silence_s      int         check (silence_s between 60 and 2592000),
    last_at        timestamptz,
    counted_to     timestamptz not null default now(),
    rhythm         text        check (length(rhythm) <= 4000),
    learnt_at      timestamptz,
    late_at        timestamptz, -- when silence will be told, as far as is known
    look_at        timestamptz not null default now(),
    recovered      bigint      not null default 0,
    sweep_every_s  int         not null default 900 check (sweep_every_s between 60 and 604800),
    sweep_at       timestamptz,
    swept_at       timestamptz, -- the last that reached its end
    sweep_fault    text        check (length(sweep_fault) <= 500),
    created_at     timestamptz not null default now(),
    primary key (partner_id, customer_id, connection_id, object),
    unique (feed_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, connection_id) references connection
) with (fillfactor = 70);
create index feed_look on feed (look_at);
create index feed_sweep on feed (sweep_at) where sweep_at is not null;

-- How many messages came in an hour. Of nine weeks: an hour's place is the one that the hour nine weeks before had.
create table feed_hour (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    object        text        not null,
    slot          smallint    not null check (slot between 0 and 1511),
    hour          timestamptz not null,
    n             bigint      not null,
    primary key (partner_id, customer_id, connection_id, object, slot),
    foreign key (partner_id, customer_id, connection_id, object) references feed
) with (fillfactor = 70);

-- What the source has changed before complete_to has been received. A sweep that is under way asks for what changed from
-- there until until_at, and has stored what the pages before page_after hold.
create table feed_cursor (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    object        text        not null,
    complete_to   timestamptz not null,
    until_at      timestamptz,
    page_after    text        not null default '' check (length(page_after) <= 500),
    primary key (partner_id, customer_id, connection_id, object),
    foreign key (partner_id, customer_id, connection_id, object) references feed,
    constraint feed_cursor_page_of_a_sweep check (until_at is not null or page_after = '')
) with (fillfactor = 70);

-- told_*: people who were written to; null: not yet.
create table feed_alert (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    alert_id      uuid        not null,
    connection_id uuid        not null,
    object        text        not null,
    opened_at     timestamptz not null default now(),
    since         timestamptz not null,
    expected      numeric     not null, -- messages that were usual in the silence
    reason        text        not null check (length(reason) between 1 and 500),
    closed_at     timestamptz,
    told_open     int,
    told_closed   int,
    primary key (partner_id, customer_id, alert_id),
    foreign key (partner_id, customer_id, connection_id, object) references feed
);
create unique index feed_alert_open on feed_alert (partner_id, customer_id, connection_id, object) where closed_at is null;
create index feed_alert_untold on feed_alert (partner_id, customer_id) where told_open is null or (closed_at is not null and told_closed is null);

do $$
declare
    t text;
begin
    foreach t in array array['feed', 'feed_hour', 'feed_cursor', 'feed_alert'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy brand on %I as restrictive to tenon_api
                        using (brand_sees(partner_id, customer_id, connection_id))', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
    end loop;
end $$;
grant insert on feed, feed_cursor to tenon_api, tenon_operator, tenon_worker;
grant update (silence_s, sweep_every_s, sweep_at, look_at, late_at) on feed to tenon_api, tenon_operator;
grant update (last_at, counted_to, rhythm, learnt_at, late_at, look_at, recovered, sweep_at, swept_at, sweep_fault)
    on feed to tenon_worker;
grant insert, update on feed_hour to tenon_worker;
grant update (complete_to, until_at, page_after) on feed_cursor to tenon_worker;
grant insert, update (closed_at, told_open, told_closed) on feed_alert to tenon_worker;
create trigger customer_works before insert or update on feed for each row
    when (current_user = 'tenon_api') execute function customer_works();

-- Whose feeds a look is due at, of all tenants: ids alone. anew: customers with connections that nothing is known of yet.
create policy lookup on feed for select to tenon_lookup using (true);
grant select (partner_id, customer_id, connection_id, object, look_at, sweep_at) on feed to tenon_lookup;
create policy lookup_late on feed_alert for select to tenon_lookup using (true);
grant select (partner_id, customer_id, closed_at) on feed_alert to tenon_lookup;
create function feeds_due(most int, anew boolean) returns table (partner_id uuid, customer_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select f.partner_id, f.customer_id from (
            select f.partner_id, f.customer_id, min(f.look_at) as at from feed f
             where f.look_at <= now() group by f.partner_id, f.customer_id
             union all
            select c.partner_id, c.customer_id, min(now()) from connection c
             where anew and c.hook_hash is not null and not exists (select from feed f where f.partner_id = c.partner_id
                        and f.customer_id = c.customer_id and f.connection_id = c.connection_id)
             group by c.partner_id, c.customer_id) f
     where not exists (select from halted h where h.tenant_id in (f.partner_id, f.customer_id))
     order by f.at limit most;
end $$;
create function feed_sweeps_due(most int)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, object text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select f.partner_id, f.customer_id, f.connection_id, f.object from feed f
     where f.sweep_at <= now()
       and not exists (select from halted h where h.tenant_id in (f.partner_id, f.customer_id, f.connection_id))
     order by f.sweep_at limit most;
end $$;
create function feeds_late() returns bigint
    language sql stable security definer set search_path = tenon, pg_temp as $$
    select count(*) from feed_alert where closed_at is null
$$;
alter function feeds_due(int, boolean) owner to tenon_lookup;
alter function feed_sweeps_due(int) owner to tenon_lookup;
alter function feeds_late() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function feeds_due(int, boolean), feed_sweeps_due(int), feeds_late() from public;
grant execute on function feeds_due(int, boolean), feed_sweeps_due(int), feeds_late() to tenon_dispatch;
reset role;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['feed_alert', 'feed_cursor', 'feed_hour', 'feed'] || erased_tables()));
end $$;
reset role;
