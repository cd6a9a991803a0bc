-- brand_published :one   out name text, pack text, version int?, document text?, logo bytea?, logo_dark bytea?,
--    mark bytea?, favicon bytea?
select p.name, p.brand_pack as pack, v.version, v.document::text, v.logo, v.logo_dark, v.mark, v.favicon
  from partner p
  left join brand_version v on v.partner_id = p.partner_id and v.status = 'published'
 where p.partner_id = tenant_partner();

-- brand_draft :maybe   out document text, logo bytea?, logo_dark bytea?, mark bytea?, favicon bytea?,
--    changed_at timestamptz, changed_by text, row_version bigint
select document::text, logo, logo_dark, mark, favicon, changed_at, changed_by, row_version
  from brand_draft where partner_id = tenant_partner();

-- brand_draft_begin :maybe   in partner_id uuid, document text, logo bytea?, logo_dark bytea?, mark bytea?, favicon bytea?,
--    changed_by text   out row_version bigint
insert into brand_draft (partner_id, document, logo, logo_dark, mark, favicon, changed_by)
values (:partner_id, :document::text::jsonb, :logo, :logo_dark, :mark, :favicon, :changed_by)
on conflict do nothing returning row_version;

-- brand_draft_change :maybe   in seen bigint, document text, logo bytea?, logo_dark bytea?, mark bytea?, favicon bytea?,
--    changed_by text   out row_version bigint
update brand_draft set document = :document::text::jsonb, logo = :logo, logo_dark = :logo_dark, mark = :mark,
       favicon = :favicon, changed_by = :changed_by, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and row_version = :seen returning row_version;

-- brand_retire :exec
update brand_version set status = 'retired' where partner_id = tenant_partner() and status = 'published';

-- brand_publish :one   in partner_id uuid, document text, logo bytea?, logo_dark bytea?, mark bytea?, favicon bytea?,
--    comment text?, restores int?, published_by text   out version int
insert into brand_version (partner_id, version, status, document, logo, logo_dark, mark, favicon, comment, restores, published_by)
values (:partner_id, (select coalesce(max(version), 0) + 1 from brand_version where partner_id = tenant_partner()), 'published',
        :document::text::jsonb, :logo, :logo_dark, :mark, :favicon, :comment, :restores, :published_by)
returning version;

-- brand_version_get :maybe   in version int   out document text, logo bytea?, logo_dark bytea?, mark bytea?, favicon bytea?
select document::text, logo, logo_dark, mark, favicon
  from brand_version where partner_id = tenant_partner() and version = :version;

-- brand_version_list :many   in before int, most int   out version int, status text, document text, comment text?,
--    restores int?, published_at timestamptz, published_by text
select version, status, document::text, comment, restores, published_at, published_by
  from brand_version where partner_id = tenant_partner() and version < :before order by version desc limit :most;

-- brand_image_put :exec   in partner_id uuid, hash bytea, media_type text, content bytea
insert into brand_image (partner_id, hash, media_type, content) values (:partner_id, :hash, :media_type, :content)
on conflict do nothing;

-- brand_image_count :one   out images bigint
select count(*) as images from brand_image where partner_id = tenant_partner();

-- brand_image_get :maybe   in hash bytea   out media_type text, content bytea
select media_type, content from brand_image where partner_id = tenant_partner() and hash = :hash;
