#!/usr/bin/env python3
"""Is what a connector reads and does what the shop itself says? As TAP, on a shop that runs and was just seeded.

    tests/e2e/real/judge.py TENONCTL vendure|medusa FACTS [ORDERS]      FACTS: what `shop start` printed

Shoppers buy through the shop's interface for shoppers; the connector reads and changes; and the shop is asked past the
connector what is so now."""
import http.server
import json
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
import base64
import hashlib
import hmac

import buyers
import through
from tap import Tap

CENT = Decimal("0.01")
CLOSE = Decimal("0.000001")  # ten decimals of a price, times its quantity
TENTH = Decimal("0.0000000001")  # as many as a mapping keeps of what a shop does not round
SECRET = "test-secret-of-the-events"


tap = Tap()


# ---- what both are asked ----

def amounts(order):
    """What the parts of a canonical order make, reckoned again."""
    def taxes(part):
        return sum((Decimal(t["amount"]) for t in part.get("taxes", [])), Decimal(0))

    made = sum((Decimal(l["quantity"]) * Decimal(l["unit_price"]) - Decimal(l.get("discount", 0)) + taxes(l) for l in order["lines"]), Decimal(0))
    made += sum((Decimal(s["price"]) - Decimal(s.get("discount", 0)) + taxes(s) for s in order.get("shipping", [])), Decimal(0))
    made += sum((Decimal(f["amount"]) + taxes(f) for f in order.get("fees", [])), Decimal(0))
    return made + Decimal(order.get("rounding", 0))


def whole(connector, key):
    (made,) = connector.objects("orders.get", {"id": key})
    return made


def moment(ago_s=0):
    return (datetime.now(timezone.utc) - timedelta(seconds=ago_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


def judge_orders(connector, bought, said_total):
    """bought: [(plan, the shop's answer to its shopper)]; said_total(answer): (exact, rounded)."""
    window = {"from": moment(3600), "until": moment(-60)}
    listed = {item["id"] for item in connector.all("orders.changed", window)}
    tap.check("every order that was placed is listed as changed", {answer["id"] for _, answer in bought} - listed, set())
    tap.check("a window that is over lists none", connector.all("orders.changed", {"from": moment(7200), "until": moment(3600)}), [])
    tap.check("they are listed whole, all of them and once",
              sorted(item["id"] for item in connector.all("orders.list", window)), sorted(listed))
    wrong, kinds = [], {"discount": 0, "EUR": 0, "rounding": 0, "taxed twice": 0}
    for plan, answer in bought:
        made = whole(connector, answer["id"])
        if not made["valid"]:
            wrong.append((answer["id"], made["faults"]))
            continue
        order, (exact, rounded) = made["value"], said_total(answer)
        if Decimal(order["total"]) != rounded:
            wrong.append((answer["id"], "total", order["total"], rounded))
        if abs(Decimal(order.get("rounding", 0)) - (rounded - exact)) > TENTH:
            wrong.append((answer["id"], "rounding", order.get("rounding"), rounded - exact))
        if abs(amounts(order) - rounded) > CLOSE:
            wrong.append((answer["id"], "parts", amounts(order), rounded))
        if order["currency"] != plan["currency"] or {(l["sku"], int(l["quantity"])) for l in order["lines"]} != set(plan["lines"]):
            wrong.append((answer["id"], "lines", order["lines"]))
        kinds["discount"] += any("discount" in part for part in order["lines"] + order["shipping"])
        kinds["EUR"] += order["currency"] == "EUR"
        kinds["rounding"] += Decimal(order.get("rounding", 0)) != 0
        kinds["taxed twice"] += len({t["rate"] for l in order["lines"] for t in l["taxes"]}) > 1
    tap.check(f"{len(bought)} orders are valid, with the total that the shop said, and parts that make it", wrong, [])
    print(f"# of {len(bought)} orders: {', '.join(f'{n} {kind}' for kind, n in kinds.items())}")
    tap.check("among them are discounts, both currencies and several rates of tax",
              min(kinds["discount"], kinds["EUR"], kinds["taxed twice"]) > 0)
    tap.check("no such order is told as absent", connector.call("orders.get", {"id": "none-such"}).found, False)


def judge_lists(connector, counts):
    for operation, (with_, least) in counts.items():
        made = connector.objects(operation, with_)
        tap.check(f"{operation}: {least} or more, all valid",
                  (len(made) >= least, [o["faults"] for o in made if not o["valid"]]), (True, []))


class Listener(http.server.BaseHTTPRequestHandler):
    heard = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def listen(facts):
    """The shop is told where its events go; returns what was heard."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(facts["targets"], "w", encoding="utf-8") as f:
        json.dump([{"url": f"http://127.0.0.1:{server.server_port}/in", "secret": SECRET}], f)
    return Listener.heard


def judge_events(heard, keys):
    until = time.time() + 20
    while time.time() < until and {e for h, b in heard if h.get("x-shop-event-topic") == "order.placed" for e in [json.loads(b)["id"]]} < keys:
        time.sleep(0.2)
    signed = [h["x-shop-event-signature"] == base64.b64encode(hmac.new(SECRET.encode(), b, hashlib.sha256).digest()).decode() for h, b in heard]
    told = {json.loads(b)["id"] for h, b in heard if h.get("x-shop-event-topic") == "order.placed"}
    tap.check("every order that was placed was told as an event", keys - told, set())
    tap.check("every event is signed over what it says", all(signed) and len(signed) > 0)


# ---- Vendure ----

def vendure(tenonctl, facts, ids, count):
    shop, connector = buyers.Vendure(facts, ids), through.vendure(tenonctl, facts)

    def own(query, **variables):
        _, _, text = buyers.send("POST", facts["admin_api"], {"query": query, "variables": variables}, connector.headers)
        return buyers.parsed(text)["data"]

    def own_order(key):
        return own("query($i:ID!){order(id:$i){id state totalWithTax lines{id quantity productVariant{sku}} payments{id state amount refunds{total}}"
                   " fulfillments{id state trackingCode lines{orderLineId quantity}}}}", i=key)["order"]

    def own_level(sku, place):
        (item,) = own("query($s:String!){productVariants(options:{filter:{sku:{eq:$s}}}){items{stockLevels{stockLocationId stockOnHand stockAllocated}}}}", s=sku)["productVariants"]["items"]
        return next(level for level in item["stockLevels"] if level["stockLocationId"] == place)

    heard = listen(facts)
    bought = [(plan, shop.buy(plan)) for plan in buyers.plans(count, 7)]
    judge_events(heard, {answer["id"] for _, answer in bought})
    judge_orders(connector, bought, lambda answer: (Decimal(answer["totalWithTax"]) / 100,) * 2)
    tap.check("a page begins where it is told", len(connector.call("orders.changed", {"from": moment(3600), "until": moment(-60)}, after=str(count - 3)).value), 3)
    judge_lists(connector, {"products.list": ({}, 20), "variants.list": ({}, 20), "locations.list": ({}, 2), "stock.list": ({}, 40), "customers.list": ({}, count)})

    # stock
    sku, place = "SKU-0009", ids["locations"]["DC1"]
    shop.buy({"n": 90, "lines": [(sku, 4)], "coupon": "", "currency": "USD", "express": False, "authorize": False})
    (position,) = [o["value"] for o in connector.objects("stock.list", {"sku": [sku]}) if o["value"]["location"] == place]
    before = own_level(sku, place)
    tap.check("stock is read as the shop has it, with what is allocated taken off",
              (position["on_hand"], position["committed"], position["available"]),
              (str(before["stockOnHand"]), str(before["stockAllocated"]), str(before["stockOnHand"] - before["stockAllocated"])))
    wish = {**position, "available": "321", "allocated": position["committed"], "variant_id": ids["variants"][sku], "location_id": place}
    for _ in range(2):
        said = connector.call("stock.set", wish)
        after = own_level(sku, place)
        tap.check("stock is set so that what can be sold is what was said", (said.good, after["stockOnHand"] - after["stockAllocated"]), (True, 321))
    tap.check("another location's is left alone", own_level(sku, ids["locations"]["ST1"])["stockOnHand"], 75)
    tap.check("stock of a variant that is not there is refused", connector.call("stock.set", {**wish, "variant_id": "9999"}).good, False)

    # shipment
    _, answer = next((p, a) for p, a in bought if len(p["lines"]) > 1 and a["state"] == "PaymentSettled")
    key = answer["id"]
    lines = own_order(key)["lines"]
    part = {"order_key": key, "carrier": "UPS", "service": "Ground", "tracking": [{"number": "1Z-77"}], "state": "shipped",
            "lines": [{"order_line_key": lines[0]["id"], "quantity": "1"}]}
    tap.check("nothing is found before it is made", connector.call("shipments.create", part, key="s-1", probe=True).found, False)
    made = connector.call("shipments.create", part, key="s-1")
    tap.check("a fulfilment is made", made.good and own_order(key)["fulfillments"][0]["id"], made.ref)
    tap.check("an answer that was lost is found again", connector.call("shipments.create", part, key="s-1", probe=True).ref, made.ref)
    other = {**part, "lines": [{"order_line_key": lines[1]["id"], "quantity": "1"}]}
    tap.check("other lines in the same parcel are not taken for it", connector.call("shipments.create", other, key="s-2", probe=True).found, False)
    confirm = {**part, "fulfillment_id": made.ref}
    tap.check("it is not shipped before it is", connector.call("shipments.confirm", confirm, probe=True).found, False)
    tap.check("its shipment is confirmed", connector.call("shipments.confirm", confirm).good)
    tap.check("the shop says so", (own_order(key)["state"], own_order(key)["fulfillments"][0]["state"]), ("PartiallyShipped", "Shipped"))
    again = connector.call("shipments.confirm", confirm)
    tap.check("a second time is a conflict, in HTTP 200", (again.status, again.good, "FULFILLMENT_STATE_TRANSITION_ERROR" in again.words), (200, False, True))
    tap.check("and is found to be done", connector.call("shipments.confirm", confirm, probe=True).ref, made.ref)
    tap.check("it arrives", connector.call("shipments.confirm", {**confirm, "state": "delivered"}).good)
    (shipment,) = connector.objects("shipments.list", {"id": key})
    tap.check("it is read as a shipment", (shipment["valid"], shipment["value"]["state"], shipment["value"]["tracking"], shipment["value"]["lines"][0]["quantity"]),
              (True, "delivered", [{"number": "1Z-77"}], "1"))
    tap.check("more than was bought cannot be fulfilled", connector.call("shipments.create", {**part, "lines": [{"order_line_key": lines[0]["id"], "quantity": "99"}]}, key="s-3").good, False)
    tap.check("the order has moved on for us, though its own time stands still",
              (whole(connector, key)["value"]["state"], whole(connector, key)["value"]["updated_at"] > shipment["value"]["updated_at"][:19]), ("partially_shipped", True))

    # refund
    payment = own_order(key)["payments"][0]
    refund = {"order_key": key, "payment_key": payment["id"], "currency": "USD", "total": "1.23", "reason": "scratched",
              "lines": [{"order_line_key": lines[0]["id"], "quantity": "0"}]}
    made = connector.call("refunds.create", refund, key="r-1")
    tap.check("money is given back", (made.good, [r["total"] for r in own_order(key)["payments"][0]["refunds"]]), (True, [123]))
    tap.check("an answer that was lost is found again", connector.call("refunds.create", refund, key="r-1", probe=True).ref, made.ref)
    tap.check("another refund is not taken for it", connector.call("refunds.create", refund, key="r-2", probe=True).found, False)
    (read,) = connector.objects("refunds.list", {"id": key})
    tap.check("it is read as a refund", (read["valid"], read["value"]["total"], read["value"]["order_key"]), (True, "1.23", key))
    too_much = connector.call("refunds.create", {**refund, "total": "99999"}, key="r-3")
    tap.check("more than was paid is refused, in HTTP 200", (too_much.status, too_much.good, "REFUND_AMOUNT_ERROR" in too_much.words), (200, False, True))
    now = whole(connector, key)
    tap.check("the order is valid and partly refunded", (now["valid"], now["value"]["payment_state"]), (True, "partially_refunded"))

    # an authorized payment, a cancellation
    _, answer = next((p, a) for p, a in bought if p["authorize"])
    payment = own_order(answer["id"])["payments"][0]
    take = {"order_key": answer["id"], "payment_key": payment["id"]}
    tap.check("an authorized payment is told", whole(connector, answer["id"])["value"]["payment_state"], "authorized")
    tap.check("and not found taken", connector.call("payments.capture", take, probe=True).found, False)
    tap.check("it is taken", (connector.call("payments.capture", take).good, own_order(answer["id"])["payments"][0]["state"]), (True, "Settled"))
    tap.check("and found", connector.call("payments.capture", take, probe=True).ref, payment["id"])
    some = {"order_key": answer["id"], "reason": "changed mind", "lines": [{"order_line_key": own_order(answer["id"])["lines"][0]["id"], "quantity": "1"}]}
    before = own_order(answer["id"])["lines"][0]["quantity"]
    tap.check("a piece of a line is called off", (connector.call("orders.cancel", some, key="c-1").good, own_order(answer["id"])["lines"][0]["quantity"]), (True, before - 1))
    tap.check("which is found again, as the order it is of", connector.call("orders.cancel", some, key="c-1", probe=True).ref, answer["id"])
    tap.check("another is not taken for it", connector.call("orders.cancel", some, key="c-2", probe=True).found, False)
    now = whole(connector, answer["id"])
    tap.check("what is left is valid, with the total that the shop says", (now["valid"], Decimal(now["value"]["total"])),
              (True, Decimal(own_order(answer["id"])["totalWithTax"]) / 100))
    off = {"order_key": answer["id"], "reason": "changed mind"}
    tap.check("the rest is called off", (connector.call("orders.cancel", off, key="c-3").good, own_order(answer["id"])["state"]), (True, "Cancelled"))
    tap.check("a second time it is done", connector.call("orders.cancel", off, key="c-3").good)
    now = whole(connector, answer["id"])
    tap.check("an order without a piece left is valid, and called off", (now["valid"], now["value"]["cancelled"], now["value"]["state"]), (True, True, "cancelled"))

    # errors of three kinds
    ended = through.Connector(tenonctl, "vendure", connector.settings, {"authorization": "Bearer ended"}).call("orders.get", {"id": key})
    tap.check("a session that has ended is told as such, in HTTP 200", (ended.status, ended.good, "not currently authorized" in ended.words), (200, False, True))
    tap.check("what is not there is not taken for an error", connector.call("orders.get", {"id": "424242"}).good)
    bad = connector.call("stock.set", {**wish, "available": "99999999999"})
    tap.check("a value that its language does not take is refused, in HTTP 200", (bad.status, bad.good, "Int cannot represent" in bad.words), (200, False, True))


# ---- Medusa ----

def medusa(tenonctl, facts, ids, count):
    shop, connector = buyers.Medusa(facts, ids), through.medusa(tenonctl, facts)

    def own(path):
        return buyers.parsed(buyers.send("GET", facts["url"] + "admin/" + path, None, connector.headers)[2])

    def own_order(key):
        return own(f"orders/{key}?fields=id,status,payment_status,fulfillment_status,total,*items,*payment_collections.payments,*payment_collections.payments.refunds,*fulfillments")["order"]

    def own_level(sku, place):
        (item,) = own(f"inventory-items?sku={sku}&fields=id,*location_levels")["inventory_items"]
        return next(level for level in item["location_levels"] if level["location_id"] == place)

    def totals(answer):
        exact = Decimal(answer["total"])
        return exact, exact.quantize(CENT, ROUND_HALF_UP)

    heard = listen(facts)
    bought = [(plan, shop.buy(plan)) for plan in buyers.plans(count, 7)]
    judge_events(heard, {answer["id"] for _, answer in bought})
    judge_orders(connector, bought, totals)
    judge_lists(connector, {"products.list": ({}, 20), "variants.list": ({}, 20), "locations.list": ({}, 2), "stock.list": ({}, 40), "customers.list": ({}, count)})

    # stock
    sku, place = "SKU-0009", ids["locations"]["DC1"]
    shop.buy({"n": 90, "lines": [(sku, 4)], "coupon": "", "currency": "USD", "express": False, "authorize": False})
    (position,) = [o["value"] for o in connector.objects("stock.list", {"sku": [sku]}) if o["value"]["location"] == place]
    before = own_level(sku, place)
    tap.check("stock is read as the shop has it, with what is reserved taken off",
              (position["on_hand"], position["committed"], position["available"]),
              tuple(str(before[k]) for k in ("stocked_quantity", "reserved_quantity", "available_quantity")))
    wish = {**position, "available": "321", "allocated": position["committed"], "item_id": ids["inventory_items"][sku], "location_id": place}
    for _ in range(2):
        said = connector.call("stock.set", wish)
        tap.check("stock is set so that what can be sold is what was said", (said.good, own_level(sku, place)["available_quantity"]), (True, 321))
    tap.check("another location's is left alone", own_level(sku, ids["locations"]["ST1"])["stocked_quantity"], 75)
    tap.check("stock where none is kept is refused", connector.call("stock.set", {**wish, "location_id": "sloc_none"}).good, False)

    # shipment
    plan, answer = next((p, a) for p, a in bought if len(p["lines"]) > 1 and p["coupon"])
    key, lines = answer["id"], own_order(answer["id"])["items"]
    payment = own_order(key)["payment_collections"][0]["payments"][0]["id"]
    tap.check("an authorized payment is told", whole(connector, key)["value"]["payment_state"], "authorized")
    for _ in range(2):
        tap.check("it is taken, and a second time does nothing new",
                  (connector.call("payments.capture", {"payment_key": payment}).good, own_order(key)["payment_status"]), (True, "captured"))
    now = whole(connector, key)
    paid = {o["value"]["natural_key"]: o for o in connector.objects("payments.list", {"from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"})}
    tap.check("each order's payment is listed, and what was taken is a sale of its amount",
              (len(paid), all(o["valid"] for o in paid.values()), paid[payment]["value"]["kind"], paid[payment]["value"]["order_key"], paid[payment]["value"]["amount"]),
              (count + 1, True, "sale", key, now["value"]["total"]))
    goods = connector.all("products.list")[0]
    tap.check("a product by itself is as it is in the list", connector.call("products.get", {"id": goods["id"]}).value, goods)
    tap.check("what was paid is the total", (now["valid"], now["value"]["payment_state"], [t["amount"] for t in now["value"]["tenders"]]), (True, "paid", [now["value"]["total"]]))
    level = own_level(lines[0]["variant_sku"], place)
    part = {"order_key": key, "location": place, "tracking": [{"number": "1Z-77", "url": "https://carrier.example/1Z-77"}], "state": "shipped",
            "lines": [{"order_line_key": lines[0]["id"], "quantity": str(lines[0]["quantity"])}]}
    tap.check("nothing is found before it is made", connector.call("shipments.create", part, key="s-1", probe=True).found, False)
    made = connector.call("shipments.create", part, key="s-1")
    found = connector.call("shipments.create", part, key="s-1", probe=True)
    tap.check("a fulfilment is made, and an answer that was lost is found again", (made.good, made.ref, found.ref),
              (True, own_order(key)["fulfillments"][0]["id"], own_order(key)["fulfillments"][0]["id"]))
    tap.check("another is not taken for it", connector.call("shipments.create", part, key="s-2", probe=True).found, False)
    tap.check("the shop took it from its stock", own_level(lines[0]["variant_sku"], place)["stocked_quantity"], level["stocked_quantity"] - lines[0]["quantity"])
    confirm = {**part, "fulfillment_id": found.ref}
    for _ in range(2):
        tap.check("its shipment is confirmed, and a second time does nothing new", (connector.call("shipments.confirm", confirm).good, own_order(key)["fulfillment_status"]), (True, "partially_shipped"))
    tap.check("it has not arrived before it has", connector.call("shipments.deliver", confirm, probe=True).found, False)
    tap.check("it arrives", connector.call("shipments.deliver", confirm).good)
    tap.check("which is found", connector.call("shipments.deliver", confirm, probe=True).ref, found.ref)
    (shipment,) = connector.objects("shipments.list", {"id": key})
    tap.check("it is read as a shipment", (shipment["valid"], shipment["value"]["state"], shipment["value"]["tracking"][0]["number"]), (True, "delivered", "1Z-77"))
    tap.check("more than was bought cannot be fulfilled", connector.call("shipments.create", {**part, "lines": [{"order_line_key": lines[1]["id"], "quantity": "99"}]}, key="s-3").good, False)

    # refund
    refund = {"order_key": key, "payment_key": payment, "currency": plan["currency"], "total": "1.23", "reason": "scratched"}
    made = connector.call("refunds.create", refund, key="r-1")
    refunds = own_order(key)["payment_collections"][0]["payments"][0]["refunds"]
    tap.check("money is given back", (made.good, made.ref, [r["amount"] for r in refunds]), (True, refunds[0]["id"], [Decimal("1.23")]))
    tap.check("an answer that was lost is found again", connector.call("refunds.create", refund, key="r-1", probe=True).ref, made.ref)
    tap.check("another refund is not taken for it", connector.call("refunds.create", refund, key="r-2", probe=True).found, False)
    (read,) = connector.objects("refunds.list", {"id": key})
    tap.check("it is read as a refund", (read["valid"], read["value"]["total"], read["value"]["order_key"]), (True, "1.23", key))
    tap.check("more than was paid is refused", connector.call("refunds.create", {**refund, "total": "99999"}, key="r-3").good, False)
    now = whole(connector, key)
    tap.check("the order's total is what was sold, though the shop's own is less by the refund",
              (now["valid"], Decimal(now["value"]["total"]), own_order(key)["total"]), (True, totals(answer)[1], totals(answer)[0] - Decimal("1.23")))

    # a return, in the six calls that the shop wants
    back = {"order_key": key, "location": place, "lines": [{"order_line_key": lines[0]["id"], "quantity": "1"}]}
    tap.check("no return is found before it is made", connector.call("returns.create", back, key="b-1", probe=True).found, False)
    made = connector.call("returns.create", back, key="b-1")
    tap.check("a return is announced, and found again", (made.good, connector.call("returns.create", back, key="b-1", probe=True).ref), (True, made.ref))
    back["return_id"] = made.ref
    tap.check("one that holds nothing yet is none of those that changed", (len(connector.all("returns.list", {"from": "2020-01-01T00:00:00Z"})), len(connector.all("returns.list", {"order_key": key}))), (0, 1))
    for operation, mark in (("returns.add_items", "b-2"), ("returns.request", "b-3"), ("returns.receive", "b-6"), ("returns.receive_items", "b-4"), ("returns.receive_confirm", "b-5")):
        tap.check(f"{operation} is not found before it is done", connector.call(operation, back, key=mark, probe=True).found, False)
        said = connector.call(operation, back, key=mark)
        tap.check(f"{operation} is done", said.good or str(said))
        tap.check(f"{operation} is found again", connector.call(operation, back, key=mark, probe=True).ref, made.ref)
    (read,) = connector.objects("returns.list", {"order_key": key})
    tap.check("it is read as a return", (read["valid"], read["value"]["state"], read["value"]["lines"][0].get("arrived_quantity")), (True, "arrived", "1"))
    now = whole(connector, key)
    tap.check("the order still tells what was sold", (now["valid"], now["faults"], now["value"].get("total")), (True, [], str(totals(answer)[1])))

    # a cancellation
    _, answer = next((p, a) for p, a in bought if a["id"] != key)
    for _ in range(2):
        tap.check("an order is called off, and a second time is done", (connector.call("orders.cancel", {"order_key": answer["id"]}).good, own_order(answer["id"])["status"]), (True, "canceled"))
    now = whole(connector, answer["id"])
    tap.check("it is valid, and called off", (now["valid"], now["value"]["cancelled"], now["value"]["state"], now["value"]["total"]), (True, True, "cancelled", str(totals(answer)[1])))

    denied = through.Connector(tenonctl, "medusa", connector.settings, {"authorization": "Basic bm9uZTo="}).call("orders.get", {"id": key})
    tap.check("a key that is none is told as such", (denied.status, denied.good), (401, False))
    bad = connector.call("refunds.create", {**refund, "total": "0"}, key="r-4")
    tap.check("a value that it does not take is refused", (bad.status, bad.good), (400, False))


def main():
    tenonctl, name, path, *rest = sys.argv[1:]
    with open(path, encoding="utf-8") as f:
        facts = dict(line.strip().split("=", 1) for line in f if "=" in line)
    with open(facts["ids"], encoding="utf-8") as f:
        ids = json.load(f)
    {"vendure": vendure, "medusa": medusa}[name](tenonctl, facts, ids, int(rest[0]) if rest else 24)
    tap.end()


main()
