-- 0035 source version: which version of its interface a source wrote a message in, as the message's envelope says. What its
-- messages look like is learnt for each version.
-- Locks: inbound_message for a moment: the default is kept beside the table, and no row is read (intake bounds the length).
-- Undo: drop the column.

alter table inbound_message
    add source_version text not null default '',
    add constraint inbound_message_source_version_check check (length(source_version) <= 64) not valid;
