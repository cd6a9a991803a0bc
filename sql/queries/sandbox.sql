-- # What the role standins asks, as tenon_api: whose a stand-in is, what it holds, and that again when it has changed.

-- simulation_find :maybe   in token uuid   out partner_id uuid, customer_id uuid, connection_id uuid
select partner_id, customer_id, connection_id from lookup_simulation(:token);

-- simulations_waiting :many   in most int, of_one int, start uuid   out token uuid
select token from simulations_waiting(:most, :of_one, :start);

-- simulation_take :maybe   in connection_id uuid   out connector text, seed bigint, epoch bigint, state bytea?, status text
-- # It is ours from now on: whoever had it before can no longer write.
update simulation s set epoch = s.epoch + 1
  from connection c
 where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.connection_id = :connection_id
   and c.partner_id = s.partner_id and c.customer_id = s.customer_id and c.connection_id = s.connection_id
returning c.connector, s.seed, s.epoch, s.state, c.status;

-- simulation_save :maybe   in connection_id uuid, epoch bigint, state bytea, waiting int   out epoch bigint
update simulation set state = :state, waiting = :waiting, saved_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id and epoch = :epoch
returning epoch;

-- simulation_host :maybe   in most int   out host text
-- # Under which name the api is reached for this partner's webhooks.
select host from partner_host
 where partner_id = tenant_partner() and verified_at is not null and released_at is null
 order by created_at, host limit :most;
