-- 0062 made with: a session remembers which secrets it was made with, so that one whose sign-in was under way while others
-- were given is not taken for theirs.
-- Locks: credential exclusively for a moment (a nullable column). Undo: drop the column.
set local lock_timeout = '2s';

-- Of a session: the credential that was signed in with. Null: it was made before this was kept.
alter table credential add column made_with uuid;
grant update (made_with) on credential to tenon_worker;
