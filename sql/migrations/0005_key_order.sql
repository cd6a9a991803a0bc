-- 0005 key_order: unique keys that begin with what tells rows apart.
-- Locks: each table exclusively while its index is made again. Undo: none needed, either order serves.
-- A key that began with the tenant, as the primary key does, looked just as good to a planner that knows nothing of a table
-- yet, and it takes the newer of two equals: every check of a foreign key then read all of that customer's rows, until the
-- table was analysed.

alter table inbound_message drop constraint inbound_message_partner_id_customer_id_connection_id_dedupe_key,
    add constraint inbound_message_source unique (connection_id, dedupe_key, partner_id, customer_id);

alter table job drop constraint job_partner_id_customer_id_connection_id_origin_key_key,
    add constraint job_source unique (connection_id, origin_key, partner_id, customer_id);

alter table canonical_record drop constraint canonical_record_partner_id_customer_id_connection_id_objec_key,
    add constraint canonical_record_version unique (connection_id, natural_key, object, version_no, partner_id, customer_id);
drop index canonical_record_message;
create index canonical_record_message on canonical_record (message_id, partner_id, customer_id);

alter table sales_order drop constraint sales_order_partner_id_customer_id_connection_id_natural_ke_key,
    add constraint sales_order_source unique (connection_id, natural_key, partner_id, customer_id);
