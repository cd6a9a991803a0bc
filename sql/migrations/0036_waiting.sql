-- 0036 waiting: which delivery a held order is of, at which time what it waits for is asked, and which message waits for a case.
-- Locks: sales_order, xref_waiting and drift_waiting exclusively for a moment (columns that may be null; the key of
-- drift_waiting is made anew, and it has a row for each order that ever waited); job against writes while one index is made.
-- Undo: drop the index and the columns; of drift_waiting keep one message for each order and case, and give it the key of 0033.
set local lock_timeout = '2s';

-- The job whose delivery is the newest that is known of the order. Of two deliveries the source's version decides, and where
-- that is the same or not known, which came later. Null: from before.
alter table sales_order add column newest_job_id uuid;

-- What a person or an answer lets go on: the stopped jobs of one order's key.
create index job_stopped_key on job (business_key, customer_id, partner_id) where state in ('held', 'dead');

-- The time at which the word is looked up: that of whatever waits. Null: from before, and it is `since`.
alter table xref_waiting add column at timestamptz;
grant update (at) on xref_waiting to tenon_worker;

-- Each delivery of an order waits for itself.
alter table drift_waiting drop constraint drift_waiting_pkey,
    add primary key (partner_id, customer_id, case_id, kind, waiting_id, message_id);

-- From here on job.mapping_version says 0, without a mapping, where a job began with the shipped one; null: it has not begun.
