-- 0053 effect_met: a run that comes to a change which another run has made already keeps which one that was, so that nobody takes
-- it for its own.
-- Locks: job for a moment, for a column. Undo: drop the column.
set local lock_timeout = '2s';

-- Of the ledger's; null: none.
alter table job add column effects_met uuid[] check (cardinality(effects_met) <= 1000);
grant update (effects_met) on job to tenon_worker;
