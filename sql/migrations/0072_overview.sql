-- 0072 overview: which orders a person helped on.
-- Locks: sales_order, job, effect, inbound_message, inbound_delivery and canonical_record exclusively for a moment (a nullable
-- column without a default, policies). Undo: drop the column; the policies as 0010 made them.
set local lock_timeout = '2s';

-- When somebody last let the order go on after it was held. Null: nobody did, or it was before this was kept.
alter table sales_order add column helped_at timestamptz;
grant update (helped_at) on sales_order to tenon_api, tenon_operator;

-- Whoever speaks for all store brands is not asked of each row which of them it belongs to: the function that would be is
-- no expression that is planned along, and costs more than the row.
do $$
declare
    t text;
begin
    foreach t in array array['sales_order', 'job', 'effect', 'inbound_message', 'inbound_delivery', 'canonical_record'] loop
        execute format('alter policy brand on %I using (brand_is_all() or brand_sees(partner_id, customer_id, connection_id))', t);
    end loop;
end $$;
