-- 0064 own bounds: versions of partners' own connectors can be deleted, which gives back their room and keeps that they were
-- there; and a connection tells when deliveries were put off since its connector's expressions took too much of a processor.
-- Locks: own_connector and connection_life exclusively for a moment (a check made anew on at most some thousands of rows;
-- nullable columns).
-- Undo: drop the columns; delete what is 'deleted'; the check and the trigger as 0063 made them.
set local lock_timeout = '2s';

-- deleted: no connection works by it any more, and its documents are gone. Its name and number are never given again.
alter table own_connector drop constraint own_connector_state_check,
    add constraint own_connector_state_check check (state in ('draft', 'published', 'retired', 'deleted')),
    add column deleted_by text check (length(deleted_by) between 1 and 100),
    add column deleted_at timestamptz,
    add constraint own_connector_deleted_whole
        check ((state = 'deleted') = (deleted_at is not null) and (deleted_by is null) = (deleted_at is null)),
    add constraint own_connector_deleted_empty check (state <> 'deleted' or (document = '{}' and mappings = '{}'));
grant update (deleted_by, deleted_at) on own_connector to tenon_api;

drop trigger own_connector_stands on own_connector;
create trigger own_connector_stands before update on own_connector for each row
    when (old.state <> 'draft'
          and ((old.sha256, old.note, old.author, old.created_at) is distinct from (new.sha256, new.note, new.author, new.created_at)
               or new.state = 'draft' or (old.state = 'deleted' and new.state <> 'deleted')
               or (new.state <> 'deleted' and (old.document, old.mappings) is distinct from (new.document, new.mappings))))
    execute function own_connector_stands();

-- When last, and why.
alter table connection_life add column hooks_put_off_at timestamptz,
    add column hooks_put_off_why text check (length(hooks_put_off_why) between 1 and 500),
    add constraint connection_life_put_off_whole check ((hooks_put_off_at is null) = (hooks_put_off_why is null));
grant update (hooks_put_off_at, hooks_put_off_why) on connection_life to tenon_api;
