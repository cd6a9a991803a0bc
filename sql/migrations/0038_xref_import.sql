-- 0038 xref import: a list of entries is checked by the index of words, whatever the planner believes.
-- Locks: none; the function is replaced. Undo: xref_entries_fit() as 0030 has it.
set local lock_timeout = '2s';

-- To a planner that believes a table to be nearly empty every index that begins with the table looks alike, and reading all
-- of it as well; and a session keeps what it planned when there were three entries. So each word is asked for as a range, in
-- its own order, and whatever would sort is switched off: no other index gives that order.
create or replace function xref_entries_fit() returns trigger language plpgsql
    set enable_sort = off set enable_seqscan = off as $$
declare
    changes record;
    twice text;
    shape_of text;
begin
    for changes in select partner_id, customer_id, table_id, count(*)::int as n from changed group by 1, 2, 3 loop
        begin
            update xref_table t set content = t.content + 1,
                   entries = t.entries + case tg_op when 'INSERT' then changes.n when 'DELETE' then -changes.n else 0 end
             where t.partner_id = changes.partner_id and t.customer_id = changes.customer_id
               and t.table_id = changes.table_id
            returning t.shape into shape_of;
        exception when check_violation then
            raise exception 'a cross reference has room for 200000 entries' using errcode = 'TN409', hint = 'conflict';
        end;
        continue when tg_op = 'DELETE';
        select c.key into twice
          from changed c
         cross join lateral (select from xref_entry e
                              where e.partner_id = c.partner_id and e.customer_id = c.customer_id
                                and e.table_id = c.table_id and e.key_norm >= c.key_norm and e.key_norm <= c.key_norm
                                and e.entry_id <> c.entry_id
                                and tstzrange(e.valid_from, e.valid_to) && tstzrange(c.valid_from, c.valid_to)
                              order by e.key_norm limit 1) other
         where c.table_id = changes.table_id
         limit 1;
        if found then
            raise exception 'there is an entry for % already that is valid at the same time', left(twice, 100)
                using errcode = 'TN409', hint = 'conflict';
        end if;
        continue when shape_of is distinct from 'one_to_one';
        select c.value into twice
          from changed c
         cross join lateral (select from xref_entry e
                              where e.partner_id = c.partner_id and e.customer_id = c.customer_id
                                and e.table_id = c.table_id and e.value_norm >= c.value_norm
                                and e.value_norm <= c.value_norm and e.entry_id <> c.entry_id
                                and tstzrange(e.valid_from, e.valid_to) && tstzrange(c.valid_from, c.valid_to)
                              order by e.value_norm limit 1) other
         where c.table_id = changes.table_id
         limit 1;
        if found then
            raise exception 'there is an entry that leads to % already, and this cross reference is one to one',
                left(twice, 100) using errcode = 'TN409', hint = 'conflict';
        end if;
    end loop;
    return null;
end $$;
