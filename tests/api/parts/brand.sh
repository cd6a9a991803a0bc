# shellcheck shell=bash disable=SC2154
# The brand: draft, images, a link that shows it, publishing and bringing an older version back. Sourced by tests/api/run.

brand_checks() {
    BRAND_KEY=$(key_with brand:read,brand:write) HARBOR_BRAND_KEY=$(key_abroad brand:read,brand:write)
    brand_begins
    brand_drafted
    brand_judged
    brand_coloured
    brand_pictured
    brand_previewed
    brand_published
    brand_whose
}

# key_abroad SCOPES: of the other partner.
key_abroad() {
    local key
    key=$(ctl key create --partner harbor --name "may $1")
    pg_sql "update tenon.api_key set scopes = '{$1}' where partner_id = (select partner_id from tenon.partner
        where slug = 'harbor') and name = 'may $1'"
    echo "$key"
}

# brand_doc [JQ-FILTER]: a whole document.
brand_doc() {
    jq -nc '{name: "Northwind Commerce Hub", product: "hub", accent: "#7A1F5C", support_email: "care@northwind.example",
        support_url: "https://help.northwind.example/", login_text: "Good to see you.", radius: 10, density: "compact",
        words: {de: {Orders: "Aufträge"}}} | '"${1:-.}"
}
# draft_put VERSION BODY [KEY]
draft_put() { ask PUT /v1/brand/draft "${3:-$BRAND_KEY}" --json "$2" -H "if-match: \"v$1\""; }
# draft_image NAME VERSION TYPE FILE
draft_image() {
    ask PUT "/v1/brand/draft/$1" "$BRAND_KEY" -H "if-match: \"v$2\"" -H "content-type: $3" --data-binary "@$4"
}
draft_version() { ask GET /v1/brand/draft "$BRAND_KEY" >/dev/null && said .version; }

brand_begins() {
    check "a partner begins with its pack, as version 0" \
        "$(ask GET /v1/brand "$BRAND_KEY") $(said '[.version, .document.name, .document.accent, .has_logo, .has_favicon]') $(header_of etag)" \
        '200 [0,"Northwind Retail Systems","#0f6b5c",true,false] "v0"'
    check "and so does the draft" "$(ask GET /v1/brand/draft "$BRAND_KEY") $(said '[.version, .document.name]')" \
        '200 [0,"Northwind Retail Systems"]'
    check "without a draft there is nothing to publish" "$(ask POST /v1/brand/publish "$BRAND_KEY")" 409
    check "nor a version" "$(ask GET /v1/brand/versions "$BRAND_KEY") $(said .data)" "200 []"
}

brand_drafted() {
    check "a draft needs the version that was seen" "$(ask PUT /v1/brand/draft "$BRAND_KEY" --json "$(brand_doc)")" 428
    check "a draft is begun" "$(draft_put 0 "$(brand_doc)") $(said '[.version, .document.accent, .document.words.de.Orders, .has_logo]') $(header_of etag)" \
        '200 [1,"#7a1f5c","Aufträge",true] "v1"'
    check "not twice" "$(draft_put 0 "$(brand_doc)") $(said .code)" "412 precondition-failed"
    check "and changed" "$(draft_put 1 "$(brand_doc '.radius = 12')") $(said '[.version, .document.radius]')" '200 [2,12]'
    check "a stale change is refused" "$(draft_put 1 "$(brand_doc)") $(said .detail | grep -o 'version 2')" "412 version 2"
    check "nothing of it is shown yet" "$(ask GET / '') $(grep -c 'Commerce Hub' "$ANSWER")" "200 0"
}

# judged SENTENCE JQ-FILTER POINTER CODE
judged() {
    check "$1 is refused" "$(draft_put 2 "$(brand_doc "$2")") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 $3 $4"
}

brand_judged() {
    judged "a colour that breaks out of the style sheet" '.accent = "red;}bo"' /accent not_a_colour
    judged "a colour by name" '.accent = "red"' /accent not_a_colour
    judged "a colour with an expression" '.accent = "expr()"' /accent not_a_colour
    judged "a support address of data:" '.support_url = "data:text/html,x"' /support_url not_an_https_url
    judged "a support address without TLS" '.support_url = "http://help.example.com/"' /support_url not_an_https_url
    judged "an address with a name in it" '.terms_url = "https://u@help.example.com/"' /terms_url not_an_https_url
    judged "an address with quotes" '.terms_url = "https://help.example.com/\"x"' /terms_url not_an_https_url
    judged "a mail address with a line in it" '.mail_from_address = "a@b.example\nbcc: x"' /mail_from_address hidden_character
    judged "a name that turns the text around" '.name = "abc\u202egnp"' /name not_plain_text
    judged "a name with a control character" '.name = "a\u0007b"' /name not_plain_text
    judged "the house's own name" '.login_text = "Welcome to Tenon!"' /login_text not_allowed
    judged "a radius of 15" '.radius = 15' /radius out_of_range
    judged "a member that nobody knows" '.host = "harbor.localhost"' /host unknown_member
    judged "a language that is none" '.words = {"german": {"Orders": "x"}}' /words invalid
    judged "a phrase of nothing" '.words = {"de": {"Orders": ""}}' /words invalid
    judged "a dark accent that cannot be read" '.accent_dark = "#402038"' /accent_dark unreadable
    check "with the pair, the ratio and a colour that can" \
        "$(said '.errors[0].detail' | grep -cE 'accent.* has a contrast of [0-9.]+ and needs 4.5; .* is #[0-9a-f]{6}$')" 1
    check "which is taken" \
        "$(draft_put 2 "$(brand_doc ".accent_dark = \"$(said '.errors[0].detail' | grep -oE '#[0-9a-f]{6}$')\"")")" 200
    check "markup is text" "$(draft_put 3 "$(brand_doc '.name = "<img src=x onerror=alert(1)>"')")" 200
    check "and the name a name again" "$(draft_put 4 "$(brand_doc)")" 200
}

# What a colour becomes is what the style sheet of a brand with it says, and can be read.
brand_coloured() {
    local light
    check "what a colour becomes is shown" "$(ask GET '/v1/brand/colours?accent=%237A1F5C' "$BRAND_KEY") $(said '[.colours[] | .name] | index("accent-soft") != null')" \
        "200 true"
    light=$(said '.colours[] | select(.name == "accent") | .light')
    check "everything on its ground is read in both schemes" \
        "$(said '[.contrasts[] | select((.light | tonumber) < (.least | tonumber) or (.dark | tonumber) < (.least | tonumber))] | length')" 0
    check "as the style sheet has them" \
        "$(ask GET /brand/theme.css '' >/dev/null; grep -oE -- '--accent:#[0-9a-f]{6}' "$ANSWER" | head -n 1)" \
        "--accent:$(ask GET '/v1/brand/colours?accent=%230f6b5c' "$BRAND_KEY" >/dev/null; said '.colours[] | select(.name == "accent") | .light')"
    check "a colour that is too light becomes a darker one" \
        "$(ask GET '/v1/brand/colours?accent=%23ffff00' "$BRAND_KEY") $(said '.colours[] | select(.name == "accent") | .light != "#ffff00"')" "200 true"
    check "so does one of the dark scheme" \
        "$(ask GET '/v1/brand/colours?accent=%230f6b5c&accent_dark=%23402038' "$BRAND_KEY") $(said '[.contrasts[] | select((.dark | tonumber) < (.least | tonumber))] | length')" "200 0"
    check "what is no colour is refused" "$(ask GET '/v1/brand/colours?accent=red' "$BRAND_KEY") $(said '.errors[0] | "\(.pointer) \(.code)"')" "400 accent not_a_colour"
    check "a customer's key may not ask" "$(ask GET '/v1/brand/colours?accent=%230f6b5c' "$ALDER_KEY") ${light:+shown}" "403 shown"
}

brand_pictured() {
    local v png=$DATA/work/mark.png
    v=$(draft_version)
    printf '<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#7a1f5c"/></svg>\n' >"$DATA/work/good.svg"
    check "a logo is taken" "$(draft_image logo "$v" image/svg+xml "$DATA/work/good.svg") $(said .version)" "200 $((v + 1))"
    check "an image of another name is none" "$(draft_image banner "$((v + 1))" image/svg+xml "$DATA/work/good.svg")" 404
    check "nor is another type" "$(draft_image mark "$((v + 1))" image/gif "$DATA/work/good.svg")" 415
    printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><script>alert(1)</script></svg>' >"$DATA/work/bad.svg"
    check "a drawing that runs is refused" "$(draft_image mark "$((v + 1))" image/svg+xml "$DATA/work/bad.svg") $(said .detail)" \
        '422 the SVG file has an element "script", which is not allowed'
    printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><image href="http://evil.example/x.png"/></svg>' >"$DATA/work/bad.svg"
    check "one that loads is, too" "$(draft_image mark "$((v + 1))" image/svg+xml "$DATA/work/bad.svg")" 422
    printf '<html><script>alert(1)</script></html>' >"$png"
    check "HTML is no PNG" "$(draft_image mark "$((v + 1))" image/png "$png")" 422
    head -c 204801 /dev/zero >"$png"
    check "an image of over 200 kB is too large" "$(draft_image mark "$((v + 1))" image/png "$png")" 413
    base64 -d <<<"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==" >"$png"
    check "a PNG is taken" "$(draft_image mark "$((v + 1))" image/png "$png") $(said .has_mark)" "200 true"
    check "and taken away again" \
        "$(ask DELETE /v1/brand/draft/mark "$BRAND_KEY" -H "if-match: \"v$((v + 2))\"") $(said .has_mark)" "200 false"
}

brand_previewed() {
    local link cookie
    check "a link to the draft is made" "$(ask POST /v1/brand/draft/preview-link "$BRAND_KEY")" 201
    link=$(said .url)
    check "it sets a cookie and leads to the portal" "$(ask GET "$link" '') $(header_of location)" "303 /"
    cookie=$(header_of set-cookie | cut -d';' -f1)
    check "of this host alone" "$(header_of set-cookie | cut -d';' -f2- | sed 's/Max-Age=.*//')" " Path=/; Secure; HttpOnly; SameSite=Lax; "
    check "its holder sees the draft" "$(ask GET / '' -H "cookie: $cookie") $(grep -c '<h1>Northwind Commerce Hub' "$ANSWER") $(header_of cache-control)" "200 1 no-store"
    check "in its colours" "$(ask GET /brand/theme.css '' -H "cookie: a=b; $cookie") $(grep -o -- '--brand:#7a1f5c' "$ANSWER")" "200 --brand:#7a1f5c"
    check "nobody else does" "$(ask GET / '') $(grep -c 'Commerce Hub' "$ANSWER")" "200 0"
    check "it is no link on another's host" "$(ON=$HARBOR ask GET "$link" '')" 404
    check "nor its cookie" "$(ON=$HARBOR ask GET / '' -H "cookie: $cookie") $(grep -c 'Commerce Hub' "$ANSWER")" "200 0"
    check "a link that was changed is none" "$(ask GET "${link%?}$([ "${link: -1}" = 0 ] && echo 1 || echo 0)" '')" 404
}

# shows TEXT: what the start page says within two seconds.
shows() {
    local i
    for i in {1..20}; do
        ask GET / '' >/dev/null
        ! grep -q "$1" "$ANSWER" || return 0
        sleep 0.1
    done
    return 1
}

brand_published() {
    check "the draft is published" "$(ask POST /v1/brand/publish "$BRAND_KEY" --json '{"comment":"spring look"}') $(said '[.version, .document.name, .has_logo]')" \
        '201 [1,"Northwind Commerce Hub",true]'
    holds "and shown within a second or two" shows '<h1>Northwind Commerce Hub'
    check "its logo is what was sent, written anew" "$(ask GET /brand/logo.svg '') $(cat "$ANSWER")" \
        '200 <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#7a1f5c"/></svg>'
    check "as an image that runs nothing" "$(header_of content-type) $(header_of x-content-type-options) $(header_of content-security-policy)" \
        "image/svg+xml nosniff default-src 'none'; style-src 'unsafe-inline'; sandbox"
    check "what is known is not sent again" "$(ask GET /brand/logo.svg '' -H "if-none-match: $(header_of etag)")" 304
    check "the mark is made from the name" "$(ask GET /brand/mark.svg '') $(grep -c '>N</text>' "$ANSWER")" "200 1"
    check "and is the icon" "$(ask GET /favicon.ico '') $(header_of content-type) $(ask GET /favicon.svg '')" "200 image/svg+xml 200"
    check "the manifest has name and colour" "$(ask GET /manifest.webmanifest '') $(said '[.name, (.theme_color | test("^#[0-9a-f]{6}$"))]')" \
        '200 ["Northwind Commerce Hub",true]'
    check "the dark logo is the light one when there is no other" "$(ask GET /brand/logo-dark.svg '')" 200
    check "a second version" "$(draft_put "$(draft_version)" "$(brand_doc '.name = "Northwind Second"')") $(ask POST /v1/brand/publish "$BRAND_KEY") $(said .version)" "200 201 2"
    holds "is shown" shows '<h1>Northwind Second'
    check "both are listed, one is shown" "$(ask GET /v1/brand/versions "$BRAND_KEY") $(said '[.data[] | [.version, .status, .name, .comment]]')" \
        '200 [[2,"published","Northwind Second",null],[1,"retired","Northwind Commerce Hub","spring look"]]'
    check "the first is brought back as a third" "$(ask POST /v1/brand/versions/1/restore "$BRAND_KEY" --json '{"comment":"too bold"}') $(said '[.version, .document.name]')" \
        '201 [3,"Northwind Commerce Hub"]'
    holds "and shown" shows '<h1>Northwind Commerce Hub'
    check "page by page" "$(ask GET '/v1/brand/versions?limit=2' "$BRAND_KEY") $(said '[.data[].version]') $(ask GET "/v1/brand/versions?limit=2&cursor=$(said .next_cursor)" "$BRAND_KEY") $(said '[.data[].version]')" \
        "200 [3,2] 200 [1]"
    check "a version that never was" "$(ask POST /v1/brand/versions/9/restore "$BRAND_KEY")" 404
    check "nor is a word a version" "$(ask POST /v1/brand/versions/last/restore "$BRAND_KEY")" 404
}

# A key made for a partner of its own says who may; nothing of this is a customer's business.
brand_whose() {
    local key
    check "a customer's key may not" "$(ask GET /v1/brand "$ALDER_KEY")" 403
    key=$(key_with brand:read)
    check "who may read may read" "$(ask GET /v1/brand/draft "$key")" 200
    check "and not write" "$(draft_put 1 "$(brand_doc)" "$key") $(ask POST /v1/brand/publish "$key")" "403 403"
    check "another partner has its own" "$(ON=$HARBOR ask GET /v1/brand "$HARBOR_BRAND_KEY") $(said '[.version, .document.name]')" \
        '200 [0,"Harbor Commerce"]'
    check "and no version of ours" "$(ON=$HARBOR ask POST /v1/brand/versions/1/restore "$HARBOR_BRAND_KEY")" 404
}
