# shellcheck shell=bash disable=SC2154
# The pages of signing in and of one's own account: that each answers, in the partner's name, with the headers that keep
# it, and that what it is made of is there. What they do in a browser is tested elsewhere. Sourced by tests/api/run.

SIGNIN_PAGES=(login login/return invite reset account home)

signin_page_checks() {
    local host page
    for host in "$NORTHWIND" "$HARBOR"; do
        for page in "${SIGNIN_PAGES[@]}"; do signin_page "$host" "$page"; done
    done
    signin_parts
    check "the page to sign in takes where to go next" "$(ask GET '/login?next=%2Faccount' '')" 200
    check "and nothing else" "$(ask GET '/login?else=1' '')" 400
}

signin_page() {
    local host=$1 page=$2 name
    name=$([ "$host" = "$NORTHWIND" ] && echo "Northwind Retail Systems" || echo "Harbor Commerce")
    check "$host/$page answers anybody" "$(ON=$host ask GET "/$page" '') $(header_of content-type)" "200 text/html; charset=utf-8"
    check "$host/$page has the partner's name" "$(grep -c "content=\"$name\"" "$ANSWER")" 1
    check "$host/$page has no hole left" "$(grep -c '{{' "$ANSWER" || true)" 0
    check "$host/$page runs our scripts alone" "$(header_of content-security-policy | grep -o "script-src [^;]*;")" "script-src 'self';"
    check "$host/$page makes no script of text" "$(header_of content-security-policy | grep -o "require-trusted-types-for 'script'")" \
        "require-trusted-types-for 'script'"
    check "$host/$page is in nobody's frame" "$(header_of content-security-policy | grep -o "frame-ancestors [^;]*")" "frame-ancestors 'none'"
    check "$host/$page has no script or style of its own" "$(grep -cE '<script>|<style|style="| on[a-z]+="' "$ANSWER" || true)" 0
    check "$host/$page names nothing behind it" "$(cat "$ANSWER" "$ANSWER.header" | grep -ciE 'tenon|h2o' || true)" 0
}

# Whatever the pages and their modules ask for is served, and as what it is.
signin_parts() {
    local asset type files=("${SIGNIN_PAGES[@]##*/}")
    for asset in $(cd "$TENON_ROOT/web-static/signin" && grep -ohE '/assets/[a-z.-]+' "${files[@]/%/.html}" | sort -u) \
        /assets/portal.js /assets/passkey.js /assets/qr.js /assets/words-{de,fr,es}.js; do
        type='text/javascript; charset=utf-8'
        [[ $asset == *.js ]] || type='text/css; charset=utf-8'
        check "$asset is served" "$(ask GET "$asset" '') $(header_of content-type)" "200 $type"
        check "$asset names nothing behind it" "$(grep -ciE 'tenon|h2o' "$ANSWER" || true)" 0
    done
    check "modules make no markup of text" "$(grep -lE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(' "$TENON_ROOT"/web-static/signin/*.js || true)" ""
}
