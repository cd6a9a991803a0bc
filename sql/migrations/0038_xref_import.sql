-- 0038 xref import: words are looked up by the index of words, whatever the planner believes.
-- Locks: none; a function is replaced. Undo: xref_entries_fit() as 0030 has it; drop the others.
set local lock_timeout = '2s';

-- To a planner that believes a table to be nearly empty every index that begins with the table looks alike, and reading all
-- of it as well; and a session keeps what it planned when there were three entries. So each word is asked for as a range, in
-- its own order, and whatever would sort is switched off: no other index gives that order.
create or replace function xref_entries_fit() returns trigger language plpgsql
    set enable_sort = off set enable_seqscan = off set jit = off as $$
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

-- What waits for a word of the table that is answered, at the time of what waits, is let go; words that are answered and for
-- which nothing waits are put away. Of what was let go, that which waits for nothing else, in the order in which it came.
create function xref_waiting_release(of_customer uuid, of_table uuid)
    returns table (kind text, waiting_id uuid, since timestamptz) language plpgsql
    set enable_sort = off set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
    one record;
    kinds text[] := '{}';
    ids uuid[] := '{}';
    sinces timestamptz[] := '{}';
begin
    for one in
        select m.miss_id, w.kind, w.waiting_id, w.since
          from xref_miss m
         cross join lateral (select from xref_entry e
                              where e.partner_id = tenant_partner() and e.customer_id = of_customer
                                and e.table_id = of_table and e.key_norm >= m.key_norm and e.key_norm <= m.key_norm
                              order by e.key_norm limit 1) known
         cross join lateral (select w.kind, w.waiting_id, w.since, coalesce(w.at, w.since) as at from xref_waiting w
                              where w.partner_id = tenant_partner() and w.customer_id = of_customer
                                and w.miss_id >= m.miss_id and w.miss_id <= m.miss_id and w.released_at is null
                              order by w.miss_id) w
         where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.table_id = of_table
           and m.resolved_at is null
           and (select true from xref_entry e
                 where e.partner_id = tenant_partner() and e.customer_id = of_customer and e.table_id = of_table
                   and e.key_norm >= m.key_norm and e.key_norm <= m.key_norm
                   and (e.valid_from is null or e.valid_from <= w.at) and (e.valid_to is null or e.valid_to > w.at)
                 order by e.key_norm limit 1)
    loop
        update xref_waiting w set released_at = clock_timestamp()
         where w.partner_id = tenant_partner() and w.customer_id = of_customer and w.miss_id = one.miss_id
           and w.kind = one.kind and w.waiting_id = one.waiting_id and w.released_at is null;
        continue when not found;
        kinds := kinds || one.kind;
        ids := ids || one.waiting_id;
        sinces := sinces || one.since;
    end loop;
    update xref_miss m set resolved_at = clock_timestamp()
     where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.table_id = of_table
       and m.resolved_at is null
       and (select true from xref_entry e
             where e.partner_id = tenant_partner() and e.customer_id = of_customer and e.table_id = of_table
               and e.key_norm >= m.key_norm and e.key_norm <= m.key_norm and (e.valid_to is null or e.valid_to > now())
             order by e.key_norm limit 1)
       and (select true from xref_waiting w
             where w.partner_id = tenant_partner() and w.customer_id = of_customer
               and w.miss_id >= m.miss_id and w.miss_id <= m.miss_id and w.released_at is null
             order by w.miss_id limit 1) is null;
    return query
        select g.kind, g.waiting_id, min(g.since)
          from unnest(kinds, ids, sinces) as g (kind, waiting_id, since)
         where (select true from xref_waiting w
                 where w.partner_id = tenant_partner() and w.customer_id = of_customer
                   and w.waiting_id >= g.waiting_id and w.waiting_id <= g.waiting_id and w.kind = g.kind
                   and w.released_at is null
                 order by w.waiting_id limit 1) is null
         group by g.kind, g.waiting_id
         order by 3, 2;
end $$;

-- What goes on waiting for a word that has an entry, but none that was valid at its time: each with one such word.
create function xref_waiting_elsewhen(of_customer uuid, of_table uuid, most int)
    returns table (kind text, waiting_id uuid, name text, key text, at timestamptz) language sql
    set enable_sort = off set enable_seqscan = off set jit = off as $$
    select distinct on (w.kind, w.waiting_id) w.kind, w.waiting_id, t.name, m.key, w.at
      from xref_table t
      join xref_miss m on m.table_id = of_table
     cross join lateral (select from xref_entry e
                          where e.partner_id = tenant_partner() and e.customer_id = of_customer and e.table_id = of_table
                            and e.key_norm >= m.key_norm and e.key_norm <= m.key_norm
                          order by e.key_norm limit 1) known
     cross join lateral (select w.kind, w.waiting_id, coalesce(w.at, w.since) as at from xref_waiting w
                          where w.partner_id = tenant_partner() and w.customer_id = of_customer
                            and w.miss_id >= m.miss_id and w.miss_id <= m.miss_id and w.released_at is null
                          order by w.miss_id) w
     where t.partner_id = tenant_partner() and t.customer_id = of_customer and t.table_id = of_table
       and m.partner_id = tenant_partner() and m.customer_id = of_customer and m.resolved_at is null
     order by w.kind, w.waiting_id, m.miss_id limit most
$$;

grant execute on function xref_waiting_release(uuid, uuid), xref_waiting_elsewhen(uuid, uuid, int)
    to tenon_api, tenon_operator, tenon_worker;
