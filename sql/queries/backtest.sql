-- backtest_create :exec   in partner_id uuid, customer_id uuid, backtest_id uuid, mapping_id uuid, number int,
--    document_hash bytea, against text, against_number int?, against_hash bytea?, connection_id uuid, last_days int?,
--    last_messages int?, since_id uuid, until_id uuid, asked_by text
insert into backtest (partner_id, customer_id, backtest_id, mapping_id, number, document_hash, against, against_number,
                      against_hash, connection_id, last_days, last_messages, since_id, until_id, asked_by)
values (:partner_id, :customer_id, :backtest_id, :mapping_id, :number, :document_hash, :against, :against_number,
        :against_hash, nullif(:connection_id, '00000000-0000-0000-0000-000000000000'), :last_days, :last_messages, :since_id,
        :until_id, :asked_by);

-- backtest_open_count :one   in customer_id uuid   out n bigint
select count(*) as n from backtest
 where partner_id = tenant_partner() and customer_id = :customer_id and state in ('queued', 'running');

-- backtest_trim :one   in customer_id uuid, mapping_id uuid, keep int   out n int
select backtest_trim(:customer_id, :mapping_id, :keep) as n;

-- backtest_connection :maybe   in customer_id uuid, connection_id uuid   out connector text
select connector from connection
 where partner_id = tenant_partner() and customer_id = :customer_id and connection_id = :connection_id;

-- backtest_rows :many   in backtest_id uuid, mapping_id uuid, number int, before uuid, most int
--    out customer_id uuid, backtest_id uuid, mapping_id uuid, number int, document_hash bytea, against text,
--    against_number int?, against_hash bytea?, connection_id uuid?, last_days int?, last_messages int?, asked_by text,
--    state text, reason text?, cancel_asked bool, reached_at timestamptz?, records bigint, same bigint, changed bigint,
--    newly_failing bigint, newly_passing bigint, still_failing bigint, xref_hash text?, result_hash bytea?,
--    created_at timestamptz, started_at timestamptz?, ended_at timestamptz?
-- # Nil and 0: of any.
select customer_id, backtest_id, mapping_id, number, document_hash, against, against_number, against_hash, connection_id,
       last_days, last_messages, asked_by, state, reason, cancel_asked, reached_at, records, same, changed, newly_failing,
       newly_passing, still_failing, xref_hash, result_hash, created_at, started_at, ended_at
  from backtest
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:backtest_id = '00000000-0000-0000-0000-000000000000' or backtest_id = :backtest_id)
   and mapping_id = :mapping_id and (:number = 0 or number = :number)
   and (:before = '00000000-0000-0000-0000-000000000000' or backtest_id < :before)
 order by backtest_id desc limit :most;

-- backtest_result :maybe   in customer_id uuid, backtest_id uuid   out result text?
select result from backtest where partner_id = tenant_partner() and customer_id = :customer_id and backtest_id = :backtest_id;

-- backtest_cancel :maybe   in customer_id uuid, backtest_id uuid   out state text
-- # One that nobody works on ends at once; another is told.
update backtest
   set cancel_asked = true, state = case state when 'queued' then 'cancelled' else state end,
       ended_at = case state when 'queued' then now() end
 where partner_id = tenant_partner() and customer_id = :customer_id and backtest_id = :backtest_id
   and state in ('queued', 'running')
returning state;

-- # Running one: asked for ids as tenon_dispatch, then run as tenon_worker.

-- backtest_claim :maybe   out partner_id uuid, customer_id uuid, backtest_id uuid, attempt int
select partner_id, customer_id, backtest_id, attempt from backtest_claim();

-- backtest_asked :maybe   in backtest_id uuid, attempt int
--    out mapping_id uuid, number int, document text, document_hash bytea, now_hash bytea, against text,
--    against_number int?, against_document text?, against_hash bytea?, against_now_hash bytea?, source_system text,
--    source_object text, connection_id uuid?, last_messages int?, since_id uuid, until_id uuid, cancel_asked bool,
--    ran_us bigint
select b.mapping_id, b.number, v.document, b.document_hash, v.document_hash as now_hash, b.against, b.against_number,
       a.document as against_document, b.against_hash, a.document_hash as against_now_hash, m.source_system, m.source_object,
       b.connection_id, b.last_messages, b.since_id, b.until_id, b.cancel_asked,
       (extract(epoch from now() - b.started_at) * 1000000)::bigint as ran_us
  from backtest b
  join mapping m on m.partner_id = b.partner_id and m.customer_id = b.customer_id and m.mapping_id = b.mapping_id
  join mapping_version v on v.partner_id = b.partner_id and v.customer_id = b.customer_id and v.mapping_id = b.mapping_id
                        and v.number = b.number
  left join mapping_version a on a.partner_id = b.partner_id and a.customer_id = b.customer_id
                             and a.mapping_id = b.mapping_id and a.number = b.against_number
 where b.partner_id = tenant_partner() and b.customer_id = tenant_customer() and b.backtest_id = :backtest_id
   and b.state = 'running' and b.attempts = :attempt;

-- backtest_tables :many   in names text[]   out name text
select name from xref_table
 where partner_id = tenant_partner() and customer_id = tenant_customer() and name = any (:names::text[]) order by name;

-- backtest_connections :many   in source_system text, connection_id uuid   out connection_id uuid
select connection_id from connection
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connector = :source_system
   and (:connection_id = '00000000-0000-0000-0000-000000000000' or connection_id = :connection_id);

-- backtest_page :many   in connection_ids uuid[], key_prefix text, since_id uuid, before uuid, most int, octets bigint,
--    largest int   out message_id uuid, received_at timestamptz, wanted bool, body bytea?
-- # At most so many messages are looked at, and no more is fetched than so many octets and one body: what is left out comes
-- # with the next page. A body is absent where the message is not wanted, or is too large.
with looked_at as (
    select message_id, received_at, body,
           connection_id = any (:connection_ids::uuid[]) and starts_with(business_key, :key_prefix) as wanted
      from inbound_message
     where partner_id = tenant_partner() and customer_id = tenant_customer() and message_id < :before
       and message_id >= :since_id
     order by message_id desc limit :most
), sized as (
    select message_id, received_at, coalesce(wanted, false) as wanted,
           case when wanted and octet_length(body) <= :largest then body end as body,
           case when wanted then least(octet_length(body), :largest) else 0 end as size
      from looked_at
), summed as (
    select *, sum(size) over (order by message_id desc) as total from sized
)
select message_id, received_at, wanted, body from summed where total - size <= :octets order by message_id desc;

-- backtest_progress :maybe   in backtest_id uuid, attempt int, records bigint, same bigint, changed bigint,
--    newly_failing bigint, newly_passing bigint, still_failing bigint, reached_at timestamptz?, xref_hash text?, walls text
--    out cancel_asked bool
-- # None: it is another worker's by now, or was taken away.
update backtest
   set records = :records, same = :same, changed = :changed, newly_failing = :newly_failing, newly_passing = :newly_passing,
       still_failing = :still_failing, reached_at = :reached_at, xref_hash = :xref_hash, walls = :walls, beat_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and backtest_id = :backtest_id
   and state = 'running' and attempts = :attempt
returning cancel_asked;

-- backtest_done :maybe   in backtest_id uuid, attempt int, result text, result_hash bytea   out backtest_id uuid
-- # The version is one that was backtested, if it still is this document and there was a record to run it over.
with ended as (
    update backtest set state = 'done', result = :result, result_hash = :result_hash, ended_at = now(), reason = null
     where partner_id = tenant_partner() and customer_id = tenant_customer() and backtest_id = :backtest_id
       and state = 'running' and attempts = :attempt
    returning *
), told as (
    update mapping_version v set backtest_id = e.backtest_id, row_version = v.row_version + 1
      from ended e
     where v.partner_id = e.partner_id and v.customer_id = e.customer_id and v.mapping_id = e.mapping_id
       and v.number = e.number and v.document_hash = e.document_hash and e.records > 0
)
select backtest_id from ended;

-- backtest_end :exec   in backtest_id uuid, attempt int, state text, reason text, forgive int
-- # Failed or cancelled; or queued once more, for another worker to run from its beginning. forgive: tries that count as
-- # none.
update backtest
   set state = :state, reason = nullif(:reason, ''), attempts = attempts - :forgive, records = 0, same = 0, changed = 0,
       newly_failing = 0, newly_passing = 0, still_failing = 0, reached_at = null,
       ended_at = case when :state <> 'queued' then now() end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and backtest_id = :backtest_id
   and state = 'running' and attempts = :attempt;
