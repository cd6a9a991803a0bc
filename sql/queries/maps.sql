-- mapping_page :many   in customer_id uuid, mapping_id uuid, after uuid, most int
--    out customer_id uuid, mapping_id uuid, name text, source_system text, source_object text, target text, needs_review bool,
--    needs_backtest bool, versions int, current_version int?, rolling_version int?, share int?, created_at timestamptz,
--    changed_at timestamptz, row_version bigint
-- # Nil: of any.
select customer_id, mapping_id, name, source_system, source_object, target, needs_review, needs_backtest, versions,
       current_version, rolling_version, share, created_at, changed_at, row_version
  from mapping
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
   and (:mapping_id = '00000000-0000-0000-0000-000000000000' or mapping_id = :mapping_id)
   and mapping_id > :after order by mapping_id limit :most;

-- mapping_lock :maybe   in mapping_id uuid
--    out customer_id uuid, mapping_id uuid, name text, source_system text, source_object text, target text, needs_review bool,
--    needs_backtest bool, versions int, current_version int?, rolling_version int?, share int?, created_at timestamptz,
--    changed_at timestamptz, row_version bigint
select customer_id, mapping_id, name, source_system, source_object, target, needs_review, needs_backtest, versions,
       current_version, rolling_version, share, created_at, changed_at, row_version
  from mapping
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and mapping_id = :mapping_id
   for update;

-- mapping_count :one   in customer_id uuid   out mappings bigint
select count(*) as mappings from mapping where partner_id = tenant_partner() and customer_id = :customer_id;

-- mapping_create :exec   in partner_id uuid, customer_id uuid, mapping_id uuid, name text, source_system text,
--    source_object text, target text, needs_review bool, needs_backtest bool
insert into mapping (partner_id, customer_id, mapping_id, name, source_system, source_object, target, needs_review,
                     needs_backtest)
values (:partner_id, :customer_id, :mapping_id, :name, :source_system, :source_object, :target, :needs_review,
        :needs_backtest);

-- mapping_change :maybe   in customer_id uuid, mapping_id uuid, version bigint, name text, needs_review bool,
--    needs_backtest bool   out row_version bigint
update mapping set name = :name, needs_review = :needs_review, needs_backtest = :needs_backtest, changed_at = now(),
       row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and row_version = :version
returning row_version;

-- mapping_delete :one   in customer_id uuid, mapping_id uuid   out deleted bool
select mapping_delete(:customer_id, :mapping_id) as deleted;

-- mapping_works :exec   in customer_id uuid, mapping_id uuid, current_version int?, rolling_version int?, share int?
update mapping set current_version = :current_version, rolling_version = :rolling_version, share = :share,
       changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id;

-- mapping_next :one   in customer_id uuid, mapping_id uuid   out versions int
update mapping set versions = versions + 1, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id
returning versions;

-- version_create :exec   in partner_id uuid, customer_id uuid, mapping_id uuid, number int, document text,
--    document_hash bytea, base text?, note text?, author text
insert into mapping_version (partner_id, customer_id, mapping_id, number, document, document_hash, base, note, author, hands)
values (:partner_id, :customer_id, :mapping_id, :number, :document, :document_hash, :base, :note, :author, array[:author::text]);

-- version_page :many   in mapping_id uuid, before int, most int
--    out number int, status text, document_hash bytea, note text?, author text, reviewer text?, replaces int?,
--    created_at timestamptz, changed_at timestamptz, submitted_at timestamptz?, reviewed_at timestamptz?,
--    published_at timestamptz?, row_version bigint
select number, status, document_hash, note, author, reviewer, replaces, created_at, changed_at, submitted_at, reviewed_at,
       published_at, row_version
  from mapping_version
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and mapping_id = :mapping_id and number < :before
 order by number desc limit :most;

-- version_get :maybe   in mapping_id uuid, number int, actor text
--    out number int, status text, document text, document_hash bytea, base text?, note text?, author text, reviewer text?,
--    replaces int?, created_at timestamptz, changed_at timestamptz, submitted_at timestamptz?, reviewed_at timestamptz?,
--    published_at timestamptz?, row_version bigint, own bool, by_person bool, backtest_id uuid?
-- # A backtest counts as long as the document is the one that it was run over; one that found no record tells nothing.
select number, status, document, document_hash, base, note, author, reviewer, replaces, created_at, changed_at,
       submitted_at, reviewed_at, published_at, row_version, :actor = any (hands) as own,
       exists (select from unnest(hands) hand where hand like 'usr\_%') as by_person,
       (select b.backtest_id from backtest b
         where b.partner_id = v.partner_id and b.customer_id = v.customer_id and b.backtest_id = v.backtest_id
           and b.state = 'done' and b.records > 0 and b.document_hash = v.document_hash) as backtest_id
  from mapping_version v
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and mapping_id = :mapping_id and number = :number;

-- version_change :maybe   in customer_id uuid, mapping_id uuid, number int, version bigint, document text,
--    document_hash bytea, base text?, note text?, actor text   out row_version bigint
update mapping_version
   set document = :document, document_hash = :document_hash, base = :base, note = :note, changed_at = now(),
       hands = case when :actor = any (hands) then hands else hands || :actor::text end, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number
   and row_version = :version
returning row_version;

-- version_submit :maybe   in customer_id uuid, mapping_id uuid, number int   out row_version bigint
update mapping_version set status = 'in_review', submitted_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number
   and status = 'draft'
returning row_version;

-- version_withdraw :maybe   in customer_id uuid, mapping_id uuid, number int   out row_version bigint
update mapping_version
   set status = 'draft', submitted_at = null, reviewer = null, reviewed_at = null, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number
   and status = 'in_review'
returning row_version;

-- version_approve :maybe   in customer_id uuid, mapping_id uuid, number int, reviewer text   out row_version bigint
update mapping_version set reviewer = :reviewer, reviewed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number
   and status = 'in_review' and reviewer is null
returning row_version;

-- version_publish :exec   in customer_id uuid, mapping_id uuid, number int, replaces int?
update mapping_version
   set status = 'published', published_at = coalesce(published_at, now()), replaces = :replaces, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number;

-- version_restore :exec   in customer_id uuid, mapping_id uuid, number int
-- # What it once replaced stays where the next roll-back leads.
update mapping_version set status = 'published', row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number;

-- version_retire :exec   in customer_id uuid, mapping_id uuid, number int
update mapping_version set status = 'retired', row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and mapping_id = :mapping_id and number = :number
   and status = 'published';

-- maps_recorded :maybe   in customer_id uuid, message_id uuid   out body bytea, received_at timestamptz
select body, received_at from inbound_message
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and customer_id = :customer_id and message_id = :message_id;

-- maps_shapes :many   in customer_id uuid, system text, object text, least bigint, most int   out body text
-- # What the connections of a system have sent, of those that have sent enough to tell.
select s.body
  from source_shape s
  join connection c on c.partner_id = s.partner_id and c.customer_id = s.customer_id and c.connection_id = s.connection_id
 where s.partner_id = tenant_partner() and s.customer_id = any ((select tenant_customers())::uuid[])
   and s.customer_id = :customer_id and c.connector = :system and s.object = :object and s.payloads >= :least and s.body <> ''
 order by s.changed_at desc limit :most;

-- maps_tables :many   in customer_id uuid, names text[]   out name text, entries int
select name, entries from xref_table
 where partner_id = tenant_partner() and customer_id = :customer_id and name = any (:names::text[]);
