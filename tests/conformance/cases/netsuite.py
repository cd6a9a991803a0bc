"""NetSuite publishes no examples of its own: what a record looks like differs from account to account. Calls, the envelope of
lists and errors are judged by the contract that was put together from its documentation; records here are made up for it."""
import json
import os
from decimal import Decimal
from urllib.parse import unquote

import kit

FOLDER = "netsuite"
SETTINGS = {"account": "1234567_SB1", "currency": "USD", "offset": "-08:00"}
CONTRACT = {}
HOST = "https://vendor.example"


def at(value, path):
    for part in path.split("__"):
        if part == "#":
            return len(value or [])
        value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
    return value


def same(read, wanted):
    number = isinstance(wanted, (Decimal, int)) and not isinstance(wanted, bool)
    return kit.same_money(read, wanted) if number and read is not None else read == wanted


def sends(call, **wanted):
    """call: a name in the contract's calls, and what stands for its braces."""
    name, *values = call

    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        pattern = CONTRACT["calls"][name].split(" -> ")[0].split(" with ")[0]
        method, path = pattern.split(" ", 1)
        for value in values:
            start, end = path.index("{"), path.index("}")
            path = path[:start] + value + path[end + 1:]
        if result["method"] != method or unquote(result["url"]) != HOST + path:
            return f"{result['method']} {unquote(result['url'])}, not {method} {path}"
        return next((f"{k} is {at(result, k)!r}" for k, v in wanted.items() if not same(at(result, k), v)), None)
    return check


def one(**wanted):
    def check(result):
        return kit.objects(result, 1) or next((f"{k} is {at(result['objects'][0]['value'], k)!r}" for k, v in wanted.items()
                                               if not same(at(result["objects"][0]["value"], k), v)), None)
    return check


def held(result):
    made = (result.get("objects") or [{}])[0]
    return None if made.get("valid") is False else f"it is taken: {made}"


def refused(code):
    return lambda result: None if result.get("code") == code else f"it is {result.get('code')}: {result.get('fault')}"


def answered(**wanted):
    def check(result):
        return kit.fault(result) or next((f"{k} is {result.get(k)!r}" for k, v in wanted.items() if result.get(k) != v), None)
    return check


def query(*texts):
    def check(result):
        why = sends(("suiteql",))(result)
        said = (result.get("body") or {}).get("q", "")
        if why or result["headers"].get("prefer") != "transient":
            return why or "it is not asked to be transient"
        return next((f"{t} is not in {said}" for t in texts if t not in said), None)
    return check


def envelope(items, more=False):
    return dict(CONTRACT["list_envelope"], items=items, count=len(items), hasMore=more, totalResults=len(items))


def error(code, detail="m", status=400):
    body = json.loads(json.dumps(CONTRACT["error_body"]))
    body["status"] = status
    body["o:errorDetails"][0].update({"o:errorCode": code, "detail": detail})
    return body


# ---- requests ----

ORDER = {"natural_key": "o-1", "number": "W-1001", "currency": "USD", "placed_at": "2026-11-23T10:00:00Z", "order_id": 88,
         "customer": {"email": "ada@example.com"}, "shipping_to": {"name": "Ada", "street": "1 Main", "city": "Salem", "country": "US"},
         "lines": [{"key": "1", "sku": "MUG", "title": "Mug", "quantity": "3", "unit_price": "19.99", "discount": "5.00",
                    "taxes": [{"amount": "3.44"}]}],
         "shipping": [{"title": "Ground", "price": "4.95", "discount": "0.95", "taxes": [{"amount": "0.25"}]}],
         "ids": {"customer": 7, "subsidiary": 1, "location": "3", "items": {"MUG": 34, "discount": "90"}, "tax_codes": {"MUG": "-7"}}}
REFUND = {"natural_key": "r-1", "order_key": "o-1", "currency": "USD", "refunded_at": "2026-12-01T10:00:00Z", "total": "19.75",
          "lines": [{"sku": "MUG", "quantity": "1", "amount": "18.32", "tax": "1.43"}],
          "ids": {"customer": 7, "items": {"MUG": 34}, "credit_memo": "55", "created_from": "88"}}
SHIPMENT = {"natural_key": "s-1", "order_id": "88", "number": "#1.1", "shipped_at": "2026-11-24T16:00:00Z", "tracking": [{"number": "1Z"}],
            "lines": [{"order_line_key": "1", "sku": "MUG", "quantity": "3"}], "ids": {"location": 3}}
ENTRY = {"natural_key": "e-1", "date": "2026-11-23", "currency": "USD", "memo": "m", "ids": {"subsidiary": 1, "accounts": {"1200": 114}},
         "lines": [{"account": "1200", "debit": "88.90", "credit": "0", "dimensions": [{"name": "class", "value": "5"}]},
                   {"account": "4000", "credit": "88.90"}]}


def upserted(kind, key, lines):
    """An upsert of the contract, which replaces the lines: otherwise they would be there twice after the second try."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        path = CONTRACT["calls"]["upsert"].split(" ")[1].replace("{type}", kind).replace("{externalId}", key)
        url = f"{HOST}{path}?replace={lines}"
        return None if (result["method"], unquote(result["url"])) == ("PUT", url) else f"{result['method']} {result['url']}"
    return check


def both(first, **wanted):
    return lambda result: first(result) or next((f"{k} is {at(result, k)!r}" for k, v in wanted.items() if not same(at(result, k), v)), None)


def requests(vendor):
    types = CONTRACT["record_types"]
    vendor.also("a sales order", "sales_orders.create", both(
        upserted(types["sales_order"], "shop-o-1", "item"), body__externalId="shop-o-1", body__entity={"id": "7"}, body__otherRefNum="W-1001",
        body__item__items__0__amount=Decimal("59.97"), body__item__items__0__item={"id": "34"}, body__item__items__1__amount=-5,
        body__shippingCost=4, body__taxTotal=Decimal("3.69"), body__tranDate="2026-11-23"), with_=ORDER)
    vendor.also("an SKU without item", "sales_orders.create", refused("held"), with_=dict(ORDER, ids={"customer": 7}))
    vendor.also("a discount without item", "sales_orders.create", refused("held"), with_=dict(ORDER, ids={"customer": 7, "items": {"MUG": 34}}))
    vendor.also("a cash sale", "cash_sales.create", upserted(types["cash_sale"], "shop-o-1", "item"), with_=ORDER)
    vendor.also("an invoice of an order", "invoices.create", both(
        lambda r: None if r["url"] == HOST + "/record/v1/salesOrder/88/!transform/invoice" else r["url"], body__externalId="shop-o-1"), with_=ORDER)
    vendor.also("a fulfilment", "fulfilments.create", sends(
        ("transform", "88"), body__item__items__0__orderLine=1, body__item__items__0__quantity=3, body__package__items__0__packageTrackingNumber="1Z",
        body__externalId="shop-s-1"), with_=SHIPMENT)
    vendor.also("was it fulfilled: asked", "fulfilments.create", lambda r: None if r.get("url") == HOST + "/record/v1/itemFulfillment/eid:shop-s-1" else f"{r}",
                with_=SHIPMENT, probe=True)
    vendor.also("was it fulfilled: no", "fulfilments.create", answered(found=False), with_=SHIPMENT, probe=True, status=404, body=error("NONEXISTENT_ID", status=404))
    vendor.also("a credit memo", "credit_memos.create", both(
        upserted(types["credit_memo"], "shop-r-1", "item"), body__createdFrom={"id": "88"}, body__taxTotal=Decimal("1.43")), with_=REFUND)
    vendor.also("a refund of a credit memo", "customer_refunds.create", both(
        upserted("customerRefund", "shop-r-1", "apply"), body__apply__items__0__amount=Decimal("19.75"), body__apply__items__0__doc={"id": "55"}), with_=REFUND)
    vendor.also("a return", "return_authorizations.create", upserted(types["return_authorization"], "shop-t-1", "item"), with_={
        "natural_key": "t-1", "updated_at": "2026-11-23T10:00:00Z", "number": "#R1", "lines": [{"sku": "MUG", "quantity": "1"}],
        "ids": {"customer": 7, "items": {"MUG": 34}}})
    vendor.also("a payment", "payments.create", both(upserted("customerPayment", "shop-p-1", "apply"), body__payment=Decimal("61.66")), with_={
        "natural_key": "p-1", "amount": "61.66", "currency": "USD", "paid_at": "2026-11-23T10:00:00Z", "ids": {"customer": 7, "invoice": 130}})
    vendor.also("an entry", "journal_entries.create", both(
        upserted(types["journal"], "shop-e-1", "line"), body__line__items__0__account={"id": "114"}, body__line__items__0__debit=Decimal("88.9"),
        body__line__items__0__class={"id": "5"}, body__line__items__1__credit=Decimal("88.9"), body__line__items__1__account={"id": "4000"}), with_=ENTRY)
    vendor.also("a correction of stock", "stock.adjust", both(
        upserted(types["inventory_adjustment"], "shop-k1", "inventory"), body__inventory__items__0__adjustQtyBy=-2), key="k1", with_={
        "location": "3", "updated_at": "2026-11-23T10:00:00Z", "ids": {"item": 34, "difference": "-2", "accounts": {"adjustment": 9}}})
    vendor.also("a customer", "customers.create", both(upserted(types["customer"], "shop-c-1", "addressBook"), body__lastName="Jones"), with_={
        "natural_key": "c-1", "name": "Ada Jones", "email": "ada@example.com", "addresses": [{"kind": "both", "address": {"street": "1 Main"}}]})
    vendor.also("a record", "sales_orders.get", sends(("get", types["sales_order"], "88")), with_={"id": "88"})


# ---- answers ----

def questions(vendor):
    vendor.also("items", "items.list", query("FROM item t", "t.lastmodifieddate >= TO_TIMESTAMP('2026-11-23 02:00:00', 'YYYY-MM-DD HH24:MI:SS')"),
                with_={"from": "2026-11-23T10:00:00Z"})
    vendor.also("all items", "items.list", query("'GiftCert') ORDER BY t.id"), with_={})
    vendor.also("stock of SKUs", "stock.list", query("i.itemid IN ('MUG', 'O''NEIL') AND t.location = 3 GROUP BY"), with_={"skus": ["MUG", "O'NEIL"], "location": "3"})
    full = [{"links": [], "id": str(i)} for i in range(1000)]
    vendor.also("a full page and the next", "accounts.list", answered(after="1000"), status=200, body=envelope(full, more=True))
    vendor.also("the last page", "accounts.list", answered(after=None), status=200, body=envelope(full[:1]))
    vendor.also("fewer than were told", "accounts.list", refused("held"), status=200, body=dict(envelope(full[:2]), count=3))
    vendor.also("no envelope", "accounts.list", refused("held"), status=200, body={"items": []})


def objects(vendor):
    vendor.also("an item", "items.list", one(natural_key="34", sku="MUG", state="active", tracked=True, cost=Decimal("2.5"), currency="USD",
                                             barcodes__0__kind="upc", updated_at="2026-11-23T18:00:00Z"), status=200, body=envelope([
        {"links": [], "id": "34", "itemid": "MUG", "displayname": "Mug", "itemtype": "InvtPart", "isinactive": "F", "upccode": "012345678905",
         "averagecost": "2.5", "modified": "2026-11-23 10:00:00"}]))
    vendor.also("a product", "products.list", one(natural_key="34", title="Mug", state="archived"), status=200, body=envelope([
        {"id": "34", "itemid": "MUG", "displayname": "Mug", "isinactive": "T", "created": "2026-11-20 10:00:00", "modified": "2026-11-23 10:00:00"}]))
    vendor.also("stock", "stock.list", one(sku="MUG", location="3", available=5, on_hand=7, buffer=2), status=200, body=envelope([
        {"item": "34", "itemid": "MUG", "location": "3", "onhand": "7", "available": "5"}]))
    vendor.also("a location", "locations.list", one(natural_key="3", name="East", active=True, kind="warehouse", address__country="US"), status=200,
                body=envelope([{"id": "3", "name": "East", "fullname": "East", "isinactive": "F", "kind": "Warehouse", "country": "US", "city": "Salem",
                                "modified": "2026-11-23 10:00:00"}]))
    vendor.also("a customer, listed", "customers.list", one(natural_key="7", name="Ada Jones", currency="USD"), status=200, body=envelope([
        {"id": "7", "isperson": "T", "firstname": "Ada", "lastname": "Jones", "currency": "USA", "isinactive": "F", "modified": "2026-11-23 10:00:00"}]))
    vendor.also("a customer, read", "customers.get", one(natural_key="7", company="Acme", addresses__0__kind="both", addresses__0__address__street="1 Main"),
                status=200, body={"id": "7", "isPerson": False, "companyName": "Acme", "lastModifiedDate": "2026-11-23T10:00:00Z", "addressBook": {"items": [
                    {"id": 1, "defaultBilling": True, "defaultShipping": True, "addressBookAddress": {"addr1": "1 Main", "country": {"id": "US"}}}]}})
    sale = {"id": "88", "tranId": "SO1", "otherRefNum": "W-1001", "tranDate": "2026-11-23", "createdDate": "2026-11-23T18:00:00Z",
            "lastModifiedDate": "2026-11-23T18:00:05Z", "currency": {"id": "1", "refName": "USA"}, "entity": {"id": "7", "refName": "Ada Jones"},
            "status": {"id": "B", "refName": "Pending Fulfillment"}, "shippingCost": 4, "taxTotal": Decimal("3.69"), "total": Decimal("62.66"),
            "item": {"items": [{"line": 1, "item": {"id": "34", "refName": "MUG"}, "quantity": 3, "rate": Decimal("19.99"), "amount": Decimal("59.97")},
                               {"line": 2, "item": {"id": "90", "refName": "Discount"}, "amount": -5}]}}
    vendor.also("a sales order, read", "sales_orders.get", one(
        natural_key="88", number="W-1001", currency="USD", total=Decimal("62.66"), placed_at="2026-11-23T18:00:00Z", state="open", lines__0__sku="MUG",
        **{"lines__#": 1}, discounts__0__amount=5, taxes__0__amount=Decimal("3.69")), status=200, body=sale)
    vendor.also("a currency without code", "sales_orders.get", held, status=200, body=dict(sale, currency={"id": "9", "refName": "Gold bars"}))
    vendor.also("parts that make another total", "sales_orders.get", held, status=200, body=dict(sale, total=60))
    vendor.also("a fulfilment, read", "fulfilments.get", one(natural_key="90", order_key="88", state="shipped", tracking__0__number="1Z", lines__0__quantity=3),
                status=200, body={"id": "90", "createdFrom": {"id": "88"}, "shipStatus": {"id": "C", "refName": "Shipped"}, "tranDate": "2026-11-24",
                                  "lastModifiedDate": "2026-11-24T16:00:00Z", "package": {"items": [{"packageTrackingNumber": "1Z"}]},
                                  "item": {"items": [{"orderLine": 1, "item": {"refName": "MUG"}, "quantity": 3}]}})
    vendor.also("a credit memo, read", "credit_memos.get", one(natural_key="55", order_key="88", total=Decimal("19.75"), adjustments__0__amount=Decimal("1.43")),
                status=200, body={"id": "55", "createdFrom": {"id": "88"}, "tranDate": "2026-12-01", "lastModifiedDate": "2026-12-01T10:00:00Z",
                                  "currency": {"refName": "USD"}, "taxTotal": Decimal("1.43"), "total": Decimal("19.75"),
                                  "item": {"items": [{"item": {"refName": "MUG"}, "quantity": 1, "amount": Decimal("18.32")}]}})
    vendor.also("a payment, read", "payments.get", one(natural_key="66", amount=Decimal("61.66"), state="succeeded", method="card", order_key="130"), status=200,
                body={"id": "66", "payment": Decimal("61.66"), "currency": {"refName": "USD"}, "status": {"refName": "Deposited"}, "paymentMethod": {"refName": "VISA"},
                      "tranDate": "2026-11-23", "lastModifiedDate": "2026-11-23T10:00:00Z", "apply": {"items": [{"apply": True, "doc": {"id": "130"}}]}})
    vendor.also("an entry, read", "journal_entries.get", one(natural_key="99", entity="1", date="2026-11-23", lines__0__debit=Decimal("88.9")), status=200,
                body={"id": "99", "subsidiary": {"id": "1"}, "tranDate": "2026-11-23", "currency": {"refName": "USD"}, "lastModifiedDate": "2026-11-23T10:00:00Z",
                      "line": {"items": [{"account": {"id": "114"}, "debit": Decimal("88.9")}, {"account": {"id": "200"}, "credit": Decimal("88.9")}]}})
    rows = [{"id": "99", "trandate": "2026-11-23", "modified": "2026-11-23 10:00:00", "currency": "USA", "account": "114", "debit": "88.9"},
            {"id": "99", "trandate": "2026-11-23", "modified": "2026-11-23 10:00:00", "currency": "USA", "account": "200", "credit": "88.9"}]
    vendor.also("an entry of its lines", "journal_entries.list", one(natural_key="99", currency="USD", lines__1__credit=Decimal("88.9")), status=200, body=envelope(rows))
    vendor.also("half an entry", "journal_entries.list", held, status=200, body=envelope(rows[:1]))
    more = [dict(r, id="98") for r in rows] + rows[:1]
    vendor.also("a page that ends within an entry", "journal_entries.list", answered(after="98"), status=200, body=envelope(more, more=True))
    vendor.also("the entry before it", "journal_entries.list", one(natural_key="98"), status=200, body=envelope(more, more=True))
    vendor.also("the page behind it", "journal_entries.list", lambda r: kit.fault(r) or (None if "t.id > 98 AND" in r["body"]["q"] else f"{r}"),
                with_={"from": "2026-11-23T10:00:00Z"}, after="98")


def errors(vendor):
    there = CONTRACT["error_body"]["o:errorDetails"][0]["detail"]
    vendor.also("made, and where", "sales_orders.create", answered(found=True, ref="88"), with_=ORDER, status=204, text="",
                headers={"location": "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/88"})
    vendor.also("there already, after a lost answer", "fulfilments.create", answered(found=True), with_=SHIPMENT, status=400, body=error("USER_ERROR", there))
    vendor.also("another fault of the user", "fulfilments.create", refused("upstream-refused"), with_=SHIPMENT, status=400, body=error("USER_ERROR", "Please enter a value."))
    for status, code in ((429, "CONCURRENCY_LIMIT_EXCEEDED"), (400, "CONCURRENCY_LIMIT_EXCEEDED"), (503, "SERVICE")):
        vendor.also(f"later: {status} {code}", "sales_orders.create", refused("upstream-busy"), with_=ORDER, status=status, body=error(code, status=status))
    vendor.also("signature or clock", "items.list", refused("upstream-credentials"), status=401, body=error("INVALID_LOGIN_ATTEMPT", status=401))
    vendor.also("changed meanwhile", "sales_orders.close", refused("upstream-busy"), status=400, body=error("RCRD_HAS_BEEN_CHANGED"))
    vendor.also("no such record", "sales_orders.get", answered(found=False), status=404, body=error("NONEXISTENT_ID", status=404))
    vendor.also("no such type", "sales_orders.create", refused("upstream-refused"), with_=ORDER, status=404, body=error("NOT_FOUND", status=404))
    vendor.also("a lost answer", "sales_orders.create", refused("upstream-unknown"), with_=ORDER, status=500, body=error("UNEXPECTED_ERROR", status=500))


def judge(vendor):
    with open(os.path.join(vendor.folder, "contract.json"), encoding="utf-8") as f:
        CONTRACT.update(json.load(f))
    requests(vendor)
    questions(vendor)
    objects(vendor)
    errors(vendor)
