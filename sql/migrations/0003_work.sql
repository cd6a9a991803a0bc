-- 0003 work: what came in, what is to be done about it, and every change made in somebody else's system.
-- Locks: none on existing tables.

create table inbound_message (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    message_id    uuid        not null,
    connection_id uuid        not null,
    topic         text        not null check (length(topic) <= 100),
    dedupe_key    text        not null check (length(dedupe_key) <= 300),
    business_key  text        check (length(business_key) <= 200),
    body          bytea       not null,
    body_hash     bytea       not null check (length(body_hash) = 32),
    received_at   timestamptz not null,
    primary key (partner_id, customer_id, message_id),
    unique (partner_id, customer_id, connection_id, dedupe_key),
    foreign key (partner_id, customer_id, connection_id) references connection
);
alter table inbound_message alter body set compression lz4;
call tenant_table('inbound_message');
create policy intake on inbound_message for insert to tenon_intake with check (true);

-- Deliveries of a batch in which at least one had been seen before. The intake may insert and not look, so the first
-- delivery of such a batch can be listed too: a row is a repeat when no message has its delivery_id.
create table inbound_delivery (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    delivery_id   uuid        not null,
    connection_id uuid        not null,
    dedupe_key    text        not null,
    body_hash     bytea       not null,
    received_at   timestamptz not null,
    primary key (partner_id, customer_id, delivery_id),
    foreign key (partner_id, customer_id, connection_id) references connection
);
create index inbound_delivery_key on inbound_delivery (partner_id, customer_id, connection_id, dedupe_key);
call tenant_table('inbound_delivery');
create policy intake on inbound_delivery for insert to tenon_intake with check (true);

-- lane: 0 orders, 1 stock, 2 finance, 3 catalogue, 4 backfill. States: ready (also when its time has not come), leased,
-- held (a person must act), done, dead, cancelled. lease_epoch grows with each claim: a late worker's number is stale.
create table job (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    job_id        uuid        not null,
    message_id    uuid        not null,
    connection_id uuid        not null,
    origin_key    text        not null,
    kind          text        not null,
    business_key  text        not null,
    lane          smallint    not null check (lane between 0 and 4),
    state         text        not null default 'ready'
                              check (state in ('ready', 'leased', 'held', 'done', 'dead', 'cancelled')),
    run_at        timestamptz not null,
    deadline_at   timestamptz not null,
    lease_owner   uuid,
    lease_epoch   bigint      not null default 0,
    attempts      int         not null default 0,
    crashes       int         not null default 0,
    reason        text,
    created_at    timestamptz not null,
    ended_at      timestamptz,
    primary key (partner_id, customer_id, job_id),
    unique (partner_id, customer_id, connection_id, origin_key),
    foreign key (partner_id, customer_id, message_id) references inbound_message,
    constraint job_lease_whole check ((state = 'leased') = (lease_owner is not null))
) with (fillfactor = 70);
create index job_due on job (run_at, job_id) where state = 'ready';
create index job_leased on job (lease_owner) where state = 'leased';
create index job_open_key on job (partner_id, customer_id, business_key, job_id)
    where state in ('ready', 'leased', 'held');
-- At most one job of a key runs, whatever the dispatchers do.
create unique index job_one_per_key on job (partner_id, customer_id, business_key) where state = 'leased';
call tenant_table('job');
create policy intake on job for insert to tenon_intake with check (true);
create policy dispatch on job to tenon_dispatch using (true) with check (true);

create table attempt (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    job_id      uuid        not null,
    n           int         not null,
    lease_epoch bigint      not null,
    started_at  timestamptz not null,
    ended_at    timestamptz not null,
    outcome     text        not null,
    reason      text,
    primary key (partner_id, customer_id, job_id, n),
    foreign key (partner_id, customer_id, job_id) references job
);
call tenant_table('attempt');
create policy dispatch on attempt for insert to tenon_dispatch with check (true);

-- Living dispatchers. A lease is good as long as its owner's beat is.
create table dispatcher (
    dispatcher_id uuid        not null primary key,
    started_at    timestamptz not null default now(),
    beat_at       timestamptz not null
);

create table effect (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    effect_id     uuid        not null,
    connection_id uuid        not null,
    operation     text        not null,
    effect_key    text        not null check (length(effect_key) <= 300),
    job_id        uuid        not null,
    lease_epoch   bigint      not null,
    state         text        not null
                              check (state in ('planned', 'sent', 'confirmed', 'rejected', 'unknown', 'superseded')),
    payload_hash  bytea       check (length(payload_hash) = 32),
    external_ref  text,
    sends         int         not null default 0,
    probes        int         not null default 0,
    reason        text,
    planned_at    timestamptz not null default now(),
    sent_at       timestamptz,
    confirmed_at  timestamptz,
    primary key (partner_id, customer_id, effect_id),
    unique (partner_id, customer_id, connection_id, operation, effect_key),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, customer_id, job_id) references job,
    constraint effect_sent_has_time check (state in ('planned', 'superseded') or sent_at is not null),
    constraint effect_confirmed_has_time check ((state = 'confirmed') = (confirmed_at is not null))
) with (fillfactor = 80);
create index effect_job on effect (partner_id, customer_id, job_id);
call tenant_table('effect');

-- Confirmed never reverts; unknown becomes sent again only by way of planned, which only a probe that saw nothing writes.
create function effect_step() returns trigger language plpgsql as $$
begin
    if old.state = new.state or (old.state, new.state) in (
        ('planned', 'sent'), ('planned', 'confirmed'), ('planned', 'superseded'), ('sent', 'confirmed'),
        ('sent', 'rejected'), ('sent', 'unknown'), ('sent', 'planned'), ('unknown', 'confirmed'),
        ('unknown', 'planned'), ('unknown', 'superseded'), ('rejected', 'planned'), ('rejected', 'superseded')) then
        return new;
    end if;
    raise exception 'effect cannot go from % to %', old.state, new.state using errcode = 'check_violation';
end
$$;
create trigger effect_step before update of state on effect for each row execute function effect_step();

create table canonical_record (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    record_id     uuid        not null,
    connection_id uuid        not null,
    object        text        not null,
    natural_key   text        not null,
    version_no    int         not null check (version_no > 0),
    schema        text        not null,
    body          text        not null,
    body_hash     bytea       not null check (length(body_hash) = 32),
    message_id    uuid        not null,
    occurred_at   timestamptz not null,
    received_at   timestamptz not null,
    primary key (partner_id, customer_id, record_id),
    unique (partner_id, customer_id, connection_id, object, natural_key, version_no),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, customer_id, message_id) references inbound_message
);
create index canonical_record_message on canonical_record (partner_id, customer_id, message_id);
call tenant_table('canonical_record');

create table sales_order (
    partner_id      uuid        not null,
    customer_id     uuid        not null,
    order_id        uuid        not null,
    connection_id   uuid        not null,
    natural_key     text        not null,
    number          text        not null,
    state           text        not null check (state in ('received', 'delivering', 'delivered', 'held')),
    held_reason     text,
    currency        text        not null,
    total_minor     bigint,
    placed_at       timestamptz not null,
    received_at     timestamptz not null,
    source_version  timestamptz not null,
    record_id       uuid        not null,
    message_id      uuid        not null,
    destination_id  uuid,
    external_id     text,
    external_number text,
    external_total_minor bigint,
    delivered_at    timestamptz,
    row_version     bigint      not null default 1,
    primary key (partner_id, customer_id, order_id),
    unique (partner_id, customer_id, connection_id, natural_key),
    foreign key (partner_id, customer_id, connection_id) references connection,
    foreign key (partner_id, customer_id, destination_id) references connection,
    foreign key (partner_id, customer_id, record_id) references canonical_record,
    foreign key (partner_id, customer_id, message_id) references inbound_message,
    constraint sales_order_held_says_why check ((state = 'held') = (held_reason is not null)),
    constraint sales_order_delivered_whole check ((state = 'delivered') <= (delivered_at is not null))
);
create index sales_order_newest on sales_order (partner_id, order_id desc);
call tenant_table('sales_order');

create table order_event (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    event_id    uuid        not null,
    order_id    uuid        not null,
    at          timestamptz not null,
    hop         text        not null,
    detail      text        not null,
    job_id      uuid,
    attempt     int,
    effect_id   uuid,
    message_id  uuid,
    primary key (partner_id, customer_id, order_id, event_id),
    foreign key (partner_id, customer_id, order_id) references sales_order
);
call tenant_table('order_event');

grant insert on inbound_message, inbound_delivery, job to tenon_intake;
grant select on inbound_message, inbound_delivery, job, attempt, effect, canonical_record, sales_order, order_event
    to tenon_api, tenon_worker, tenon_read;
grant insert on canonical_record, order_event to tenon_worker;
grant insert, update on effect, sales_order to tenon_worker;
grant update (reason) on job to tenon_worker; -- what select … for share asks for
grant select (partner_id, customer_id, job_id, message_id, connection_id, kind, business_key, lane, state, run_at,
              deadline_at, lease_owner, lease_epoch, attempts, crashes),
      update (state, run_at, lease_owner, lease_epoch, attempts, crashes, reason, ended_at) on job to tenon_dispatch;
grant insert on attempt to tenon_dispatch;
grant select, insert, update, delete on dispatcher to tenon_dispatch;
