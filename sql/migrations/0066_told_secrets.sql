-- 0066 told secrets: a secret that a vendor tells in its answer to the registration of webhooks is kept, sealed to the edge key,
-- with what the vendor calls that registration. And files whose bodies are to be forgotten are found by an index.
-- Locks: credential exclusively for a moment (a nullable column); inbound_file against writes while the index is made. Undo: drop
-- the function, the column and the index.
set local lock_timeout = '2s';

-- Of a signing secret: the subscription that it was told for. Null: somebody gave it.
alter table credential add column made_for text check (length(made_for) between 1 and 200);

-- What checks deliveries is written by a worker in this way alone: where somebody wants what a vendor sends kept registered.
grant insert on credential to tenon_keeper;
grant select (partner_id, customer_id, connection_id, keep_at) on connection_life to tenon_keeper;
create function hook_secret_keep(connection uuid, credential uuid, epoch int, secret bytea, told_for text, overlap_s bigint)
    returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    insert into credential (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed,
                            overlap_until, created_at, made_for)
    select l.partner_id, l.customer_id, l.connection_id, credential, 'edge', 'webhook_secret', epoch, secret,
           now() + make_interval(secs => overlap_s), clock_timestamp(), told_for
      from connection_life l
     where l.partner_id = tenant_partner() and l.customer_id = tenant_customer() and l.connection_id = connection
       and l.keep_at is not null;
    return found;
end $$;
alter function hook_secret_keep(uuid, uuid, int, bytea, text, bigint) owner to tenon_keeper;
set local role tenon_keeper;
revoke all on function hook_secret_keep(uuid, uuid, int, bytea, text, bigint) from public;
grant execute on function hook_secret_keep(uuid, uuid, int, bytea, text, bigint) to tenon_worker;
reset role;

-- 0061 looks for files that ended long ago, once an hour for each customer.
create index inbound_file_ended on inbound_file (partner_id, customer_id, ended_at) where body is not null;
