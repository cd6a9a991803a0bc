-- 0009 schema_seen: who serves may ask how far the schema is, and how many jobs stand still.
-- Locks: job exclusively against writers while its index is made, after at most two seconds of waiting for them.
-- Undo: drop index job_stopped; revoke the grant.
set local lock_timeout = '2s';

grant select (version) on schema_migration to tenon_api, tenon_worker, tenon_dispatch, tenon_read;

-- Held and dead jobs are few, and are counted every few seconds.
create index job_stopped on job (state) where state in ('held', 'dead');
