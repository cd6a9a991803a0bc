#!/usr/bin/env python3
"""orders.py TENONCTL DOCUMENTS EXAMPLES: every official example order of six vendors through the mapping document that
is shipped for it, as TAP, one line an example: it is mapped, it is a valid sales order, and its total as well as the
sum of its parts, worked out here once more, are the total that the vendor tells, to the cent."""
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal, ROUND_HALF_EVEN

DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}

# What no reading can make a whole order of. In the folder these are:
#   amazon-sp-api/cases/orders-v0.json, getOrders 200-1, its second order, 902-8745147-1934268: OrderTotal is 11.01, and
#     no answer of getOrderItems tells what was bought, so that 11.01 cannot be told apart into a price and its tax;
#   the same file, getOrder 200-example, getOrders 200-3 and 200-example, all of 902-3159896-1390916: OrderStatus is
#     Pending, and there is neither OrderTotal nor currency nor an item: no amount to check;
#   walmart/cases/orders.json, acknowledgeOrders: XML, where orders are asked for as JSON; the next example is the same
#     order (1796277083022: 10.00 and 0.80 tax) in JSON.
NO_TOTAL = "it tells no total"
NO_ITEMS = "no example tells its items"
NO_KEY = "a calculation, which the vendor gives no id"


class Example:
    def __init__(self, vendor, source, key, document, body, total, currency, note="", skip=""):
        self.vendor, self.source, self.key, self.document = vendor, source, key, document
        self.body, self.total, self.currency, self.note = body, total, currency, note
        self.skip = skip or (NO_TOTAL if total is None else "")


def cents(amount, currency):
    return Decimal(str(amount)).quantize(Decimal(1).scaleb(-DIGITS.get(currency, 2)), ROUND_HALF_EVEN)


def minor(money):
    return Decimal(money["amount"]).scaleb(-DIGITS.get(money["currency"], 2))


def cases(folder):
    """(where it stands, operation, body) of every answer and payload; bodies that are not JSON as they are."""
    for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            for i, case in enumerate(json.load(f, parse_float=Decimal)):
                answer = case.get("response") or {}
                body = answer.get("body", case.get("payload"))
                if str(answer.get("status", "200")).startswith("2") and body is not None:
                    yield f"{name}[{i}]", case.get("operation", ""), body


def found(body, *names):
    """What may be one order, or a list of them, under one of these members."""
    for name in names:
        if isinstance(body, dict) and name in body:
            body = body[name]
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, dict):
            yield one


def shopify(folder):
    for source, _, body in cases(folder):
        for order in found(body, "order", "orders"):
            if "line_items" not in order or "total_price" not in order or order is body:
                continue
            note, money = "", order["line_items"][0].get("price_set", {}).get("shop_money", {})
            missing = {"currency": money.get("currency_code"), "created_at": "2026-01-01T00:00:00Z"}
            missing = {k: v for k, v in missing.items() if k not in order}
            if missing:  # it was asked for with fields=…, which is not how a connector asks
                order, note = {**order, **missing}, "the example leaves out " + " and ".join(sorted(missing))
            yield Example("shopify", source, order["name"], "order", order, order["total_price"], order["currency"],
                          note)


def bigcommerce(folder):
    everything, products = list(cases(folder)), {}
    for _, operation, body in everything:
        if operation == "getOrderProducts":
            products[body[0]["order_id"]] = body
    for source, _, body in everything:
        for order in found(body):
            if "total_inc_tax" in order and "status_id" in order and "date_created" in order:
                if order["id"] in products:
                    order = {**order, "products": products[order["id"]]}
                yield Example("bigcommerce", source, order["id"], "order", order, order["total_inc_tax"],
                              order.get("default_currency_code") or order["currency_code"])


def amazon(folder):
    everything, items, extra = list(cases(folder)), {}, {}
    for _, operation, body in everything:
        told = body.get("payload", {}) if isinstance(body, dict) else {}
        if operation == "getOrderItems":
            items[told["AmazonOrderId"]] = told["OrderItems"]
        elif operation == "getOrderAddress":
            extra.setdefault(told["AmazonOrderId"], {})["ShippingAddress"] = told.get("ShippingAddress")
        elif operation == "getOrderBuyerInfo":
            extra.setdefault(told["AmazonOrderId"], {})["BuyerInfo"] = told
    for source, _, body in everything:
        for order in found(body, "payload", "Orders"):
            if "OrderStatus" in order and "PurchaseDate" in order:
                key, total = order["AmazonOrderId"], order.get("OrderTotal", {})
                whole = {"order": {**order, **extra.get(key, {})}, "items": items.get(key, [])}
                yield Example("amazon", source, key, "order-v0", whole, total.get("Amount"), total.get("CurrencyCode"),
                              skip="" if whole["items"] or not total else NO_ITEMS)
        for order in found(body, "order", "orders"):
            if "orderId" in order and "salesChannel" in order:
                total = order.get("proceeds", {}).get("grandTotal", {})
                yield Example("amazon", source, order["orderId"], "order", order, total.get("amount"),
                              total.get("currencyCode"))


def walmart(folder):
    for source, _, body in cases(folder):
        if isinstance(body, str):
            if "purchaseOrderId" in body:
                yield Example("walmart", source, "-", None, None, None, None, skip="XML; orders are asked for as JSON")
            continue
        for order in found(body, "list", "elements", "order"):
            if "purchaseOrderId" not in order or "customerOrderId" not in order:
                continue
            total, currency = Decimal(0), None
            for line in order["orderLines"]["orderLine"]:
                for charge in line["charges"]["charge"]:
                    currency = charge["chargeAmount"]["currency"]
                    total += Decimal(charge["chargeAmount"]["amount"])
                    total += Decimal(((charge.get("tax") or {}).get("taxAmount") or {}).get("amount", 0))
            summary = ((order.get("orderSummary") or {}).get("totalAmount") or {}).get("currencyAmount")
            yield Example("walmart", source, order["purchaseOrderId"], "order", order,
                          total if summary is None else summary, currency)


def square(folder):
    for source, _, body in cases(folder):
        for order in found(body, "order", "orders"):
            if not order.get("line_items") or "total_money" not in order:
                continue
            note = ""
            if "created_at" not in order:  # which Square sets on every order
                order, note = {**order, "created_at": "2026-01-01T00:00:00Z"}, "the example leaves out created_at"
            yield Example("square", source, order.get("id", "-"), "order", order, minor(order["total_money"]),
                          order["total_money"]["currency"], note, "" if "id" in order else NO_KEY)


def woocommerce(folder):
    for source, _, body in cases(folder):
        batch = isinstance(body, dict) and {"create", "update", "delete"} & set(body)
        for order in found([o for b in sorted(batch) for o in body[b]] if batch else body):
            if "order_key" in order and "line_items" in order and "total" in order:
                yield Example("woocommerce", source, order["id"], "order", order, order["total"], order["currency"])


def parts(order):
    """What the parts of a sales order make."""
    def amount(of, name):
        return Decimal(of.get(name) or 0)

    def one(of, price):
        taxes = sum((amount(t, "amount") for t in of.get("taxes") or []), Decimal(0))
        return price - amount(of, "discount") + (0 if order.get("taxes_included") else taxes)

    total = sum((one(l, amount(l, "unit_price") * amount(l, "quantity")) for l in order["lines"]), Decimal(0))
    total += sum(one(s, amount(s, "price")) for s in order.get("shipping") or [])
    total += sum(one(f, amount(f, "amount")) for f in order.get("fees") or [])
    total -= sum(amount(d, "amount") for d in order.get("discounts") or [])
    if not order.get("taxes_included"):
        total += sum(amount(t, "amount") for t in order.get("taxes") or [])
    return total + amount(order, "tip") + amount(order, "duties") + amount(order, "rounding")


def plain(value):
    """Decimals as JSON has them: read as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + plain(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def faults_of(example, tenonctl, documents, scratch):
    path = os.path.join(scratch, "order.json")
    with open(path, "w", encoding="utf-8") as f:
        f.write(plain(example.body))
    document = os.path.join(documents, example.vendor, example.document + ".mapping.json")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TENON_")}
    done = subprocess.run([tenonctl, "mapping", "run", document, "--input", path], capture_output=True, text=True,
                          env=environment, check=False)
    if done.returncode != 0:
        return ["not a valid sales order: " + line for line in done.stderr.splitlines()] + [done.stdout]
    order, faults = json.loads(done.stdout, parse_float=Decimal), []
    want = cents(example.total, example.currency)
    made = cents(parts(order), example.currency)
    if order["currency"] != example.currency:
        faults.append(f"the currency is {order['currency']}, not {example.currency}")
    if Decimal(order["total"]) != want:
        faults.append(f"the total is {order['total']}, not {want}")
    if made != want:
        faults.append(f"its parts make {made}, not {want}")
    return faults


def main():
    tenonctl, documents, examples = sys.argv[1:4]
    if not os.path.isdir(examples):
        print("1..0 # SKIP the vendors' examples are not here")
        return 0
    n = bad = 0
    readers = {"shopify": shopify, "bigcommerce": bigcommerce, "amazon-sp-api": amazon, "walmart": walmart,
               "square": square, "woocommerce": woocommerce}
    with tempfile.TemporaryDirectory() as scratch:
        for vendor, read in readers.items():
            of_vendor = 0
            for e in read(os.path.join(examples, vendor, "cases")):
                n += 1
                name = f"{vendor} {e.source} {e.key}"
                if e.skip:
                    print(f"ok {n} - {name} # SKIP {e.skip}", flush=True)
                    continue
                of_vendor += 1
                faults = faults_of(e, tenonctl, documents, scratch)
                bad += bool(faults)
                print(("not ok" if faults else "ok") + f" {n} - {name}: {e.total} {e.currency}"
                      + (f" ({e.note})" if e.note else ""), flush=True)
                for fault in faults:
                    print("# " + fault)
            if not of_vendor:
                n, bad = n + 1, bad + 1
                print(f"not ok {n} - {vendor} has an example order")
    print(f"1..{n}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
