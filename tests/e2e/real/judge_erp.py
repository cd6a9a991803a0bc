#!/usr/bin/env python3
"""Is what Tryton's connector reads and does what the ERP itself says? As TAP, on one that runs and was just seeded.

    tests/e2e/real/judge_erp.py TENONCTL tryton FACTS [ORDERS]      FACTS: what `shop start` printed

Sales are made past the connector; the connector reads and changes; and the ERP is asked past it what is so now."""
import base64
import json
import random
import sys
import threading
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import buyers
import through
from tap import Tap

tap = Tap()
TODAY = date.today()


def tagged(day):
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def number(value):
    return {"__class__": "Decimal", "decimal": str(value)}


def moment(ago_s=0):
    return (datetime.now(timezone.utc) - timedelta(seconds=ago_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Erp:
    """The ERP asked without the connector."""

    def __init__(self, connector, facts, ids):
        self.url, self.headers, self.ids = facts["url"], connector.headers, ids

    def call(self, method, *params, context=None):
        _, _, text = buyers.send("POST", self.url, {"id": 1, "method": "model." + method, "params": [*params, {"company": 1, **(context or {})}]}, self.headers)
        return buyers.parsed(text)

    def do(self, method, *params, context=None):
        said = self.call(method, *params, context=context)
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']}")
        return said["result"]

    def one(self, model, key, fields):
        return self.do(model + ".read", [int(key)], fields)[0]

    def sale(self, reference, lines, house="DC1", day=TODAY):
        party = self.ids["customers"]["WEB-GUEST"]
        address = self.one("party.party", party, ["addresses"])["addresses"][0]
        made = {"company": 1, "currency": 1, "party": party, "invoice_address": address, "shipment_address": address,
                "payment_term": self.ids["payment_terms"]["immediate"], "warehouse": self.ids["warehouses"][house], "reference": reference,
                "sale_date": tagged(day), "invoice_method": "order", "shipment_method": "order",
                "lines": [["create", [{"type": "line", "product": self.ids["products"][sku], "unit": self.ids["uom_unit"], "quantity": quantity,
                                       "unit_price": number(price), "description": sku,
                                       "taxes": [["add", [self.ids["taxes"]["US-SALES-8.25"]]]] if taxed else []}
                                      for sku, quantity, price, taxed in lines]]]}
        return self.do("sale.sale.create", [made])[0]

    def sold(self, reference, lines, **where):
        key = self.sale(reference, lines, **where)
        self.do("sale.sale.quote", [key])
        self.do("sale.sale.confirm", [key])
        return key


def plans(count, rnd):
    for n in range(count):
        lines = [(sku, float(rnd.randint(1, 4)), Decimal(rnd.randint(99, 20000)) / 100, rnd.random() < 0.8)
                 for sku in rnd.sample([f"SKU-{k:04}" for k in range(1, 21)], rnd.randint(1, 4))]
        if n % 2:
            lines.append(("SHIPPING", 1.0, Decimal("7.95"), False))
        if n % 3 == 0:
            lines.append(("DISCOUNT", 1.0, Decimal("-2.50"), True))
        if n % 5 == 0:
            lines.append(("ROUNDING", 1.0, Decimal("0.01"), False))
        yield lines


def judge_orders(connector, erp, count):
    keys = {erp.sold(f"SHOP-{n}", lines): lines for n, lines in enumerate(plans(count, random.Random(7)))}
    window = {"from": moment(1800), "until": moment(-60)}
    listed = connector.all("orders.list", window)
    tap.check("every sale is listed as changed, once", sorted(o["id"] for o in listed), sorted(keys))
    tap.check("a window that is over lists none", connector.all("orders.list", {"from": moment(86400), "until": moment(43200)}), [])
    wrong, kinds = [], {"shipping": 0, "fees": 0, "rounding": 0}
    for key in keys:
        (made,) = connector.objects("orders.get", {"id": key})
        told = erp.one("sale.sale", key, ["total_amount", "reference"])
        if not made["valid"] or Decimal(made["value"]["total"]) != Decimal(told["total_amount"]["decimal"]):
            wrong.append((key, made["faults"], made["value"] and made["value"].get("total"), told))
            continue
        for kind in kinds:
            kinds[kind] += kind in made["value"]
    tap.check(f"{count} sales are valid, with the total that the ERP says", wrong, [])
    tap.check("among them are freight, discounts and roundings", min(kinds.values()) > 0)
    page = connector.call("orders.list", window, after=str(sorted(keys)[-4]))
    tap.check("a page begins behind what it is told", sorted(o["id"] for o in page.value), sorted(keys)[-3:])
    tap.check("a sale is found by its reference", connector.call("orders.get", {"reference": "SHOP-1"}).value["id"], sorted(keys)[1])
    tap.check("no such sale is absent", connector.call("orders.get", {"id": 424242}).found, False)
    return keys


def positions(connector, place):
    """As a flow gets them: what is promised joined to each by its product."""
    promised = connector.all("moves.promised", {"location": str(place)})
    made = [connector.mapped("inventory_position", {**p, "promised": [m for m in promised if m["product"] == p["id"]]})
            for p in connector.all("stock.list", {"location": str(place)})]
    return {m["result"]["sku"]: m["result"] for m in made if m["valid"]}, [m["faults"] for m in made if not m["valid"]]


def judge_stock(connector, erp, ids, keys):
    for code in ("DC1", "ST1"):
        place = ids["warehouses"][code]
        found, faults = positions(connector, place)
        own = erp.do("product.product.search_read", [["type", "=", "goods"]], 0, None, None, ["code", "quantity"], context={"locations": [place]})
        tap.check(f"{code}: a position of each of its goods, all valid", (sorted(found), faults), (sorted(p["code"] for p in own), []))
        tap.check(f"{code}: what lies there is what the ERP says", {k: Decimal(v["on_hand"]) for k, v in found.items()}, {p["code"]: Decimal(p["quantity"]) for p in own})
        sold = {}
        for lines in keys.values() if code == "DC1" else []:
            for sku, quantity, _, _ in lines:
                sold[sku] = sold.get(sku, Decimal(0)) + Decimal(quantity)
        tap.check(f"{code}: what is sold and has not left is taken off",
                  {k: Decimal(v["on_hand"]) - Decimal(v["available"]) for k, v in found.items()}, {sku: sold.get(sku, Decimal(0)) for sku in found})
    place = ids["warehouses"]["ST1"]
    key = erp.sold("LATE-1", [("SKU-0011", 5.0, Decimal("5.05"), True)], house="ST1")
    (shipment,) = erp.one("sale.sale", key, ["shipments"])["shipments"]
    moves = erp.one("stock.shipment.out", shipment, ["moves"])["moves"]
    erp.do("stock.move.write", moves, {"planned_date": tagged(TODAY - timedelta(days=3))})
    (own,) = erp.do("product.product.read", [ids["products"]["SKU-0011"]], ["quantity", "forecast_quantity"], context={"locations": [place], "stock_date_end": tagged(TODAY)})
    tap.check("the ERP's own forecast forgets what should have left three days ago", own["forecast_quantity"], own["quantity"])
    tap.check("and the connector does not", positions(connector, place)[0]["SKU-0011"]["available"], "70")
    return key, shipment


def presses(connector, operation, key, answer):
    """A button and the look after it: (its answer was well, what it is called by the look)."""
    said = connector.call(operation, {"id": key})
    tap.check(f"{operation} is answered well", said.good or str(said))
    tap.check(f"{operation}: the look finds what is so", connector.call(operation, {"id": key}, probe=True).ref, answer)


def judge_shipments(connector, erp, late):
    key, shipment = late
    (before,) = connector.objects("shipments.get", {"id": shipment})
    tap.check("a shipment that waits is planned, and named after its sale", (before["valid"], before["value"]["state"], before["value"]["order_key"]), (True, "planned", str(key)))
    said = connector.call("shipments.done", {"id": shipment})
    tap.check("a button that fits no state answers well", said.good)
    tap.check("and the look says that it did nothing", (connector.call("shipments.done", {"id": shipment}, probe=True).found, erp.one("stock.shipment.out", shipment, ["state"])["state"]), (False, "waiting"))
    for operation in ("assign", "pick", "pack", "done"):
        presses(connector, "shipments." + operation, shipment, str(shipment))
    tap.check("its number at the carrier is told", connector.call("shipments.track", {"id": shipment, "tracking": [{"number": "1Z-77 ☕"}]}).good)
    (made,) = connector.objects("shipments.get", {"id": shipment})
    tap.check("it is read as shipped, with number, place and goods",
              (made["valid"], made["value"]["state"], made["value"]["tracking"], [(l["sku"], l["quantity"]) for l in made["value"]["lines"]]),
              (True, "shipped", [{"number": "1Z-77 ☕"}], [("SKU-0011", "5")]))
    window = {"from": moment(1800), "until": moment(-60)}
    tap.check("it is listed among those that are done", [s["id"] for s in connector.all("shipments.list", {**window, "state": ["done"]})], [shipment])
    tap.check("and by its sale", [s["id"] for s in connector.all("shipments.list", {"order_key": str(key)})], [shipment])
    tap.check("the sale is shipped", connector.objects("orders.get", {"id": key})[0]["value"]["state"], "shipped")
    many = erp.sold("MANY-1", [("SKU-0012", 900.0, Decimal("1.00"), True)])
    (short,) = erp.one("sale.sale", many, ["shipments"])["shipments"]
    tap.check("goods that are not there are not set aside", (connector.call("shipments.assign", {"id": short}).value, connector.call("shipments.assign", {"id": short}, probe=True).found),
              ({"id": 1, "result": False}, False))
    erp.do("stock.shipment.out.cancel", [short])


def refund_of(ids, key, lines, total):
    return {"natural_key": "r", "order_key": str(key), "currency": "USD", "refunded_at": moment(), "reason": "scratched ☕", "lines": lines, "total": str(total),
            "ids": {"currency": ids["currencies"]["USD"], "customer": ids["customers"]["WEB-GUEST"], "address": ids["customers"]["WEB-GUEST"],
                    "items": ids["products"], "tax_codes": {"0.0825": ids["taxes"]["US-SALES-8.25"], "0": ids["taxes"]["US-SALES-0"]}}}


def judge_refunds(connector, erp, ids, key, count):
    rnd, wrong, coded = random.Random(11), [], 0
    for n in range(count):
        lines = []
        for _ in range(rnd.randint(1, 4)):
            amount = Decimal(rnd.randint(1, 30000)) / 100
            tax = (amount * Decimal("0.0825")).quantize(Decimal("0.01"), rnd.choice(["ROUND_HALF_UP", "ROUND_DOWN", "ROUND_UP"])) if rnd.random() < 0.8 else Decimal(rnd.randint(0, 500)) / 100
            lines.append({"sku": f"SKU-{rnd.randint(1, 20):04}", "quantity": str(rnd.randint(0, 7)), "amount": str(amount), "tax": str(tax)})
        total = sum((Decimal(l["amount"]) + Decimal(l["tax"]) for l in lines), Decimal(0))
        made = connector.call("refunds.create", refund_of(ids, key, lines, total), key=f"cn-{n}")
        posted = made.good and connector.call("refunds.post", {"id": made.ref})
        told = erp.one("account.invoice", made.ref, ["state", "total_amount", "tax_amount", "number"]) if made.good else {}
        coded += Decimal(told.get("tax_amount", {"decimal": "0"})["decimal"]) != 0
        if not posted or (told["state"], -Decimal(told["total_amount"]["decimal"]), told["number"][:3]) != ("posted", total, "CN-"):
            wrong.append((n, str(made), told, str(total)))
    tap.check(f"{count} credit notes are posted, to the cent what was paid back", wrong, [])
    tap.check("most with taxes of the ERP's own", coded * 2 > count)
    refund = refund_of(ids, key, [{"sku": "SKU-0011", "quantity": "1", "amount": "5.05", "tax": "0.42"}], "5.47")
    tap.check("nothing is found before it is made", connector.call("refunds.create", refund, key="cn-x", probe=True).found, False)
    made = connector.call("refunds.create", refund, key="cn-x")
    tap.check("a lost answer is found again", connector.call("refunds.create", refund, key="cn-x", probe=True).ref, made.ref)
    tap.check("another is not taken for it", connector.call("refunds.create", refund, key="cn-y", probe=True).found, False)
    presses(connector, "refunds.post", made.ref, made.ref)
    (read,) = connector.objects("refunds.get", {"id": made.ref})
    tap.check("it is read as a refund", (read["valid"], read["value"]["total"], read["value"]["order_key"], read["value"]["reason"]), (True, "5.47", str(key), "scratched ☕"))
    listed = connector.objects("refunds.list", {"from": moment(1800), "until": moment(-60)})
    tap.check("all are listed, and valid", (len(listed), [o["faults"] for o in listed if not o["valid"]]), (count + 1, []))


def judge_returns(connector, erp, ids, key):
    back = {"natural_key": "b-1", "order_key": str(key), "updated_at": moment(), "number": "RMA ☕", "location": str(ids["warehouses"]["ST1"]),
            "lines": [{"sku": "SKU-0011", "quantity": "2", "title": "came back"}],
            "ids": {"currency": 1, "customer": ids["customers"]["WEB-GUEST"], "address": ids["customers"]["WEB-GUEST"], "items": ids["products"],
                    "tax_codes": {"SKU-0011": ids["taxes"]["US-SALES-8.25"]}, "prices": {"SKU-0011": "5.05"}}}
    before = Decimal(positions(connector, ids["warehouses"]["ST1"])[0]["SKU-0011"]["on_hand"])
    made = connector.call("returns.create", back, key="b-1")
    tap.check("a return is made, and found again", (made.good, connector.call("returns.create", back, key="b-1", probe=True).ref), (True, made.ref))
    presses(connector, "orders.quote", made.ref, made.ref)
    presses(connector, "orders.confirm", made.ref, made.ref)
    (listed,) = connector.objects("returns.list", {"order_key": made.ref})
    tap.check("its shipment back is read as a return", (listed["valid"], listed["value"]["state"], listed["value"]["lines"][0]["quantity"]), (True, "approved", "2"))
    shipment = listed["value"]["natural_key"]
    presses(connector, "returns.receive", shipment, shipment)
    presses(connector, "returns.done", shipment, shipment)
    tap.check("the goods are for sale again", Decimal(positions(connector, ids["warehouses"]["ST1"])[0]["SKU-0011"]["on_hand"]), before + 2)
    (note,) = connector.all("invoices.list", {"order_key": made.ref})
    presses(connector, "refunds.post", note["id"], str(note["id"]))
    tap.check("and its credit note is posted", (erp.one("account.invoice", note["id"], ["number"])["number"][:3], connector.objects("refunds.get", {"id": note["id"]})[0]["value"]["total"]), ("CN-", "10.93"))
    tap.check("it is no sale of a list", made.ref in {str(o["id"]) for o in connector.all("orders.list", {"from": moment(1800), "until": moment(-60)})}, False)


def judge_money(connector, erp, ids, key):
    (invoice,) = erp.one("sale.sale", key, ["invoices"])["invoices"]
    presses(connector, "invoices.post", invoice, str(invoice))
    total = erp.one("account.invoice", invoice, ["total_amount"])["total_amount"]["decimal"]
    pay = {"natural_key": "p-1", "kind": "sale", "amount": total, "currency": "USD", "paid_at": moment(), "reference": "ch_☕", "order_key": str(key),
           "ids": {"customer": ids["customers"]["WEB-GUEST"], "invoice": invoice}}
    tap.check("no payment is found before it is made", connector.call("payments.create", pay, key="p-1", probe=True).found, False)
    made = connector.call("payments.create", pay, key="p-1")
    tap.check("a payment is booked, and found again", (made.good, connector.call("payments.create", pay, key="p-1", probe=True).ref), (True, made.ref))
    presses(connector, "payments.validate", made.ref, made.ref)
    presses(connector, "payments.post", made.ref, made.ref)
    tap.check("the invoice is paid by it", erp.one("account.invoice", invoice, ["state"])["state"], "paid")
    (read,) = connector.objects("payments.list", {"names": ["p-1"]})
    tap.check("it is read as a payment of the sale", (read["valid"], read["value"]["amount"], read["value"]["order_key"], read["value"]["reference"]), (True, total, str(key), "ch_☕"))
    (period,) = connector.all("periods.list", {"date": str(TODAY)})
    entry = {"natural_key": "s-1", "date": str(TODAY), "currency": "USD", "memo": "Settlement ☕",
             "lines": [{"account": "1150", "debit": "97.10"}, {"account": "5100", "debit": "2.90"}, {"account": "1100", "credit": "100.00", "memo": "gross"}],
             "ids": {"period": period["id"], "parties": {"1100": ids["customers"]["WEB-GUEST"]},
                     "accounts": {a["code"]: a["id"] for a in connector.all("accounts.list", {"codes": ["1150", "5100", "1100"]})}}}
    tap.check("no entry is found before it is made", connector.call("journal_entries.create", entry, key="j-1", probe=True).found, False)
    made = connector.call("journal_entries.create", entry, key="j-1")
    tap.check("an entry is made, and a lost answer found again", (made.good, connector.call("journal_entries.create", entry, key="j-1", probe=True).ref), (True, made.ref))
    tap.check("another is not taken for it", connector.call("journal_entries.create", entry, key="j-2", probe=True).found, False)
    presses(connector, "journal_entries.post", made.ref, made.ref)
    (read,) = connector.objects("journal_entries.get", {"id": made.ref})
    tap.check("it is read as posted, and balances", (read["valid"], read["value"]["state"], sorted((l["account"], l.get("debit"), l.get("credit")) for l in read["value"]["lines"])),
              (True, "posted", [("1100", None, "100.00"), ("1150", "97.10", None), ("5100", "2.90", None)]))
    entry["lines"][0]["debit"] = "97.11"
    made = connector.call("journal_entries.create", entry, key="j-3")
    said = connector.call("journal_entries.post", {"id": made.ref})
    tap.check("one that does not balance is refused, in HTTP 200, with the ERP's words", (said.status, said.good, "must balance" in said.words), (200, False, True))


def judge_lists(connector, erp, ids):
    for operation, least in (("products.list", 24), ("skus.list", 24), ("locations.list", 3), ("customers.list", 6)):
        made = connector.objects(operation, {})
        tap.check(f"{operation}: {least} or more, all valid", (len(made) >= least, [o["faults"] for o in made if not o["valid"]]), (True, []))
    one = connector.objects("skus.list", {"skus": ["SKU-0007"]})
    tap.check("a SKU is told with its price", [(o["value"]["sku"], o["value"]["price"], o["value"]["currency"]) for o in one], [("SKU-0007", "49.95", "USD")])
    new = {"natural_key": "n", "sku": "NEW-☕", "title": "Crème", "price": "5.25", "cost": "2.00", "ids": {}}
    made = connector.call("products.create", new, key="n")
    tap.check("a product is made, and found again", (made.good, connector.call("products.create", new, key="n", probe=True).ref), (True, made.ref))
    party = {"natural_key": "C-☕", "name": "Zoë O'Neil", "email": "zoe@example.com",
             "addresses": [{"address": {"name": "Zoë", "street": "4 Mill", "street2": "b", "postal_code": "1", "city": "Salem", "country": "DE"}}], "ids": {"countries": ids["countries"]}}
    made = connector.call("customers.create", party, key="c")
    tap.check("a customer is made, and found again", (made.good, connector.call("customers.create", party, key="c", probe=True).ref), (True, made.ref))
    (read,) = connector.objects("customers.get", {"id": made.ref})
    tap.check("and read", (read["valid"], read["value"]["name"], read["value"]["email"], read["value"]["addresses"][0]["address"]["street2"], read["value"]["addresses"][0]["address"]["country"]),
              (True, "Zoë O'Neil", "zoe@example.com", "b", "DE"))


def judge_errors(connector, erp, facts, ids):
    ended = through.Connector(connector.tenonctl, "tryton", connector.settings, {"authorization": "Session " + base64.b64encode(b"connector:2:ended").decode()})
    said = ended.call("orders.get", {"id": 1})
    tap.check("a session that has ended is told as such", (said.status, said.good), (401, False))
    said = connector.call("refunds.create", {**refund_of(ids, 1, [{"sku": "SKU-0001", "quantity": "1", "amount": "1.00"}], "1.00"), "ids": {**refund_of(ids, 1, [], 0)["ids"], "customer": 424242}}, key="bad")
    tap.check("what a rule of the ERP's refuses is refused, in HTTP 200", (said.status, said.good, said.words.startswith("answered 200: ") and len(said.words) > 20), (200, False, True))
    other = through.tryton(connector.tenonctl, facts, ids, "user_eu", "eu")
    tap.check("the other company's user sees no sale of this one", other.all("orders.list", {}), [])
    invoices = [erp.one("sale.sale", erp.sold(f"LOCK-{n}", [("SKU-0013", 1.0, Decimal("1.00"), True)]), ["invoices"])["invoices"][0] for n in range(8)]
    said = [None] * len(invoices)

    def post(n):
        own = through.Connector(connector.tenonctl, "tryton", connector.settings, connector.headers)  # a folder of its own
        said[n] = own.call("invoices.post", {"id": invoices[n]})

    threads = [threading.Thread(target=post, args=(n,)) for n in range(len(invoices))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    refused = [s for s in said if not s.good]
    print(f"# of {len(said)} invoices posted at once {len(refused)} met a lock: {sorted({s.body[:90] for s in refused})}")
    tap.check("a lock is told as a conflict, and nothing else went wrong", [str(s) for s in refused if "busy with the same record" not in s.words], [])
    for n, s in enumerate(said):
        if not s.good:
            connector.call("invoices.post", {"id": invoices[n]})
    tap.check("and tried again all are posted", {erp.one("account.invoice", i, ["state"])["state"] for i in invoices}, {"posted"})


def main():
    tenonctl, _, path, *rest = sys.argv[1:]
    count = int(rest[0]) if rest else 24
    with open(path, encoding="utf-8") as f:
        facts = dict(line.strip().split("=", 1) for line in f if "=" in line)
    with open(facts["ids"], encoding="utf-8") as f:
        ids = json.load(f)
    connector = through.tryton(tenonctl, facts, ids)
    erp = Erp(connector, facts, ids)
    keys = judge_orders(connector, erp, count)
    late = judge_stock(connector, erp, ids, keys)
    judge_shipments(connector, erp, late)
    judge_refunds(connector, erp, ids, late[0], count)
    judge_returns(connector, erp, ids, late[0])
    judge_money(connector, erp, ids, late[0])
    judge_lists(connector, erp, ids)
    judge_errors(connector, erp, facts, ids)
    tap.end()


main()
