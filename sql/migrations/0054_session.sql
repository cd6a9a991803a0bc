-- 0054 session: what a call to an outside system's sign-in gave (an access token, and the refresh token that the next one is
-- asked for with) is kept sealed beside the connection's secrets, is made by one worker at a time, and is stored before its
-- first use: a refresh token that is used twice, or lost, ends the connection.
-- Locks: credential exclusively for a moment (three nullable columns, a check made anew, an index over no row yet). Undo: take
-- the rows of the kind away, and the columns, the policies and the grants with them.
set local lock_timeout = '2s';

alter table credential drop constraint credential_kind_check,
    add constraint credential_kind_check check (kind in ('webhook_secret', 'password', 'api_token', 'session')) not valid;
alter table credential add column expires_at timestamptz, add column lease uuid, add column lease_until timestamptz;
create unique index credential_session on credential (partner_id, customer_id, connection_id) where kind = 'session';

grant insert (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed, lease, lease_until)
    on credential to tenon_worker;
grant update (customer_epoch, sealed, expires_at, lease, lease_until) on credential to tenon_worker;
create policy worker_makes_sessions on credential as restrictive for insert to tenon_worker
    with check (kind = 'session' and class = 'connection');
create policy worker_renews_sessions on credential as restrictive for update to tenon_worker
    using (kind = 'session') with check (kind = 'session' and class = 'connection');
