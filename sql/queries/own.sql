-- # A partner's own connectors. Asked inside the partner's tenant.

-- own_get :maybe   in name text, version text
--    out name text, version text, ordinal int, state text, document text, mappings text, sha256 bytea, signer bytea,
--    signature bytea, note text?, author text, created_at timestamptz, published_by text?, published_at timestamptz?,
--    retired_by text?, retired_at timestamptz?
select name, version, ordinal, state, document, mappings, sha256, signer, signature, note, author, created_at, published_by,
       published_at, retired_by, retired_at
  from own_connector where partner_id = tenant_partner() and name = :name and version = :version;

-- own_page :many   in name text, before int, most int
--    out name text, version text, ordinal int, state text, document text, mappings text, sha256 bytea, signer bytea,
--    signature bytea, note text?, author text, created_at timestamptz, published_by text?, published_at timestamptz?,
--    retired_by text?, retired_at timestamptz?, connections bigint
-- # The newest first. connections: of the whole partner, whoever asks for it sees.
select v.name, v.version, v.ordinal, v.state, v.document, v.mappings, v.sha256, v.signer, v.signature, v.note, v.author,
       v.created_at, v.published_by, v.published_at, v.retired_by, v.retired_at,
       (select count(*) from connection c where c.partner_id = v.partner_id and c.connector = v.name
                                            and c.connector_version = v.version and c.status <> 'revoked') as connections
  from own_connector v where v.partner_id = tenant_partner() and v.name = :name and v.ordinal < :before
 order by v.ordinal desc limit :most;

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
 where partner_id = tenant_partner() and name = :name and version = :version and state <> 'retired'
returning ordinal;

-- own_signatures :many   in after_name text, after_ordinal int, most int
--    out name text, version text, ordinal int, sha256 bytea, signature bytea
select name, version, ordinal, sha256, signature from own_connector
 where partner_id = tenant_partner() and (name, ordinal) > (:after_name::text, :after_ordinal::int)
 order by name, ordinal limit :most;

-- own_resign :exec   in name text, version text, signer bytea, signature bytea
update own_connector set signer = :signer, signature = :signature
 where partner_id = tenant_partner() and name = :name and version = :version;
