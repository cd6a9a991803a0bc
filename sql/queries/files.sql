-- # Files whose rows become messages. Asked as tenon_worker for one customer, unless a statement says otherwise.

-- files_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid, file_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id, file_id from files_due(:most);

-- file_watches_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id from file_watches_due(:most);

-- file_add :maybe   in partner_id uuid, customer_id uuid, file_id uuid, connection_id uuid, name text, origin text,
--    origin_key text?, place text?, octets bigint, content_hash bytea, body bytea?, reason text?
--    out file_id uuid
-- # A reason: it is refused as it came. No row: it came before, by its content or by what its place calls it. Also asked as
-- # tenon_api.
insert into inbound_file (partner_id, customer_id, file_id, connection_id, name, origin, origin_key, place, octets, content_hash,
                          body, state, reason, ended_at)
values (:partner_id, :customer_id, :file_id, :connection_id, :name, :origin, :origin_key, :place, :octets, :content_hash, :body,
        case when :reason::text is null then 'waiting' else 'failed' end, :reason, case when :reason::text is not null then now() end)
on conflict do nothing
returning file_id;

-- file_again :maybe   in connection_id uuid, content_hash bytea, origin_key text?
--    out file_id uuid, state text
-- # Also asked as tenon_api.
update inbound_file set came = came + 1
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and file_id = (
       select f.file_id from inbound_file f
        where f.partner_id = tenant_partner() and f.customer_id = any ((select tenant_customers())::uuid[])
          and f.connection_id = :connection_id and (f.content_hash = :content_hash or f.origin_key = :origin_key)
        order by f.content_hash = :content_hash desc limit 1)
returning file_id, state;

-- file_known :maybe   in connection_id uuid, origin_key text   out file_id uuid, state text, place text?
select file_id, state, place from inbound_file
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and origin_key = :origin_key;

-- file_claim :maybe   in file_id uuid, lease_s int
--    out connection_id uuid, connector text, settings text, name text, octets bigint, begun bool, heading text, page_at bigint,
--    row_number bigint, line bigint, skipping bool, refused bigint, connection_name text
-- # No row: another has it, or it has ended.
update inbound_file f set due_at = now() + make_interval(secs => :lease_s)
  from connection c
 where f.partner_id = tenant_partner() and f.customer_id = tenant_customer() and f.file_id = :file_id
   and f.state = 'waiting' and f.due_at <= now()
   and c.partner_id = f.partner_id and c.customer_id = f.customer_id and c.connection_id = f.connection_id
returning f.connection_id, c.connector, c.settings::text as settings, f.name, f.octets, f.begun, f.heading, f.page_at,
          f.row_number, f.line, f.skipping, f.refused, c.name as connection_name;

-- file_part :one   in file_id uuid, from_at bigint, octets int   out part bytea
select substring(body from (:from_at + 1)::int for :octets) as part from inbound_file
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id = :file_id and body is not null;

-- file_move :maybe   in file_id uuid, was_at bigint, was_row bigint, was_begun bool, heading text, page_at bigint, row_number bigint,
--    line bigint, skipping bool, taken bigint, repeated bigint, refused bigint, ended bool, lease_s int
--    out state text
-- # In the transaction that stores the rows that are passed. No row: another has passed here.
update inbound_file set begun = true, heading = case when begun then heading else :heading end, page_at = :page_at, row_number = :row_number, line = :line,
       skipping = :skipping, taken = taken + :taken, repeated = repeated + :repeated, refused = refused + :refused,
       reason = null, state = case when :ended then 'done' else 'waiting' end, ended_at = case when :ended then now() end,
       due_at = now() + make_interval(secs => :lease_s)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id = :file_id and state = 'waiting'
   and page_at = :was_at and row_number = :was_row and begun = :was_begun
returning state;

-- file_store :many   in partner_id uuid, customer_id uuid, connection_id uuid, message_ids uuid[],
--    topics text[], dedupe_keys text[], business_keys text[], object_keys text[], kinds text[], lanes int[],
--    keyeds bool[], spans_us bigint[], bodies bytea[], body_hashes bytea[], flow_id uuid?, flow_version int?, shadow bool
--    out job_id uuid, lane int
-- # What a delivery of each row would have stored, and the jobs that follow, one behind the other in the order of the rows.
with given as (
    select * from unnest(:message_ids::uuid[], :topics::text[], :dedupe_keys::text[], :business_keys::text[],
                         :object_keys::text[], :kinds::text[], :lanes::int[], :keyeds::bool[], :spans_us::bigint[], :bodies::bytea[],
                         :body_hashes::bytea[]) with ordinality
        as g (message_id, topic, dedupe_key, business_key, object_key, kind, lane, keyed, span_us, body, body_hash, place)
), stored as (
    insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key,
                                 object_key, body, body_hash, received_at, source_version)
    select :partner_id, :customer_id, message_id, :connection_id, topic, dedupe_key, business_key,
           nullif(object_key, business_key), body, body_hash, now(), ''
      from given
    on conflict do nothing
    returning message_id
), planned as (
    insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, lane,
                     run_at, deadline_at, created_at, flow_id, flow_version, shadow, keyed)
    select :partner_id, :customer_id, job_id_new(g.place - (select max(place) from given)), g.message_id, :connection_id,
           g.dedupe_key, g.kind, g.business_key, g.lane,
           now(), now() + g.span_us * interval '1 microsecond', now(), :flow_id, :flow_version, :shadow, g.keyed
      from given g join stored s on s.message_id = g.message_id
     where g.kind is not null
    on conflict do nothing
    returning job_id, lane
)
select job_id, lane::int as lane from planned;

-- file_refuse :exec   in partner_id uuid, customer_id uuid, file_id uuid, numbers bigint[], lines bigint[], fields text[],
--    reasons text[]
insert into inbound_file_row (partner_id, customer_id, file_id, number, line, field, reason)
select :partner_id, :customer_id, :file_id, r.number, r.line, nullif(r.field, ''), r.reason
  from unnest(:numbers::bigint[], :lines::bigint[], :fields::text[], :reasons::text[]) as r (number, line, field, reason)
on conflict do nothing;

-- file_flow :maybe   in connection_id uuid, object text   out flow_id uuid, current_version int, shadow bool
select f.flow_id, f.current_version, f.shadow
  from connection_flow c
  join flow f on f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.flow_id = c.flow_id
 where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.connection_id = :connection_id
   and c.object = :object and f.current_version is not null;

-- file_fail :exec   in file_id uuid, reason text
update inbound_file set state = 'failed', reason = :reason, ended_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id = :file_id and state = 'waiting';

-- file_wait :exec   in file_id uuid, reason text, later_s int
update inbound_file set reason = :reason, due_at = now() + make_interval(secs => :later_s)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id = :file_id and state = 'waiting';

-- # ---- where files are looked for ----

-- file_watch_claim :maybe   in connection_id uuid, lease_s int
--    out connector text, settings text, name text, seen text, remote_due bool, remote_refused int, remote_fault text?, version bigint
-- # remote_due: the host's own time has come, or the connection is another than when it was asked last.
update file_watch w set look_at = now() + make_interval(secs => :lease_s)
  from connection c
 where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.connection_id = :connection_id
   and w.look_at <= now()
   and c.partner_id = w.partner_id and c.customer_id = w.customer_id and c.connection_id = w.connection_id
returning c.connector, c.settings::text as settings, c.name, w.seen,
          coalesce(w.remote_at <= now(), true) or w.remote_version is distinct from c.row_version as remote_due,
          w.remote_refused, w.remote_fault, c.row_version as version;

-- file_watch_ended :exec   in connection_id uuid, fault text?, again_s int, seen text
update file_watch set seen = :seen, looked_at = case when :fault::text is null then now() else looked_at end, fault = :fault,
       look_at = now() + make_interval(secs => :again_s)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- file_watch_asked :exec   in connection_id uuid, again_s int, refused int, fault text?, version bigint
update file_watch set remote_at = now() + make_interval(secs => :again_s), remote_refused = :refused, remote_fault = :fault,
       remote_version = :version
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- files_lying :many   in connection_id uuid, origin text, most int
--    out file_id uuid, name text, place text, state text, origin_key text?
-- # Those that have ended and are still where they were while they were read.
select file_id, name, place, state, origin_key from inbound_file
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and origin = :origin and place is not null and state <> 'waiting'
 order by file_id limit :most;

-- file_moved :exec   in file_id uuid
update inbound_file set place = null
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id = :file_id;

-- # ---- as people see them; also asked as tenon_api ----

-- file_list :many   in connection_id uuid, before uuid, most int
--    out file_id uuid, customer_id uuid, connection_id uuid, name text, origin text, octets bigint, content_hash bytea, state text,
--    reason text?, taken bigint, repeated bigint, refused bigint, came int, received_at timestamptz, ended_at timestamptz?
-- # Newest first.
select file_id, customer_id, connection_id, name, origin, octets, content_hash, state, reason, taken, repeated, refused, came,
       received_at, ended_at
  from inbound_file
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and file_id < :before
 order by file_id desc limit :most;

-- file_get :maybe   in connection_id uuid, file_id uuid
--    out file_id uuid, customer_id uuid, connection_id uuid, name text, origin text, octets bigint, content_hash bytea, state text,
--    reason text?, taken bigint, repeated bigint, refused bigint, came int, received_at timestamptz, ended_at timestamptz?
select file_id, customer_id, connection_id, name, origin, octets, content_hash, state, reason, taken, repeated, refused, came,
       received_at, ended_at
  from inbound_file
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and file_id = :file_id;

-- file_rows :many   in file_id uuid, after bigint, most int   out number bigint, line bigint, field text?, reason text
select number, line, field, reason from inbound_file_row
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and file_id = :file_id and number > :after
 order by number limit :most;

-- # ---- EDI ----

-- edi_known :maybe   in connection_id uuid, key text   out received_at timestamptz
select received_at from edi_interchange
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id and key = :key;

-- edi_control :one   in partner_id uuid, customer_id uuid, connection_id uuid   out control bigint
-- # Two numbers in one: that of the interchange and, the same, of its group.
insert into edi_control (partner_id, customer_id, connection_id, next) values (:partner_id, :customer_id, :connection_id, 2)
on conflict (partner_id, customer_id, connection_id) do update set next = edi_control.next % 999999999 + 1
returning case when next = 1 then 999999999 else next - 1 end as control;

-- edi_take :maybe   in partner_id uuid, customer_id uuid, connection_id uuid, key text, file_id uuid, control text, sets int,
--    refused int, answer bytea?, answer_name text?   out key text
-- # No row: one of that number has been taken.
insert into edi_interchange (partner_id, customer_id, connection_id, key, file_id, control, sets, refused, answer, answer_name)
values (:partner_id, :customer_id, :connection_id, :key, :file_id, :control, :sets, :refused, :answer, :answer_name)
on conflict do nothing
returning key;

-- edi_unanswered :many   in connection_id uuid, most int   out key text, answer bytea, answer_name text
select key, answer, answer_name from edi_interchange
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and answer is not null and answered_at is null
 order by received_at limit :most;

-- edi_answered :exec   in connection_id uuid, key text
update edi_interchange set answered_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id and key = :key;

-- edi_sent_add :exec   in partner_id uuid, customer_id uuid, connection_id uuid, control bigint, group_code text, name text,
--    job_id uuid?, set_controls text[], codes text[]
-- # Before it leaves. The same file anew changes nothing; another one by the same number takes its place.
insert into edi_sent as s (partner_id, customer_id, connection_id, control, group_code, name, job_id, set_control, code)
select :partner_id, :customer_id, :connection_id, :control, :group_code, :name, :job_id, g.set_control, g.code
  from unnest(:set_controls::text[], :codes::text[]) as g (set_control, code)
on conflict (connection_id, control, set_control, customer_id, partner_id) do update
   set group_code = excluded.group_code, code = excluded.code, name = excluded.name, job_id = excluded.job_id, state = 'sent',
       said = null, sent_at = now(), left_at = null, answered_at = null, told_at = null
 where s.name <> excluded.name;

-- edi_sent_left :exec   in connection_id uuid, name text
update edi_sent set left_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id and name = :name
   and left_at is null;

-- edi_acked :many   in connection_id uuid, control bigint, group_code text?, set_controls text[], states text[], saids text[],
--    rest_state text?, rest_said text   out set_control text
-- # What is said of the sets of one group; rest: of those that are not named, null: nothing. What is rejected anew is told
-- # anew. Those that there are.
with named as (
    select * from unnest(:set_controls::text[], :states::text[], :saids::text[]) as g (set_control, state, said)
), meant as (
    select s.set_control, coalesce(n.state, :rest_state::text) as state, coalesce(n.said, :rest_said::text) as said
      from edi_sent s left join named n on n.set_control = s.set_control
     where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.connection_id = :connection_id
       and s.control = :control and (s.group_code = :group_code or :group_code::text is null)
), moved as (
    update edi_sent s
       set state = m.state, said = nullif(m.said, ''), answered_at = now(),
           told_at = case when m.state = 'rejected' and s.state <> 'rejected' then null else s.told_at end
      from meant m
     where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.connection_id = :connection_id
       and s.control = :control and s.set_control = m.set_control and m.state is not null
)
select set_control from meant;

-- edi_settle :exec   in connection_id uuid, control bigint, said text
-- # Jobs that were held since nothing had come are done, when all that they have sent is taken.
update job j set state = 'done', reason = null, ended_at = now()
  from edi_sent s
 where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.connection_id = :connection_id
   and s.control = :control and s.state in ('accepted', 'errors')
   and j.partner_id = s.partner_id and j.customer_id = s.customer_id and j.job_id = s.job_id
   and case j.state when 'held' then true end and starts_with(j.reason, :said)
   and not exists (select from edi_sent o
                    where o.partner_id = s.partner_id and o.customer_id = s.customer_id and o.job_id = s.job_id
                      and o.state in ('sent', 'rejected'));

-- edi_untold :many   in connection_id uuid, late_s int, most int
--    out control bigint, set_control text, code text, name text, state text, said text?, job_id uuid?
-- # What was rejected, or not answered for so long, and is said nowhere yet; not while its job is under way, or stands for
-- # another reason.
select s.control, s.set_control, s.code, s.name, s.state, s.said, s.job_id
  from edi_sent s
  left join job j on j.partner_id = s.partner_id and j.customer_id = s.customer_id and j.job_id = s.job_id
 where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.connection_id = :connection_id
   and s.told_at is null
   and (s.state = 'rejected' or s.state = 'sent' and s.left_at < now() - make_interval(secs => :late_s))
   and coalesce(j.state, 'done') not in ('ready', 'leased', 'held')
 order by s.job_id, s.state, s.name, s.control, s.set_control limit :most;

-- edi_hold :maybe   in job_id uuid, reason text   out job_id uuid
-- # The work is done: nothing waits behind it. No row: it ended otherwise, or is gone.
update job set state = 'held', reason = :reason, ended_at = null, keyed = false
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id and state = 'done'
returning job_id;

-- edi_told :maybe   in connection_id uuid, control bigint, set_control text, state text   out control bigint
-- # No row: it was answered for meanwhile, or somebody else tells it.
update edi_sent set told_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and control = :control and set_control = :set_control and state = :state and told_at is null
returning control;

-- edi_job_waits :maybe   in job_id uuid   out job_id uuid
-- # It is under way, or stands for another reason, so that what is to be told waits.
select job_id from job
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id
   and state in ('ready', 'leased', 'held');
