-- 0019 mail: what a partner's people are written, from the act that causes it until the relay has it.
-- Locks: none on existing tables beyond a moment's share. Undo: drop the functions and the table.

-- Recipient and words are sealed to the partner's key of the connection class, so the API can write a row and not read one.
-- States: queued, sending (leased: bytes may be leaving), sent (a relay has taken it), unknown (its answer was lost: it may
-- have been taken), failed (refused for good), dead (a day without a way out). due_at: when somebody looks at it next; null
-- once nobody will. What has ended holds no content any more.
create table mail (
    partner_id  uuid        not null references partner,
    customer_id uuid,
    mail_id     uuid        not null,
    kind        text        not null check (kind ~ '^[a-z_]{1,40}$'),
    about_id    uuid,
    to_hash     bytea       not null check (length(to_hash) = 32),
    locale      text        not null check (length(locale) between 2 and 20),
    class       text        not null default 'connection',
    key_epoch   int         not null,
    sealed      bytea,
    state       text        not null default 'queued'
                            check (state in ('queued', 'sending', 'sent', 'unknown', 'failed', 'dead')),
    maybe_sent  bool        not null default false,
    attempts    int         not null default 0,
    lease_epoch bigint      not null default 0,
    due_at      timestamptz default now(),
    reason      text        check (length(reason) <= 500),
    message_id  text        not null check (length(message_id) <= 300),
    created_at  timestamptz not null default now(),
    sent_at     timestamptz,
    primary key (partner_id, mail_id),
    foreign key (partner_id, customer_id) references customer,
    foreign key (partner_id, class, key_epoch) references partner_key,
    constraint mail_waits_whole check (due_at is null or sealed is not null)
) with (fillfactor = 80);
create index mail_due on mail (due_at) where due_at is not null;
create index mail_to on mail (to_hash, partner_id, created_at);
create index mail_customer on mail (customer_id, partner_id);
create index mail_epoch on mail (key_epoch, class, partner_id);
call tenant_table('mail');

-- The one question asked of all partners at once: which mail is due. It answers ids, takes the lease with it, and belongs to
-- a role that sees neither recipient nor words. A lease that ran out was somebody's who may have sent the bytes. Partners
-- take turns, so that one's flood does not hold up another's.
create policy lookup on mail to tenon_lookup using (true) with check (true);
grant select (partner_id, mail_id, state, maybe_sent, attempts, lease_epoch, due_at, created_at),
      update (state, maybe_sent, attempts, lease_epoch, due_at), delete on mail to tenon_lookup;

create function mail_claim(most int, lease_s int)
    returns table (partner_id uuid, mail_id uuid, lease_epoch bigint)
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ with due as (
              select m.partner_id, m.mail_id, m.due_at from mail m where m.due_at <= now() order by m.due_at limit 2000
          ), turns as (
              select d.partner_id, d.mail_id, d.due_at,
                     row_number() over (partition by d.partner_id order by d.due_at, d.mail_id) as turn from due d
          ), picked as (
              select m.partner_id, m.mail_id from turns t
                join mail m on m.partner_id = t.partner_id and m.mail_id = t.mail_id
               where m.due_at <= now() order by t.turn, t.due_at limit most for update of m skip locked
          )
          update mail m
             set state = 'sending', maybe_sent = m.maybe_sent or m.state = 'sending', attempts = m.attempts + 1,
                 lease_epoch = m.lease_epoch + 1, due_at = now() + make_interval(secs => lease_s)
            from picked p
           where m.partner_id = p.partner_id and m.mail_id = p.mail_id
       returning m.partner_id, m.mail_id, m.lease_epoch $$;

-- What ended three months ago is of no use to anybody; a thousand at a time.
create function mail_forget() returns bigint
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ with old as (
              select m.partner_id, m.mail_id from mail m
               where m.due_at is null and m.created_at < now() - interval '90 days' limit 1000
          ), gone as (
              delete from mail m using old o where m.partner_id = o.partner_id and m.mail_id = o.mail_id returning 1
          )
          select count(*) from gone $$;

alter function mail_claim(int, int) owner to tenon_lookup;
alter function mail_forget() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function mail_claim(int, int), mail_forget() from public;
grant execute on function mail_claim(int, int), mail_forget() to tenon_dispatch;
reset role;

grant select (partner_id, customer_id, mail_id, kind, about_id, to_hash, locale, state, maybe_sent, attempts, due_at, reason,
              message_id, created_at, sent_at) on mail to tenon_api, tenon_operator, tenon_read;
grant insert on mail to tenon_api, tenon_operator, tenon_worker;
grant select on mail to tenon_worker;
grant update (state, maybe_sent, due_at, sealed, reason, sent_at) on mail to tenon_worker;
