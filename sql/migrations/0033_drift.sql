-- 0033 drift: what a source has been seen to send, what no longer fits it, and who waits until somebody has decided.
-- Locks: none on existing tables beyond a moment's share. Undo: drop the tables.
set local lock_timeout = '2s';

-- One for each object of a connection and version of its source. body is as the program wrote it; content grows with every
-- writing, so that whoever keeps a copy can tell whether another has written since, and decisions with every case that a
-- person accepts or closes.
create table source_shape (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    shape_id      uuid        not null,
    connection_id uuid        not null,
    object        text        not null check (object ~ '^[A-Za-z0-9_.-]{1,80}$'),
    version       text        not null check (version ~ '^[A-Za-z0-9_.-]{0,64}$'),
    body          text        not null default '' check (octet_length(body) <= 65536),
    payloads      bigint      not null default 0,
    fields        int         not null default 0,
    content       bigint      not null default 0,
    decisions     bigint      not null default 0,
    created_at    timestamptz not null default now(),
    changed_at    timestamptz not null default now(),
    primary key (partner_id, customer_id, shape_id),
    unique (connection_id, object, version, customer_id, partner_id),
    foreign key (partner_id, customer_id, connection_id) references connection
);
call tenant_table('source_shape');

-- A deviation. expected, got and sample are words for a person: of what persons are called, or wrote, they hold kinds and
-- lengths alone. One is open at a time for each path and kind.
create table drift_case (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    case_id       uuid        not null,
    shape_id      uuid        not null,
    connection_id uuid        not null,
    path          text        not null check (octet_length(path) <= 4096),
    what          text        not null check (what in ('type_changed', 'missing', 'new_field', 'renamed', 'new_value',
                                                       'unit_changed', 'format_changed')),
    expected      text        not null check (octet_length(expected) <= 1024),
    got           text        not null check (octet_length(got) <= 1024),
    other         text        check (octet_length(other) <= 4096),
    bearing       boolean     not null,
    action        text        not null check (action in ('pass', 'hold', 'fail')),
    state         text        not null default 'open' check (state in ('open', 'accepted', 'closed')),
    affected      bigint      not null default 1,
    message_id    uuid        not null,
    sample        text        not null check (octet_length(sample) <= 500),
    first_seen    timestamptz not null default clock_timestamp(),
    last_seen     timestamptz not null default clock_timestamp(),
    settled_at    timestamptz,
    settled_by    text        check (length(settled_by) <= 200),
    primary key (partner_id, customer_id, case_id),
    foreign key (partner_id, customer_id, shape_id) references source_shape,
    foreign key (partner_id, customer_id, connection_id) references connection,
    constraint drift_case_settled_whole check ((state = 'open') = (settled_at is null) and
                                               (settled_at is null) = (settled_by is null))
);
create unique index drift_case_open on drift_case (shape_id, what, md5(path), customer_id, partner_id) where state = 'open';
create index drift_case_connection on drift_case (connection_id, case_id, customer_id, partner_id);
create index drift_case_shape on drift_case (shape_id, customer_id, partner_id);
call tenant_table('drift_case');

-- Who waits for a case, and with which message. released_at: it goes on, by the case or because a person let it go; the same deviation does not stop
-- it again.
create table drift_waiting (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    case_id     uuid        not null,
    kind        text        not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
    waiting_id  uuid        not null,
    message_id  uuid        not null,
    since       timestamptz not null default clock_timestamp(),
    released_at timestamptz,
    primary key (partner_id, customer_id, case_id, kind, waiting_id),
    foreign key (partner_id, customer_id, case_id) references drift_case
);
create index drift_waiting_who on drift_waiting (waiting_id, kind, customer_id, partner_id);
call tenant_table('drift_waiting');

-- What becomes of a payload with a deviation: a letter for each kind, in the order of drift_case.what: pass, hold, fail. Of one
-- connection, or of all of the customer's that have none.
create table drift_policy (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    policy_id     uuid        not null,
    connection_id uuid,
    bearing       text        not null check (bearing ~ '^[phf]{7}$'),
    other         text        not null check (other ~ '^[phf]{7}$'),
    changed_at    timestamptz not null default now(),
    changed_by    text        not null check (length(changed_by) <= 200),
    row_version   bigint      not null default 1,
    primary key (partner_id, customer_id, policy_id),
    unique nulls not distinct (customer_id, connection_id, partner_id),
    foreign key (partner_id, customer_id) references customer,
    foreign key (partner_id, customer_id, connection_id) references connection
);
create index drift_policy_connection on drift_policy (connection_id, customer_id, partner_id);
call tenant_table('drift_policy');

do $$
declare
    t text;
begin
    foreach t in array array['source_shape', 'drift_case', 'drift_waiting', 'drift_policy'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
        call isolation_others_of(t::regclass);
    end loop;
end $$;
create policy brand on source_shape as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on drift_case as restrictive to tenon_api using (brand_sees(partner_id, customer_id, connection_id));
create policy brand on drift_waiting as restrictive to tenon_api using (brand_is_all() or exists (select from drift_case c
    where c.partner_id = drift_waiting.partner_id and c.customer_id = drift_waiting.customer_id
      and c.case_id = drift_waiting.case_id));
create policy brand on drift_policy as restrictive to tenon_api
    using (brand_is_all() or brand_sees(partner_id, customer_id, connection_id));

create trigger customer_works before update on drift_case
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert or update on drift_policy
    for each row when (current_user = 'tenon_api') execute function customer_works();

grant insert on source_shape, drift_case, drift_waiting to tenon_worker;
grant update (body, payloads, fields, content, changed_at) on source_shape to tenon_worker, tenon_api;
grant update (decisions) on source_shape to tenon_api;
grant update (affected, last_seen, action, bearing) on drift_case to tenon_worker;
grant update (state, settled_at, settled_by) on drift_case to tenon_api;
grant update (released_at) on drift_waiting to tenon_worker, tenon_api;
grant update (message_id) on drift_waiting to tenon_worker;
grant insert, update (bearing, other, changed_at, changed_by, row_version) on drift_policy to tenon_api;

-- Erasing a customer takes these too, children first; whatever else is erased stays as it was said before.
set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]',
                          array['drift_waiting', 'drift_case', 'source_shape', 'drift_policy'] || erased_tables()));
end $$;
reset role;
