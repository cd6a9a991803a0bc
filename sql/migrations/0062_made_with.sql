-- 0062 made with: a session remembers which secrets it was made with, so that one whose sign-in was under way while others
-- were given is not taken for theirs; and a signing secret whose overlap has ended opens nothing, whether or not a worker
-- has taken it away yet.
-- Locks: credential exclusively for a moment (a nullable column). Undo: lookup_hook as 0027 made it; drop the column.
set local lock_timeout = '2s';

-- Of a session: the credential that was signed in with. Null: it was made before this was kept.
alter table credential add column made_with uuid;
grant update (made_with) on credential to tenon_worker;

set local role tenon_lookup;
create or replace function lookup_hook(hash bytea)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, connector text, settings text, status text,
                   credential_id uuid, key_epoch int, sealed bytea, wrapped bytea, customer_epoch int,
                   customer_sealed bytea)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select c.partner_id, c.customer_id, c.connection_id, c.connector, c.settings::text, c.status,
                 s.credential_id, k.epoch, s.sealed, k.wrapped, s.customer_epoch, u.sealed
            from connection c
            join credential s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                             and s.connection_id = c.connection_id and s.kind = 'webhook_secret' and s.current
            left join customer_key_private u on u.partner_id = s.partner_id and u.customer_id = s.customer_id
                                            and u.class = s.class and u.epoch = s.customer_epoch
            join partner_key_private k on k.partner_id = c.partner_id and k.class = s.class
                                      and k.epoch = coalesce(u.partner_epoch, s.key_epoch)
           where c.hook_hash = hash and c.status in ('active', 'paused', 'broken')
             and not exists (select from credential n where n.partner_id = s.partner_id and n.customer_id = s.customer_id
                                and n.connection_id = s.connection_id and n.kind = s.kind and n.created_at > s.created_at
                                and n.overlap_until <= now())
           order by s.created_at desc limit 2;
end $$;
reset role;
