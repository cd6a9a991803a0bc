# shellcheck shell=bash disable=SC2154
# Addresses of the portal's pages and the files they are made of: that each answers, in the partner's name, and that what
# is named after its content is kept by browsers for good and comes as short as they take it. What pages do in a browser
# is tested in tests/web. Sourced by tests/api/run.

PORTAL_PAGES=(exceptions orders connections flows mappings cross-references drifts)

portal_checks() {
    local page customer=cus_01jd4k8z7q0000000000000000 # of nobody: pages hold no data
    [ -f "$DATA/app/web-static/dist/portal.html" ] || die "the portal is not built"
    for page in "${PORTAL_PAGES[@]}"; do
        for page in "$page" "$page/one" "c/$customer/$page" "c/$customer/$page/one?tab=two"; do portal_page "$page"; done
    done
    for page in audit team api-keys files grants service-levels settings; do
        portal_page "$page"
        portal_page "c/$customer/$page"
    done
    for page in customers usage fleet branding domains profile "c/$customer"; do portal_page "$page"; done
    check "the start page is the partner's own for strangers" "$(ask GET / '') $(grep -c 'id="app"' "$ANSWER")" "200 0"
    check "and the portal for who brings a session" "$(ask GET / '' -H 'cookie: __Host-session=any') $(grep -c 'id="app"' "$ANSWER")" "200 1"
    check "which is told apart by what keeps answers" "$(header_of vary)" cookie
    portal_assets
}

portal_page() {
    check "/$1 answers anybody" "$(ask GET "/$1" '') $(header_of content-type)" "200 text/html; charset=utf-8"
    check "/$1 has the partner's name, and no other" "$(grep -c 'content="Northwind Retail Systems"' "$ANSWER") $(cat "$ANSWER" "$ANSWER.header" | grep -ciE 'tenon|h2o|\{\{' || true)" "1 0"
    check "/$1 runs our scripts alone" "$(header_of content-security-policy | grep -o "script-src [^;]*;") $(grep -cE '<script>|<style|style="| on[a-z]+="' "$ANSWER" || true)" "script-src 'self'; 0"
}

portal_assets() {
    local script whole br
    ask GET /orders '' >/dev/null
    script=$(grep -oE '/assets/main-[A-Z0-9]+\.js' "$ANSWER" | head -n 1)
    check "the page names its script after the content" "$(ask GET "$script" '') $(header_of content-type) $(header_of cache-control)" \
        "200 text/javascript; charset=utf-8 public, max-age=31536000, immutable"
    check "as it is, for who does not say more" "$(header_of content-encoding)" ""
    whole=$(wc -c <"$ANSWER")
    check "as brotli for who takes it" "$(ask GET "$script" '' -H 'accept-encoding: gzip, deflate, br') $(header_of content-encoding) $(header_of vary)" "200 br accept-encoding"
    br=$(wc -c <"$ANSWER")
    check "which is less" "$((br < whole))" 1
    check "as gzip for who takes that alone" "$(ask GET "$script" '' -H 'accept-encoding: gzip') $(header_of content-encoding)" "200 gzip"
    check "not as what is refused" "$(ask GET "$script" '' -H 'accept-encoding: br;q=0, gzip;q=0.0') $(header_of content-encoding)" "200 "
    check "each form has an ETag of its own" "$(for e in identity br gzip; do ask GET "$script" '' -H "accept-encoding: $e" >/dev/null; header_of etag; done | sort -u | wc -l)" 3
    check "what is not there is not found" "$(ask GET /assets/main-AAAAAAAA.js '')" 404
    check "nor is a page by its file" "$(ask GET /assets/portal.html '')" 404
    check "scripts make no markup of text" "$(grep -lE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|dangerously' -r "$TENON_ROOT/web-static/src" || true)" ""
}
