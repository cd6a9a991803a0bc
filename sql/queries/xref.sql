-- xref_books :many   in customer_id uuid, names text[]   out table_id uuid, name text, key_case text, key_blanks text, key_empty bool,
--    entries int, content bigint
select table_id, name, key_case, key_blanks, key_empty, entries, content
  from xref_table
 where partner_id = tenant_partner() and customer_id = :customer_id and name = any (:names::text[])
 order by name;

-- xref_pairs :many   in customer_id uuid, table_ids uuid[]   out table_id uuid, key_norm text, value text, valid_from timestamptz?,
--    valid_to timestamptz?
-- # One statement, and so one moment.
select table_id, key_norm, value, valid_from, valid_to
  from xref_entry
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = any (:table_ids::uuid[]);

-- xref_contents :many   in customer_id uuid, table_ids uuid[]   out table_id uuid, content bigint
select table_id, content
  from xref_table
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = any (:table_ids::uuid[]);

-- xref_table_hold :maybe   in name text   out table_id uuid, key_case text, key_blanks text, key_empty bool
-- # Until this transaction ends no entry comes in.
select table_id, key_case, key_blanks, key_empty
  from xref_table
 where partner_id = tenant_partner() and customer_id = tenant_customer() and name = :name
   for share;

-- xref_answered :one   in table_id uuid, key_norm text, at timestamptz   out answered bool, elsewhen bool
-- # elsewhen: there is an entry for the word, whenever it is valid.
select coalesce(bool_or((valid_from is null or valid_from <= :at) and (valid_to is null or valid_to > :at)), false) as answered,
       count(*) > 0 as elsewhen
  from xref_entry
 where partner_id = tenant_partner() and customer_id = tenant_customer() and table_id = :table_id and key_norm = :key_norm;

-- xref_miss_put :one   in partner_id uuid, customer_id uuid, miss_id uuid, table_id uuid, key text, key_norm text,
--    sample text?   out miss_id uuid
insert into xref_miss as m (partner_id, customer_id, miss_id, table_id, key, key_norm, sample)
values (:partner_id, :customer_id, :miss_id, :table_id, :key, :key_norm, :sample)
    on conflict (table_id, key_norm, customer_id, partner_id) where resolved_at is null
    do update set seen = m.seen + 1, last_seen = clock_timestamp(), sample = coalesce(m.sample, excluded.sample)
returning miss_id;

-- xref_waiting_put :exec   in partner_id uuid, customer_id uuid, miss_id uuid, kind text, waiting_id uuid,
--    at timestamptz
insert into xref_waiting (partner_id, customer_id, miss_id, kind, waiting_id, at)
values (:partner_id, :customer_id, :miss_id, :kind, :waiting_id, :at)
    on conflict (partner_id, customer_id, miss_id, kind, waiting_id) do update set released_at = null, at = excluded.at;

-- xref_release_lock :one   in customer_id uuid   out locked bool
-- # Of two who answer words of different tables at once, the later one sees what the other has let go.
select pg_advisory_xact_lock(hashtext('xref_waiting'), hashtext(:customer_id::text)) is not null as locked;

-- xref_waiting_release :many   in customer_id uuid, table_id uuid   out kind text, waiting_id uuid, since timestamptz
-- # Each word is asked at the time of what waits for it.
select kind, waiting_id, since from xref_waiting_release(:customer_id, :table_id);

-- xref_waiting_elsewhen :many   in customer_id uuid, table_id uuid, most int   out kind text, waiting_id uuid, name text, key text,
--    at timestamptz
select kind, waiting_id, name, key, at from xref_waiting_elsewhen(:customer_id, :table_id, :most);

-- xref_waiting_end :exec   in kind text, waiting_id uuid
update xref_waiting set released_at = clock_timestamp()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and kind = :kind and waiting_id = :waiting_id
   and released_at is null;

-- xref_unmatched :many   in customer_id uuid, table_id uuid, after uuid, most int   out miss_id uuid, key text, sample text?,
--    seen bigint, waiting bigint, elsewhen bool, first_seen timestamptz, last_seen timestamptz
select m.miss_id, m.key, m.sample, m.seen,
       (select count(*) from xref_waiting w
         where w.partner_id = m.partner_id and w.customer_id = m.customer_id and w.miss_id = m.miss_id
           and w.released_at is null) as waiting,
       exists (select from xref_entry e
                where e.partner_id = m.partner_id and e.customer_id = m.customer_id and e.table_id = m.table_id
                  and e.key_norm = m.key_norm) as elsewhen,
       m.first_seen, m.last_seen
  from xref_miss m
 where m.partner_id = tenant_partner() and m.customer_id = :customer_id and m.table_id = :table_id
   and m.resolved_at is null and m.miss_id > :after
 order by m.miss_id limit :most;

-- xref_table_get :one   in table_id uuid   out table_id uuid, customer_id uuid, name text, shape text, key_case text,
--    key_blanks text, key_empty bool, value_case text, value_blanks text, value_empty bool, note text?, entries int,
--    content bigint, created_at timestamptz, row_version bigint, unmatched bigint
select t.table_id, t.customer_id, t.name, t.shape, t.key_case, t.key_blanks, t.key_empty, t.value_case, t.value_blanks,
       t.value_empty, t.note, t.entries, t.content, t.created_at, t.row_version,
       (select count(*) from xref_miss m
         where m.partner_id = t.partner_id and m.customer_id = t.customer_id and m.table_id = t.table_id
           and m.resolved_at is null) as unmatched
  from xref_table t
 where t.partner_id = tenant_partner() and t.customer_id = any ((select tenant_customers())::uuid[])
   and t.table_id = :table_id;

-- xref_table_find :maybe   in name text   out table_id uuid
select table_id from xref_table
 where partner_id = tenant_partner() and customer_id = tenant_customer() and name = :name;

-- xref_table_page :many   in customer_id uuid, after uuid, most int   out table_id uuid, customer_id uuid, name text,
--    shape text, key_case text, key_blanks text, key_empty bool, value_case text, value_blanks text, value_empty bool,
--    note text?, entries int, content bigint, created_at timestamptz, row_version bigint, unmatched bigint
-- # customer_id nil: of all customers that the caller stands for.
select t.table_id, t.customer_id, t.name, t.shape, t.key_case, t.key_blanks, t.key_empty, t.value_case, t.value_blanks,
       t.value_empty, t.note, t.entries, t.content, t.created_at, t.row_version,
       (select count(*) from xref_miss m
         where m.partner_id = t.partner_id and m.customer_id = t.customer_id and m.table_id = t.table_id
           and m.resolved_at is null) as unmatched
  from xref_table t
 where t.partner_id = tenant_partner() and t.customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or t.customer_id = :customer_id)
   and t.table_id > :after
 order by t.table_id limit :most;

-- xref_table_add :exec   in partner_id uuid, customer_id uuid, table_id uuid, name text, shape text, key_case text,
--    key_blanks text, key_empty bool, value_case text, value_blanks text, value_empty bool, note text?
insert into xref_table (partner_id, customer_id, table_id, name, shape, key_case, key_blanks, key_empty, value_case,
                        value_blanks, value_empty, note)
values (:partner_id, :customer_id, :table_id, :name, :shape, :key_case, :key_blanks, :key_empty, :value_case,
        :value_blanks, :value_empty, :note);

-- xref_table_note :maybe   in customer_id uuid, table_id uuid, version bigint, note text?   out row_version bigint
update xref_table set note = :note, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and row_version = :version
returning row_version;

-- xref_table_rules :maybe   in customer_id uuid, table_id uuid, shape text, key_case text, key_blanks text, key_empty bool,
--    value_case text, value_blanks text, value_empty bool   out row_version bigint
-- # Words are kept by the rules: with another rule they would be others.
update xref_table t
   set shape = :shape, key_case = :key_case, key_blanks = :key_blanks, key_empty = :key_empty, value_case = :value_case,
       value_blanks = :value_blanks, value_empty = :value_empty, content = content + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and entries = 0
   and not exists (select from xref_miss m
                    where m.partner_id = t.partner_id and m.customer_id = t.customer_id and m.table_id = t.table_id
                      and m.resolved_at is null)
returning row_version;

-- xref_table_delete :one   in customer_id uuid, table_id uuid, version bigint   out deleted bool
select xref_table_delete(:customer_id, :table_id, :version) as deleted;

-- xref_entry_page :many   in customer_id uuid, table_id uuid, search text?, after text, after_id uuid, most int
--    out entry_id uuid, key text, key_norm text, value text, note text?, valid_from timestamptz?, valid_to timestamptz?,
--    changed_at timestamptz, changed_by text, row_version bigint
select entry_id, key, key_norm, value, note, valid_from, valid_to, changed_at, changed_by, row_version
  from xref_entry
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id
   and (key_norm, entry_id) > (:after, :after_id)
   and (:search::text is null or position(lower(:search) in lower(key)) > 0 or position(lower(:search) in lower(value)) > 0
        or position(lower(:search) in lower(note)) > 0)
 order by key_norm, entry_id limit :most;

-- xref_entry_get :one   in customer_id uuid, table_id uuid, entry_id uuid
--    out entry_id uuid, key text, key_norm text, value text, note text?, valid_from timestamptz?, valid_to timestamptz?,
--    changed_at timestamptz, changed_by text, row_version bigint
select entry_id, key, key_norm, value, note, valid_from, valid_to, changed_at, changed_by, row_version
  from xref_entry
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and entry_id = :entry_id;

-- xref_entry_put :exec   in partner_id uuid, customer_id uuid, table_id uuid, entry_ids uuid[], keys text[],
--    key_norms text[], entry_values text[], value_norms text[], key_likes text[], value_likes text[], notes text[],
--    valid_froms timestamptz[], valid_tos timestamptz[], changed_by text
-- # A note of no letters is none, a time of the first year none as well.
insert into xref_entry (partner_id, customer_id, table_id, entry_id, key, key_norm, value, value_norm, key_like, value_like,
                        note, valid_from, valid_to, changed_by)
select :partner_id, :customer_id, :table_id, g.entry_id, g.key, g.key_norm, g.value, g.value_norm, g.key_like, g.value_like,
       nullif(g.note, ''),
       nullif(g.valid_from, timestamptz '0001-01-01 00:00:00+00'), nullif(g.valid_to, timestamptz '0001-01-01 00:00:00+00'),
       :changed_by
  from unnest(:entry_ids::uuid[], :keys::text[], :key_norms::text[], :entry_values::text[], :value_norms::text[],
              :key_likes::text[], :value_likes::text[], :notes::text[], :valid_froms::timestamptz[],
              :valid_tos::timestamptz[])
       as g (entry_id, key, key_norm, value, value_norm, key_like, value_like, note, valid_from, valid_to);

-- xref_entry_change :exec   in customer_id uuid, table_id uuid, entry_ids uuid[], versions bigint[], keys text[],
--    key_norms text[], entry_values text[], value_norms text[], key_likes text[], value_likes text[], notes text[],
--    valid_froms timestamptz[], valid_tos timestamptz[], changed_by text
update xref_entry e
   set key = g.key, key_norm = g.key_norm, value = g.value, value_norm = g.value_norm, key_like = g.key_like,
       value_like = g.value_like, note = nullif(g.note, ''),
       valid_from = nullif(g.valid_from, timestamptz '0001-01-01 00:00:00+00'),
       valid_to = nullif(g.valid_to, timestamptz '0001-01-01 00:00:00+00'),
       changed_by = :changed_by, changed_at = now(), row_version = e.row_version + 1
  from unnest(:entry_ids::uuid[], :versions::bigint[], :keys::text[], :key_norms::text[], :entry_values::text[],
              :value_norms::text[], :key_likes::text[], :value_likes::text[], :notes::text[],
              :valid_froms::timestamptz[], :valid_tos::timestamptz[])
       as g (entry_id, version, key, key_norm, value, value_norm, key_like, value_like, note, valid_from, valid_to)
 where e.partner_id = tenant_partner() and e.customer_id = :customer_id and e.table_id = :table_id
   and e.entry_id = g.entry_id and e.row_version = g.version;

-- xref_entry_delete :one   in customer_id uuid, entry_id uuid, version bigint   out deleted bool
select xref_entry_delete(:customer_id, :entry_id, :version) as deleted;

-- xref_table_lock :maybe   in customer_id uuid, table_id uuid   out entries int
select entries from xref_table
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id
   for no key update;

-- xref_entry_all :many   in customer_id uuid, table_id uuid, most int
--    out entry_id uuid, key text, key_norm text, value text, value_norm text, note text?, valid_from timestamptz?,
--    valid_to timestamptz?, row_version bigint
select entry_id, key, key_norm, value, value_norm, note, valid_from, valid_to, row_version
  from xref_entry
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id
 order by key_norm, entry_id limit :most;

-- xref_use_page :many   in customer_id uuid, table_id uuid, most int   out kind text, user_id uuid, name text, place text,
--    since timestamptz
select kind, user_id, name, place, since
  from xref_use
 where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and ended_at is null
 order by name, kind, user_id, place limit :most;

-- xref_use_put :exec   in partner_id uuid, customer_id uuid, kind text, user_id uuid, name text, tables text[], places text[]
insert into xref_use as u (partner_id, customer_id, table_id, kind, user_id, name, place)
select distinct :partner_id, :customer_id, t.table_id, :kind, :user_id, :name, g.place
  from unnest(:tables::text[], :places::text[]) as g (name, place)
  join xref_table t on t.partner_id = tenant_partner() and t.customer_id = :customer_id and t.name = g.name
    on conflict (partner_id, customer_id, table_id, kind, user_id, place)
    do update set name = excluded.name, ended_at = null,
                  since = case when u.ended_at is null then u.since else now() end;

-- xref_use_end :exec   in customer_id uuid, kind text, user_id uuid, tables text[], places text[]
update xref_use u set ended_at = now()
 where partner_id = tenant_partner() and customer_id = :customer_id and kind = :kind and user_id = :user_id
   and ended_at is null
   and not exists (select from unnest(:tables::text[], :places::text[]) as g (name, place)
                     join xref_table t on t.partner_id = tenant_partner() and t.customer_id = :customer_id
                                      and t.name = g.name
                    where t.table_id = u.table_id and g.place = u.place);

-- xref_names :many   in customer_id uuid, most int   out name text
select name from xref_table where partner_id = tenant_partner() and customer_id = :customer_id order by name limit :most;

-- xref_near :many   in customer_id uuid, table_id uuid, words text[], most int
--    out place int, entry_id uuid, key text, value text
-- # For each word (place counts from 0) the entries whose keys and values stand next to it, without case, blanks and signs.
select (n.place - 1)::int as place, e.entry_id, e.key, e.value
  from unnest(:words::text[]) with ordinality as n (word, place)
 cross join lateral (
       (select entry_id, key, value from xref_entry
         where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and key_like >= n.word
         order by key_like limit :most)
        union
       (select entry_id, key, value from xref_entry
         where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and key_like < n.word
         order by key_like desc limit :most)
        union
       (select entry_id, key, value from xref_entry
         where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and value_like >= n.word
         order by value_like limit :most)
        union
       (select entry_id, key, value from xref_entry
         where partner_id = tenant_partner() and customer_id = :customer_id and table_id = :table_id and value_like < n.word
         order by value_like desc limit :most)) e;
