# shellcheck shell=bash disable=SC2154,SC2016
# Connectors of a partner's own, as their routes tell them. Sourced by tests/api/run; how connections work by them is for
# tests/connectors/own.sh.

own_connector_checks() {
    OWN_KEY=$(key_with connectors:read,connectors:write,connections:read,connections:write)
    own_put_up
    own_may
    own_moved
}

# own_package [JQ-FILTER]
own_package() {
    jq -nc '{manifest: {format: "connector/1", name: "heron", version: "1.0.0", title: "Heron", kind: "3pl",
        settings: {shop: {title: "Shop", kind: "host", needed: true}}, secrets: {key: {title: "Key", why: "Calls are made with it."}},
        url: "\"https://\" & $settings.shop & \"/\"", auth: {kind: "header", header: "x-key", value: "{key}"},
        operations: {"things.get": {title: "A thing", kind: "thing", request: {method: "GET", path: "things/{id}"}}}}} | '"${1:-.}"
}
own_send() { send POST "$1" "$OWN_KEY" "$2"; }

own_put_up() {
    check "a connector can be judged without being kept" "$(own_send /v1/connectors/check "$(own_package)") $(said '[.connector, .version, .unmapped, (.sha256 | length)]')" '200 ["heron","1.0.0",["thing"],64]'
    check "one that is wrong is told as it would be" "$(own_send /v1/connectors/check "$(own_package '.manifest.kind = "bank"')") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 /manifest/kind not_in_list"
    check "a body without a manifest" "$(own_send /v1/connectors '{}') $(said '.errors[0].pointer')" "422 /manifest"
    check "it is put up" "$(own_send /v1/connectors "$(own_package '.note = "The first."')") $(said .version)" "201 1.0.0"
    check "its versions are listed" "$(ask GET /v1/connectors/heron/versions "$OWN_KEY") $(said '.data[0] | [.state, .note, .signed, .published_at]')" '200 ["draft","The first.",true,null]'
    check "one with its declaration" "$(ask GET /v1/connectors/heron/versions/1.0.0 "$OWN_KEY") $(said '[.manifest.title, .mappings, (.author | startswith("key_"))]')" '200 ["Heron",{},true]'
    check "what is not there is not found" "$(ask GET /v1/connectors/heron/versions/9.0.0 "$OWN_KEY") $(said .code)" "404 not-found"
    check "it is published" "$(own_send /v1/connectors/heron/versions/1.0.0/publish '') $(said .state)" "200 published"
    check "and stands in the list of all" "$(ask GET /v1/connectors "$OWN_KEY") $(said '[.data[] | select(.own) | .name]')" '200 ["heron"]'
    check "who did that stands on record" "$(pg_sql "select string_agg(action || ' ' || detail, ', ' order by seq) from tenon.audit_entry where action like 'connector.%'")" \
        "connector.put heron 1.0.0, connector.publish heron 1.0.0"
}

own_may() {
    local reads customers
    reads=$(key_with connectors:read)
    customers=$(key_with connections:read)
    check "who may read them may not put one up" "$(send POST /v1/connectors "$reads" "$(own_package)")" 403
    check "nor publish one" "$(send POST /v1/connectors/heron/versions/1.0.0/publish "$reads" '')" 403
    check "who may connect does not see drafts and declarations of versions" "$(ask GET /v1/connectors/heron/versions "$customers")" 403
}

own_moved() {
    check "a connection is made" "$(send POST /v1/connections "$OWN_KEY" '{"connector": "heron", "name": "Heron", "settings": {"shop": "heron.example"}, "secrets": {"key": "k"}}' -H "customer: $ALDER") $(said .connector_version)" "201 1.0.0"
    OWN_CON=$(said .id)
    check "a newer version" "$(own_send /v1/connectors "$(own_package '.manifest.version = "1.1.0"')") $(own_send /v1/connectors/heron/versions/1.1.0/publish '')" "201 200"
    check "it is moved to it" "$(own_send "/v1/connections/$OWN_CON/version" '{"version": "1.1.0"}') $(said .connector_version)" "200 1.1.0"
    check "one that comes with the program has no versions" "$(own_send "/v1/connections/$ERP_ID/version" '{"version": "1.1.0"}') $(said .code)" "409 conflict"
    check "a version is retired" "$(own_send /v1/connectors/heron/versions/1.1.0/retire '') $(said .state)" "200 retired"
    check "it is not deleted while a connection works by it" "$(ask DELETE /v1/connectors/heron/versions/1.1.0 "$OWN_KEY") $(said .code)" "409 connector-version-fixed"
    check "one that is published is not deleted" "$(ask DELETE /v1/connectors/heron/versions/1.0.0 "$OWN_KEY") $(said .code)" "409 connector-version-fixed"
    check "retired, it is" "$(own_send /v1/connectors/heron/versions/1.0.0/retire '') $(ask DELETE /v1/connectors/heron/versions/1.0.0 "$OWN_KEY") $(ask GET /v1/connectors/heron/versions/1.0.0 "$OWN_KEY")" "200 204 404"
    check "the connection goes on by it" "$(ask GET "/v1/connections/$OWN_CON" "$OWN_KEY") $(said '[.connector_version, .status]')" '200 ["1.1.0","active"]'
}
