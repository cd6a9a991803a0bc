"""Shopify: the resource bodies of its Admin interface, 2026-07, which are those of its webhooks, each by the mapping of
its kind; requests that it shows, against what our operations of GraphQL say of the same."""
import json
import os
import re
from datetime import datetime, timezone
from decimal import Decimal

import kit

FOLDER = "shopify"
SETTINGS = {"shop": "alder-pine.myshopify.com"}

UNUSED = {
    "balance": "what is not paid out yet is no canonical object",
    "draft_order": "a draft is no sale: its order comes when it is completed",
    "gift_card": "gift cards that are open are no canonical object",
    "shop": "shop.get asks for it by GraphQL, whose shape is another",
}


def utc(text):
    """A moment as the canonical schemas write it."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(value):
    return Decimal(str(value))


def differs(made, **wanted):
    """The first member of what was made that is not what the body says; amounts are Decimal."""
    for name, value in wanted.items():
        got = made.get(name)
        if isinstance(value, Decimal):
            if got is None or money(got) != value:
                return f"{name} is {got}, not {value}"
        elif got != value:
            return f"{name} is {got!r}, not {value!r}"
    return None


def each(told, one):
    """Every object that was read is valid, there are as many as the body has, and one finds nothing in any of them."""
    def check(result):
        why = kit.objects(result, len(told))
        if why:
            return why
        for body, made in zip(told, result["objects"]):
            why = one(body, made["value"])
            if why:
                return f"{body.get('id')}: {why}"
        return None
    return check


def reads(told, one):
    """It is read, and one finds nothing in any of what it is; it is no canonical object."""
    def check(result):
        why = kit.fault(result)
        if why:
            return why
        got = result["value"] if isinstance(result["value"], list) else [result["value"]]
        if len(got) != len(told):
            return f"{len(got)}, not {len(told)}"
        return next((why for body, made in zip(told, got) if (why := one(body, made))), None)
    return check


# ---- goods ----

def words(text):
    return [w.strip() for w in text.split(",") if w.strip()]


def product(body, made):
    if [o["name"] for o in made["options"]] != [o["name"] for o in body["options"]]:
        return "other options"
    if [i["url"] for i in made["images"]] != [i["src"] for i in body["images"]]:
        return "other images"
    return differs(made, natural_key=str(body["id"]), title=body["title"], state=body["status"], brand=body["vendor"],
                   tags=words(body["tags"]), updated_at=utc(body["updated_at"]), created_at=utc(body["created_at"]))


def variant(body, made):
    prices = {p["price"]["currency_code"] for p in body.get("presentment_prices", [])
              if money(p["price"]["amount"]) == money(body["price"])}
    sure = len(prices) == 1
    weight = made.get("weight")
    if sure and differs(made, price=money(body["price"]), currency=next(iter(prices))):
        return differs(made, price=money(body["price"]), currency=next(iter(prices)))
    if not sure and made.get("price") is not None:
        return "a price in nobody knows which currency"
    if weight and (money(weight["value"]) != money(body["weight"]) or weight["unit"] != body["weight_unit"]):
        return "another weight"
    if [b["value"] for b in made["barcodes"]] != ([body["barcode"]] if body["barcode"] else []):
        return "another barcode"
    return differs(made, natural_key=str(body["id"]), sku=body["sku"] or f"variant:{body['id']}",
                   product_key=str(body["product_id"]), tracked=body["inventory_management"] is not None,
                   updated_at=utc(body["updated_at"]))


def location(body, made):
    country = (made.get("address") or {}).get("country")
    if country != body["country_code"]:
        return f"country {country}, not {body['country_code']}"
    return differs(made, natural_key=str(body["id"]), name=body["name"], active=body["active"],
                   updated_at=utc(body["updated_at"]))


def level(body, made):
    return differs(made, location=str(body["location_id"]), available=money(body["available"]),
                   sku=f"inventory_item:{body['inventory_item_id']}", updated_at=utc(body["updated_at"]),
                   natural_key=f"{body['inventory_item_id']}@{body['location_id']}")


def item(body, made):
    return differs(made, id=body["id"], sku=body["sku"], tracked=body["tracked"], cost=body["cost"])


# ---- customers, orders, shipments ----

def customer(body, made):
    first = next((a for a in body["addresses"] if a.get("default")), None)
    if len(made["addresses"]) != len(body["addresses"]):
        return "another number of addresses"
    if first and (made["addresses"][0]["key"] != str(first["id"])
                  or made["addresses"][0]["address"]["country"] != first["country_code"]):
        return "the first address is not the default"
    name = " ".join(n for n in (body["first_name"], body["last_name"]) if n) or (first or {}).get("name") or None
    return differs(made, natural_key=str(body["id"]), email=body["email"] or None, name=name, state=body["state"],
                   currency=body["currency"], tags=words(body["tags"]), updated_at=utc(body["updated_at"]))


def order(body, made):
    if len(made["lines"]) != len(body["line_items"]):
        return f"{len(made['lines'])} lines, not {len(body['line_items'])}"
    for line, told in zip(made["lines"], body["line_items"]):
        taken = sum((money(a["amount"]) for a in told["discount_allocations"]), Decimal(0))
        if money(line.get("discount") or 0) != (taken or money(told["total_discount"])):
            return f"line {told['id']}: discount {line.get('discount')}, not {taken}"
        if sum((money(t["amount"]) for t in line["taxes"]), Decimal(0)) != sum(
                (money(t["price"]) for t in told["tax_lines"]), Decimal(0)):
            return f"line {told['id']}: other taxes"
        why = differs(line, key=str(told["id"]), quantity=str(told["quantity"]), unit_price=money(told["price"]))
        if why:
            return f"line {told['id']}: {why}"
    return differs(made, natural_key=str(body["id"]), number=body["name"], currency=body["currency"],
                   total=money(body["total_price"]), placed_at=utc(body["created_at"]), updated_at=utc(body["updated_at"]),
                   cancelled=body["cancelled_at"] is not None)


def unmade(body):
    """By how much the parts of an order miss its total, give or take what its source rounds."""
    def rest(rows):
        return sum((money(r["price"]) * r.get("quantity", 1)
                    - (sum((money(a["amount"]) for a in r.get("discount_allocations", [])), Decimal(0))
                       or money(r.get("total_discount") or 0)) for r in rows), Decimal(0))
    tips = any(isinstance(n.get("tip"), dict) for n in body["line_items"])
    duties = (body.get("original_total_duties_set") or {}).get("shop_money", {}).get("amount", 0)
    parts = (rest(body["line_items"]) + rest(body["shipping_lines"])
             + (0 if body["taxes_included"] else money(body["total_tax"]))
             + (0 if tips else money(body.get("total_tip_received") or 0))
             + (0 if body.get("duties_included") else money(duties)))
    gap = abs(parts - money(body["total_price"]))
    return gap if gap > Decimal("0.01") * (len(body["line_items"]) + len(body["shipping_lines"]) + 1) else Decimal(0)


def whole_orders(told):
    """As each, but an example whose parts do not make its total has to be found out."""
    def check(result):
        if kit.fault(result) or len(result["objects"]) != len(told):
            return kit.fault(result) or f"{len(result['objects'])} orders, not {len(told)}"
        for body, made in zip(told, result["objects"]):
            if unmade(body):
                if not any(f.startswith("/total: does_not_add_up") for f in made["faults"]):
                    return f"{body['id']}: its parts miss its total by {unmade(body)}, and nothing says so"
                continue
            why = None if made["valid"] else "; ".join(made["faults"]) or "held"
            if why or order(body, made["value"]):
                return f"{body['id']}: {why or order(body, made['value'])}"
        return None
    return check


SHIPPED = {"success": "shipped", "failure": "failed", "error": "failed", "cancelled": "cancelled", "pending": "planned",
           "open": "planned"}


def fulfillment(body, made):
    if [t["number"] for t in made["tracking"]] != body["tracking_numbers"]:
        return "other tracking numbers"
    if [(n["order_line_key"], n["quantity"]) for n in made["lines"]] != [(str(n["id"]), str(n["quantity"]))
                                                                         for n in body["line_items"]]:
        return "other lines"
    if body.get("shipment_status") is None and made["state"] != SHIPPED[body["status"]]:
        return f"state {made['state']} of {body['status']}"
    return differs(made, natural_key=str(body["id"]), order_key=str(body["order_id"]), number=body["name"],
                   carrier=body["tracking_company"], location=str(body["location_id"]),
                   updated_at=utc(body["updated_at"]))


def fulfillment_order(body, made):
    if [(n["id"], n["fulfillable_quantity"]) for n in made["line_items"]] != [
            (n["id"], n["fulfillable_quantity"]) for n in body["line_items"]]:
        return "other lines"
    return differs(made, id=body["id"], status=body["status"], request_status=body["request_status"],
                   assigned_location_id=body["assigned_location_id"])


# ---- money ----

def refund(body, made):
    given = [t for t in body["transactions"] if t["kind"] == "refund" and t["status"] == "success"]
    total = sum((money(t["amount"]) for t in given), Decimal(0))
    freight = sum((money(s["subtotal_amount_set"]["shop_money"]["amount"]) for s in body["refund_shipping_lines"]),
                  Decimal(0))
    goods = sum((money(n["subtotal"]) for n in body["refund_line_items"]), Decimal(0))
    tax = sum((money(n["total_tax"]) for n in body["refund_line_items"]), Decimal(0))
    if len(made["lines"]) != len(body["refund_line_items"]):
        return "another number of lines"
    if sum((money(n["amount"]) for n in made["lines"]), Decimal(0)) != goods:
        return "the goods make another sum"
    if sum((money(n["tax"]) for n in made["lines"]), Decimal(0)) != tax:
        return "the taxes make another sum"
    if money((made.get("shipping") or {}).get("amount", 0)) != freight:
        return "other freight"
    if sum((money(a["amount"]) for a in made["adjustments"]), Decimal(0)) != total - goods - tax - freight:
        return "what is neither goods nor freight makes another sum"
    if [(t["key"], money(t["amount"])) for t in made["tenders"]] != [(str(t["parent_id"]), money(t["amount"]))
                                                                    for t in given]:
        return "other tenders"
    return differs(made, natural_key=str(body["id"]), order_key=str(body["order_id"]), total=total,
                   currency=body["total_duties_set"]["shop_money"]["currency_code"],
                   refunded_at=utc(body["processed_at"]))


def transaction(body, made):
    kind = {"emv_authorization": "authorization"}.get(body["kind"], body["kind"])
    state = {"success": "succeeded", "failure": "failed", "error": "failed", "pending": "pending",
             "awaiting_response": "pending"}[body["status"]]
    card = (body.get("payment_details") or {}).get("credit_card_number")
    if card and made["card_last4"] != card[-4:]:
        return "another card"
    return differs(made, natural_key=str(body["id"]), order_key=str(body["order_id"]), kind=kind, state=state,
                   currency=body["currency"], amount=money(body["amount"]), paid_at=utc(body["processed_at"]),
                   parent_key=str(body["parent_id"]) if body["parent_id"] else None)


def tender(body, made):
    return differs(made, order_key=str(body["order_id"]), kind="refund" if money(body["amount"]) < 0 else "sale",
                   amount=abs(money(body["amount"])), currency=body["currency"], paid_at=utc(body["processed_at"]),
                   method="card" if body["payment_method"] == "credit_card" else made["method"])


def dispute(body, made):
    won = body["type"] == "chargeback" and body["status"] == "won"
    if body["type"] == "inquiry" and made["state"] == "succeeded":
        return "an inquiry takes no money"
    return differs(made, natural_key=f"dispute:{body['id']}", kind="dispute_won" if won else "dispute",
                   amount=money(body["amount"]), currency=body["currency"], paid_at=utc(body["initiated_at"]),
                   order_key=str(body["order_id"]) if body["order_id"] else None)


def payout(body, made):
    said = body["summary"]
    whole = (sum((money(v) for k, v in said.items() if k.endswith("_gross_amount")), Decimal(0))
             - sum((money(v) for k, v in said.items() if k.endswith("_fee_amount")), Decimal(0)))
    sums = {s["kind"]: money(s["amount"]) for s in made["sums"]}
    if whole == money(body["amount"]):
        if sum(sums.values()) != whole or sums.get("sale") != money(said["charges_gross_amount"]):
            return "its sums are not those of the summary"
    elif sums:
        return "a summary that does not make the amount was taken for a breakdown"
    return differs(made, natural_key=str(body["id"]), amount=money(body["amount"]), currency=body["currency"],
                   state=body["status"].replace("canceled", "cancelled"), paid_on=body["date"])


def line(body, made):
    return differs(made, natural_key=str(body["id"]), payout_key=str(body["payout_id"]), source_kind=body["type"],
                   net=money(body["net"]), gross=money(body["amount"]), fee=money(body["fee"]),
                   currency=body["currency"], posted_at=utc(body["processed_at"]))


# ---- requests ----

def gid(kind, key):
    return f"gid://shopify/{kind}/{key}"


def sends(**wanted):
    """The variables of what is sent have these members; a dot goes into one, a number into a list."""
    def check(result):
        why = kit.fault(result)
        if why:
            return why
        if not result["url"].endswith("/admin/api/2026-07/graphql.json") or not result["body"]["query"]:
            return "it is no query of GraphQL"
        for path, value in wanted.items():
            at = result["body"]["variables"]
            for step in path.split("__"):
                at = at[int(step)] if step.isdigit() else at[step]
            if (money(at) != value) if isinstance(value, Decimal) else (at != value):
                return f"{path} is {at!r}, not {value!r}"
        return None
    return check


def adjusts(vendor, case):
    asked = case.request["body"]
    ids = {"inventory_item_id": asked["inventory_item_id"], "location": asked["location_id"]}
    if "available_adjustment" in asked:
        vendor.produce(case, "inventory.adjust", {**ids, "delta": asked["available_adjustment"]}, sends(
            input__changes__0__delta=asked["available_adjustment"],
            input__changes__0__inventoryItemId=gid("InventoryItem", asked["inventory_item_id"]),
            input__changes__0__locationId=gid("Location", asked["location_id"])), key="case")
    elif "available" in asked:
        vendor.produce(case, "inventory.set", {**ids, "available": str(asked["available"])}, sends(
            input__quantities__0__quantity=asked["available"], input__quantities__0__changeFromQuantity=None,
            input__quantities__0__inventoryItemId=gid("InventoryItem", asked["inventory_item_id"]),
            input__quantities__0__locationId=gid("Location", asked["location_id"])), key="case")
    else:
        vendor.produce(case, "inventory.activate", ids, sends(
            item=gid("InventoryItem", asked["inventory_item_id"]), location=gid("Location", asked["location_id"])),
            key="case")


def refunds(vendor, case):
    """The canonical refund that the request stands for, made by hand, gives what the request says."""
    asked, of = case.request["body"]["refund"], case.path.split("/orders/")[1].split("/")[0]
    paid = asked.get("transactions", [])
    with_ = {"order_key": of, "currency": asked.get("currency", "USD"), "reason": asked.get("note"),
             "lines": [{"order_line_key": n["line_item_id"], "quantity": str(n["quantity"]), "restocked": False}
                       for n in asked.get("refund_line_items", [])],
             "tenders": [{"key": t["parent_id"], "gateway": t.get("gateway", "bogus"), "amount": str(t["amount"])}
                         for t in paid]}
    wanted = {"input__orderId": gid("Order", of), "input__currency": with_["currency"]}
    if "amount" in asked.get("shipping", {}):
        with_["shipping"] = {"amount": str(asked["shipping"]["amount"]), "tax": "0"}
        wanted["input__shipping__amount"] = money(asked["shipping"]["amount"])
    for i, t in enumerate(paid):
        wanted[f"input__transactions__{i}__parentId"] = gid("OrderTransaction", t["parent_id"])
        wanted[f"input__transactions__{i}__amount"] = money(t["amount"])
        wanted[f"input__transactions__{i}__kind"] = t["kind"].upper()
    for i, n in enumerate(asked.get("refund_line_items", [])):
        wanted[f"input__refundLineItems__{i}__lineItemId"] = gid("LineItem", n["line_item_id"])
        wanted[f"input__refundLineItems__{i}__quantity"] = n["quantity"]
    vendor.produce(case, "refunds.create", with_, sends(**wanted), key="case")


def ships(vendor, case):
    asked = case.request["body"]["fulfillment"]
    told = asked.get("tracking_info") or {}
    url = told.get("url")
    if case.path.endswith("update_tracking.json"):
        of = case.path.split("/fulfillments/")[1].split("/")[0]
        vendor.produce(case, "fulfillments.track", {
            "natural_key": of, "carrier": told.get("company"), "notify": asked.get("notify_customer", False),
            "tracking": [{"number": told.get("number"), "url": url}]}, sends(
                id=gid("Fulfillment", of), tracking__numbers__0=told.get("number")))
        return
    orders, lines = [], []
    for group in asked["line_items_by_fulfillment_order"]:
        nodes = [{"id": gid("FulfillmentOrderLineItem", n["id"]), "lineItem": {"id": gid("LineItem", n["id"])}}
                 for n in group.get("fulfillment_order_line_items") or [{"id": 1, "quantity": 1}]]
        lines += [{"order_line_key": str(n["id"]), "quantity": str(n["quantity"])}
                  for n in group.get("fulfillment_order_line_items") or [{"id": 1, "quantity": 1}]]
        orders.append({"id": gid("FulfillmentOrder", group["fulfillment_order_id"]), "status": "OPEN",
                       "lineItems": {"nodes": nodes}})
    wanted = {f"fulfillment__lineItemsByFulfillmentOrder__{i}__fulfillmentOrderId": o["id"]
              for i, o in enumerate(orders)}
    with_ = {"order_key": "1", "lines": lines, "fulfillment_orders": orders}
    if told.get("number"):
        with_["tracking"] = [{"number": told["number"], "url": url}]
        wanted["fulfillment__trackingInfo__numbers__0"] = told["number"]
    vendor.produce(case, "fulfillments.create", with_, sends(**wanted))


def subscribes(vendor, case):
    asked = case.request["body"]["webhook"]
    topic = asked["topic"].replace("/", "_").upper()
    vendor.produce(case, "webhooks.create", {"topic": asked["topic"], "uri": asked["address"]}, sends(
        topic=topic, subscription__uri=asked["address"], subscription__format=asked.get("format", "json").upper()))


# ---- questions ----

MANIFEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tenants/connectors/shopify/manifest.json")


def questions():
    """The paths that are asked for in the resource form, and what stands in their braces."""
    with open(MANIFEST, encoding="utf-8") as f:
        for name, o in json.load(f)["operations"].items():
            if o["request"]["method"] == "GET":
                path = re.escape("/" + o["request"]["path"]).replace(r"\{", "{").replace(r"\}", "}")
                yield name, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", path))


def asks(vendor, case):
    """A question that the example asks and we have is asked at the same place."""
    for name, path in questions():
        found = path.fullmatch(case.path)
        if found:
            vendor.produce(case, name, found.groupdict(), lambda result: kit.fault(result) or (
                None if result["method"] == "GET" and re.sub(r"^https://[^/]+|\?.*", "", result["url"]) == case.path
                else f"{result['method']} {result['url']}"))
            return


# ---- every example ----

KINDS = {"customer": customer, "dispute": dispute, "fulfillment": fulfillment, "location": location, "order": order,
         "payout": payout, "product": product, "refund": refund, "tender_transaction": tender,
         "transaction": transaction, "variant": variant, "inventory_level": level}


def listed(case, name):
    """The bodies of an answer, whether it has one or many, and the operation that asks for it so."""
    if isinstance(case.body.get(name + "s"), list):
        return f"rest.{name}s.list", case.body[name + "s"]
    return f"rest.{name}s.get", [case.body[name]]


def refused(result):
    if result.get("ok"):
        return "it was taken for a whole order"
    return None if "is not what" in result["fault"] else result["fault"]


def answers(vendor, case, name):
    if "fields=" in ((case.request or {}).get("query") or "") and name == "order":
        if "orders" in case.body:
            vendor.skip(case, "a list of some members of orders, which is asked for nowhere")
        else:
            vendor.read(case, "rest.orders.get", refused)
    elif name == "inventory_level":  # one is told to whom changed it, and to the webhook; a question gets a list
        told = case.body.get("inventory_levels") or [case.body["inventory_level"]]
        vendor.read(case, "rest.inventory_levels.list", each(told, level), body={"inventory_levels": told})
    elif name == "inventory_item":
        operation, told = listed(case, name)
        vendor.read(case, operation, reads(told, item))
    elif name == "fulfillment_order":
        operation, told = listed(case, name)
        vendor.read(case, operation, reads(told, fulfillment_order))
    else:
        operation, told = listed(case, name)
        vendor.read(case, operation, whole_orders(told) if name == "order" else each(told, KINDS[name]))


MAKES = {"inventory_level": adjusts, "refund": refunds, "webhook": subscribes, "fulfillment": ships}


def unused(case, name):
    """Why an example is of nothing that we use; nothing: it is."""
    if not case.body:
        return "it has no body"
    if name in UNUSED:
        return UNUSED[name]
    if set(case.body) == {"count"}:
        return "how many there are is asked nowhere"
    if case.path.endswith("/calculate.json"):
        return "what a refund would be is asked nowhere"
    if name == "webhook" and case.method != "POST":
        return "webhooks.list asks for it by GraphQL, whose shape is another"
    return None


def judge(vendor):
    for case in vendor.cases:
        name = case.operation.split(" ")[0]
        if "/balance/transactions" in case.path and case.body:
            told = [t for t in case.body["transactions"] if t["payout_id"]]
            vendor.read(case, "rest.balance_transactions.list", each(told, line))
            continue
        if name == "location" and "inventory_levels" in (case.body or {}):
            name = "inventory_level"
        why = unused(case, name)
        if why:
            vendor.skip(case, why)
            continue
        made = case.method == "POST" and (case.request or {}).get("body") and name in MAKES
        if made:
            MAKES[name](vendor, case)
        elif case.method == "GET":
            asks(vendor, case)
        if name in KINDS or name in ("inventory_item", "fulfillment_order"):
            if name in case.body or name + "s" in case.body:
                answers(vendor, case, name)
                continue
        if not made:
            vendor.skip(case, "it is answered by something that nothing of ours asks for")
