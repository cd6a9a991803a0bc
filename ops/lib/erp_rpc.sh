# shellcheck shell=bash disable=SC2034
# Asks the ERP itself what it holds, past our own programs. Sourced by demo and by tests.
# ERP_URL, ERP_USER and ERP_SECRET are set by erp_facts; ERP_IDS is its file of record ids, or empty.
ERP_SESSION=

# erp_facts: reads the url=, user=, … lines of ops/erp/start or fake-erp from stdin.
erp_facts() {
    local key value
    ERP_URL='' ERP_USER=connector ERP_SECRET=connector ERP_IDS=''
    while IFS='=' read -r key value; do
        case $key in
            url) ERP_URL=$value ;;
            user) ERP_USER=$value ;;
            password) ERP_SECRET=$value ;;
            ids) ERP_IDS=$value ;;
        esac
    done
    [ -n "$ERP_URL" ] || die "the ERP did not say its address"
    ERP_SESSION=
}

# A stand-in that is told to lose answers loses these, too; they only read, so they are asked again.
erp_post() {
    local answer='' i
    for i in 1 2 3 4 5 6 7 8; do
        answer=$(curl -s -m 60 -H 'Content-Type: application/json' \
            ${ERP_SESSION:+-H "Authorization: Session $ERP_SESSION"} -d "$1" "$ERP_URL") && [ -n "$answer" ] && break
    done
    printf '%s\n' "$answer"
}

erp_login() {
    local answer
    answer=$(erp_post "$(jq -nc --arg u "$ERP_USER" --arg p "$ERP_SECRET" \
        '{id: 1, method: "common.db.login", params: [$u, {password: $p}, "en"]}')")
    ERP_SESSION=$(jq -re --arg u "$ERP_USER" '"\($u):\(.result[0]):\(.result[1])" | @base64' <<<"$answer") ||
        die "the ERP refused the login: $answer"
}

# erp_call METHOD PARAMS: the result; PARAMS is a JSON array without the context. A session that was forgotten is begun anew.
erp_call() {
    local answer i
    for i in 1 2 3; do
        [ -n "$ERP_SESSION" ] || erp_login
        answer=$(erp_post "$(jq -nc --arg m "$1" --argjson p "$2" '{id: 1, method: $m, params: ($p + [{company: 1}])}')")
        # A session that is not known is answered with nothing at all.
        if [ -n "$answer" ] && jq -e 'type == "object" and has("result")' <<<"$answer" >/dev/null 2>&1; then break; fi
        ERP_SESSION=''
    done
    jq -ce 'if has("result") then .result else error("the ERP answered \(.error)") end' <<<"$answer"
}

# erp_sales: one line a sale that the ERP holds, whatever its state: {id, reference, number, state, total}.
erp_sales() {
    erp_call model.sale.sale.search_read \
        '[[], 0, null, null, ["reference", "number", "state", "total_amount"]]' |
        jq -c '.[] | {id, reference, number, state, total: .total_amount.decimal}'
}

# erp_id MODEL FIELD VALUE: as the ERP numbers it; nothing when it has no such record.
erp_id() { erp_call "model.$1.search_read" "[[[\"$2\", \"=\", \"$3\"]], 0, null, null, [\"id\"]]" | jq '.[0].id // empty'; }

# erp_settings: what a connection to this ERP needs, asked of the ERP itself.
erp_settings() {
    local company category
    company=$(erp_call model.res.user.get_preferences '[true]' | jq -e .company)
    category=$(erp_id product.category name "Taxed goods")
    [ -z "$ERP_IDS" ] || category=$(jq '.categories.free // empty' "$ERP_IDS")
    jq -nc --arg url "$ERP_URL" --arg user "$ERP_USER" --argjson company "$company" \
        --argjson warehouse "$(erp_id stock.location code DC1)" --argjson unit "$(erp_id product.uom name Unit)" \
        --argjson tax "$(erp_id account.tax name US-SALES-8.25)" --argjson category "${category:-0}" '{
        url: $url, user: $user, company: $company, warehouse: $warehouse, unit: $unit,
        account_category: $category, tax_codes: {"0.0825": $tax}}'
}

# erp_settled: the ERP holds still (nothing is on its way any more) before it is read.
erp_settled() {
    local before now try
    before=$(erp_sales | sort)
    for try in {1..30}; do
        sleep 1
        now=$(erp_sales | sort)
        [ "$now" != "$before" ] || return 0
        before=$now
    done
    say "the ERP's sales were still changing after $try seconds"
}
