-- 0050 change_trigger: flows that begin when a canonical object has a new version; what becomes of a time of a schedule when
-- the run before has not ended.
-- Locks: flow, flow_version, flow_input and flow_schedule exclusively for a moment. Undo: drop the index and the columns.
set local lock_timeout = '2s';

-- The canonical object whose new versions begin the published version; null: something else does.
alter table flow add column on_change text check (length(on_change) between 1 and 64);
create index flow_on_change on flow (on_change, customer_id, partner_id) where on_change is not null;
grant update (on_change) on flow to tenon_api, tenon_operator;

-- What was published before says it, too. A document may have escapes that json here refuses, so none is left in it; they
-- have no part in what is looked for.
create policy mend on flow to current_user using (true) with check (true);
create policy mend on flow_version for select to current_user using (true);
with waits as (
    select partner_id, customer_id, flow_id, number,
           regexp_replace(document, '\\(u[0-9a-fA-F]{4}|.)', '_', 'g')::json #>> '{trigger,change,object}' as object
      from flow_version where status = 'published'
)
update flow f set on_change = w.object
  from waits w
 where w.partner_id = f.partner_id and w.customer_id = f.customer_id and w.flow_id = f.flow_id
   and w.number = f.current_version and w.object is not null;
drop policy mend on flow;
drop policy mend on flow_version;

-- object_id: whose change began the run, or the run that began this one. chain: how many changes of the object before this
-- one came, each from what runs about the one before it did.
alter table flow_input add column object_id uuid, add column chain int not null default 0;
alter table flow_input add constraint flow_input_chain check (chain >= 0) not valid; -- no row is read for it

-- overlap: the run of a time waits until the run before has ended, is left out then, or begins all the same. overlapped:
-- times that were left out so.
alter table flow_schedule
    add column overlap text not null default 'queue' check (overlap in ('queue', 'skip', 'allow')),
    add column overlapped bigint not null default 0,
    add column overlapped_at timestamptz;
grant update (overlap) on flow_schedule to tenon_api, tenon_operator;
grant update (overlapped, overlapped_at) on flow_schedule to tenon_worker;
