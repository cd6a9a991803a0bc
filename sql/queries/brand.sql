-- brand_partner :one   out name text
select name from partner where partner_id = tenant_partner();
