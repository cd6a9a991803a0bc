-- 0011 manners: answers kept for repeated requests, and the version of the API that a key speaks.
-- Locks: api_key exclusively for a moment (a column with a constant default). Undo: drop the function, the table and the
-- column.
set local lock_timeout = '2s';

-- What the first request with an idempotency-key was answered, written in the transaction of its effect. ask_hash stands
-- for who asked what under which key; mark is a keyed hash of the request's content, kept the sealed answer.
create table idempotency_answer (
    partner_id  uuid        not null references partner,
    customer_id uuid,
    ask_hash    bytea       not null check (length(ask_hash) = 32),
    mark        bytea       not null check (length(mark) = 32),
    status      int         not null check (status between 200 and 599),
    kept        bytea       not null,
    created_at  timestamptz not null default now(),
    primary key (partner_id, ask_hash),
    foreign key (partner_id, customer_id) references customer
);
create index idempotency_answer_customer on idempotency_answer (customer_id, partner_id);
create index idempotency_answer_age on idempotency_answer (created_at);
call tenant_table('idempotency_answer');
grant select, insert on idempotency_answer to tenon_api;

-- Nobody deletes a tenant's rows but by this, and of it only what is older than 30 days.
create policy sweep_seen on idempotency_answer for select to tenon_lookup using (created_at < now() - interval '30 days');
create policy sweep on idempotency_answer for delete to tenon_lookup using (created_at < now() - interval '30 days');
grant select (partner_id, ask_hash, created_at), delete on idempotency_answer to tenon_lookup;

create function idempotency_sweep(most int) returns int
    language plpgsql volatile security definer set search_path = tenon, pg_temp as $$
declare n int;
begin
    delete from idempotency_answer a
     using (select partner_id, ask_hash from idempotency_answer
             where created_at < now() - interval '30 days' order by created_at limit most) old
     where a.partner_id = old.partner_id and a.ask_hash = old.ask_hash;
    get diagnostics n = row_count;
    return n;
end $$;
alter function idempotency_sweep(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function idempotency_sweep(int) from public;
grant execute on function idempotency_sweep(int) to tenon_dispatch;
reset role;

-- The version of the API that a key was made for; the default moves with each new version.
alter table api_key add column api_version text not null default '2026-11-01' check (api_version ~ '^\d{4}-\d{2}-\d{2}$');
grant select (api_version) on api_key to tenon_api, tenon_read;
