-- 0042 conservation: what came in and what was to be changed elsewhere, added up, and whether anything is missing from the sum.
-- Locks: effect against writes while a small index is made. Undo: drop the function, the policies, the grants and the index.
set local lock_timeout = '2s';

create index effect_planned on effect using brin (planned_at);

create policy sums on inbound_message for select to tenon_lookup using (true);
create policy sums on inbound_delivery for select to tenon_lookup using (true);
create policy sums on job for select to tenon_lookup using (true);
create policy sums on effect for select to tenon_lookup using (true);
grant select (partner_id, customer_id, message_id, connection_id, dedupe_key, business_key, received_at) on inbound_message
    to tenon_lookup;
grant select (partner_id, customer_id, delivery_id, connection_id, received_at) on inbound_delivery to tenon_lookup;
grant select (partner_id, customer_id, job_id, connection_id, origin_key, state) on job to tenon_lookup;
grant select (partner_id, customer_id, job_id, effect_id, state, planned_at) on effect to tenon_lookup;

-- Of what came, or was planned, in [from_at, to_at): received deliveries = those whose work is processed, held, dead or in
-- flight + duplicates + those that are only kept, since nothing follows from them; and effects by their state. lost: messages
-- from which something follows, and for which there is no job. unsettled: effects that a job has left neither confirmed nor
-- superseded nor refused although it is done. All tenants' at once: numbers alone.
create function conservation(from_at timestamptz, to_at timestamptz)
    returns table (received bigint, processed bigint, duplicate bigint, held bigint, dead bigint, in_flight bigint, kept bigint,
                   lost bigint, planned bigint, confirmed bigint, rejected bigint, unknown bigint, superseded bigint,
                   not_yet_sent bigint, unsettled bigint)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
    with m as (
        select count(*) as messages,
               count(*) filter (where j.state in ('done', 'cancelled')) as processed,
               count(*) filter (where j.state = 'held') as held, count(*) filter (where j.state = 'dead') as dead,
               count(*) filter (where j.state in ('ready', 'leased')) as in_flight,
               count(*) filter (where i.business_key is null) as kept,
               count(*) filter (where i.business_key is not null and j.job_id is null) as lost
          from inbound_message i
          left join job j on j.partner_id = i.partner_id and j.customer_id = i.customer_id
                         and j.connection_id = i.connection_id and j.origin_key = i.dedupe_key
         where i.received_at >= from_at and i.received_at < to_at
    ), d as (
        -- The first delivery of a batch with repeats is listed too: it is the message itself.
        select count(*) as repeats
          from inbound_delivery x
         where x.received_at >= from_at and x.received_at < to_at
           and not exists (select from inbound_message i where i.partner_id = x.partner_id and i.customer_id = x.customer_id
                              and i.message_id = x.delivery_id)
    ), e as (
        select count(*) as planned, count(*) filter (where f.state = 'confirmed') as confirmed,
               count(*) filter (where f.state = 'rejected') as rejected,
               count(*) filter (where f.state in ('unknown', 'sent')) as unknown,
               count(*) filter (where f.state = 'superseded') as superseded,
               count(*) filter (where f.state = 'planned') as not_yet_sent,
               count(*) filter (where f.state in ('planned', 'sent', 'unknown') and j.state = 'done') as unsettled
          from effect f
          join job j on j.partner_id = f.partner_id and j.customer_id = f.customer_id and j.job_id = f.job_id
         where f.planned_at >= from_at and f.planned_at < to_at
    )
    select m.messages + d.repeats, m.processed, d.repeats, m.held, m.dead, m.in_flight, m.kept, m.lost, e.planned, e.confirmed,
           e.rejected, e.unknown, e.superseded, e.not_yet_sent, e.unsettled
      from m, d, e;
end $$;
alter function conservation(timestamptz, timestamptz) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function conservation(timestamptz, timestamptz) from public;
grant execute on function conservation(timestamptz, timestamptz) to tenon_dispatch, tenon_operator;
reset role;
