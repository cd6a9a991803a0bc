-- 0070 keep_faults: how often in a row what a vendor sends where could not be kept, so that the pause grows.
-- Locks: connection_life exclusively for a moment (a column with a constant default). Undo: drop the column.
set local lock_timeout = '2s';

alter table connection_life add column keep_faults int not null default 0 check (keep_faults between 0 and 20);
grant update (keep_faults) on connection_life to tenon_api, tenon_worker;
