# shellcheck shell=bash disable=SC2154
# The record of who did what. Sourced by tests/api/run.

audit_checks() {
    AUDITOR_KEY=$(key_with audit:read)
    audit_list_checks
    audit_export_checks
    audit_webhook_checks
}

# The record as a file, and read over without a database.
audit_export_checks() {
    local file=$DATA/work/record.jsonl alone=$DATA/work/checkpoints.json keys=$DATA/work/keys.json
    holds "a checkpoint is signed before long" signed_soon
    cp "$ANSWER" "$alone"
    check "its keys are told" "$(ask GET /v1/audit/checkpoint-keys "$AUDITOR_KEY") $(said '.data | length')" "200 1"
    cp "$ANSWER" "$keys"
    check "the record as a file" "$(ask GET "/v1/audit/export?from_seq=1" "$AUDITOR_KEY")" 200
    cp "$ANSWER" "$file"
    exits "is whole, as anybody can see who has kept a checkpoint and the keys" 0 \
        as "$DATA/app/tenonctl" audit verify "$file" --checkpoint "$alone" --key "$keys" --json
    check "the verdict" "$(printed | jq -r '[.verdict, .first_seq, (.checkpoints | tonumber > 0)] | join(" ")')" "whole 1 true"
    sed '0,/"action":"./s//"action":"x/' "$file" >"$file.bad"
    exits "a letter that is changed in it is named" 1 as "$DATA/app/tenonctl" audit verify "$file.bad" --key "$keys"
    check "by its number" "$(complained | grep -c 'entry 1 is not what was written')" 1
    ctl audit export --partner northwind >"$file"
    exits "the operator's export is whole, too" 0 as "$DATA/app/tenonctl" audit verify "$file" --checkpoint "$alone" --key "$keys"
    check "one customer's export says that it is a part" "$(ask GET /v1/audit/export "$AUDITOR_KEY" -H "customer: $BIRCH") $(head -n 1 "$ANSWER" | jq -c .export.complete)" "200 false"
    cp "$ANSWER" "$file"
    exits "which is not taken for a whole" 1 as "$DATA/app/tenonctl" audit verify "$file" --key "$keys"
    exits "and is judged as what it is" 0 as "$DATA/app/tenonctl" audit verify "$file" --key "$keys" --partial
}

signed_soon() {
    local i
    for i in {1..300}; do
        ask GET /v1/audit/checkpoints "$AUDITOR_KEY" >/dev/null
        [ "$(said '.data | length')" = 0 ] || return 0
        sleep 0.2
    done
    return 1
}

# A receiver that keeps what it is sent, on a port of its own, which it tells.
receiver() {
    exec python3 - "$DATA/work/letters.port" "$DATA/work/letters" <<'EOF'
import http.server, json, sys, time
class Keep(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length'])).decode()
        with open(sys.argv[2], 'a') as out:
            out.write(json.dumps({'id': self.headers['webhook-id'], 'at': self.headers['webhook-timestamp'],
                                  'mac': self.headers['webhook-signature'], 'body': body}) + '\n')
        self.send_response(204)
        self.end_headers()
    def log_message(self, *what): pass
for attempt in range(100):  # every port may be taken for a moment by what other tests have left
    try:
        server = http.server.HTTPServer(('127.0.0.1', 0), Keep)
        break
    except OSError:
        time.sleep(0.3)
with open(sys.argv[1], 'w') as out:
    out.write(str(server.server_port))
server.serve_forever()
EOF
}

audit_webhook_checks() {
    local key url secret version pid
    key=$(key_with audit:read,audit:write)
    url=https://partner.example/checkpoints
    rm -f "$DATA/work/letters" "$DATA/work/letters.port"
    receiver 9>&- &
    pid=$!
    check "no address is named to begin with" "$(ask GET /v1/audit/webhook "$key")" 404
    check "one that leads nowhere is refused" "$(ask PUT /v1/audit/webhook "$key" --json '{"url":"ftp://x"}')" 422
    check "one is named" "$(ask PUT /v1/audit/webhook "$key" --json "{\"url\":\"$url\"}")" 200
    secret=$(said .secret) version=$(header_of etag)
    check "its secret is shown" "${secret:0:6} ${#secret}" "whsec_ 50"
    check "this once" "$(ask GET /v1/audit/webhook "$key") $(said .url) $(said .secret)" "200 $url null"
    check "a change says what it changes" "$(ask PUT /v1/audit/webhook "$key" --json "{\"url\":\"$url\"}")" 428
    # The API refuses addresses of this machine; the worker of this suite may call them.
    test_soon test -s "$DATA/work/letters.port"
    pg_sql "update tenon.audit_webhook set url = 'http://127.0.0.1:$(cat "$DATA/work/letters.port")/checkpoints'"
    check "a key that may only read does not" "$(ask PUT /v1/audit/webhook "$AUDITOR_KEY" --json '{}')" 403
    holds "the next checkpoint is sent" test_soon test -s "$DATA/work/letters"
    check "signed by that secret" "$(letter .mac)" "v1,$(printf '%s.%s.%s' "$(letter .id)" "$(letter .at)" "$(letter .body)" |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(base64 -d <<<"${secret#whsec_}" | xxd -p -c 64)" -binary | base64)"
    if [ -f "$TENON_ROOT/build/clients/lock" ] && command -v node >/dev/null; then
        check "as the library of Standard Webhooks has it, and no other body or secret" "$(letter_by_library "$secret")" "yes no no"
    else
        check "as the library of Standard Webhooks has it # SKIP it is not in build/clients (tests/connectors/clients.sh)" "" ""
    fi
    check "and is one" "$(letter .body | jq -r '[.type, (.data.signed | fromjson | .seq) == .data.seq] | join(" ")')" "audit.checkpoint true"
    holds "which is on record as delivered" test_soon delivered
    check "the address is taken back" "$(ask DELETE /v1/audit/webhook "$key" -H "if-match: $version")" 204
    kill "$pid" 2>/dev/null || true || true
    wait "$pid" 2>/dev/null || true
}
# letter_by_library SECRET: whether it takes the letter, another body, another secret.
letter_by_library() {
    (cd "$TENON_ROOT/build/clients" && SECRET=$1 LETTER=$(letter .) exec node -e '
        const { Webhook } = require("standardwebhooks");
        const { id, at, mac, body } = JSON.parse(process.env.LETTER);
        const headers = { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": mac };
        const takes = (secret, text) => {
            try {
                new Webhook(secret).verify(text, headers);
                return "yes";
            } catch {
                return "no";
            }
        };
        const other = "whsec_" + Buffer.alloc(32, 1).toString("base64");
        console.log(takes(process.env.SECRET, body), takes(process.env.SECRET, body + " "), takes(other, body));')
}
letter() { head -n 1 "$DATA/work/letters" | jq -r "$1"; }
delivered() { [ "$(pg_sql "select count(*) > 0 from tenon.audit_delivery where state = 'delivered'")" = t ]; }
test_soon() {
    local i
    for i in {1..300}; do
        ! "$@" || return 0
        sleep 0.2
    done
    return 1
}

# audit_of QUERY: actions of the page, newest first.
audit_of() {
    ask GET "/v1/audit?$1" "$AUDITOR_KEY" >/dev/null
    said '[.data[].action] | join(" ")'
}

audit_list_checks() {
    local order key
    order=$(order_of 5002 | jq -r .id)
    key=$(key_with orders:read)
    check "an order is read" "$(ask GET "/v1/orders/$order" "$key")" 200
    check "and again" "$(ask GET "/v1/orders/$order" "$key")" 200
    check "the read is on record" "$(ask GET "/v1/audit?object=$order" "$AUDITOR_KEY")" 200
    check "with who, what and whose" "$(said '.data[0] | [.action, .actor_kind, .actor_name, .object_id, .customer_id, (.request_id | startswith("req_")), (.hash | length)] | @csv')" \
        "\"order.read\",\"api_key\",\"may orders:read\",\"$order\",\"$ALDER\",true,64"
    check "once for one reader, within a minute" \
        "$(said '[.data[] | select(.actor_name == "may orders:read")] | length')" 1
    check "reading the record is on record, too" "$(audit_of 'action=audit.list&limit=1')" audit.list
    check "what is the partner's own is no customer's" \
        "$(ask GET '/v1/audit?action=audit.list&limit=1' "$AUDITOR_KEY") $(said '.data[0].customer_id')" "200 null"
    check "a page, then the next" "$(audit_of limit=1) $(said .next_cursor | wc -c | awk '{ print ($1 > 30) }')" "audit.list 1"
    check "numbers have no gap for the whole partner" "$(audit_of limit=200 >/dev/null; said '[.data[].seq] | (.[0] - .[-1] + 1) == length')" true
    check "a time filter" "$(audit_of 'created%5Blt%5D=2020-01-01T00:00:00Z')" ""
    check "an odd time is refused" "$(ask GET '/v1/audit?created%5Bgte%5D=yesterday' "$AUDITOR_KEY")" 400
    check "an odd actor is refused" "$(ask GET '/v1/audit?actor=17' "$AUDITOR_KEY")" 400
    check "a key that may not read it" "$(ask GET /v1/audit "$key")" 403
    check "Harbor's record does not hold it" "$(ON=$HARBOR ask GET "/v1/audit?object=$order" "$(harbor_key audit:read)") $(said '.data | length')" "200 0"
}

# harbor_key SCOPES: a key of the other partner that may just that.
harbor_key() {
    local key
    key=$(ctl key create --partner harbor --name "may $1")
    pg_sql "update tenon.api_key set scopes = '{$1}' where partner_id = (select partner_id from tenon.partner
        where slug = 'harbor') and name = 'may $1'"
    echo "$key"
}
