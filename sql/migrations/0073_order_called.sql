-- 0073 order called: orders are found by the number that the destination gave them.
-- Locks: sales_order against writing while its index is made; on a large table make it before, concurrently, by this name:
-- then nothing is done here. Undo: drop the index.
set local lock_timeout = '2s';

create index if not exists sales_order_external on sales_order (external_number, customer_id, partner_id)
    where external_number is not null;
