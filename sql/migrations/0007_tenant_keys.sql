-- 0007 tenant_keys: statements that name the whole key, and the references that were missing.
-- Locks: job, effect and order_event exclusively while indexes are made again and rows are checked, the tables they refer
-- to share row exclusive. Undo: drop the functions and constraints.
-- A statement that names a partner and an id alone reads all of that partner's index; with these two it names the customer
-- as well, whoever asks.

-- The one customer the caller stands for; null for the whole partner, and then no row is met.
create function tenant_customer() returns uuid language sql stable
    as $$ select nullif(current_setting('tenon.customer_id'), 'all')::uuid $$;

-- The customers the caller stands for.
create function tenant_customers() returns uuid[] language sql stable
    as $$ select case current_setting('tenon.customer_id')
                 when 'all' then array(select customer_id from customer where partner_id = tenant_partner())
                 else array[current_setting('tenon.customer_id')::uuid] end $$;

grant execute on function tenant_customer(), tenant_customers() to tenon_operator, tenon_api, tenon_worker, tenon_read;

alter table job add foreign key (partner_id, customer_id, connection_id) references connection;
alter table order_event
    add foreign key (partner_id, customer_id, job_id) references job,
    add foreign key (partner_id, customer_id, effect_id) references effect,
    add foreign key (partner_id, customer_id, message_id) references inbound_message;

-- Rows that pass through several states: room for their versions on the same page, and cleared away soon.
alter table sales_order set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
alter table effect set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
alter table job set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
                     autovacuum_analyze_scale_factor = 0.02);

-- What tells rows apart comes first, for the reason that 0005 gives: two indexes that begin with the tenant look alike to a
-- planner that knows nothing of a table yet.
drop index effect_job;
create index effect_job on effect (job_id, customer_id, partner_id);
drop index job_open_key;
create index job_open_key on job (business_key, customer_id, partner_id, job_id) where state in ('ready', 'leased', 'held');
drop index job_one_per_key;
create unique index job_one_per_key on job (business_key, customer_id, partner_id) where state = 'leased';
