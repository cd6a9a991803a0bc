# shellcheck shell=bash disable=SC2154,SC2016
# Which systems can be connected, and connections of those that are documents. Sourced by tests/api/run.
WOO_SECRETS='{"consumer_key": "ck_of_alder", "consumer_secret": "cs-never-to-be-shown", "webhook_secret": "whs-of-alder"}'

connector_checks() {
    local any
    any=$(key_with messages:read)
    check "whoever is signed in reads the list of connectors" "$(ask GET /v1/connectors "$any") $(said '.next_cursor')" "200 null"
    check "those in C and those that are documents" "$(said '[.data[].name] | (index("tryton") != null) and (index("woocommerce") != null)')" true
    check "each says which objects go which way" \
        "$(said '[.data[] | select(.name != "http") | .covers[] | (.direction == "in" or .direction == "out") and (.act | length > 0)] | all')" true
    check "an operation is named as flows call it" \
        "$(said '.data[] | select(.name == "woocommerce") | .covers[] | select(.object == "sales_order" and .act == "get") | [.direction, .operation]')" \
        '["in","orders.get"]'
    check "of each it is said which objects do not, and why" \
        "$(said '[.data[] | .without[] | (.direction == "in" or .direction == "out") and (.why | length > 10)] | all')" true
    check "what goes and what does not is all there is" \
        "$(said '[.data[] | ([.covers[] | [.object, .direction]] | unique | length) + (.without | length)] | unique')" "[28]"
    check "a reason is told as the manifest has it" \
        "$(said '.data[] | select(.name == "woocommerce") | .without[] | select(.object == "location" and .direction == "in") | .why')" \
        "WooCommerce keeps stock without locations."
    check "a connector tells its whole declaration" \
        "$(ask GET /v1/connectors/woocommerce "$any") $(said '[.manifest.format, .manifest.settings.shop.kind, (.manifest.secrets | keys | length)]')" \
        '200 ["connector/1","address",3]'
    check "one that is built in has none" "$(ask GET /v1/connectors/http "$any") $(said .manifest)" "200 null"
    check "what is not there is not found" "$(ask GET /v1/connectors/acme "$any") $(said .code)" "404 not-found"
    check "nobody else reads it" "$(ask GET /v1/connectors "")" 401
    woo_made
    own_made
    woo_refused
    stripe_made
}

# woo_new [JQ-FILTER]: a body that would make a connection to a WooCommerce shop.
woo_new() {
    jq -nc --argjson s "$WOO_SECRETS" --arg to "$ERP_ID" '{connector: "woocommerce", name: "Woo", secrets: $s,
        settings: {shop: "https://woo.example/"}, destination_id: $to} | '"${1:-.}"
}

woo_post() { # FILE SECRET DELIVERY
    local sig
    sig=$(openssl dgst -sha256 -hmac "$2" -binary <"$1" | base64)
    ask POST "$WOO_HOOK" "" -H "x-wc-webhook-signature: $sig" -H "x-wc-webhook-topic: ${4:-coupon.updated}" \
        -H "x-wc-webhook-delivery-id: $3" -H "content-type: application/json" --data-binary "@$1"
}

woo_made() {
    check "a connection is made with the secrets that its manifest asks for" "$(make "$(woo_new)")" 201
    WOO_HOOK=$(said .hook_path)
    check "none of them is in the answer" "$(grep -cE 'ck_of_alder|cs-never|whs-of' "$ANSWER")" 0
    check "nor in the database" "$(pg_sql "select count(*) from tenon.credential where position('cs-never'::bytea in sealed) > 0
        or position('whs-of'::bytea in sealed) > 0")" 0
    check "what calls are made with is another credential than what deliveries are checked with" \
        "$(pg_sql "select string_agg(class || ' ' || kind, ', ' order by class, kind) from tenon.credential c
            where connection_id = (select connection_id from tenon.connection where name = 'Woo')")" "connection hook_token, connection password, edge webhook_secret"
    jq -nc '{id: 9001, number: "9001", currency: "EUR", date_created_gmt: "2026-11-01T10:00:00", date_modified_gmt: "2026-11-01T10:00:01",
        total: "11.90", line_items: []}' >"$DATA/work/woo"
    echo "{\"number\": \"1\"}" >"$DATA/work/woo-none"
    check "a delivery that its secret signs is taken" "$(woo_post "$DATA/work/woo" whs-of-alder w-1)" 200
    check "one that another signs is not" "$(woo_post "$DATA/work/woo" cs-never-to-be-shown w-2)" 401
    check "what the manifest says nothing about is kept, and nothing follows" \
        "$(pg_sql "select count(*), count(m.business_key), count(j.job_id) from tenon.inbound_message m
            left join tenon.job j using (message_id) where m.dedupe_key = 'coupon.updated/w-1'")" "1|0|0"
    check "an order without its id is not what it says" "$(woo_post "$DATA/work/woo-none" whs-of-alder w-3 order.updated)" 400
}

woo_refused() {
    refuses "a secret too few" "$(woo_new 'del(.secrets.consumer_key)')" /secrets/consumer_key required
    refuses "a secret that nobody asks for" "$(woo_new '.secrets.password = "x"')" /secrets unknown_member
    refuses "an empty secret" "$(woo_new '.secrets.consumer_key = ""')" /secrets/consumer_key invalid
    refuses "no secrets" "$(woo_new 'del(.secrets)')" /secrets required
    refuses "one secret in the place of several" "$(woo_new '.secret = "x"')" /secret not_allowed
    refuses "several for a connector that has one" "$(shop_new '.secrets = {}')" /secrets not_allowed
    refuses "a setting too few" "$(woo_new '.settings = {}')" /settings/shop required
    refuses "an address that is none" "$(woo_new '.settings.shop = "woo.example"')" /settings/shop invalid
    refuses "a setting that is not known" "$(woo_new '.settings.colour = "red"')" /settings/colour unknown_member
    refuses "an address that may not be called" "$(woo_new '.settings.api_url = "http://169.254.169.254/"')" /settings/api_url endpoint_forbidden
}

# A system that nobody has described: its connection says how its deliveries are read.
own_new() { # [JQ-FILTER]
    jq -nc '{connector: "webhook", name: "Till events", secret: "own-secret", settings: {hooks: {
        check: {kind: "hmac", over: "{body}", signature: {header: "x-till-sign", encoding: "hex"}},
        id: "x-till-id", topic: {expr: "event"},
        events: [{topic: "sale.*", object: "sale", key: "sale.number", changed: "at"}]}}} | '"${1:-.}"
}
own_post() { # FILE SECRET DELIVERY
    local sig
    sig=$(openssl dgst -sha256 -hmac "$2" -hex <"$1" | sed 's/^.* //')
    ask POST "$OWN_HOOK" "" -H "x-till-sign: $sig" -H "x-till-id: $3" -H "content-type: application/json" --data-binary "@$1"
}
own_made() {
    check "a connection says itself how its deliveries are read" "$(make "$(own_new)")" 201
    OWN_HOOK=$(said .hook_path)
    echo '{"event": "sale.closed", "at": "2026-11-01T10:00:01Z", "sale": {"number": "S-77"}}' >"$DATA/work/own"
    echo '{"event": "sale.closed", "at": "2026-11-01T10:00:01Z"}' >"$DATA/work/own-none"
    check "a delivery that its secret signs is taken" "$(own_post "$DATA/work/own" own-secret t-1)" 200
    check "one that another signs is not" "$(own_post "$DATA/work/own" whs-of-alder t-2)" 401
    check "nor one that does not say what it is about" "$(own_post "$DATA/work/own-none" own-secret t-3)" 400
    check "it is kept under its key, with its time, for a flow that is made of it" "$(pg_sql "select m.object_key, m.changed_at = '2026-11-01T10:00:01Z', count(j.job_id)
        from tenon.inbound_message m left join tenon.job j using (message_id) where m.dedupe_key = 'sale.closed/t-1' group by 1, 2")" "sale:S-77|t|0"
    refuses "a webhook without a check" "$(own_new 'del(.settings.hooks.check)')" /settings/hooks/check required
    refuses "an event whose key cannot be read" "$(own_new '.settings.hooks.events[0].key = "("')" /settings/hooks/events/0/key S0203
}

# Deliveries that are signed with their time.
stripe_post() { # FILE SECRET TIME
    local sig
    sig=$({ printf '%s.' "$3"; cat "$1"; } | openssl dgst -sha256 -hmac "$2" -hex | sed 's/^.* //')
    ask POST "$STRIPE_HOOK" "" -H "stripe-signature: t=$3,v1=$sig" -H "content-type: application/json" --data-binary "@$1"
}

stripe_made() {
    local now
    now=$(date +%s)
    check "a connection of another kind is made" "$(make '{"connector": "stripe", "name": "Stripe", "settings": {},
        "secrets": {"key": "sk_test_1", "signing_secret": "whsec_of_alder"}}') $(said .errors)" "201 null"
    STRIPE_HOOK=$(said .hook_path)
    echo '{"id": "evt_1", "type": "ping.sent", "created": 1767225600, "data": {"object": {"id": "x"}}}' >"$DATA/work/stripe"
    check "what was signed just now is taken" "$(stripe_post "$DATA/work/stripe" whsec_of_alder "$now")" 200
    check "its topic and id stand in its body" "$(pg_sql "select topic, dedupe_key from tenon.inbound_message where topic = 'ping.sent'")" \
        "ping.sent|ping.sent/evt_1"
    check "what was signed ten minutes ago is not" "$(stripe_post "$DATA/work/stripe" whsec_of_alder $((now - 600)))" 401
    check "nor what another signed" "$(stripe_post "$DATA/work/stripe" whsec_of_birch "$now")" 401
    check "the same event once more is no second one" "$(stripe_post "$DATA/work/stripe" whsec_of_alder "$now") \
$(pg_sql "select count(*) from tenon.inbound_message where topic = 'ping.sent'")" "200 1"
}
