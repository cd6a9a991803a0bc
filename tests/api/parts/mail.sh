# shellcheck shell=bash disable=SC2154
# Mail, from the request until a relay on loopback has it, and what becomes of one that it does not take. Sourced by
# tests/api/run.

mail_checks() {
    MAILS=$DATA/mail
    MAIL_KEY=$(key_with mail:read,mail:write)
    HARBOR_MAIL_KEY=$(ctl key create --partner harbor --name mail)
    pg_sql "update tenon.api_key set scopes = '{mail:read}' where name = 'mail'"
    mail_arrives
    mail_asked
    mail_senders
    mail_limits
    mail_refused
    mail_later
    mail_lost
    mail_kept
}

# mail_test ADDRESS [LOCALE]: prints the status.
mail_test() { ask POST /v1/mail/test "$MAIL_KEY" --json "{\"to\":\"$1\"${2:+,\"locale\":\"$2\"}}"; }
mail_behave() { printf '%s\n' "$@" | as tee "$MAILS/behave" >/dev/null; }
mail_count() { find "$MAILS" -name '*.eml' | wc -l; }
mail_last() { find "$MAILS" -name '*.eml' | sort | tail -n 1; }
mail_header() { sed -n '/^\r*$/q; s/\r$//; p' "$(mail_last)" | awk '/^[ \t]/ { printf "%s", $0; next } { printf "%s%s", sep, $0; sep = "\n" } END { print "" }'; }
mail_field() { mail_header | sed -n "s/^$1: *//Ip"; }
# mail_becomes ADDRESS STATE: its newest mail; due ones are not waited for.
mail_becomes() {
    local i
    for i in {1..600}; do
        ask GET "/v1/mail?to=$1&limit=1" "$MAIL_KEY" >/dev/null
        [ "$(said '.data[0].state')" != "$2" ] || return 0
        sleep 0.1
    done
    return 1
}
mail_due_now() { pg_sql "update tenon.mail set due_at = now() where due_at is not null"; }

mail_arrives() {
    check "a test mail is taken" "$(mail_test kaethe@example.com de)" 202
    holds "and sent" mail_becomes kaethe@example.com sent
    check "it is one mail" "$(mail_count)" 1
    check "to whom it was asked for" "$(mail_field x-envelope-to) $(mail_field to)" "kaethe@example.com <kaethe@example.com>"
    check "in the partner's name, from the relay's address while the partner's domain is not proven" \
        "$(mail_field from)" '"Northwind Retail Systems" <mail@relay.test>'
    check "and answered to the partner's" "$(mail_field reply-to)" '"Northwind Retail Systems" <hub@northwind.example>'
    check "with a subject in the language asked for" "$(mail_field subject)" "Testnachricht von Northwind Retail Systems"
    check "the partner's host says hello, and names the message" \
        "$(mail_field x-hello) $(mail_field message-id | sed 's/^<[0-9a-f-]*@//')" "$NORTHWIND $NORTHWIND>"
    check "in text and HTML" "$(mail_field content-type | cut -d';' -f1) $(grep -c '^Content-Type: text/' "$(mail_last)")" "multipart/alternative 2"
    check "nothing names what sends it" "$(grep -ciE 'tenon|libcurl|x-mailer|user-agent' "$(mail_last)" || true)" 0
    holds "every line is short and ends as SMTP wants" awk '{ if (length($0) > 79 || (NR > 3 && $0 !~ /\r$/)) exit 1 }' "$(mail_last)"
}

mail_asked() {
    local key
    check "the list tells what became of it" "$(ask GET /v1/mail "$MAIL_KEY") $(said '.data[0] | "\(.kind) \(.state) \(.attempts) \(.reason) \(.next_try_at)"')" \
        "200 test sent 1 null null"
    check "and not to whom" "$(grep -c kaethe "$ANSWER" || true)" 0
    check "a list of nobody's mail is empty" "$(ask GET '/v1/mail?to=nobody@example.com' "$MAIL_KEY") $(said '.data | length')" "200 0"
    check "another partner sees none of it" "$(ON=$HARBOR ask GET /v1/mail "$HARBOR_MAIL_KEY") $(said '.data | length')" "200 0"
    key=$(key_with mail:read)
    check "who may read may not send" "$(ask POST /v1/mail/test "$key" --json '{"to":"a@example.com"}')" 403
    check "who may read reads" "$(ask GET /v1/mail "$key")" 200
    key=$(key_with mail:write)
    check "who may send may not read" "$(ask GET /v1/mail "$key")" 403
    check "nobody may read without a key" "$(ask GET /v1/mail '')" 401
    for key in 'no address' 'a@b@c.example' 'a b@example.com' 'a@example.com\r\nBcc: b@example.com' '<a@example.com>' 'a@-x.example' 'a@'; do
        check "an address that is none is refused: $key" "$(mail_test "$key") $(said '.errors[0].pointer')" "422 /to"
    done
}

# mail_host HOST VERIFIED RELEASED: among Northwind's, as the two times say.
mail_host() {
    pg_sql "insert into tenon.partner_host (partner_id, host, verified_at, released_at)
        select partner_id, '$1', $2, $3 from tenon.partner where slug = 'northwind'"
}
mail_sender() {
    pg_sql "update tenon.mail set created_at = now() - interval '61 minutes'"
    mail_test "$1" >/dev/null
    mail_becomes "$1" sent || true
    mail_field from | sed 's/.*<//; s/>$//'
}
# An address serves when its domain, or one above it, is a host of this partner that is proven and held.
mail_senders() {
    mail_host portal.northwind.example 'now()' null
    check "a name below the domain proves nothing of it" "$(mail_sender below@example.com)" mail@relay.test
    mail_host northwind.example null null
    check "nor does a claim" "$(mail_sender claim@example.com)" mail@relay.test
    pg_sql "update tenon.partner_host set verified_at = now(), released_at = now() where host = 'northwind.example'"
    check "nor a name that was released" "$(mail_sender released@example.com)" mail@relay.test
    pg_sql "insert into tenon.partner_host (partner_id, host, verified_at) select partner_id, 'northwind.example', now()
        from tenon.partner where slug = 'harbor'"
    check "nor another partner's proof" "$(mail_sender other@example.com)" mail@relay.test
    pg_sql "delete from tenon.partner_host where host = 'northwind.example'"
    mail_host northwind.example 'now()' null
    check "a proof of the domain does" "$(mail_sender proven@example.com)" hub@northwind.example
    check "and no other address is answered to" "$(mail_field reply-to)" ""
    pg_sql "delete from tenon.partner_host where host like '%northwind.example'"
}

mail_limits() {
    local i
    for i in 1 2 3 4 5; do check "mail $i to one address is taken" "$(mail_test often@example.com)" 202; done
    check "and the sixth within the hour is not" "$(mail_test often@example.com)" 429
    check "another address is" "$(mail_test rare@example.com)" 202
    holds "which gets it" mail_becomes rare@example.com sent
    pg_sql "update tenon.mail set created_at = now() - interval '61 minutes' where kind = 'test'"
    check "an hour later it is taken again" "$(mail_test often@example.com)" 202
    holds "and sent" mail_becomes often@example.com sent
}

mail_refused() {
    mail_behave 'rcpt 550 5.1.1 <gone@example.com>: unknown at relay-7.platform.example'
    check "a mail to an address that is gone is taken" "$(mail_test gone@example.com)" 202
    holds "and then failed" mail_becomes gone@example.com failed
    check "with why, in our own words" "$(said '.data[0] | "\(.attempts) \(.reason) \(.next_try_at)"')" \
        "1 the address does not exist or takes no mail (550 5.1.1) null"
    check "nothing of it is kept" "$(pg_sql "select count(*) from tenon.mail where due_at is null and sealed is not null")" 0
}

mail_later() {
    local before
    before=$(mail_count)
    mail_behave 'rcpt 451 4.7.1 greylisted' 'end 452 4.3.1 full' 'greet 421 busy'
    check "a mail that the relay puts off is taken" "$(mail_test later@example.com)" 202
    holds "it waits" mail_becomes later@example.com queued
    holds "and says until when" mail_waits 1
    mail_due_now
    holds "put off after its text as well" mail_waits 2
    mail_due_now
    holds "and by a greeting" mail_waits 3
    mail_due_now
    holds "it is sent in the end" mail_becomes later@example.com sent
    check "once" "$(($(mail_count) - before))" 1
}
# mail_waits ATTEMPTS: after that many it has a reason and a time.
mail_waits() {
    local i
    for i in {1..600}; do
        ask GET "/v1/mail?to=later@example.com" "$MAIL_KEY" >/dev/null
        [ "$(said '.data[0] | "\(.state) \(.attempts) \(.reason != null) \(.next_try_at != null)"')" != "queued $1 true true" ] || return 0
        sleep 0.1
    done
    return 1
}

# The answer to the last dot is lost: it may have arrived. It is sent again under the same name, and both are the same.
mail_lost() {
    local before first
    before=$(mail_count)
    mail_behave drop
    check "a mail whose answer will be lost is taken" "$(mail_test lost@example.com)" 202
    holds "nobody knows whether it arrived" mail_becomes lost@example.com unknown
    first=$(mail_last)
    mail_due_now
    holds "it is sent again" mail_becomes lost@example.com sent
    check "so it arrived twice" "$(($(mail_count) - before))" 2
    holds "octet for octet the same, so that a mailbox can drop one" cmp -s "$first" "$(mail_last)"
    mail_behave drop-unkept 'rcpt 550 5.1.1 gone'
    check "one that is lost and then refused is taken" "$(mail_test odd@example.com)" 202
    holds "lost" mail_becomes odd@example.com unknown
    mail_due_now
    holds "is not called refused" mail_over odd@example.com
    check "since it may have arrived the first time" "$(said '.data[0] | "\(.state) \(.attempts)"')" "unknown 2"
}
mail_over() {
    local i
    for i in {1..600}; do
        ask GET "/v1/mail?to=$1" "$MAIL_KEY" >/dev/null
        [ "$(said '.data[0].next_try_at')" != null ] || return 0
        sleep 0.1
    done
    return 1
}

mail_kept() {
    as "$PG_BIN/pg_dump" -h "$DATA/run" -U "$PG_USER" tenon >"$DATA/work/dump.mail"
    check "no address of a mail stands in the database" "$(grep -cE '(kaethe|often|later|odd)@example' "$DATA/work/dump.mail" || true)" 0
}
