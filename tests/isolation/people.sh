# shellcheck shell=bash
# Partners A and B, customers A1, A2, B1 and B2 with one object of every kind each, and every kind of caller. Sourced.
A=a0000000-0000-7000-8000-000000000000 B=b0000000-0000-7000-8000-000000000000
A1=c1000000-0000-7000-8000-000000000000 A2=c2000000-0000-7000-8000-000000000000
B1=c3000000-0000-7000-8000-000000000000 B2=c4000000-0000-7000-8000-000000000000
A_HOST=h1.localhost B_HOST=h3.localhost

# A purpose has one key at a time and a partner one published brand, so those of the row before are retired.
people_seed() {
    local row e=0
    people_keys p-1 "$A"
    people_keys p-3 "$B"
    {
        echo "set search_path = tenon;"
        python3 -B -c "import sys; sys.path.insert(0, '$ISOLATION'); import world; print(world.seed_text())"
        for row in "$A $A1" "$A $A2" "$B $B1" "$B $B2"; do
            e=$((e + 1))
            # shellcheck disable=SC2086
            printf "select isolation_seed('%s', '%s', $e);\n" $row
            echo "update signing_key set retired_at = now() where retired_at is null;"
            echo "update oidc_provider set enabled = false;" # there is nobody to reach
            echo "update brand_version set status = 'retired' where status = 'published' and partner_id in ('$A', '$B');"
        done
        echo "drop function isolation_seed;"
        echo "insert into store_brand (partner_id, customer_id, brand_id, code, name)
              values ('$A', '$A1', 'd1000000-0000-7000-8000-000000000000', 'second', 'Second');"
        people_rows
        people_roles
        people_restore
        people_pages
        # The record goes on behind the seed's entries.
        echo "update audit_head h set seq = greatest(seq, (select max(seq) from audit_entry e where e.partner_id = h.partner_id));"
        # Whichever batch is looked at, its list has a next page.
        echo "insert into flow_batch_item select b.partner_id, b.customer_id, b.batch_id, j.job_id, 'retried'
                from flow_batch b join job j using (partner_id, customer_id, flow_id) on conflict do nothing;"
        # Of a connector that is sent to, so that the address for deliveries leads somewhere.
        echo "update connection set connector = 'shopify', connector_version = null, settings = '{\"shop\":\"seed.myshopify.com\"}' where connector = 'acme';"
    } >"$DATA/work/seed.sql"
    quiet "$DATA/log/seed.log" psql -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER")" -f "$DATA/work/seed.sql" || exit 1
}

# people_keys SLUG PARTNER: a true key of the partner's, newer than those of the seed, which open nothing.
people_keys() {
    pg_sql "insert into tenon.partner values ('$2', '$1', 'Partner', 'plain');
        insert into tenon.partner_key values ('$2', 'edge', 99, sha256('x'))" >&2
    quiet "$DATA/log/ring.log" ctl key-ring rotate --class edge --partner "$1" || exit 1
}

# What the partner itself has, beside its customers; a person of A1 and one of B1 with a session to ask with (0001) and one
# more. Their ids are the last of their kinds, which are the ones that are tried: a caller's own are not.
LAST=ffffffff-ffff-7fff-bfff-ffffffffff FIRST=00000000-0000-7000-8000-0000000000
people_rows() {
    local row
    for row in "$A $A1 01" "$B $B1 02"; do
        # shellcheck disable=SC2086
        set -- $row
        cat <<SQL
insert into api_key values ('$1', null, '${LAST}$3', 'spare', sha256('spare$3'), 'sk', '{}'),
 ('$1', '$2', '${LAST}1${3#0}', 'spare of a customer', sha256('spare of $3'), 'sk', '{}');
insert into access_grant (partner_id, grant_id, customer_id, operator_name, reason, secret_hash, expires_at)
 values ('$1', '${LAST}$3', '$2', 'Kim', 'spare', sha256('grant$3'), now() + interval '1 hour');
insert into client (partner_id, client_id, name, secret_hash, scopes) values ('$1', '${LAST}$3', 'spare', sha256('sp$3'), '{}');
insert into app_user (partner_id, user_id, email, email_norm, status)
 values ('$1', '${LAST}$3', 'admin@person$3.example', 'admin@person$3.example', 'active');
insert into membership (partner_id, customer_id, membership_id, user_id, role, level, accepted_at)
 values ('$1', '$2', '${LAST}$3', '${LAST}$3', 'customer_admin', 'customer', now());
insert into session (partner_id, session_id, user_id, token_hash, expires_at, methods, address, user_agent)
 select '$1', s, '${LAST}$3', sha256(convert_to(t, 'UTF8')), now() + interval '1 day', 'password', '127.0.0.1', 'suite'
   from (values ('${FIRST}$3'::uuid, '$(person_token "$3")'), ('${LAST}$3', 'spare$3')) v (s, t);
insert into passkey (partner_id, passkey_id, user_id, credential_id, public_key, sign_count, name)
 values ('$1', '${LAST}$3', '${LAST}$3', 'spare$3', decode(repeat('04', 65), 'hex'), 0, 'spare');
SQL
    done
    echo "insert into client (partner_id, customer_id, client_id, name, secret_hash, scopes)
          values ('$A', '$A1', '${FIRST}01', 'suite', sha256('$(client_secret)'), '{}');"
}

person_token() { printf '%052s' "$1" | tr ' ' 0; }

# With its check, by our own reading of the rule.
client_secret() {
    python3 -c 'import hashlib
text = "cs_" + "0" * 52
print(text + "".join("0123456789abcdefghjkmnpqrstvwxyz"[b & 31] for b in hashlib.sha256(text.encode()).digest()[:7]), end="")'
}

# A person of A for every role of a partner, one of A1 for every role of a customer, whatever roles there are.
people_roles() {
    cat <<SQL
create temp table caller as
select role, case level when 'customer' then '$A1'::uuid end as customer_id, level, rpad(replace(role, '_', ''), 52, '0') as token,
       ('00000000-0000-7000-8000-1' || lpad(row_number() over (order by role)::text, 11, '0'))::uuid as id
  from role where level in ('partner', 'customer');
insert into app_user (partner_id, user_id, email, email_norm, status)
select '$A', id, role || '@roles.example', role || '@roles.example', 'active' from caller;
insert into membership (partner_id, customer_id, membership_id, user_id, role, level, accepted_at)
select '$A', customer_id, id, id, role, level, now() from caller;
insert into session (partner_id, session_id, user_id, token_hash, expires_at, methods, address, user_agent)
select '$A', id, id, sha256(convert_to(token, 'UTF8')), now() + interval '1 day', 'password', '127.0.0.1', 'suite' from caller;
SQL
}

# A key for pages of A and one of B, whose private halves are known here. The seed's keys for tokens become true ones by
# them, so that they can be published.
people_pages() {
    local row pem point
    for row in "a $A 03" "b $B 04"; do
        # shellcheck disable=SC2086
        set -- $row
        pem=$DATA/work/pages.$1
        openssl ecparam -genkey -name prime256v1 -noout -out "$pem" 2>/dev/null
        point=$(openssl ec -in "$pem" -pubout -outform DER 2>/dev/null | tail -c 65 | xxd -p -c 65)
        echo "insert into embed_key values ('$2', '${FIRST}$3', 'known', decode('$point', 'hex'), '{https://a.example}');
              update signing_key set public_key = decode('$point', 'hex') where purpose = 'token' and partner_id = '$2';"
    done
}

# A function that undoes whatever people of A have done to themselves, and what slows down who was wrong.
people_restore() {
    cat <<SQL
create table public.whole as
select s.partner_id, s.session_id, s.user_id, m.membership_id, s.token_hash
  from session s join membership m using (partner_id, user_id)
 where s.session_id = '${FIRST}01' or s.user_id in (select id from caller);
create function public.restore() returns void language sql set search_path = tenon as \$\$
update app_user u set status = 'active' from public.whole w
 where u.partner_id = w.partner_id and u.user_id = w.user_id and u.status <> 'active';
update membership m set ended_at = null from public.whole w
 where m.partner_id = w.partner_id and m.membership_id = w.membership_id and m.ended_at is not null;
update session s set revoked_at = null from public.whole w
 where s.partner_id = w.partner_id and s.user_id = w.user_id and s.revoked_at is not null;
update session s set before_hash = null, rotated_at = now(), token_hash = w.token_hash from public.whole w
 where s.partner_id = w.partner_id and s.session_id = w.session_id
   and (s.token_hash <> w.token_hash or s.before_hash is not null or s.rotated_at < now() - interval '1 minute');
delete from throttle where partner_id in ('$A', '$B') and paid_until > now();
\$\$;
SQL
}

# key_all PARTNER-SLUG NAME [OPTION…]: a key that may everything that a route asks.
key_all() {
    local slug=$1 name=$2
    shift 2
    ctl key create --partner "$slug" --name "$name" "$@"
    pg_sql "update tenon.api_key set scopes = '{$SCOPES}' where name = '$name'" >&2
}

people_callers() {
    local a a1 b one cus live ended
    cus=$(id_text cus $A1)
    SCOPES=$(jq -rs '[.[].may // empty] | unique | join(",")' "$DATA/work/routes")
    a=$(key_all p-1 "A all")
    a1=$(key_all p-1 "A1 all" --customer "$cus")
    one=$(key_all p-1 "A1 brand" --customer "$cus")
    pg_sql "update tenon.api_key set brand_id = 'd1000000-0000-7000-8000-000000000000' where name = 'A1 brand';
        update tenon.client set scopes = '{$SCOPES}' where client_id = '${FIRST}01'" >&2
    b=$(key_all p-3 "B all")
    live=$(grant_key p-1 --customer "$cus")
    ended=$(grant_key p-1)
    pg_sql "update tenon.access_grant set revoked_at = now(), revoked_by = 'suite' where reason = 'suite' and customer_id is null" >&2
    people_of_roles >"$DATA/work/roles"
    jq -n --arg a "$A" --arg b "$B" --arg a1 "$A1" --arg a2 "$A2" --arg b1 "$B1" --arg b2 "$B2" --arg ah "$A_HOST" \
        --arg bh "$B_HOST" --arg ka "$a" --arg ka1 "$a1" --arg kb "$b" --arg cus "$cus" \
        --arg one "$one" --arg live "$live" --arg ended "$ended" --arg pa "$(person_token 01)" --arg pb "$(person_token 02)" \
        --arg basic "$(printf '%s:%s' "$(id_text cli "${FIRST}01")" "$(client_secret)" | base64 -w 0)" \
        --arg pages "$DATA/work/pages" --arg kida "$(id_text emb "${FIRST}03")" --arg kidb "$(id_text emb "${FIRST}04")" --slurpfile roles "$DATA/work/roles" '
        def tenant(n; p; c; h): {name: n, partner: p, customer: c, host: h};
        def bearer(k): [["authorization", "Bearer " + k]];
        def person(t): [["cookie", "__Host-session=" + t], ["sec-fetch-site", "same-origin"]];
        def key(n; t; h): {name: n, tenant: t, kind: "api_key", headers: h};
        {tenants: [tenant("A"; $a; null; $ah), tenant("A1"; $a; $a1; $ah), tenant("A2"; $a; $a2; $ah),
                   tenant("B"; $b; null; $bh), tenant("B1"; $b; $b1; $bh), tenant("B2"; $b; $b2; $bh)],
         vouches: {A: {pem: ($pages + ".a"), kid: $kida}, B: {pem: ($pages + ".b"), kid: $kidb}},
         callers: ([key("A key"; "A"; bearer($ka)), key("A1 key"; "A1"; bearer($ka1)),
                   key("A key for A1"; "A1"; bearer($ka) + [["customer", $cus]]),
                   key("A1 brand key"; "A1"; bearer($one)),
                   {name: "A1 person", tenant: "A1", role: "customer_admin", kind: "user", headers: person($pa)},
                   {name: "A1 client", tenant: "A1", kind: "client", headers: [], renew: {basic: $basic}},
                   {name: "A1 page of deliveries", tenant: "A1", kind: "embed", headers: [], renew: {view: "deliveries"}},
                   {name: "A1 page of connections", tenant: "A1", kind: "embed", headers: [], renew: {view: "connections"}},
                   {name: "A1 operator", tenant: "A1", kind: "operator", role: "platform_operator", headers: bearer($live)},
                   {name: "operator without a grant", tenant: "A", role: "platform_operator", headers: bearer($ended)}]
                  + [$roles[] | {name: (.tenant + " " + .role), tenant, role, kind: "user", headers: person(.token)}]
                  + [{name: "B person", tenant: "B1", role: "customer_admin", kind: "user", headers: person($pb)},
                     key("B key"; "B"; bearer($kb))])}' >"$DATA/work/people"
}

# grant_key PARTNER-SLUG [OPTION…]
grant_key() {
    local slug=$1
    shift
    ctl grant create --partner "$slug" --by Kim --reason suite --minutes 480 --json "$@" | jq -r .api_key
}

# One line of JSON a person.
people_of_roles() {
    pg_sql "select json_build_object('role', m.role, 'tenant', case when m.customer_id is null then 'A' else 'A1' end,
            'token', rpad(replace(m.role, '_', ''), 52, '0'))
        from tenon.app_user u join tenon.membership m using (partner_id, user_id)
        where u.email_norm like '%@roles.example' order by m.role"
}

id_text() { PYTHONPATH=$ISOLATION python3 -B -c 'import sys, ids; print(ids.text(*sys.argv[1:]))' "$1" "$2"; }
