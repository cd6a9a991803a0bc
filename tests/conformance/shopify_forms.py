#!/usr/bin/env python3
"""shopify_forms.py TENONCTL MANIFEST CASES: one thing in both of Shopify's forms becomes one canonical object. The vendor's
examples, and some of ours where it has none, are put from the resource form into that of GraphQL; what differs between
the two objects has to be told by one form only."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"))
import kit  # noqa: E402
from shopify_graphql import ask  # noqa: E402

ADDRESS = {"first_name": "Ada", "last_name": "Jones", "name": "Ada Jones", "company": None, "address1": "1 Main Street",
           "address2": "Floor 2", "zip": "62701", "city": "Springfield", "province": "Illinois", "province_code": "IL",
           "country": "United States", "country_code": "US", "phone": "+1 217 555 0100"}


def tax(price, title="State tax", rate=0.05):
    return {"title": title, "rate": rate, "price": price}


def line(key, price, quantity, **more):
    return {"id": key, "title": "Mug", "sku": f"MUG-{key}", "variant_id": key + 1, "quantity": quantity, "price": price,
            "total_discount": "0.00", "discount_allocations": [], "tax_lines": [], **more}


def made_order(**more):
    """59.97 − 5.00 + 2.75 tax, 5.95 − 1.00 freight + 0.25 tax, 3.00 tip."""
    return {"id": 9007199254740993, "name": "#1001", "currency": "USD", "created_at": "2026-11-23T10:00:00+01:00",
            "updated_at": "2026-11-23T10:05:00+01:00", "cancelled_at": None, "taxes_included": False, "test": False,
            "duties_included": False, "email": "ada@example.com", "phone": None, "note": "ring twice",
            "source_name": "web", "financial_status": "paid", "fulfillment_status": "partial",
            "customer": {"id": 7001, "first_name": "Ada", "last_name": "Jones", "email": "ada@example.com"},
            "billing_address": ADDRESS, "shipping_address": ADDRESS, "tax_lines": [tax("3.00")],
            "line_items": [line(1, "19.99", 3, discount_allocations=[{"amount": "5.00"}], tax_lines=[tax("2.75")])],
            "shipping_lines": [{"title": "Standard", "price": "5.95", "discount_allocations": [{"amount": "1.00"}],
                                "tax_lines": [tax("0.25")]}],
            "subtotal_price": "54.97", "total_discounts": "6.00", "total_tax": "3.00", "total_tip_received": "3.00",
            "total_price": "65.92", **more}


def orders():
    """Each with what it tries."""
    tip = line(2, "3.00", 1, sku=None, variant_id=None, title="Tip", tip={"payment_gateway": "shopify_payments"})
    plain = made_order()
    return [
        ("with all there is", plain),
        ("whose tip is a line", made_order(line_items=[*plain["line_items"], tip])),
        ("whose prices hold the taxes", made_order(taxes_included=True, total_price="62.92")),
        ("with duties", made_order(total_price="75.92", original_total_duties_set={
            "shop_money": {"amount": "10.00", "currency_code": "USD"}})),
        ("whose duties are in the prices", made_order(duties_included=True, original_total_duties_set={
            "shop_money": {"amount": "10.00", "currency_code": "USD"}})),
        ("that is called off", made_order(cancelled_at="2026-11-23T10:05:00+01:00", financial_status="voided")),
        ("of a guest, with nothing to ship", made_order(
            customer=None, shipping_address=None, shipping_lines=[], tax_lines=[tax("2.75")], total_tax="2.75",
            total_price="60.72", fulfillment_status=None, note=None)),
    ]


# ---- from the resource form to that of GraphQL ----

def gid(kind, key):
    return f"gid://shopify/{kind}/{key}" if key is not None else None


def bag(amount, currency="USD"):
    return {"shopMoney": {"amount": amount, "currencyCode": currency},
            "presentmentMoney": {"amount": "1.00", "currencyCode": "XTS"}}


def number(key):
    return str(key) if key is not None else None


def taxes(rows):
    return [{"title": t["title"], "rate": t["rate"], "priceSet": bag(t["price"])} for t in rows]


def allocated(rows):
    return [{"allocatedAmountSet": bag(a["amount"])} for a in rows]


def address(a):
    return a and {"name": a["name"], "company": a["company"], "address1": a["address1"], "address2": a["address2"],
                  "zip": a["zip"], "city": a["city"], "province": a["province"], "provinceCode": a["province_code"],
                  "country": a["country"], "countryCodeV2": a["country_code"], "phone": a["phone"]}


def nodes(rows):
    return {"nodes": rows, "pageInfo": {"hasNextPage": False}}


def order(o):
    who, duties = o["customer"], o.get("original_total_duties_set")
    lines = [{"id": gid("LineItem", n["id"]), "title": n["title"], "sku": n["sku"], "quantity": n["quantity"],
              "variant": n["variant_id"] and {"legacyResourceId": number(n["variant_id"])},
              "originalUnitPriceSet": bag(n["price"]), "totalDiscountSet": bag(n["total_discount"]),
              "discountAllocations": allocated(n["discount_allocations"]), "taxLines": taxes(n["tax_lines"]),
              "duties": []} for n in o["line_items"]]
    return {"id": gid("Order", o["id"]), "legacyResourceId": number(o["id"]), "name": o["name"],
            "createdAt": o["created_at"], "updatedAt": o["updated_at"], "cancelledAt": o["cancelled_at"],
            "currencyCode": o["currency"], "taxesIncluded": o["taxes_included"], "dutiesIncluded": o["duties_included"],
            "test": o["test"], "email": o["email"], "phone": o["phone"], "note": o["note"], "sourceName": o["source_name"],
            "displayFinancialStatus": o["financial_status"].upper(),
            "displayFulfillmentStatus": {"partial": "PARTIALLY_FULFILLED", None: "UNFULFILLED"}.get(
                o["fulfillment_status"]) or o["fulfillment_status"].upper(),
            "customer": who and {"legacyResourceId": number(who["id"]), "firstName": who["first_name"],
                                 "lastName": who["last_name"], "defaultEmailAddress": {"emailAddress": who["email"]}},
            "billingAddress": address(o["billing_address"]), "shippingAddress": address(o["shipping_address"]),
            "subtotalPriceSet": bag(o["subtotal_price"]), "totalDiscountsSet": bag(o["total_discounts"]),
            "totalTaxSet": bag(o["total_tax"]), "totalPriceSet": bag(o["total_price"]),
            "totalTipReceivedSet": bag(o["total_tip_received"]),
            "originalTotalDutiesSet": duties and bag(duties["shop_money"]["amount"]), "taxLines": taxes(o["tax_lines"]),
            "additionalFees": [], "transactions": [], "lines": lines,
            "shippingLines": nodes([{"title": s["title"], "originalPriceSet": bag(s["price"]),
                                     "discountAllocations": allocated(s["discount_allocations"]),
                                     "taxLines": taxes(s["tax_lines"])} for s in o["shipping_lines"]])}


def transaction(t):
    details = t.get("payment_details") or {}
    return {"id": gid("OrderTransaction", t["id"]), "kind": t["kind"].upper(), "status": t["status"].upper(),
            "gateway": t["gateway"], "accountNumber": details.get("credit_card_number"), "paymentId": t["payment_id"],
            "createdAt": t["created_at"], "processedAt": t["processed_at"], "amountSet": bag(t["amount"], t["currency"]),
            "parentTransaction": t["parent_id"] and {"id": gid("OrderTransaction", t["parent_id"])}, "fees": [],
            "orderId": number(t["order_id"])}


def refund(r):
    given = sum(float(t["amount"]) for t in r["transactions"] if t["kind"] == "refund" and t["status"] == "success")
    return {"id": gid("Refund", r["id"]), "legacyResourceId": number(r["id"]), "createdAt": r["created_at"],
            "processedAt": r["processed_at"], "updatedAt": r["processed_at"], "note": r["note"], "return": None,
            "order": {"legacyResourceId": number(r["order_id"]), "currencyCode": "USD", "taxesIncluded": False},
            "totalRefundedSet": bag(f"{given:.2f}"), "duties": [], "orderAdjustments": nodes([]),
            "refundLineItems": nodes([
                {"quantity": n["quantity"], "restocked": n["restock_type"] != "no_restock",
                 "subtotalSet": bag(n["subtotal_set"]["shop_money"]["amount"]),
                 "totalTaxSet": bag(n["total_tax_set"]["shop_money"]["amount"]),
                 "lineItem": {"id": gid("LineItem", n["line_item_id"]), "sku": n["line_item"]["sku"],
                              "title": n["line_item"]["title"]}} for n in r["refund_line_items"]]),
            "refundShippingLines": nodes([
                {"subtotalAmountSet": bag(s["subtotal_amount_set"]["shop_money"]["amount"]), "taxAmountSet": bag("0.00")}
                for s in r["refund_shipping_lines"]]),
            "transactions": nodes([transaction(t) for t in r["transactions"]])}


def fulfillment(f):
    urls = f["tracking_urls"]
    return {"id": gid("Fulfillment", f["id"]), "legacyResourceId": number(f["id"]), "name": f["name"],
            "status": f["status"].upper(), "displayStatus": None, "createdAt": f["created_at"],
            "updatedAt": f["updated_at"], "order": {"legacyResourceId": number(f["order_id"]), "shippingAddress": None},
            "location": {"legacyResourceId": number(f["location_id"])},
            "service": {"serviceName": "Manual" if f["service"] == "manual" else f["service"]},
            "trackingInfo": [{"company": f["tracking_company"], "number": n, "url": urls[i] if i < len(urls) else None}
                             for i, n in enumerate(f["tracking_numbers"])],
            "fulfillmentLineItems": nodes([
                {"quantity": n["quantity"], "lineItem": {"id": gid("LineItem", n["id"]), "sku": n["sku"], "title": n["title"]}}
                for n in f["line_items"]])}


def product(p):
    return {"id": gid("Product", p["id"]), "legacyResourceId": number(p["id"]), "title": p["title"],
            "status": p["status"].upper(), "vendor": p["vendor"], "productType": p["product_type"],
            "descriptionHtml": p["body_html"], "tags": [t.strip() for t in p["tags"].split(",") if t.strip()],
            "createdAt": p["created_at"], "updatedAt": p["updated_at"],
            "options": [{"name": o["name"], "values": o["values"]} for o in p["options"]]}


def variant(v):
    units = {"g": "GRAMS", "kg": "KILOGRAMS", "oz": "OUNCES", "lb": "POUNDS"}
    return {"legacyResourceId": number(v["id"]), "sku": v["sku"], "title": v["title"], "barcode": v["barcode"],
            "price": v["price"], "compareAtPrice": v["compare_at_price"], "updatedAt": v["updated_at"],
            "currencyCode": v["presentment_prices"][0]["price"]["currency_code"],
            "selectedOptions": [{"name": f"option{i}", "value": v[f"option{i}"]} for i in (1, 2, 3) if v[f"option{i}"]],
            "product": {"legacyResourceId": number(v["product_id"]), "status": "ACTIVE"},
            "inventoryItem": {"tracked": v["inventory_management"] is not None,
                              "measurement": {"weight": {"value": v["weight"], "unit": units[v["weight_unit"]]}}}}


def customer(c):
    consent = (c["email_marketing_consent"] or {}).get("state", "not_subscribed")
    first = c.get("default_address")
    return {"legacyResourceId": number(c["id"]), "firstName": c["first_name"], "lastName": c["last_name"],
            "state": c["state"].upper(), "taxExempt": c["tax_exempt"], "note": c["note"],
            "tags": [t.strip() for t in c["tags"].split(",") if t.strip()], "createdAt": c["created_at"],
            "updatedAt": c["updated_at"], "defaultPhoneNumber": c["phone"] and {"phoneNumber": c["phone"]},
            "defaultEmailAddress": c["email"] and {"emailAddress": c["email"], "marketingState": consent.upper()},
            "defaultAddress": first and {**address(first), "id": gid("MailingAddress", f"{first['id']}?model_name=CustomerAddress")}}


def location(p):
    return {"legacyResourceId": number(p["id"]), "name": p["name"], "isActive": p["active"],
            "isFulfillmentService": p["legacy"], "updatedAt": p["updated_at"],
            "address": {"address1": p["address1"], "address2": p["address2"], "zip": p["zip"], "city": p["city"],
                        "province": p["province"], "provinceCode": p["province_code"], "country": p["country_name"],
                        "countryCode": p["country_code"], "phone": p["phone"]}}


def level(s):
    return {"isActive": True, "updatedAt": s["updated_at"], "location": {"legacyResourceId": number(s["location_id"])},
            "item": {"legacyResourceId": number(s["inventory_item_id"]), "sku": None, "tracked": True},
            "quantities": [{"name": "available", "quantity": s["available"]}]}


def payout(p):
    names = {"adjustments_fee": "adjustmentsFee", "adjustments_gross": "adjustmentsGross", "charges_fee": "chargesFee",
             "charges_gross": "chargesGross", "refunds_fee": "refundsFee", "refunds_gross": "refundsFeeGross",
             "reserved_funds_fee": "reservedFundsFee", "reserved_funds_gross": "reservedFundsGross",
             "retried_payouts_fee": "retriedPayoutsFee", "retried_payouts_gross": "retriedPayoutsGross"}
    said = {new: {"amount": p["summary"][old + "_amount"]} for old, new in names.items()}
    return {"legacyResourceId": number(p["id"]), "issuedAt": p["date"] + "T00:00:00Z", "status": p["status"].upper(),
            "transactionType": "DEPOSIT", "net": {"amount": p["amount"], "currencyCode": p["currency"]},
            "summary": {**said, "advanceFees": {"amount": "0.00"}, "advanceGross": {"amount": "0.00"},
                        "usdcRebateCreditAmount": {"amount": "0.00"}}}


def balance(t):
    return {"id": gid("ShopifyPaymentsBalanceTransaction", t["id"]), "type": t["type"].upper(),
            "transactionDate": t["processed_at"], "amount": {"amount": t["amount"], "currencyCode": t["currency"]},
            "fee": {"amount": t["fee"], "currencyCode": t["currency"]},
            "net": {"amount": t["net"], "currencyCode": t["currency"]},
            "sourceOrderTransactionId": number(t["source_order_transaction_id"]),
            "associatedOrder": t["source_order_id"] and {"id": gid("Order", t["source_order_id"]), "name": "#1"},
            "associatedPayout": {"id": gid("ShopifyPaymentsPayout", t["payout_id"]), "status": "PAID"}}


# What one form alone tells, by the kind of the resource form.
ALONE = {"order": {"source_state", "tenders"}, "refund": set(), "fulfillment": {"source_state"}, "product": {"images"},
         "variant": {"title", "state"}, "customer": {"addresses", "currency", "language"}, "location": {"sells", "ships"},
         "inventory_level": {"buffer"}, "payout": set(), "transaction": {"card_brand"}, "balance_transaction": {"source_kind"}}
FORMS = {"order": order, "refund": refund, "fulfillment": fulfillment, "product": product, "variant": variant,
         "customer": customer, "location": location, "inventory_level": level, "payout": payout,
         "transaction": transaction, "balance_transaction": balance}
OTHER = {"inventory_level": "inventory_graphql"}


def examples(folder):
    """Kind, name and body of each thing that the vendor's examples show whole."""
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as f:
            for i, case in enumerate(json.load(f)):
                body, kind = case["response"]["body"], case["operation"].split(" ")[0]
                if kind not in FORMS or "fields=" in (case["request"].get("query") or "") or not isinstance(body, dict):
                    continue
                for one in body.get(kind + "s") or ([body[kind]] if kind in body else []):
                    yield kind, f"{file}[{i}] {kind} {one.get('id', '')}", one


def ours():
    for what, body in orders():
        yield "order", f"an order {what}", body
    yield "balance_transaction", "a charge in a payout", {
        "id": 699519475, "type": "charge", "payout_id": 623721858, "currency": "USD", "amount": "68.90", "fee": "2.30",
        "net": "66.60", "source_order_id": 9007199254740993, "source_order_transaction_id": 1068278510,
        "processed_at": "2026-11-24T00:00:00-05:00"}


def case(kind, body):
    """Whatever operation reads a list: what it is, kind says."""
    return {"operation": "rest.locations.list", "kind": kind, "body": {"locations": [body]}}


def differs(kind, one, two):
    for made, form in ((one, "the resource form"), (two, "GraphQL")):
        if kit.objects(made, 1):
            return f"in {form}: {kit.objects(made, 1)}"
    a, b = one["objects"][0]["value"], two["objects"][0]["value"]
    for name in sorted((set(a) | set(b)) - ALONE[kind]):
        if (a.get(name) or None) != (b.get(name) or None):  # nothing is told, or that there is nothing
            return f"{name}: {json.dumps(a.get(name))} in the resource form, {json.dumps(b.get(name))} in GraphQL"
    return None


# ---- what one form alone tells ----

def paid(key, amount, gateway="shopify_payments", kind="SALE", status="SUCCESS"):
    return {"id": gid("OrderTransaction", key), "kind": kind, "status": status, "gateway": gateway,
            "formattedGateway": gateway, "amountSet": bag(amount)}


def tendered(*transactions, **more):
    return {**order(made_order(**more)), "transactions": list(transactions)}


def returned(state):
    return {"id": gid("Return", 945000954), "name": "#1001-R1", "status": state, "createdAt": "2026-11-28T12:00:00Z",
            "order": {"legacyResourceId": "450789469"}, "refunds": {"nodes": [{"legacyResourceId": "929361464"}]},
            "lines": [{"id": gid("ReturnLineItem", 1), "quantity": 2, "processedQuantity": 1, "returnReasonNote": "",
                       "customerNote": "chipped", "fulfillmentLineItem": {"lineItem": {
                           "id": gid("LineItem", 466157049), "sku": "MUG-BLUE", "title": "Mug"}}}]}


def stock():
    rows = {"available": 37, "on_hand": 47, "committed": 3, "reserved": 4, "damaged": 1, "safety_stock": 2,
            "quality_control": 0, "incoming": 120}
    return {"updatedAt": "2026-11-23T10:05:00Z", "location": {"legacyResourceId": "655441491"},
            "item": {"legacyResourceId": "808950810", "sku": "MUG-BLUE"},
            "quantities": [{"name": n, "quantity": q} for n, q in rows.items()]}


def given_back(**more):
    """18.32 and 0.92 tax of goods, 4.95 freight, of which 2.00 are kept."""
    return {"id": gid("Refund", 7), "legacyResourceId": "7", "createdAt": "2026-12-01T09:05:00Z",
            "processedAt": "2026-12-01T09:05:00Z", "updatedAt": "2026-12-01T09:06:00Z", "note": "chipped",
            "return": {"id": gid("Return", 945000954)}, "totalRefundedSet": bag("22.19"), "duties": [],
            "order": {"legacyResourceId": "450789469", "currencyCode": "USD", "taxesIncluded": False},
            "orderAdjustments": nodes([{"reason": "RESTOCK"}]),
            "refundLineItems": nodes([{"quantity": 1, "restocked": False, "subtotalSet": bag("18.32"),
                                       "totalTaxSet": bag("0.92"), "lineItem": {"id": gid("LineItem", 1), "sku": "MUG"}}]),
            "refundShippingLines": nodes([{"subtotalAmountSet": bag("4.95"), "taxAmountSet": bag("0.00")}]),
            "transactions": nodes([paid(8, "22.19", kind="REFUND")]), **more}


def pays(kind="DEPOSIT", net="41.90"):
    return {**payout({"id": 1, "date": "2026-11-12", "status": "paid", "currency": "USD", "amount": net,
                      "summary": {k + "_amount": "0.00" for k in (
                          "adjustments_fee", "adjustments_gross", "charges_fee", "charges_gross", "refunds_fee",
                          "refunds_gross", "reserved_funds_fee", "reserved_funds_gross", "retried_payouts_fee",
                          "retried_payouts_gross")}}), "transactionType": kind}


def foreign():
    return {"id": 1, "order_id": 2, "created_at": "2026-11-12T00:00:00Z", "processed_at": "2026-11-12T00:00:00Z",
            "total_duties_set": {"shop_money": {"amount": "0.00", "currency_code": "USD"}}, "refund_line_items": [],
            "refund_shipping_lines": [], "order_adjustments": [], "note": None,
            "transactions": [{"id": 3, "kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}]}


def tells(**wanted):
    def check(made):
        if kit.objects(made, 1):
            return kit.objects(made, 1)
        got = made["objects"][0]["value"]
        return next((f"{n} is {json.dumps(got.get(n))}" for n, v in wanted.items() if got.get(n) != v), None)
    return check


def stops(pointer):
    """There is no whole object, for what is missing there."""
    def check(made):
        one = made["objects"][0]
        return None if not one["valid"] and any(f.startswith(pointer + ":") for f in one["faults"]) else json.dumps(one)
    return check


def alone():
    card = {"kind": "card", "key": "1", "title": "shopify_payments", "amount": "65.92"}
    cash = {"kind": "cash", "key": "2", "title": "cash", "amount": "65.92"}
    fee = {"name": "Gift wrap", "price": bag("2.00"), "taxLines": taxes([tax("0.10")])}
    duty = {"duties": [{"price": bag("10.00"), "taxLines": taxes([tax("0.50", "Duty tax")])}]}
    dutiable = tendered(total_price="76.42", total_tax="3.50",
                        original_total_duties_set={"shop_money": {"amount": "10.00"}})
    dutiable["lines"][0].update(duty)
    return [
        ("order_graphql", "an order that was paid by card", tendered(paid(1, "65.92")), tells(tenders=[card])),
        ("order_graphql", "an order of which the shopper got change", tendered(
            paid(2, "70.00", "cash"), paid(3, "4.08", "cash", "CHANGE")), tells(tenders=[cash])),
        ("order_graphql", "an order whose payments are not its total", tendered(paid(1, "60.00")), tells(tenders=[])),
        ("order_graphql", "a payment that failed", tendered(paid(1, "65.92", status="FAILURE")), tells(tenders=[])),
        ("order_graphql", "a fee with its tax", {**tendered(total_price="68.02", total_tax="3.10"), "additionalFees": [fee]},
         tells(fees=[{"title": "Gift wrap", "amount": "2.00", "taxes": [{"title": "State tax", "rate": "0.05", "amount": "0.10"}]}])),
        ("order_graphql", "duties with their tax", dutiable,
         tells(duties="10.00", taxes=[{"title": "Duty tax", "rate": "0.05", "amount": "0.50"}])),
        ("return_graphql", "a return that is open", returned("OPEN"), tells(
            natural_key="945000954", state="approved", source_state="OPEN", refund_key="929361464", lines=[
                {"order_line_key": "466157049", "sku": "MUG-BLUE", "title": "Mug", "quantity": "2",
                 "arrived_quantity": "1", "reason": "chipped"}])),
        ("return_graphql", "a return of a state that is new", returned("SOMETHING_NEW"), stops("/state")),
        ("inventory_graphql", "stock with all its quantities", stock(), tells(
            sku="MUG-BLUE", available="37", on_hand="47", committed="3", buffer="7", in_flight="120")),
        ("inventory_level", "stock that is not counted", {
            "inventory_item_id": 1, "location_id": 2, "available": None, "updated_at": "2026-11-23T10:05:00Z"},
         stops("/available")),
        ("refund_graphql", "a refund of which something is kept", given_back(), tells(
            total="22.19", return_key="945000954", shipping={"amount": "4.95", "tax": "0.00"},
            adjustments=[{"title": "RESTOCK", "amount": "-2.00"}],
            tenders=[{"kind": "card", "key": "8", "amount": "22.19"}])),
        ("refund_graphql", "a refund where prices hold the taxes", given_back(
            order={"legacyResourceId": "1", "currencyCode": "USD", "taxesIncluded": True}), tells(
                lines=[{"order_line_key": "1", "sku": "MUG", "quantity": "1", "amount": "17.40", "tax": "0.92",
                        "restocked": False}], adjustments=[{"title": "RESTOCK", "amount": "-1.08"}])),
        ("refund_graphql", "a refund of goods that nobody had paid", given_back(
            totalRefundedSet=bag("0.00"), transactions=nodes([]), orderAdjustments=nodes([])), tells(
                total="0.00", adjustments=[{"title": "Not in the lines", "amount": "-24.19"}])),
        ("refund", "a refund in the shopper's currency", foreign(), stops("/total")),
        ("payout_graphql", "a payout whose summary is no breakdown", pays(), tells(amount="41.90", sums=[])),
        ("payout_graphql", "a withdrawal", pays("WITHDRAWAL", "-5.00"), tells(amount="-5.00")),
        ("payout_graphql", "a withdrawal above zero", pays("WITHDRAWAL"), stops("/amount")),
        ("transaction", "change that was given", {"id": 1, "kind": "change", "status": "success", "gateway": "cash",
                                                  "amount": "1.00", "currency": "USD", "created_at": "2026-11-12T00:00:00Z"},
         stops("/kind")),
        ("balance_transaction", "a type that is new", {
            "id": 1, "type": "something_new", "payout_id": 2, "currency": "USD", "amount": "1.00", "fee": "0.00", "net": "1.00",
            "processed_at": "2026-11-12T00:00:00Z"}, stops("/kind")),
    ]


def main():
    tenonctl, manifest, folder = sys.argv[1:4]
    tap = kit.Tap()
    things = list(ours())
    if os.path.isdir(folder):
        things += examples(folder)
    else:
        tap.skip("shopify: the vendor's examples are not here")
    asked = [c for kind, _, body in things
             for c in (case(kind, body), case(OTHER.get(kind, kind + "_graphql"), FORMS[kind](body)))]
    got = ask(tenonctl, manifest, asked)
    for i, (kind, name, _) in enumerate(things):
        tap.line(not (why := differs(kind, got[2 * i], got[2 * i + 1])), f"shopify: {name}: is one thing in both forms", why)
    tried = alone()
    for (kind, name, _, check), one in zip(tried, ask(tenonctl, manifest, [case(k, b) for k, _, b, _ in tried])):
        tap.line(not (why := check(one)), f"shopify: {kind}: {name}", why)
    tap.end()


main()
