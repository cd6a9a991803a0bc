-- 0061 files forgotten: bodies of files that ended long ago go, with their refused rows, as 0055 says of them; and where files lie at
-- another host has its own time, by which a host that refuses us is asked less and less often.
-- Locks: file_watch exclusively for a moment (columns without a rewrite). Undo: drop the function and the columns.
set local lock_timeout = '2s';

-- remote_at: when the host is asked next; null: at once. remote_refused: how often in a row it did not let us in. remote_version: the
-- connection's row_version then; once that is another, it is asked at once. remote_fault: why the last visit failed.
alter table file_watch add column remote_at timestamptz, add column remote_refused int not null default 0,
    add column remote_version bigint, add column remote_fault text check (length(remote_fault) between 1 and 500);
grant update (remote_at, remote_refused, remote_version, remote_fault) on file_watch to tenon_worker;

-- Of a file that ended 90 days ago its body goes, and which of its rows were refused; that it came, and how it ended, stays. A few
-- at once: a body is large.
grant update (body) on inbound_file to tenon_keeper;
create function files_forget(most int) returns void
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    with due as materialized ( -- asked once: a limit within "in" may be asked for again for each row
        select o.file_id from inbound_file o
         where o.partner_id = tenant_partner() and o.customer_id = tenant_customer() and o.body is not null
           and o.ended_at < now() - interval '90 days'
         order by o.file_id limit most for update skip locked
    ), gone as (
        update inbound_file f set body = null from due
         where f.partner_id = tenant_partner() and f.customer_id = tenant_customer() and f.file_id = due.file_id
        returning f.file_id
    )
    delete from inbound_file_row r using gone
     where r.partner_id = tenant_partner() and r.customer_id = tenant_customer() and r.file_id = gone.file_id;
end $$;
alter function files_forget(int) owner to tenon_keeper;
set local role tenon_keeper;
revoke all on function files_forget(int) from public;
grant execute on function files_forget(int) to tenon_worker;
reset role;
