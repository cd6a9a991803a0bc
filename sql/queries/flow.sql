-- # Dispatching: asked as tenon_dispatch, of all tenants at once, about ids and states and never about content. Arrays are
-- # unrolled in a list of columns: a call of unnest in "from" keeps each array in a store of its own first.

-- dispatcher_beat :exec   in dispatcher_id uuid
insert into dispatcher (dispatcher_id, beat_at) values (:dispatcher_id, now())
on conflict (dispatcher_id) do update set beat_at = now();

-- dispatcher_gone :exec   in dispatcher_id uuid
delete from dispatcher where dispatcher_id = :dispatcher_id;

-- job_claim :many   in partner_ids uuid[], customer_ids uuid[], job_ids uuid[], dispatcher_id uuid, suspects bool
--    out partner_id uuid, customer_id uuid, job_id uuid, message_id uuid?, connection_id uuid?, kind text,
--    business_key text, flow_id uuid?, flow_version int?, lane int, lease_epoch bigint, attempts int, crashes int,
--    suspect bool, left_us bigint
-- # suspects: also those that were under way in a crash. What is keyed waits for an earlier one that is held, too.
-- # A condition on the state stands inside of "case", where no index serves it: those of the ready and of the leased would
-- # be read from end to end as long as the planner believes them to be empty. What was found is found again by its place. One
-- # that another claims at this moment is waited for and then left to it; all claims go through keys in one order.
with first as (
    -- "offset 0" keeps the conditions out, for the same reason.
    select distinct on (j.partner_id, j.customer_id, j.business_key) j.place
      from (select unnest(:partner_ids::uuid[]) as partner_id, unnest(:customer_ids::uuid[]) as customer_id,
                   unnest(:job_ids::uuid[]) as job_id) g
     cross join lateral (select ctid as place, partner_id, customer_id, job_id, business_key, state, run_at, suspect, flow_id,
                                 connection_id, created_at, keyed from job
                          where partner_id = g.partner_id and customer_id = g.customer_id and job_id = g.job_id
                         offset 0) j
     where j.state = 'ready' and j.run_at <= now() and (:suspects or not j.suspect)
       and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
       and (select e.job_id from job e
             where e.partner_id = j.partner_id and e.customer_id = j.customer_id
               and e.business_key = j.business_key and e.state = 'ready' and e.job_id < j.job_id limit 1) is null
       and (select e.job_id from job e
             where e.partner_id = j.partner_id and e.customer_id = j.customer_id
               and e.business_key = j.business_key and e.state = 'leased' limit 1) is null
       and (not j.keyed or (select e.job_id from job e
             where e.partner_id = j.partner_id and e.customer_id = j.customer_id
               and e.business_key = j.business_key and e.state = 'held' and e.keyed and e.job_id < j.job_id limit 1) is null)
     order by j.partner_id, j.customer_id, j.business_key, j.job_id
)
update job j
   set state = 'leased', lease_owner = :dispatcher_id, lease_epoch = j.lease_epoch + 1, attempts = j.attempts + 1
  from first f
 where j.ctid = f.place and case j.state when 'ready' then true end
returning j.partner_id, j.customer_id, j.job_id, j.message_id, j.connection_id, j.kind, j.business_key,
          j.flow_id, j.flow_version, j.lane::int as lane, j.lease_epoch, j.attempts, j.crashes, j.suspect,
          (extract(epoch from j.deadline_at - now()) * 1000000)::bigint as left_us;

-- job_finish :many   in partner_ids uuid[], customer_ids uuid[], job_ids uuid[], epochs bigint[], states text[],
--    delays_us bigint[], reasons text[], outcomes text[], counts int[], started_ats timestamptz[], calls int[],
--    octets_sent bigint[], octets_received bigint[], cpu_us bigint[], items int[]
--    out partner_id uuid, customer_id uuid, job_id uuid, lane int
-- # Ends tries of jobs whose lease still holds, keeps the try and what it used, and answers the next job of each key. The try
-- # that ends a job is kept on the job's own row.
with given as (
    select unnest(:partner_ids::uuid[]) as partner_id, unnest(:customer_ids::uuid[]) as customer_id,
           unnest(:job_ids::uuid[]) as job_id, unnest(:epochs::bigint[]) as epoch, unnest(:states::text[]) as state,
           unnest(:delays_us::bigint[]) as delay_us, unnest(:reasons::text[]) as reason, unnest(:outcomes::text[]) as outcome,
           unnest(:counts::int[]) as n, unnest(:started_ats::timestamptz[]) as started_at, unnest(:calls::int[]) as calls,
           unnest(:octets_sent::bigint[]) as octets_sent, unnest(:octets_received::bigint[]) as octets_received,
           unnest(:cpu_us::bigint[]) as cpu_us, unnest(:items::int[]) as items
), ended as (
    update job j
       set state = g.state, reason = g.reason, lease_owner = null, suspect = false,
           crashes = case when j.suspect and j.crashes between 1 and 2 then j.crashes - 1 else j.crashes end,
           run_at = case when g.state = 'ready' then now() + make_interval(secs => g.delay_us / 1000000.0) else j.run_at end,
           ended_at = case when g.state in ('done', 'dead', 'cancelled') then now() end,
           started_at = case when g.state in ('done', 'cancelled') then g.started_at end,
           calls = nullif(g.calls, 0), octets_sent = nullif(g.octets_sent, 0),
           octets_received = nullif(g.octets_received, 0), cpu_us = g.cpu_us, items = nullif(g.items, 0)
      from given g
     where j.partner_id = g.partner_id and j.customer_id = g.customer_id and j.job_id = g.job_id
       and case j.state when 'leased' then j.lease_epoch end = g.epoch
    returning j.partner_id, j.customer_id, j.job_id, j.business_key, j.flow_id, j.state, j.keyed
), freed as (
    update job h
       set state = 'cancelled', ended_at = now(), reason = 'a later delivery of the same record took its place'
      from ended e
     where e.state = 'done' and e.flow_id is null and h.partner_id = e.partner_id and h.customer_id = e.customer_id
       and h.business_key = e.business_key and h.state = 'held' and h.job_id < e.job_id and h.flow_id is null
), kept as (
    insert into attempt (partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, reason, calls,
                         octets_sent, octets_received, cpu_us, items)
    select g.partner_id, g.customer_id, g.job_id, g.n, g.epoch, g.started_at, now(), g.outcome, g.reason, nullif(g.calls, 0),
           nullif(g.octets_sent, 0), nullif(g.octets_received, 0), g.cpu_us, nullif(g.items, 0)
      from given g join ended e using (partner_id, customer_id, job_id)
     where g.state not in ('done', 'cancelled')
)
select n.partner_id, n.customer_id, n.job_id, n.lane
  from ended e
  cross join lateral (select j.partner_id, j.customer_id, j.job_id, j.lane::int as lane
                        from job j
                       where j.partner_id = e.partner_id and j.customer_id = e.customer_id
                         and j.business_key = e.business_key and j.job_id > e.job_id and j.state = 'ready'
                       order by j.job_id limit 1) n
 where e.state in ('done', 'dead', 'cancelled') or e.state = 'held' and not e.keyed;

-- job_plan :many   in partner_id uuid, customer_ids uuid[], job_ids uuid[], flow_ids uuid[], versions int[], shadows bool[],
--    origin_keys text[], kinds text[], business_keys text[], keyeds bool[], lanes int[], run_ats timestamptz[], deadlines timestamptz[],
--    bodies bytea[], body_hashes bytea[], given_bys text[]   out customer_id uuid, job_id uuid, lane int
-- # As tenon_api or tenon_worker: jobs that flows are given, each with what it is given. One that has the origin key of an
-- # earlier job of its flow is left out.
with given as (
    insert into flow_input (partner_id, customer_id, job_id, flow_id, origin_key, body, body_hash, given_by, received_at)
    select :partner_id, unnest(:customer_ids::uuid[]), unnest(:job_ids::uuid[]), unnest(:flow_ids::uuid[]),
           unnest(:origin_keys::text[]), unnest(:bodies::bytea[]), unnest(:body_hashes::bytea[]), unnest(:given_bys::text[]),
           now()
    on conflict (flow_id, origin_key, customer_id, partner_id) do nothing
    returning job_id
)
insert into job (partner_id, customer_id, job_id, flow_id, flow_version, shadow, origin_key, kind, business_key, keyed, lane, run_at,
                 deadline_at, created_at)
select :partner_id, g.customer_id, g.job_id, g.flow_id, g.version, g.shadow, g.origin_key, g.kind, g.business_key, g.keyed, g.lane,
       g.run_at, g.deadline_at, now()
  from (select unnest(:customer_ids::uuid[]) as customer_id, unnest(:job_ids::uuid[]) as job_id,
               unnest(:flow_ids::uuid[]) as flow_id, unnest(:versions::int[]) as version, unnest(:shadows::bool[]) as shadow,
               unnest(:origin_keys::text[]) as origin_key, unnest(:kinds::text[]) as kind,
               unnest(:business_keys::text[]) as business_key, unnest(:keyeds::bool[]) as keyed, unnest(:lanes::int[]) as lane,
               unnest(:run_ats::timestamptz[]) as run_at, unnest(:deadlines::timestamptz[]) as deadline_at) g
 where g.job_id in (select job_id from given)
returning customer_id, job_id, lane::int as lane;

-- change_past :many   in object_id uuid, since timestamptz, until timestamptz, flow_ids uuid[], most int
--    out place bigint, chain int, runs bigint
-- # As tenon_worker: how many changes in a row this one is the last of, 0 when none of the newest 1,000 runs about the object
-- # has changed anything elsewhere in between; and how many of each flow were begun within a day by changes of it, to "most".
with about as materialized (
    select job_id, flow_id, chain, received_at from flow_input
     where partner_id = tenant_partner() and customer_id = tenant_customer() and object_id = :object_id
     order by job_id desc limit 1000
), acted as (
    select coalesce(max(g.chain) + 1, 0) as chain from about g
     where exists (select from effect e
                    where e.job_id = g.job_id and e.partner_id = tenant_partner() and e.customer_id = tenant_customer()
                      and e.sent_at > :since and e.sent_at <= :until and e.state <> 'rejected')
)
select f.place, a.chain,
       (select count(*) from (select from flow_input g
                               where g.partner_id = tenant_partner() and g.customer_id = tenant_customer()
                                 and g.object_id = :object_id and g.flow_id = f.flow_id and g.given_by = 'change'
                                 and g.received_at > now() - interval '1 day' limit :most) d) as runs
  from unnest(:flow_ids::uuid[]) with ordinality as f (flow_id, place)
 cross join acted a;

-- change_plan :many   in object_id uuid, chain int, origin_key text, body bytea, body_hash bytea, flow_ids uuid[],
--    versions int[], shadows bool[], business_keys text[], keyeds bool[], lanes int[], spans_us bigint[], reasons text[]
--    out job_id uuid, lane int, state text
-- # As tenon_worker: a run of each flow about one version of an object, once; held where there is a reason.
with asked as (
    select unnest(:flow_ids::uuid[]) as flow_id, unnest(:versions::int[]) as version, unnest(:shadows::bool[]) as shadow,
           unnest(:business_keys::text[]) as business_key, unnest(:keyeds::bool[]) as keyed, unnest(:lanes::int[]) as lane,
           unnest(:spans_us::bigint[]) as span_us, nullif(unnest(:reasons::text[]), '') as reason
), given as (
    insert into flow_input (partner_id, customer_id, job_id, flow_id, origin_key, body, body_hash, given_by, received_at,
                            object_id, chain, environment_id)
    select tenant_partner(), tenant_customer(), job_id_new(0), flow_id, :origin_key, :body, :body_hash, 'change', now(),
           :object_id, :chain,
           (select c.environment_id from sales_order o
              join connection c on c.partner_id = o.partner_id and c.customer_id = o.customer_id
                               and c.connection_id = o.connection_id
             where o.partner_id = tenant_partner() and o.customer_id = tenant_customer() and o.order_id = :object_id)
      from asked
    on conflict (flow_id, origin_key, customer_id, partner_id) do nothing
    returning partner_id, customer_id, job_id, flow_id, origin_key, received_at
)
insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state, reason, run_at, deadline_at,
                 created_at, flow_id, flow_version, shadow, keyed)
select g.partner_id, g.customer_id, g.job_id, g.origin_key, 'flow', a.business_key, a.lane,
       case when a.reason is null then 'ready' else 'held' end, a.reason, g.received_at,
       g.received_at + make_interval(secs => a.span_us / 1000000.0), g.received_at, g.flow_id, a.version, a.shadow, a.keyed
  from given g join asked a on a.flow_id = g.flow_id
returning job_id, lane::int as lane, state;

-- job_reclaim :many   in lease_us bigint   out partner_id uuid, customer_id uuid, job_id uuid, lane int
-- # Jobs whose dispatcher no longer beats are ready again, as suspects. The crash counts against one that was a suspect
-- # already, of which a process runs fewer at once the more crashes they have met, and against the only one that any silent
-- # dispatcher held.
with silent as (
    select count(*) as jobs
      from job j
     where j.state = 'leased'
       and not exists (select from dispatcher d
                        where d.dispatcher_id = j.lease_owner
                          and d.beat_at > now() - make_interval(secs => :lease_us / 2000000.0))
), lost as (
    select j.partner_id, j.customer_id, j.job_id
      from job j
     where j.state = 'leased'
       and not exists (select from dispatcher d
                        where d.dispatcher_id = j.lease_owner
                          and d.beat_at > now() - make_interval(secs => :lease_us / 1000000.0))
     order by j.partner_id, j.customer_id, j.job_id
     limit 5000
       for update of j skip locked
)
update job j
   set state = 'ready', lease_owner = null, suspect = true, reason = 'the process that worked on it ended',
       crashes = j.crashes + case when j.suspect or (select jobs from silent) = 1 then 1 else 0 end
  from lost l
 where j.partner_id = l.partner_id and j.customer_id = l.customer_id and j.job_id = l.job_id
returning j.partner_id, j.customer_id, j.job_id, j.lane::int as lane;

-- job_suspects :many   in after uuid, most int   out partner_id uuid, customer_id uuid, job_id uuid, lane int, crashes int
-- # Suspects whose turn it is: one of each customer, and so on, from the customer after the one whose turn it was.
select j.partner_id, j.customer_id, j.job_id, j.lane::int as lane, j.crashes
  from job j
 where j.state = 'ready' and j.suspect and j.run_at <= now()
   and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
   and not exists (select from job e
                    where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                      and e.business_key = j.business_key and e.state = 'ready' and e.job_id < j.job_id)
   and not exists (select from job e
                    where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                      and e.business_key = j.business_key and e.state = 'leased')
   and not (j.keyed and exists (select from job e
                    where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                      and e.business_key = j.business_key and e.state = 'held' and e.keyed and e.job_id < j.job_id))
 order by row_number() over (partition by j.customer_id order by j.run_at, j.job_id), j.customer_id > :after desc,
          j.customer_id limit :most;

-- dispatcher_sweep :exec
delete from dispatcher where beat_at < now() - interval '1 hour';

-- job_due :many   in older_us bigint, after_run_at timestamptz, after_id uuid, most int
--    out partner_id uuid, customer_id uuid, job_id uuid, lane int, run_at timestamptz, blocked bool
-- # Ready jobs whose time came at least older_us ago, oldest first, after a position; those that wait for an older job of
-- # their key are named as blocked, so that a page is a bounded piece of work and its end a position.
select j.partner_id, j.customer_id, j.job_id, j.lane::int as lane, j.run_at,
       exists (select from job e
                where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                  and e.business_key = j.business_key and e.state = 'ready' and e.job_id < j.job_id)
       or exists (select from job e
                   where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                     and e.business_key = j.business_key and e.state = 'leased')
       or j.keyed and exists (select from job e
                   where e.partner_id = j.partner_id and e.customer_id = j.customer_id
                     and e.business_key = j.business_key and e.state = 'held' and e.keyed and e.job_id < j.job_id) as blocked
  from job j
 where j.state = 'ready' and not j.suspect and j.run_at <= now() - make_interval(secs => :older_us / 1000000.0)
   and (j.run_at, j.job_id) > (:after_run_at, :after_id)
   and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
 order by j.run_at, j.job_id limit :most;

-- job_depths :one   in most int   out ready bigint, held bigint, dead bigint, oldest_us bigint
-- # Counted to "most" and no further: it is asked again and again.
select (select count(*) from (select from job j where j.state = 'ready' and not j.suspect and j.run_at <= now()
                                and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
                              limit :most) r)
       + (select count(*) from (select from job j where j.state = 'ready' and j.suspect and j.run_at <= now()
                                   and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
                                 limit :most) s) as ready,
       (select count(*) from (select from job where state = 'held' limit :most) h) as held,
       (select count(*) from (select from job where state = 'dead' limit :most) d) as dead,
       coalesce((select greatest(0, extract(epoch from now() - run_at) * 1000000)::bigint
                   from job j where state = 'ready' and not suspect
                    and not exists (select from halted h where h.tenant_id in (j.partner_id, j.customer_id, j.flow_id, j.connection_id)
                                                and (h.after is null or j.created_at > h.after)
                                                and (not h.program or j.flow_id is null))
                  order by run_at limit 1), 0) as oldest_us;

-- conservation :one   in from_at timestamptz, to_at timestamptz
--    out received bigint, processed bigint, duplicate bigint, held bigint, dead bigint, in_flight bigint, kept bigint,
--    lost bigint, planned bigint, confirmed bigint, rejected bigint, unknown bigint, superseded bigint, not_yet_sent bigint,
--    unsettled bigint
-- # Also as tenon_operator.
select received, processed, duplicate, held, dead, in_flight, kept, lost, planned, confirmed, rejected, unknown, superseded,
       not_yet_sent, unsettled
  from conservation(:from_at, :to_at);

-- # Working: asked as tenon_worker, for the one tenant of the job.

-- job_fence :maybe   in job_id uuid, epoch bigint   out job_id uuid
-- # The state stands inside of "case", where no index serves it: that of the leased jobs also has all that were so of late.
select job_id
  from job
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id
   and case state when 'leased' then lease_epoch end = :epoch for share;

-- job_input :one   in job_id uuid, message_id uuid, object text, natural_key text
--    out topic text, body bytea, source_version text, received_at timestamptz, connection_id uuid, mapping_id uuid?,
--    pinned int?, current_version int?, rolling_version int?, share int?, order_id uuid?, order_state text?,
--    order_version timestamptz?, newest_job_id uuid?
-- # What was received, which mapping it goes through (what the job began with, which may be none of the customer's; else what is
-- # assigned to the connection), and what is known of the order, which jobs of its key alone change, one at a time.
select i.topic, i.body, i.source_version, i.received_at, i.connection_id,
       w.mapping_id, j.mapping_version as pinned, m.current_version, m.rolling_version,
       m.share, o.order_id, o.state as order_state, o.source_version as order_version, o.newest_job_id
  from inbound_message i
  left join job j on j.partner_id = i.partner_id and j.customer_id = i.customer_id and j.job_id = :job_id
  left join connection_mapping c on c.partner_id = i.partner_id and c.customer_id = i.customer_id
                                and c.connection_id = i.connection_id and c.object = :object
 cross join lateral (select case when j.mapping_version is null then c.mapping_id else j.mapping_id end as mapping_id) w
  left join mapping m on m.partner_id = i.partner_id and m.customer_id = i.customer_id and m.mapping_id = w.mapping_id
  left join sales_order o on o.connection_id = i.connection_id and o.natural_key = :natural_key
                         and o.partner_id = i.partner_id and o.customer_id = i.customer_id
 where i.partner_id = tenant_partner() and i.customer_id = tenant_customer() and i.message_id = :message_id;

-- effect_plan :exec   in partner_id uuid, customer_id uuid, effect_id uuid, connection_id uuid, operation text,
--    effect_key text, job_id uuid, epoch bigint
insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id, lease_epoch, state)
values (:partner_id, :customer_id, :effect_id, :connection_id, :operation, :effect_key, :job_id, :epoch, 'planned')
on conflict do nothing;

-- effects_mark :many   in effect_ids uuid[], connection_ids uuid[], job_ids uuid[], operations text[], effect_keys text[],
--    hashes bytea[], epochs bigint[], pins int[], mapping_ids uuid[]   out place bigint, made bool
-- # Effects that nobody has meant before, planned and marked as sent at once, each behind its job's fence; one that is known
-- # stays as it is. A job without a row has lost its lease. pins: the mapping's version that a job goes on with; -1: nothing
-- # is written, and then the job is locked as the fence does; nil: the shipped mapping.
with given as (
    select * from unnest(:effect_ids::uuid[], :connection_ids::uuid[], :job_ids::uuid[], :operations::text[],
                         :effect_keys::text[], :hashes::bytea[], :epochs::bigint[], :pins::int[], :mapping_ids::uuid[])
        with ordinality as g (effect_id, connection_id, job_id, operation, effect_key, hash, epoch, pin, mapping_id, place)
), pinned as (
    update job j
       set mapping_version = coalesce(j.mapping_version, g.pin),
           mapping_id = case when j.mapping_version is null then nullif(g.mapping_id, '00000000-0000-0000-0000-000000000000')
                             else j.mapping_id end
      from given g
     where g.pin >= 0 and j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = g.job_id
       and case j.state when 'leased' then j.lease_epoch end = g.epoch
    returning g.place
), locked as (
    select g.place
      from given g
      join job j on j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = g.job_id
     where g.pin < 0 and case j.state when 'leased' then j.lease_epoch end = g.epoch
       for share of j
), fenced as (
    select place from pinned union all select place from locked
), made as (
    insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id, lease_epoch, state,
                        payload_hash, sends, sent_at)
    select tenant_partner(), tenant_customer(), g.effect_id, g.connection_id, g.operation, g.effect_key, g.job_id, g.epoch,
           'sent', nullif(g.hash, ''::bytea), 1, clock_timestamp()
      from given g join fenced f using (place)
     order by g.place
    on conflict do nothing
    returning effect_id
)
select g.place, m.effect_id is not null as made
  from given g join fenced f using (place) left join made m using (effect_id);

-- effects_confirm :many   in effect_ids uuid[], job_ids uuid[], epochs bigint[], external_refs text[]   out place bigint
-- # Of effects that were sent by these jobs under these epochs, each behind its job's fence; no row: another worker has taken
-- # the job over.
with given as (
    select * from unnest(:effect_ids::uuid[], :job_ids::uuid[], :epochs::bigint[], :external_refs::text[])
        with ordinality as g (effect_id, job_id, epoch, external_ref, place)
), fenced as (
    select g.*
      from given g
      join job j on j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = g.job_id
     where case j.state when 'leased' then j.lease_epoch end = g.epoch
       for share of j
)
update effect e
   set state = 'confirmed', confirmed_at = clock_timestamp(), external_ref = f.external_ref, reason = null
  from fenced f
 where e.partner_id = tenant_partner() and e.customer_id = tenant_customer() and e.effect_id = f.effect_id
   and e.job_id = f.job_id and e.lease_epoch = f.epoch and e.state = 'sent'
returning f.place;

-- effect_lock :one   in connection_id uuid, operation text, effect_key text
--    out effect_id uuid, state text, external_ref text?, job_id uuid, lease_epoch bigint, sends int, probes int,
--    waited_us bigint, owner_works bool, payload_hash bytea?, confirmed_at timestamptz?, answered bool
-- # owner_works: another job that planned or sent this effect is running right now.
select e.effect_id, e.state, e.external_ref, e.job_id, e.lease_epoch, e.sends, e.probes,
       coalesce((extract(epoch from clock_timestamp() - e.sent_at) * 1000000)::bigint, 0) as waited_us,
       coalesce((select j.state = 'leased' and j.lease_epoch = e.lease_epoch from job j
                  where j.partner_id = e.partner_id and j.customer_id = e.customer_id and j.job_id = e.job_id),
                false) as owner_works, e.payload_hash, e.confirmed_at, coalesce(e.answered, false) as answered
  from effect e
 where e.connection_id = :connection_id and e.operation = :operation and e.effect_key = :effect_key
   and e.partner_id = tenant_partner() and e.customer_id = tenant_customer()
   for update of e;

-- effect_document_before :maybe   in connection_id uuid, operation text, effect_id uuid, job_id uuid   out first_id uuid
-- # Documents set much at once, so those of one operation leave in the order of their jobs: one of an older job that works
-- # on and is not settled. Jobs are given up after seven days; planned_at has an index by blocks.
select e.effect_id as first_id
  from effect e
  join job j on j.partner_id = e.partner_id and j.customer_id = e.customer_id and j.job_id = e.job_id
 where e.partner_id = tenant_partner() and e.customer_id = tenant_customer()
   and e.connection_id = :connection_id and e.operation = :operation and e.effect_id <> :effect_id
   and e.state in ('planned', 'sent', 'unknown') and e.planned_at > now() - interval '8 days'
   and e.job_id < :job_id and j.state in ('ready', 'leased')
 order by e.job_id
 limit 1;

-- effect_sent :exec   in effect_id uuid, job_id uuid, epoch bigint, payload_hash bytea
update effect set state = 'sent', sent_at = clock_timestamp(), sends = sends + 1, job_id = :job_id,
                  lease_epoch = :epoch, payload_hash = :payload_hash, reason = null
 where partner_id = tenant_partner() and customer_id = tenant_customer() and effect_id = :effect_id and state = 'planned';

-- effect_own :exec   in effect_id uuid, job_id uuid, epoch bigint
update effect set job_id = :job_id, lease_epoch = :epoch
 where partner_id = tenant_partner() and customer_id = tenant_customer() and effect_id = :effect_id;

-- effect_confirmed :exec   in effect_id uuid, epoch bigint, job_id uuid, external_ref text, probed int
update effect set state = 'confirmed', confirmed_at = clock_timestamp(), external_ref = :external_ref,
                  sent_at = coalesce(sent_at, clock_timestamp()), probes = probes + :probed, reason = null
 where partner_id = tenant_partner() and customer_id = tenant_customer() and effect_id = :effect_id
   and job_id = :job_id and lease_epoch = :epoch and state <> 'confirmed';

-- effect_step :exec   in effect_id uuid, epoch bigint, job_id uuid, state text, reason text, probed int, answered bool
update effect set state = :state, reason = :reason, probes = probes + :probed, answered = nullif(:answered, false)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and effect_id = :effect_id
   and job_id = :job_id and lease_epoch = :epoch and state <> 'confirmed';

-- job_release :many   in dispatcher_id uuid, kept uuid[]   out partner_id uuid, customer_id uuid, job_id uuid, lane int
-- # As tenon_dispatch: after a claim whose answer was lost, what this dispatcher holds and does not know of.
update job j set state = 'ready', lease_owner = null
 where j.lease_owner = :dispatcher_id and j.state = 'leased' and j.job_id <> all (:kept::uuid[])
returning j.partner_id, j.customer_id, j.job_id, j.lane::int as lane;

-- # Releasing: asked as tenon_api or tenon_operator.

-- orders_held :many   in customer_id uuid, order_ids uuid[], said text   out order_id uuid, place bigint
-- # Those of them that are held for a reason that begins so, and where each stands among them.
select o.order_id, g.place
  from unnest(:order_ids::uuid[]) with ordinality as g (order_id, place)
  join sales_order o on o.partner_id = tenant_partner() and o.customer_id = :customer_id and o.order_id = g.order_id
 where o.state = 'held' and starts_with(o.held_reason, :said)
 order by o.order_id
   for no key update of o;

-- orders_waiting :many   in customer_id uuid, order_ids uuid[], prefix text   out order_id uuid, held bool, waits bool, runs bool
-- # Which of these may go on, in the order in which they are named: those that are held, and those that are delivered, of
-- # which a later delivery may have been stopped. waits: a job of it can go on, runs: one is under way.
select o.order_id, o.state = 'held' as held,
       exists (select from job j
                where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.connection_id = o.connection_id
                  and j.business_key = :prefix || o.natural_key and j.state in ('held', 'dead'))
       or exists (select from job j
                   where j.partner_id = tenant_partner() and j.customer_id = :customer_id
                     and j.connection_id = o.connection_id and j.business_key = :prefix || o.natural_key
                     and j.state = 'ready') as waits,
       exists (select from job j
                where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.connection_id = o.connection_id
                  and j.business_key = :prefix || o.natural_key and j.state = 'leased') as runs
  from unnest(:order_ids::uuid[]) with ordinality as g (order_id, place)
  join sales_order o on o.partner_id = tenant_partner() and o.customer_id = :customer_id and o.order_id = g.order_id
                    and o.state in ('held', 'delivered')
 order by g.place;

-- job_free_given :exec   in customer_id uuid, job_ids uuid[]
-- # Jobs of flows that waited for words go on.
update job j
   set state = 'ready', run_at = now(), reason = null, deadline_at = greatest(deadline_at, now() + interval '7 days')
 where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.job_id = any (:job_ids::uuid[])
   and case j.state when 'held' then true end;

-- job_free_all :many   in customer_id uuid, order_ids uuid[], prefix text   out job_id uuid
-- # The stopped jobs of these orders may go on, with a week to do so, and by the mapping that works now; the earlier order
-- # is due first. Jobs are an order's by its key: each delivery of it has its own.
update job j
   set state = 'ready', run_at = now() + (w.place - 1) * interval '1 microsecond', reason = null, ended_at = null,
       crashes = 0, mapping_id = null, mapping_version = null, deadline_at = greatest(j.deadline_at, now() + interval '7 days')
  from (select o.connection_id, :prefix || o.natural_key as business_key, min(g.place) as place
          from unnest(:order_ids::uuid[]) with ordinality as g (order_id, place)
          join sales_order o on o.partner_id = tenant_partner() and o.customer_id = :customer_id and o.order_id = g.order_id
         group by 1, 2) w
 where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.state in ('held', 'dead')
   and j.connection_id = w.connection_id and j.business_key = w.business_key
returning j.job_id;

-- order_at_door :maybe   in connection_id uuid, natural_key text   out order_id uuid, state text
-- # As tenon_worker: whether what is judged before it is read belongs to an order that is known. Without a lock: whoever
-- # accepts a case locks what waits for it before the orders.
select order_id, state
  from sales_order
 where connection_id = :connection_id and natural_key = :natural_key and partner_id = tenant_partner()
   and customer_id = tenant_customer();
