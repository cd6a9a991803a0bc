-- shape_load :maybe   in connection_id uuid, object text, version text
--    out shape_id uuid, body text, content bigint, decisions bigint
select shape_id, body, content, decisions
  from source_shape
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object and version = :version;

-- shape_add :exec   in partner_id uuid, customer_id uuid, shape_id uuid, connection_id uuid, object text, version text, most int
-- # A version that is new begins with what was learnt of the one that came last: what it changes is told, not learnt anew.
insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version, body, payloads, fields)
select :partner_id, :customer_id, :shape_id, :connection_id, :object, :version, coalesce(before.body, ''),
       coalesce(before.payloads, 0), coalesce(before.fields, 0)
  from (select) as one
  left join lateral (select body, payloads, fields from source_shape
                      where partner_id = tenant_partner() and customer_id = tenant_customer()
                        and connection_id = :connection_id and object = :object
                      order by changed_at desc, shape_id desc limit 1) as before on true
 where (select count(*) from source_shape
         where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id) < :most
    on conflict do nothing;

-- shape_lock :one   in shape_id uuid, content bigint   out body text, content bigint, decisions bigint
-- # The body only when it is another than the one that is known.
select case content when :content then '' else body end as body, content, decisions
  from source_shape
 where partner_id = tenant_partner() and customer_id = tenant_customer() and shape_id = :shape_id
   for no key update;

-- shape_write :exec   in shape_id uuid, body text, payloads bigint, fields int
update source_shape
   set body = :body, payloads = :payloads, fields = :fields, content = content + 1, changed_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and shape_id = :shape_id;

-- shape_of :one   in customer_id uuid, shape_id uuid   out body text
select body from source_shape
 where partner_id = tenant_partner() and customer_id = :customer_id and shape_id = :shape_id
   for no key update;

-- shape_body :one   in customer_id uuid, shape_id uuid   out body text
select body from source_shape
 where partner_id = tenant_partner() and customer_id = :customer_id and shape_id = :shape_id;

-- shape_decide :exec   in customer_id uuid, shape_id uuid, body text
update source_shape set body = :body, content = content + 1, decisions = decisions + 1, changed_at = now()
 where partner_id = tenant_partner() and customer_id = :customer_id and shape_id = :shape_id;

-- shape_page :many   in connection_id uuid, shape_id uuid, after uuid, most int
--    out customer_id uuid, connection_id uuid, shape_id uuid, object text, version text, payloads bigint, fields int,
--    open_cases bigint, created_at timestamptz, changed_at timestamptz
-- # shape_id nil: any.
select s.customer_id, s.connection_id, s.shape_id, s.object, s.version, s.payloads, s.fields,
       (select count(*) from drift_case c
         where c.partner_id = s.partner_id and c.customer_id = s.customer_id and c.shape_id = s.shape_id
           and c.state = 'open') as open_cases,
       s.created_at, s.changed_at
  from source_shape s
 where s.partner_id = tenant_partner() and s.customer_id = any ((select tenant_customers())::uuid[])
   and s.connection_id = :connection_id
   and (:shape_id = '00000000-0000-0000-0000-000000000000' or s.shape_id = :shape_id)
   and s.shape_id > :after
 order by s.shape_id limit :most;

-- drift_policy_for :maybe   in connection_id uuid   out bearing text, other text
select bearing, other
  from drift_policy
 where partner_id = tenant_partner() and customer_id = tenant_customer()
   and (connection_id is null or connection_id = :connection_id)
 order by connection_id nulls last limit 1;

-- drift_policies :many   in customer_id uuid, connection_id uuid
--    out connection_id uuid?, bearing text, other text, changed_at timestamptz, changed_by text, row_version bigint
-- # connection_id nil: the customer's own alone.
select connection_id, bearing, other, changed_at, changed_by, row_version
  from drift_policy
 where partner_id = tenant_partner() and customer_id = :customer_id
   and (connection_id is null or connection_id = :connection_id)
 order by connection_id nulls last;

-- drift_policy_add :exec   in partner_id uuid, customer_id uuid, policy_id uuid, connection_id uuid?, bearing text, other text,
--    changed_by text
insert into drift_policy (partner_id, customer_id, policy_id, connection_id, bearing, other, changed_by)
values (:partner_id, :customer_id, :policy_id, :connection_id, :bearing, :other, :changed_by)
    on conflict do nothing;

-- drift_policy_change :exec   in customer_id uuid, connection_id uuid?, version bigint, bearing text, other text, changed_by text
update drift_policy
   set bearing = :bearing, other = :other, changed_at = now(), changed_by = :changed_by, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and connection_id is not distinct from :connection_id
   and row_version = :version;

-- case_put :one   in partner_id uuid, customer_id uuid, case_id uuid, shape_id uuid, connection_id uuid, path text, what text,
--    expected text, got text, other text?, bearing bool, action text, met bigint, message_id uuid, sample text, most int
--    out case_id uuid
-- # Under the shape's lock. Of too many open ones, those of the whole payload take what else there is.
insert into drift_case as c (partner_id, customer_id, case_id, shape_id, connection_id, path, what, expected, got, other,
                             bearing, action, message_id, sample)
select :partner_id, :customer_id, :case_id, :shape_id, :connection_id,
       case when exists (select from drift_case o
                          where o.partner_id = tenant_partner() and o.customer_id = tenant_customer()
                            and o.shape_id = :shape_id and o.what = :what and md5(o.path) = md5(:path) and o.state = 'open')
              or (select count(*) from drift_case o
                   where o.partner_id = tenant_partner() and o.customer_id = tenant_customer()
                     and o.shape_id = :shape_id and o.state = 'open') < :most
            then :path else '' end,
       :what, :expected, :got, :other, :bearing, :action, :message_id, :sample
    on conflict (shape_id, what, md5(path), customer_id, partner_id) where state = 'open'
    do update set affected = c.affected + :met, last_seen = clock_timestamp(), action = excluded.action,
                  bearing = excluded.bearing
returning case_id;

-- case_met :exec   in case_ids uuid[], met bigint[]
update drift_case c set affected = c.affected + g.met, last_seen = clock_timestamp()
  from unnest(:case_ids::uuid[], :met::bigint[]) as g (case_id, met)
 where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.case_id = g.case_id and c.state = 'open';

-- case_settle :exec   in customer_id uuid, case_id uuid, state text, who text
update drift_case set state = :state, settled_at = now(), settled_by = :who
 where partner_id = tenant_partner() and customer_id = :customer_id and case_id = :case_id and state = 'open';

-- case_page :many   in customer_id uuid, connection_id uuid, case_id uuid, state text, before uuid, most int
--    out customer_id uuid, case_id uuid, shape_id uuid, connection_id uuid, object text, version text, path text, what text,
--    expected text, got text, other text?, bearing bool, action text, state text, affected bigint, waiting bigint,
--    message_id uuid, sample text, first_seen timestamptz, last_seen timestamptz, settled_at timestamptz?, settled_by text?
-- # Nil, and an empty state: any.
select c.customer_id, c.case_id, c.shape_id, c.connection_id, s.object, s.version, c.path, c.what, c.expected, c.got,
       c.other, c.bearing, c.action, c.state, c.affected,
       (select count(distinct (w.kind, w.waiting_id)) from drift_waiting w
         where w.partner_id = c.partner_id and w.customer_id = c.customer_id and w.case_id = c.case_id
           and w.released_at is null) as waiting,
       c.message_id, c.sample, c.first_seen, c.last_seen, c.settled_at, c.settled_by
  from drift_case c
  join source_shape s on s.partner_id = c.partner_id and s.customer_id = c.customer_id and s.shape_id = c.shape_id
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or c.customer_id = :customer_id)
   and (:connection_id = '00000000-0000-0000-0000-000000000000' or c.connection_id = :connection_id)
   and (:case_id = '00000000-0000-0000-0000-000000000000' or c.case_id = :case_id)
   and (:state = '' or c.state = :state) and c.case_id < :before
 order by c.case_id desc limit :most;

-- waiting_put :exec   in partner_id uuid, customer_id uuid, case_ids uuid[], kind text, waiting_id uuid, message_id uuid
-- # Each delivery for itself, so that each can be let go. Where it was let go before, that stays so.
insert into drift_waiting (partner_id, customer_id, case_id, kind, waiting_id, message_id)
select :partner_id, :customer_id, g.case_id, :kind, :waiting_id, :message_id
  from (select distinct unnest(:case_ids::uuid[]) as case_id) g
    on conflict do nothing;

-- waiting_for :many   in case_ids uuid[]   out case_id uuid
-- # Those of the cases that were not accepted: none is while this transaction lasts.
select case_id
  from drift_case
 where partner_id = tenant_partner() and customer_id = tenant_customer() and case_id = any (:case_ids::uuid[])
   and state <> 'accepted'
 order by case_id
   for share;

-- waiting_freed :exec   in kind text, waiting_id uuid, message_id uuid
update drift_waiting set released_at = clock_timestamp()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and kind = :kind and waiting_id = :waiting_id
   and message_id = :message_id and released_at is null;

-- waiting_let_go :one   in case_ids uuid[], kind text, waiting_id uuid   out cases bigint
-- # Of these, those whose deviation it was let go for, in this case or in one before it.
select count(*) as cases
  from unnest(:case_ids::uuid[]) as g (case_id)
  join drift_case c on c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.case_id = g.case_id
 where exists (select from drift_waiting w
                 join drift_case o on o.partner_id = w.partner_id and o.customer_id = w.customer_id and o.case_id = w.case_id
                where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.kind = :kind
                  and w.waiting_id = :waiting_id and w.released_at is not null
                  and o.shape_id = c.shape_id and o.what = c.what and o.path = c.path);

-- waiting_list :many   in customer_id uuid, case_id uuid, most int   out kind text, waiting_id uuid
select kind, waiting_id
  from drift_waiting
 where partner_id = tenant_partner() and customer_id = :customer_id and case_id = :case_id and released_at is null
 group by kind, waiting_id
 order by min(since), waiting_id limit :most;

-- waiting_free :many   in customer_id uuid, case_id uuid   out kind text, waiting_id uuid, since timestamptz
-- # Of those that wait for nothing else, in the order in which they came.
with freed as (
    update drift_waiting set released_at = clock_timestamp()
     where partner_id = tenant_partner() and customer_id = :customer_id and case_id = :case_id and released_at is null
    returning kind, waiting_id, since
)
select f.kind, f.waiting_id, min(f.since) as since
  from freed f
 where not exists (select from drift_waiting w
                     join drift_case o on o.partner_id = w.partner_id and o.customer_id = w.customer_id and o.case_id = w.case_id
                    where w.partner_id = tenant_partner() and w.customer_id = :customer_id and w.kind = f.kind
                      and w.waiting_id = f.waiting_id and w.released_at is null and w.case_id <> :case_id
                      and o.state = 'open')
 group by f.kind, f.waiting_id
 order by 3, 2;

-- waiting_still :many   in customer_id uuid, case_id uuid   out kind text, waiting_id uuid, path text, what text, expected text,
--    got text, other text?, cases bigint
-- # Of those that waited for it, who waits for others that are open: the gravest and oldest of these, and how many they are.
with others as (
    select distinct w.kind, w.waiting_id, w.case_id
      from drift_waiting mine
      join drift_waiting w on w.partner_id = mine.partner_id and w.customer_id = mine.customer_id and w.kind = mine.kind
                          and w.waiting_id = mine.waiting_id and w.case_id <> mine.case_id and w.released_at is null
     where mine.partner_id = tenant_partner() and mine.customer_id = :customer_id and mine.case_id = :case_id
)
select distinct on (w.kind, w.waiting_id) w.kind, w.waiting_id, o.path, o.what, o.expected, o.got, o.other,
       count(*) over (partition by w.kind, w.waiting_id) as cases
  from others w
  join drift_case o on o.partner_id = tenant_partner() and o.customer_id = :customer_id and o.case_id = w.case_id
                   and o.state = 'open'
 order by w.kind, w.waiting_id, o.action = 'fail' desc, o.case_id;
