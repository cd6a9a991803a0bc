-- live_list :many   in connection_id uuid   out object text, mapping_id uuid?, name text?, current_version int?, rolling_version int?,
--    share int?, changed_at timestamptz
select c.object, m.mapping_id, m.name, m.current_version, m.rolling_version, m.share, c.changed_at
  from connection_mapping c
  left join mapping m on m.partner_id = c.partner_id and m.customer_id = c.customer_id and m.mapping_id = c.mapping_id
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id
 order by c.object;

-- live_assign :exec   in partner_id uuid, customer_id uuid, connection_id uuid, object text, mapping_id uuid?
insert into connection_mapping (partner_id, customer_id, connection_id, object, mapping_id)
values (:partner_id, :customer_id, :connection_id, :object, :mapping_id)
    on conflict (partner_id, customer_id, connection_id, object)
    do update set mapping_id = excluded.mapping_id, changed_at = now();

-- live_pin :exec   in job_id uuid, mapping_id uuid?, mapping_version int
-- # What a job begins with it goes on with; version 0 of no mapping: the shipped one. As tenon_worker, behind the fence.
update job set mapping_id = :mapping_id, mapping_version = :mapping_version
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id
   and mapping_version is null;
