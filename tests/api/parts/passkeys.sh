# shellcheck shell=bash disable=SC2154
# Passkeys on the pages themselves, in a headless Chromium with a device of its own making. Where there is no Chromium,
# one test is counted as skipped. TENON_PICTURES=FOLDER keeps pictures of the pages. Sourced by tests/api/run.

passkey_page_checks() {
    local browser password="keys on pages and pages on keys" got sentence
    browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
        check "passkeys in a browser # SKIP no chromium here" "" ""
        return 0
    }
    joined page@northwind.example "$password" "$(invite --email page@northwind.example --role partner_support)" >/dev/null
    while IFS=$'\t' read -r got sentence; do
        check "in a browser: $sentence" "$got" yes
    done < <(python3 -B "$TENON_ROOT/tests/api/passkey_pages.py" "$browser" "$(tls_spki)" "https://$NORTHWIND:$HTTPS_PORT" \
        page@northwind.example "$password" ${TENON_PICTURES:+"$TENON_PICTURES"} 2>"$DATA/log/browser.log" || printf 'no\tit ends well\n')
}

tls_spki() {
    as openssl x509 -in "$DATA/keys/tls.pem" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64
}
