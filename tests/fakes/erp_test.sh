#!/bin/bash
# TAP: the stand-in ERP answers as the real one, computes its totals, and misbehaves only when told to.
# usage: erp_test.sh PATH_OF_FAKE_ERP
set -u
ERP=${1:-${FAKE_ERP:?usage: erp_test.sh PATH_OF_FAKE_ERP}}
DIR=$(mktemp -d /tmp/fake-erp-test.XXXXXX)
N=0 FAILED=0 PID= URL= AUTH=x
trap 'stop TERM; rm -rf "$DIR"' EXIT

start() { # OPTIONS
  : >"$DIR/out"
  "$ERP" --listen 127.0.0.1:0 --login-delay-ms 0 "$@" >"$DIR/out" 2>"$DIR/err" &
  PID=$!
  for _ in $(seq 100); do
    URL=$(sed -n 's/^url=//p' "$DIR/out")
    [ -n "$URL" ] && return
    sleep 0.05
  done
  echo "Bail out! the stand-in does not start: $(cat "$DIR/err")"
  exit 1
}
stop() { # SIGNAL
  [ -n "$PID" ] || return 0
  kill "-$1" "$PID" 2>/dev/null
  wait "$PID" 2>/dev/null
  CODE=$? PID=
}
call() { # METHOD PARAMS
  curl -s -m 20 -H 'Content-Type: application/json' -H "Authorization: $AUTH" \
    -d "{\"id\":7,\"method\":\"$1\",\"params\":$2}" "$URL"
}
status() { # CURL_ARGUMENTS
  curl -s -m 20 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' "$@"
}
state() { curl -s -m 20 "${URL%/erp/}/__state"; }
control() { curl -s -m 20 -d "$1" "${URL%/erp/}/__control"; }
field() { state | grep -o "\"$1\":[0-9]*" | cut -d: -f2; }
login() {
  local user=${1:-connector} id token
  token=$(call common.db.login "[\"$user\",{\"password\":\"Chan3l-Sync84\"},\"en\"]")
  id=$(grep -o '\[[0-9]*' <<<"$token" | tr -d '[')
  token=$(grep -o '[0-9a-f]\{64\}' <<<"$token")
  AUTH="Session $(printf %s "$user:$id:$token" | base64 -w0)"
}
id_of() { # MODEL FIELD VALUE
  call "model.$1.search" "[[[\"$2\",\"=\",\"$3\"]],0,null,null,{}]" | grep -o '"result":\[[0-9]*' | grep -o '[0-9]*$'
}
is() { # NAME GOT WANT
  N=$((N + 1))
  if [ "$2" = "$3" ]; then echo "ok $N - $1"; else
    FAILED=$((FAILED + 1))
    printf 'not ok %d - %s\n#  got: %s\n# want: %s\n' "$N" "$1" "$2" "$3"
  fi
}
has() { # NAME GOT PART
  N=$((N + 1))
  if grep -qF -- "$3" <<<"$2"; then echo "ok $N - $1"; else
    FAILED=$((FAILED + 1))
    printf 'not ok %d - %s\n#  got: %s\n# part: %s\n' "$N" "$1" "$2" "$3"
  fi
}
dec() { printf '{"__class__":"Decimal","decimal":"%s"}' "$1"; }
line() { # PRODUCT QUANTITY PRICE TAX
  printf '{"type":"line","product":%s,"unit":%s,"quantity":%s,"unit_price":%s,"taxes":[["add",[%s]]]}' \
    "$1" "$UNIT" "$2" "$(dec "$3")" "$4"
}
sale() { # REFERENCE LINES
  printf '{"company":3,"currency":1,"party":%s,"invoice_address":%s,"shipment_address":%s,"warehouse":%s,"reference":"%s","lines":[["create",[%s]]]}' \
    "$PARTY" "$ADDRESS" "$ADDRESS" "$HOUSE" "$1" "$2"
}
create() { call model.sale.sale.create "[[$(sale "$1" "$2")],{}]"; }
number() { grep -o '\[[0-9]*\]' | tr -d '[]'; }
amounts() { call model.sale.sale.read "[[$1],[\"untaxed_amount\",\"tax_amount\",\"total_amount\"],{}]" | grep -o '"decimal":"[^"]*"' | cut -d'"' -f4 | tr '\n' ' '; }
names() {
  login
  PARTY=$(id_of party.party code WEB-GUEST)
  ADDRESS=$(id_of party.address party.code WEB-GUEST)
  HOUSE=$(id_of stock.location code DC1)
  UNIT=$(id_of product.uom name Unit)
  SKU1=$(id_of product.product code SKU-0001)
  SKU3=$(id_of product.product code SKU-0003)
}

# Login and transport.
start --journal "$DIR/journal"
is "it tells its version" "$(call common.server.version '[]')" '{"id":7,"result":"6.0.29"}'
is "no session is refused" "$(status -d '{"id":1,"method":"model.sale.sale.search","params":[[],0,null,null,{}]}' "$URL")" 401
is "another content type is a server error" "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' -d '{}' "$URL")" 500
is "another path is unknown" "$(status "${URL%erp/}nope")" 404
login
has "the user's own company" "$(call model.res.user.get_preferences '[true,{}]')" '"company":3'
is "Basic works too" "$(status -u connector:Chan3l-Sync84 -d '{"id":1,"method":"model.sale.sale.search","params":[[],0,null,null,{}]}' "$URL")" 200
is "a wrong Basic password does not" "$(status -u connector:nope -d '{"id":1,"method":"model.sale.sale.search","params":[[],0,null,null,{}]}' "$URL")" 401
is "a method that may not be called" "$(status -H "Authorization: $AUTH" -d '{"id":1,"method":"model.sale.sale.explode","params":[[1],{}]}' "$URL")" 403
WRONG='{"id":1,"method":"common.db.login","params":["connector-eu",{"password":"x"},"en"]}'
is "six wrong passwords" "$(for _ in 1 2 3 4 5 6; do status -d "$WRONG" "$URL"; printf ' '; done)" "401 401 401 401 401 401 "
is "then even the right one" "$(status -d '{"id":1,"method":"common.db.login","params":["connector-eu",{"password":"Chan3l-Sync84"},"en"]}' "$URL")" 429
control '{"forget_attempts":true}'

# Names and errors.
names
is "products by code" "$(call model.product.product.search_read '[[["code","in",["SKU-0001","SHIPPING"]]],0,null,[["code","ASC"]],["code","list_price"],{}]' | grep -o '"decimal":"[^"]*"' | tr '\n' ' ')" '"decimal":"0" "decimal":"19.99" '
has "a party by its email, with its addresses" "$(call model.party.party.search_read '[[["contact_mechanisms.value","=","cust-1002@example.com"]],0,null,null,["name","addresses","addresses.city"],{}]')" '"addresses.":[{"id":'
has "like without case, in a nested OR" "$(call model.party.party.search_count '[["OR",[["name","ilike","%BYRON%"]],[["name","like","Sean%"],["code","!=","X"]]],{}]')" '"result":2'
is "an unknown field" "$(call model.sale.sale.search_read '[[],0,null,null,["nope"],{}]')" "{\"id\":7,\"error\":[\"'nope'\",\"\"]}"
is "an unknown model" "$(call model.no.thing.read '[[1],[],{}]')" "{\"id\":7,\"error\":[\"'no.thing'\",\"\"]}"
is "an unknown field in a domain" "$(call model.party.party.search '[[["nope","=",1]],0,null,null,{}]')" "{\"id\":7,\"error\":[\"'nope'\",\"\"]}"
is "a sale without a party" "$(call model.sale.sale.create '[[{"company":3,"currency":1}],{}]')" '{"id":7,"error":["UserError",["A value is required for field \"Party\" in \"Sale\".","",null]]}'
has "a float for a price" "$(create F "{\"type\":\"line\",\"quantity\":1,\"unit_price\":97.1}")" "97.099999999999994315658113919198513031005859375"
has "a fifth digit in a price" "$(create F "$(line "$SKU1" 1 1.00001 1)")" 'exceeds the limit of \"4\"'
has "half a unit" "$(create F "$(line "$SKU1" 1.5 1.00 1)")" 'exceeds the limit of \"0\"'
has "a tax of the other company" "$(create F "$(line "$SKU1" 1 1.00 3)")" 'not valid according to its domain'
has "an address of another party" "$(call model.sale.sale.create "[[{\"company\":3,\"currency\":1,\"party\":$PARTY,\"invoice_address\":$((ADDRESS + 1))}],{}]")" '\"Invoice Address\" in \"Sale\" is not valid'
has "a party's code comes once" "$(call model.party.party.create '[[{"name":"x","code":"WEB-GUEST"}],{}]')" 'must be unique'
is "refused creates left nothing" "$(field sales)" 0

# From order to cash.
S=$(create A-1 "$(line "$SKU1" 2 19.99 1),$(line "$SKU3" 3 7.2505 1),$(line "$SKU3" -1 0.335 2)" | number)
is "totals: per line to the cent, the tax over the document" "$(amounts "$S")" "61.39 5.09 66.48 "
has "confirm before quote does nothing" "$(call model.sale.sale.confirm "[[$S],{}]")" '"result":null'
has "and the sale is still a draft" "$(call model.sale.sale.read "[[$S],[\"state\",\"number\"],{}]")" '"state":"draft","number":null'
call model.sale.sale.quote "[[$S],{}]" >/dev/null
has "a quotation has a number" "$(call model.sale.sale.read "[[$S],[\"state\",\"number\"],{}]")" '"state":"quotation","number":"1"'
call model.sale.sale.confirm "[[$S],{}]" >/dev/null
has "a confirmed sale is processing, with invoice and shipment" "$(call model.sale.sale.read "[[$S],[\"state\",\"invoices.state\",\"shipments.state\"],{}]")" '"state":"processing","invoices.":[{"id":2001,"state":"draft"}],"shipments.":[{"id":3001,"state":"waiting"}]'
is "half a cent goes to even" "$(amounts "$(create B-1 "$(line "$SKU1" 1 0.125 2),$(line "$SKU1" 1 0.135 2)" | number)")" "0.26 0.00 0.26 "
is "the probe finds it" "$(call model.sale.sale.search_read '[[["reference","=","A-1"]],0,1,null,["state"],{}]')" "{\"id\":7,\"result\":[{\"id\":$S,\"state\":\"processing\"}]}"
TIME=$(call model.sale.sale.read "[[$S],[\"_timestamp\"],{}]" | grep -o '[0-9]*\.[0-9]*')
has "a stale timestamp" "$(call model.sale.sale.write "[[$S],{\"comment\":\"x\"},{\"_timestamp\":{\"sale.sale,$S\":\"1.000000\"}}]")" 'ConcurrencyException'
has "the right timestamp" "$(call model.sale.sale.write "[[$S],{\"comment\":\"x\"},{\"_timestamp\":{\"sale.sale,$S\":\"$TIME\"}}]")" '"result":null'
create B-1 "$(line "$SKU1" 1 1.00 1)" >/dev/null
is "a reference that comes twice is counted" "$(field duplicate_references)" 1
has "a product of one's own" "$(call model.product.template.create "[[{\"name\":\"Mug\",\"default_uom\":$UNIT,\"list_price\":$(dec 4.5),\"products\":[[\"create\",[{\"suffix_code\":\"MUG-1\"}]]]}],{}]")" '"result":[234]'
has "is found by its code" "$(call model.product.product.search_read '[[["code","=","MUG-1"]],0,null,null,["name","list_price"],{}]')" '"name":"Mug"'
has "a party with address and email" "$(call model.party.party.create '[[{"name":"N","code":"S-1","addresses":[["create",[{"street":"2 Elm\nFlat 3"}]]],"contact_mechanisms":[["create",[{"type":"email","value":"n@example.com"}]]]}],{}]')" '"result":[48]'
login connector-eu
is "the other company sees none of them" "$(call model.sale.sale.search_count '[[],{}]')" '{"id":7,"result":0}'
BEFORE=$(curl -s "${URL%/erp/}/__sales")
has "the list of sales names product and total" "$BEFORE" '"total":"66.48","lines":[{"product":"SKU-0001","quantity":2.0,"unit_price":"19.99"'

# The journal.
OLD=$AUTH
stop KILL
start --journal "$DIR/journal"
is "kill -9 and a restart keep every sale" "$(curl -s "${URL%/erp/}/__sales")" "$BEFORE"
AUTH=$OLD
has "and the session" "$(call model.sale.sale.search_count '[[],{}]')" '"result":0'
stop KILL
printf '{"at":1,"user":12,"ca' >>"$DIR/journal"
start --journal "$DIR/journal"
is "a line cut short is forgotten" "$(curl -s "${URL%/erp/}/__sales")" "$BEFORE"
names
has "numbers go on after it" "$(create C-1 "$(line "$SKU1" 1 1.00 1)")" '"result":[1004]'

# Faults.
SALES=$(field sales)
control '{"drop_after":100}'
call model.sale.sale.create "[[$(sale D-1 "$(line "$SKU1" 1 1.00 1)")],{}]" >/dev/null
is "a dropped answer is no answer" "$?" 52
is "but the sale is there" "$(field sales)" $((SALES + 1))
control '{"drop_after":0,"drop_before":100}'
call model.sale.sale.create "[[$(sale D-2 "$(line "$SKU1" 1 1.00 1)")],{}]" >/dev/null
is "dropped before acting is no answer either" "$?" 52
is "and no sale" "$(field sales)" $((SALES + 1))
is "both are counted" "$(field dropped_after) $(field dropped_before)" "1 1"
control '{"drop_before":0,"lock":100}'
has "a lock conflict" "$(call model.sale.sale.quote '[[1004],{}]')" 'could not obtain lock on row in relation'
control '{"lock":0,"delay_ms":300}'
FROM=$(date +%s%3N)
call model.sale.sale.search_count '[[],{}]' >/dev/null
is "a delay is kept" "$(($(date +%s%3N) - FROM >= 300))" 1
control '{"delay_ms":0,"forget_sessions":true}'
is "a forgotten session" "$(status -H "Authorization: $AUTH" -d '{"id":1,"method":"model.sale.sale.search","params":[[],0,null,null,{}]}' "$URL")" 401
login
SALES=$(field sales)
control '{"late":100,"late_ms":300}'
call model.sale.sale.create "[[$(sale L-1 "$(line "$SKU1" 1 1.00 1)")],{}]" >/dev/null
is "a late change is not answered" "$?" 52
is "and not there yet" "$(field sales)" "$SALES"
has "reads are not late" "$(call model.sale.sale.search_count '[[],{}]')" '"result":'
for _ in $(seq 40); do [ "$(field sales)" = "$SALES" ] || break; sleep 0.05; done
is "but then it is" "$(field sales)" $((SALES + 1))
control '{"late":0,"error_after":100}'
has "an error after the fact" "$(create L-2 "$(line "$SKU1" 1 1.00 1)")" '"error":["server closed the connection unexpectedly'
is "and the sale is there" "$(field sales)" $((SALES + 2))
control '{"error_after":0,"refuse":"model.sale.sale.quote"}'
has "a refusal on request" "$(call model.sale.sale.quote '[[1004],{}]')" '"error":["UserError",["This is not possible now."'
control '{"refuse":"","forget":100}'
is "sessions are forgotten at any time" "$(status -H "Authorization: $AUTH" -d '{"id":1,"method":"model.sale.sale.search","params":[[],0,null,null,{}]}' "$URL")" 401
control '{"forget":0,"late":100,"late_ms":60000}'
login
create L-3 "$(line "$SKU1" 1 1.00 1)" >/dev/null
is "all that is counted" "$(field late) $(field errors_after) $(field forgotten)" "2 1 1"
is "an unknown control is refused" "$(status -d '{"nope":1}' "${URL%/erp/}/__control")" 400
stop TERM
is "it ends cleanly" "$CODE" 0
is "and said nothing meanwhile" "$(cat "$DIR/err")" ""
start --shop --slow-per-sale-ms 100
names
FROM=$(date +%s%3N)
call model.sale.sale.create "[[$(sale E-1 "$(line "$SKU1" 1 1.00 1)"),$(sale E-2 "$(line "$SKU1" 1 1.00 1)"),$(sale E-3 "$(line "$SKU1" 1 1.00 1)")],{}]" >/dev/null
is "three slow sales take three times as long" "$(($(date +%s%3N) - FROM >= 300))" 1
is "the sink swallows" "$(curl -s -d '{}' "${URL%/erp/}/sink") $(field sink)" '{"ok":true} 1'
head -c 2200000 /dev/zero >"$DIR/big"
is "a body over 2 MiB is refused" "$(status --data-binary @"$DIR/big" -H 'Expect:' "$URL")" 413
stop TERM
is "it ends cleanly again" "$CODE" 0

echo "1..$N"
[ "$FAILED" = 0 ]
