# shellcheck shell=bash disable=SC2154
# Files of a connection: uploading, what is told of them and of their rows, and who may. Sourced by tests/api/run; rows, crashes,
# folders and other hosts are for tests/jobs/files.sh and files_remote.sh.

file_checks() {
    FILES_KEY=$(ctl key create --partner northwind --name files --customer "$ALDER" --scopes connections:read,connections:write,messages:read)
    file_connector
    file_upload
    file_of_others
}

files_ask() { ask "$1" "$2" "$FILES_KEY" "${@:3}"; }

file_connector() {
    check "the connector for files is listed" "$(files_ask GET /v1/connectors >/dev/null; said '.data[] | select(.name == "files") | [.title, .kind]')" '["Files","feed"]'
    check "with what it asks for" "$(files_ask GET /v1/connectors/files) $(said '[.manifest.settings.format.choices, .manifest.settings.object.needed]')" \
        '200 [["csv","fixed","json"],true]'
    check "a connection is made" "$(files_ask POST /v1/connections --json '{"connector": "files", "name": "Price list", "settings":
        {"object": "price", "format": "csv", "key": ["sku"], "columns": [{"name": "sku", "needed": true}]}}') $(said .hook_path)" "201 null"
    FILES_CON=$(said .id)
}

file_upload() {
    printf 'sku,price\nA,1\n,2\n' >"$DATA/work/prices.csv"
    check "a file is taken" "$(files_ask POST "/v1/connections/$FILES_CON/files?name=prices.csv" -H 'content-type: text/csv' --data-binary "@$DATA/work/prices.csv") $(said '[.name, .state, .octets]')" \
        '202 ["prices.csv","waiting",17]'
    FILES_ID=$(said .id)
    check "its address is told" "$(grep -ci "^location: /v1/connections/$FILES_CON/files/$FILES_ID" "$ANSWER.header")" 1
    check "it is listed" "$(files_ask GET "/v1/connections/$FILES_CON/files") $(said '[.data[].name]')" '200 ["prices.csv"]'
    check "and shown" "$(files_ask GET "/v1/connections/$FILES_CON/files/$FILES_ID") $(said '[.taken, .refused]')" '200 [0,0]'
    check "no row is refused before one is read" "$(files_ask GET "/v1/connections/$FILES_CON/files/$FILES_ID/refused-rows") $(said .data)" '200 []'
    check "the same again is known" "$(files_ask POST "/v1/connections/$FILES_CON/files" -H 'content-type: text/csv' --data-binary "@$DATA/work/prices.csv") $(said .came)" '200 2'
    check "who uploaded stands in the record" "$(pg_sql "select count(*) from tenon.audit_entry where action = 'file.upload'")" 1
    check "what cannot be read is refused" "$(files_ask POST "/v1/connections/$FILES_CON/files" -H 'content-type: text/csv' --data-binary 'a,a') $(said .code)" '422 file-invalid'
    check "a file that does not exist is not there" "$(files_ask GET "/v1/connections/$FILES_CON/files/fil_01h455vb4pex5vsknk084sn02q")" 404
}

file_of_others() {
    check "a file of another customer is not there" "$(ask GET "/v1/connections/$FILES_CON/files/$FILES_ID" "$BIRCH_KEY")" 404
    check "nor is its connection" "$(ask GET "/v1/connections/$FILES_CON/files" "$BIRCH_KEY")" 404
    check "nor are its rows" "$(ask GET "/v1/connections/$FILES_CON/files/$FILES_ID/refused-rows" "$BIRCH_KEY")" 404
    check "nor is anything taken for it" "$(ask POST "/v1/connections/$FILES_CON/files" "$BIRCH_KEY" -H 'content-type: text/csv' --data-binary 'sku')" 404
    check "who may only read sends nothing" "$(ask POST "/v1/connections/$FILES_CON/files" "$(flow_key 'file reader' "$ALDER" connections:read)" -H 'content-type: text/csv' --data-binary 'sku')" 403
}
