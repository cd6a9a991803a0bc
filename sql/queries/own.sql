-- # A partner's own connectors. Asked inside the partner's tenant.

-- own_get :maybe   in name text, version text
--    out name text, version text, ordinal int, state text, octets bigint, document text, mappings text, sha256 bytea,
--    signer bytea, signature bytea, note text?, author text, created_at timestamptz, published_by text?,
--    published_at timestamptz?, retired_by text?, retired_at timestamptz?, deleted_by text?, deleted_at timestamptz?
select name, version, ordinal, state, (octet_length(document) + octet_length(mappings))::bigint as octets, document, mappings,
       sha256, signer, signature, note, author, created_at, published_by, published_at, retired_by, retired_at, deleted_by,
       deleted_at
  from own_connector where partner_id = tenant_partner() and name = :name and version = :version;

-- own_page :many   in name text, before int, most int
--    out name text, version text, ordinal int, state text, octets bigint, sha256 bytea, signer bytea,
--    signature bytea, note text?, author text, created_at timestamptz, published_by text?, published_at timestamptz?,
--    retired_by text?, retired_at timestamptz?, deleted_by text?, deleted_at timestamptz?, connections bigint
-- # The newest first, without the documents, whose lengths are known without reading them. connections: of the whole partner,
-- # whoever asks for it sees.
select v.name, v.version, v.ordinal, v.state, (octet_length(v.document) + octet_length(v.mappings))::bigint as octets, v.sha256,
       v.signer, v.signature, v.note, v.author, v.created_at, v.published_by, v.published_at, v.retired_by, v.retired_at,
       v.deleted_by, v.deleted_at,
       (select count(*) from connection c where c.partner_id = v.partner_id and c.connector = v.name
                                            and c.connector_version = v.version and c.status <> 'revoked') as connections
  from own_connector v where v.partner_id = tenant_partner() and v.name = :name and v.ordinal < :before
 order by v.ordinal desc limit :most;

-- own_lock :one   in partner_id uuid   out locked bool
-- # Of one partner's, one at a time is measured and kept.
select pg_advisory_xact_lock(hashtext('own_connector'), hashtext(:partner_id::text)) is not null as locked;

-- own_octets :one   in name text, version text   out others bigint
-- # That all versions but this one take.
select coalesce(sum(octet_length(document) + octet_length(mappings)), 0)::bigint as others from own_connector
 where partner_id = tenant_partner() and (name, version) <> (:name::text, :version::text);

-- own_largest :many   in name text, version text, most int   out name text, version text, octets bigint
-- # That could be deleted, beside this one: no connection works by them, and no new one is made with them.
select v.name, v.version, (octet_length(v.document) + octet_length(v.mappings))::bigint as octets from own_connector v
 where v.partner_id = tenant_partner() and v.state in ('draft', 'retired') and (v.name, v.version) <> (:name::text, :version::text)
   and not exists (select from connection c where c.partner_id = v.partner_id and c.connector = v.name
                                              and c.connector_version = v.version and c.status <> 'revoked')
 order by octets desc, v.name, v.ordinal limit :most;

-- own_delete :maybe   in name text, version text, who text   out ordinal int
update own_connector v set state = 'deleted', document = '{}', mappings = '{}', deleted_by = :who, deleted_at = now()
 where v.partner_id = tenant_partner() and v.name = :name and v.version = :version and v.state in ('draft', 'retired')
   and not exists (select from connection c where c.partner_id = v.partner_id and c.connector = v.name
                                              and c.connector_version = v.version and c.status <> 'revoked')
returning ordinal;

-- own_unknown :one   in customer_id uuid, connection_id uuid   out effects bigint
-- # Of what a connection was to change there: that of which nobody knows yet whether it was done, and somebody still goes
-- # after it. Jobs first, of which there are few in these states: effects are kept for years.
select count(*) as effects
  from (select job_id, state from job where partner_id = tenant_partner() and customer_id = :customer_id and state = 'ready'
         union all
        select job_id, state from job where partner_id = tenant_partner() and customer_id = :customer_id and state = 'leased'
         union all
        select job_id, state from job where partner_id = tenant_partner() and customer_id = :customer_id
           and state in ('held', 'dead')) j
  join effect e on e.partner_id = tenant_partner() and e.customer_id = :customer_id and e.job_id = j.job_id
 where e.connection_id = :connection_id
   and (e.state = 'unknown' or (e.state = 'sent' and (j.state <> 'leased' or e.sent_at < now() - interval '2 minutes')));

-- own_newest :maybe   in name text   out version text
-- # What new connections are made with.
select version from own_connector where partner_id = tenant_partner() and name = :name and state = 'published'
 order by ordinal desc limit 1;

-- own_last :maybe   in name text   out version text, ordinal int, state text
-- # Whatever its state; held, so that two do not come after the same one.
select version, ordinal, state from own_connector where partner_id = tenant_partner() and name = :name
 order by ordinal desc limit 1 for no key update;

-- own_names :many   in most int   out name text, version text
-- # Of those with a published version, the newest.
select distinct on (name) name, version from own_connector
 where partner_id = tenant_partner() and state = 'published'
 order by name, ordinal desc limit :most;

-- own_count :one   in name text   out others bigint
select count(distinct name) as others from own_connector where partner_id = tenant_partner() and name <> :name;

-- own_put :maybe   in partner_id uuid, name text, version text, ordinal int, document text, mappings text, sha256 bytea,
--    signer bytea, signature bytea, note text?, author text   out ordinal int
-- # A draft of the same version is replaced.
insert into own_connector as v (partner_id, name, version, ordinal, document, mappings, sha256, signer, signature, note, author)
values (:partner_id, :name, :version, :ordinal, :document, :mappings, :sha256, :signer, :signature, :note, :author)
on conflict (partner_id, name, version) do update
   set document = excluded.document, mappings = excluded.mappings, sha256 = excluded.sha256, signer = excluded.signer,
       signature = excluded.signature, note = excluded.note, author = excluded.author, created_at = now()
 where v.state = 'draft'
returning ordinal;

-- own_publish :maybe   in name text, version text, who text   out ordinal int
update own_connector set state = 'published', published_by = :who, published_at = now()
 where partner_id = tenant_partner() and name = :name and version = :version and state = 'draft'
returning ordinal;

-- own_retire :maybe   in name text, version text, who text   out ordinal int
update own_connector set state = 'retired', retired_by = :who, retired_at = now()
 where partner_id = tenant_partner() and name = :name and version = :version and state in ('draft', 'published')
returning ordinal;

-- own_signatures :many   in after_name text, after_ordinal int, most int
--    out name text, version text, ordinal int, sha256 bytea, signature bytea
select name, version, ordinal, sha256, signature from own_connector
 where partner_id = tenant_partner() and (name, ordinal) > (:after_name::text, :after_ordinal::int)
 order by name, ordinal limit :most;

-- own_resign :exec   in name text, version text, signer bytea, signature bytea
update own_connector set signer = :signer, signature = :signature
 where partner_id = tenant_partner() and name = :name and version = :version;
