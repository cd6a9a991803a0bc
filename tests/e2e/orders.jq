# Order number $i of a run, made of a template: an id of its own (every other one above 2^53), quantities, freight, taxes
# and totals that add up. Amounts are whole cents until they are written; ids are "@digits@" (see exact in stack.sh).
def cents: tonumber * 100 | round;
def money: (if . < 0 then "-" else "" end) as $sign | fabs
    | "\($sign)\(. / 100 | floor).\(. % 100 | tostring | if length == 1 then "0" + . else . end)";
def padded: tostring | ("00000" + .)[-5:];
def id($i): if $i % 2 == 0 then "@90071992547\(40993 + 2 * $i)@" else "@58000000\($i | padded)@" end;

# The shop rounds each tax line by itself. Taxes inside the price are what the price holds of them.
def taxed($net; $included):
    .tax_lines |= map(.rate as $r
        | .price = (if $included then $net * $r / (1 + $r) else $net * $r end | round | money) | del(.price_set));

def line($i; $n; $included):
    .id = "@9007199254\($i | padded)\(10 + $n)@"
    | .quantity = 1 + ($i + 3 * $n) % 4
    | .discount_allocations |= map(del(.amount_set))
    | ((.price | cents) * .quantity - ([.discount_allocations[].amount | cents] | add // 0)) as $net
    | .net = $net | taxed($net; $included) | del(.price_set, .total_discount_set);

def freight($i; $included):
    if $i % 3 != 0 then []
    else [{id: "@77\($i | padded)@", title: "Standard", price: "5.90", discounted_price: "5.90", discount_allocations: [],
           tax_lines: (if $i % 2 == 0 then [{title: "State Tax", rate: 0.06, price: "0"}] else [] end)}
          | taxed(590; $included) | .net = 590] end;

def made($i):
    ($i % 10 == 4) as $included
    | .id = id($i) | .name = "#\(2001 + $i)" | .order_number = 2001 + $i | .number = 2001 + $i
    | .currency = (.currency // "USD") | .taxes_included = $included | .cancelled_at = null
    | .created_at = (.created_at // "2026-11-20T11:30:59-05:00") | .updated_at = (.updated_at // .created_at)
    | if .customer.id? then .customer.id = "@61\($i % 17 + 100)@" else . end
    | .line_items |= [to_entries[] | .key as $n | .value | line($i; $n; $included)]
    | .shipping_lines = freight($i; $included)
    | ([.line_items[].net] | add) as $goods
    | ([.line_items[], .shipping_lines[] | .tax_lines[].price | cents] | add // 0) as $tax
    | ([.shipping_lines[].net] | add // 0) as $freight
    | .subtotal_price = ($goods | money) | .total_tax = ($tax | money) | .tax_lines = []
    | .total_discounts = ([.line_items[].discount_allocations[].amount | cents] | add // 0 | money)
    | .total_price = ($goods + $freight + (if $included then 0 else $tax end) + ((.total_tip_received // "0") | cents) | money)
    | del(.line_items[].net, .shipping_lines[].net);

. as $templates | range($count) | . as $i | $templates[$i % ($templates | length)] | made($i)
