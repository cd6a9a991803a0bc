"""Amazon: sandbox pairs and examples of the Selling Partner API's documents."""
import json
import os
import subprocess
import tempfile
from decimal import Decimal

import checks
import kit
import openapi

FOLDER = "amazon-sp-api"
SETTINGS = {"seller_id": "AXXXXXXXXXXXX", "marketplace_id": "ATVPDKIKX0DER", "region": "na"}
SHARED = os.path.join(os.environ.get("TENON_SHARED", ""), "vendor-apis", FOLDER)
MANIFEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tenants/connectors/amazon/manifest.json")
OUTBOUND = "Fulfillment Outbound (multi-channel fulfilment): not used, and its interface is not among the documents"
EXTERNAL = "External Fulfillment: not used, and its interface is not among the documents"
DOCUMENT = "the result of an Easy Ship feed, in XML: no such feed is sent"
NO_EVENT = "a notification that nothing follows from"
UNTOLD = "its answer is read; its request tells nothing that could be compared"
OTHERWISE = {"searchOrders": "its answer is read; it asks for what was made since, and we for what changed",
             "getOrders": "its answer is read; it asks for what was made since, and we for what changed",
             "listFinancialEvents": "its answer is read; it asks for all there is, and we for a span of time"}


# ---- what the objects have to be ----

STATES = {"PENDING_AVAILABILITY": "pending", "PENDING": "pending", "UNSHIPPED": "open", "SHIPPED": "shipped",
          "PARTIALLY_SHIPPED": "partially_shipped", "CANCELLED": "cancelled", "UNFULFILLABLE": "on_hold"}
PACKAGES = {"PENDING": "planned", "UNDELIVERABLE": "failed"}


def order(one):
    lines = [i for i in one["orderItems"] if i["quantityOrdered"] > 0]
    want = {"natural_key": one["orderId"], "total": Decimal(one["proceeds"]["grandTotal"]["amount"]), "lines.#": len(lines),
            "currency": one["proceeds"]["grandTotal"]["currencyCode"], "placed_at": checks.time(one["createdTime"]),
            "updated_at": checks.time(one["lastUpdatedTime"]), "source_state": one["fulfillment"]["fulfillmentStatus"],
            "state": STATES[one["fulfillment"]["fulfillmentStatus"]]}
    if one.get("recipient", {}).get("deliveryAddress"):
        want["shipping_to.country"] = one["recipient"]["deliveryAddress"].get("countryCode")
    for i, line in enumerate(lines):
        want.update({f"lines.{i}.key": line["orderItemId"], f"lines.{i}.sku": line["product"].get("sellerSku"),
                     f"lines.{i}.quantity": str(line["quantityOrdered"])})
    return want


def orders(found):
    """Where it was asked for without its proceeds, an order tells no total and is held."""
    if all("grandTotal" in one.get("proceeds", {}) for one in found):
        return checks.objects([order(one) for one in found])
    return checks.held("/total")


def shipments(one):
    skus = {i["orderItemId"]: i["product"].get("sellerSku") for i in one["orderItems"]}
    return [{"natural_key": f"{one['orderId']}/{p['packageReferenceId']}", "order_key": one["orderId"],
             "carrier": p.get("carrier"), "service": p.get("shippingService"), "tracking.0.number": p.get("trackingNumber"),
             "state": PACKAGES.get(p["packageStatus"]["status"], p["packageStatus"]["status"].lower()),
             "shipped_at": checks.time(p["shipTime"]) if "shipTime" in p else None, "lines.#": len(p["packageItems"]),
             "lines.0.order_line_key": p["packageItems"][0]["orderItemId"],
             "lines.0.sku": skus[p["packageItems"][0]["orderItemId"]],
             "lines.0.quantity": str(p["packageItems"][0]["quantity"])} for p in one.get("packages", [])]


def listing(one):
    first, attributes = one["summaries"][0], one.get("attributes", {})
    want = {"natural_key": one["sku"], "sku": one["sku"], "product_key": first.get("asin"), "title": first.get("itemName"),
            "state": "active" if any("BUYABLE" in s["status"] for s in one["summaries"]) else "draft",
            "updated_at": max(checks.time(s["lastUpdatedDate"]) for s in one["summaries"])}
    if one.get("offers"):
        price = one["offers"][0]["price"]
        want.update({"price": Decimal(price["amount"]), "currency": price["currencyCode"]})
    if "item_package_weight" in attributes:
        want["weight.value"] = Decimal(attributes["item_package_weight"][0]["value"])
    if "item_package_dimensions" in attributes:
        want["size.height"] = Decimal(attributes["item_package_dimensions"][0]["height"]["value"])
    return want


def product(one):
    first = one["summaries"][0]
    want = {"natural_key": first["asin"], "title": first["itemName"], "kind": first["productType"],
            "created_at": min(checks.time(s["createdDate"]) for s in one["summaries"]), "channels.#": len(one["summaries"])}
    if "brand" in one.get("attributes", {}):
        want["brand"] = one["attributes"]["brand"][0]["value"]
    if "mainImage" in first:
        want["images.0.url"] = first["mainImage"]["link"]
    return want


def listing_stock(one):
    return [{"natural_key": f"{one['sku']}@{f['fulfillmentChannelCode']}", "available": str(f["quantity"]),
             "location": f["fulfillmentChannelCode"]} for f in one.get("fulfillmentAvailability", []) if "quantity" in f]


def payout(one):
    money = one["ConvertedTotal"]
    return {"natural_key": one["FinancialEventGroupId"], "state": "paid", "amount": Decimal(money["CurrencyAmount"]),
            "currency": money["CurrencyCode"], "paid_on": one["FundTransferDate"][:10], "bank_reference": one["TraceId"],
            "period_start": checks.time(one["FinancialEventGroupStart"]), "provider": "Amazon"}


# ---- readings ----

def read(operation, *more, **members):
    return lambda vendor, case: vendor.read(case, operation, checks.every(checks.found, *more), **members)


def refers(operation, *path):
    def judge(vendor, case):
        wanted = case.body
        for part in path:
            wanted = wanted[part]
        vendor.read(case, operation, checks.ref(wanted))
    return judge


def items(operation, *path, token=()):
    def judge(vendor, case):
        wanted, after = case.body, case.body if token else None
        for part in path:
            wanted = wanted[part]
        for part in token:
            after = (after or {}).get(part)
        vendor.read(case, operation, checks.every(checks.value(wanted), checks.count(len(wanted)), checks.after(after)))
    return judge


def one_of(operation, *path):
    def judge(vendor, case):
        wanted = case.body
        for part in path:
            wanted = wanted[part]
        vendor.read(case, operation, checks.value(wanted))
    return judge


def get_order(vendor, case):
    if "order" not in case.body:
        return version_0(vendor, case)
    vendor.read(case, "orders.get", orders([case.body["order"]]))
    vendor.read(case, "shipments.list", checks.every(checks.objects(shipments(case.body["order"]))
                                                     if case.body["order"].get("packages") else checks.count(0)))
    return None


def search_orders(vendor, case):
    vendor.read(case, "orders.list", checks.every(
        orders(case.body["orders"]),
        checks.after((case.body.get("pagination") or {}).get("nextToken"))))


def version_0(vendor, case):
    told = case.body["payload"]
    items_of = [c.body["payload"]["OrderItems"] for c in vendor.cases if c.operation == "getOrderItems" and c.status == 200
                and c.body["payload"]["AmazonOrderId"] == told["AmazonOrderId"]]
    vendor.read(case, "orders_v0.get", checks.value({"order": told}), kind="none")
    whole = {"order": told, "items": items_of[0] if items_of else []}
    if "OrderTotal" in told:
        made = checks.objects([{"natural_key": told["AmazonOrderId"], "total": Decimal(told["OrderTotal"]["Amount"]),
                                "currency": told["OrderTotal"]["CurrencyCode"], "lines.#": len(whole["items"]),
                                "placed_at": checks.time(told["PurchaseDate"])}])
        mapped(vendor, case, "order_v0", whole, made)
    else:
        mapped(vendor, case, "order_v0", whole, checks.held("/total"))


def mapped(vendor, case, kind, value, check):
    """By a mapping alone, of what several answers make together or of what is no answer: read as if it were one."""
    vendor.read(case, "tokens.restricted", check, kind=kind, body={"restrictedDataToken": "x", **value})


def search_listings(vendor, case):
    told = case.body["items"]
    vendor.read(case, "skus.list", checks.every(checks.objects([listing(one) for one in told]),
                                                checks.after((case.body.get("pagination") or {}).get("nextToken"))))
    vendor.read(case, "products.list", checks.objects([product(one) for one in told]))
    for one in told:
        vendor.read(case, "skus.get", checks.objects([listing(one)]), body=one)
        vendor.read(case, "stock.get", checks.objects(listing_stock(one)), body=one)


def submission(operation):
    def judge(vendor, case):
        if case.body["status"] == "INVALID":
            vendor.read(case, operation, checks.refused("no", *[i["message"] for i in case.body["issues"]]))
        else:
            vendor.read(case, operation, checks.ref(case.body["submissionId"]))
    return judge


def groups(vendor, case):
    told = case.body["payload"]
    vendor.read(case, "payouts.list", checks.every(checks.objects([payout(one) for one in told["FinancialEventGroupList"]]),
                                                   checks.after(told["NextToken"])))


REFUND = {"AmazonOrderId": "111-1", "PostedDate": "2020-02-05T13:56:00Z", "ShipmentItemAdjustmentList": [{
    "SellerSKU": "A-1", "OrderItemId": "9", "QuantityShipped": 1,
    "ItemChargeAdjustmentList": [
        {"ChargeType": kind, "ChargeAmount": {"CurrencyCode": "USD", "CurrencyAmount": Decimal(amount)}}
        for kind, amount in (("Principal", "-25.37"), ("Tax", "-2.03"), ("ShippingCharge", "-4.99"), ("RestockingFee", "5.00"))],
    "ItemFeeAdjustmentList": [
        {"FeeType": "Commission", "FeeAmount": {"CurrencyCode": "USD", "CurrencyAmount": Decimal("3.80")}}],
    "PromotionAdjustmentList": [{"PromotionType": "PromotionMetaDataDefinitionValue", "PromotionAmount": {
        "CurrencyCode": "USD", "CurrencyAmount": Decimal("4.99")}}]}]}


def events(operation):
    def judge(vendor, case):
        told = case.body["payload"]["FinancialEvents"]
        flat = [{**one, "event_list": name} for name, listed in told.items() for one in listed]
        vendor.read(case, operation, checks.every(checks.count(len(flat)), checks.value(flat),
                                                  checks.after(case.body["payload"]["NextToken"])))
        if operation == "events.list":  # no example has a refund: one as the document describes it
            body = {"payload": {"FinancialEvents": {**told, "RefundEventList": [REFUND]}}}
            vendor.read(case, "refunds.list", checks.objects([{
                "natural_key": "111-1/2020-02-05T13:56:00Z", "order_key": "111-1", "total": Decimal("22.40"), "currency": "USD",
                "lines.0.amount": Decimal("25.37"), "lines.0.tax": Decimal("2.03"), "shipping.amount": Decimal("4.99"),
                "adjustments.0.amount": Decimal("-5"), "adjustments.1.amount": Decimal("-4.99"), "lines.0.sku": "A-1"}]), body=body)
    return judge


def lines_of(told):
    """Released ones are lines of their payout, to the cent; those of no payout wait."""
    def check(result):
        for one, made in zip(told, result["objects"]):
            of = {i["relatedIdentifierName"] for i in one.get("relatedIdentifiers", [])}
            if made["valid"] and not of & {"FINANCIAL_EVENT_GROUP_ID", "SETTLEMENT_ID"}:
                return "it is of no payout and became a line of one"
            if Decimal(made["value"]["net"]) != Decimal(one["totalAmount"]["currencyAmount"]):
                return f"net {made['value']['net']}"
        return None
    return check


def transactions(vendor, case):
    told = case.body.get("payload", case.body)
    vendor.read(case, "settlement_lines.list", checks.every(
        checks.count(len(told["transactions"])), checks.after(told.get("nextToken")), lines_of(told["transactions"])))


READ = {
    "getOrder": get_order, "searchOrders": search_orders,
    "getOrders": items("orders_v0.list", "payload", "Orders", token=("payload", "NextToken")),
    "getOrderItems": items("orders_v0.items", "payload", "OrderItems", token=("payload", "NextToken")),
    "getOrderAddress": one_of("orders_v0.address", "payload"), "getOrderBuyerInfo": one_of("orders_v0.buyer", "payload"),
    "getOrderItemsBuyerInfo": items("orders_v0.items_buyer", "payload", "OrderItems", token=("payload", "NextToken")),
    "confirmShipment": read("shipments.confirm"), "updateShipmentStatus": read("orders.set_pickup"),
    "createRestrictedDataToken": read("tokens.restricted"),
    "searchListingsItems": search_listings, "getListingsItem": lambda v, c: v.read(c, "skus.get", checks.objects([listing(c.body)])),
    "putListingsItem": submission("skus.set"), "patchListingsItem": submission("skus.change"),
    "deleteListingsItem": submission("skus.delete"),
    "getInventorySummaries": lambda v, c: v.read(c, "stock.list", checks.objects(
        [{"sku": s["sellerSku"], "available": str(s["inventoryDetails"]["fulfillableQuantity"])}
         for s in c.body["payload"]["inventorySummaries"]])),
    "createFeedDocument": refers("feeds.document", "feedDocumentId"), "createFeed": refers("feeds.create", "feedId"),
    "getFeeds": items("feeds.list", "feeds", token=("nextToken",)), "getFeed": one_of("feeds.get"),
    "getFeedDocument": one_of("feeds.result"), "cancelFeed": read("feeds.cancel"),
    "createReport": refers("reports.create", "reportId"), "getReports": items("reports.list", "reports", token=("nextToken",)),
    "getReport": one_of("reports.get"), "getReportDocument": one_of("reports.document"), "cancelReport": read("reports.cancel"),
    "createReportSchedule": refers("schedules.create", "reportScheduleId"), "getReportSchedule": one_of("schedules.get"),
    "getReportSchedules": items("schedules.list", "reportSchedules"), "cancelReportSchedule": read("schedules.cancel"),
    "listTransactions": transactions, "listBalances": items("balances.list", "balances", token=("nextToken",)),
    "listSummary": items("summaries.list", "summaries", token=("nextToken",)),
    "listFinancialEventGroups": groups, "listFinancialEvents": events("events.list"),
    "listFinancialEventsByGroupId": events("events.of_payout"), "listFinancialEventsByOrderId": events("events.of_order"),
    "createDestination": refers("destinations.create", "payload", "destinationId"),
    "getDestination": one_of("destinations.get", "payload"), "getDestinations": items("destinations.list", "payload"),
    "deleteDestination": read("destinations.delete"),
    "createSubscription": refers("subscriptions.create", "payload", "subscriptionId"),
    "getSubscription": one_of("subscriptions.get", "payload"), "getSubscriptionById": one_of("subscriptions.get_by_id", "payload"),
    "getSubscriptions": items("subscriptions.list", "payload", "subscriptions", token=("payload", "nextToken")),
    "deleteSubscriptionById": read("subscriptions.delete"), "sendTestNotification": read("subscriptions.test"),
}
OURS = {  # of those that READ hides in a function: what a refusal is read by
    "getOrder": "orders.get", "searchOrders": "orders.list", "getOrders": "orders_v0.list", "getOrderItems": "orders_v0.items",
    "getOrderAddress": "orders_v0.address", "getOrderBuyerInfo": "orders_v0.buyer", "confirmShipment": "shipments.confirm",
    "getOrderItemsBuyerInfo": "orders_v0.items_buyer", "updateShipmentStatus": "orders.set_pickup",
    "createRestrictedDataToken": "tokens.restricted", "searchListingsItems": "skus.list", "getListingsItem": "skus.get",
    "putListingsItem": "skus.set", "patchListingsItem": "skus.change", "deleteListingsItem": "skus.delete",
    "getInventorySummaries": "stock.list", "createFeedDocument": "feeds.document", "createFeed": "feeds.create",
    "getFeeds": "feeds.list", "getFeed": "feeds.get", "getFeedDocument": "feeds.result", "cancelFeed": "feeds.cancel",
    "createReport": "reports.create", "getReports": "reports.list", "getReport": "reports.get",
    "getReportDocument": "reports.document", "cancelReport": "reports.cancel", "createReportSchedule": "schedules.create",
    "getReportSchedule": "schedules.get", "getReportSchedules": "schedules.list", "cancelReportSchedule": "schedules.cancel",
    "listTransactions": "settlement_lines.list", "listBalances": "balances.list", "listSummary": "summaries.list",
    "listFinancialEventGroups": "payouts.list", "listFinancialEvents": "events.list",
    "listFinancialEventsByGroupId": "events.of_payout", "listFinancialEventsByOrderId": "events.of_order",
    "createDestination": "destinations.create", "getDestination": "destinations.get", "getDestinations": "destinations.list",
    "deleteDestination": "destinations.delete", "createSubscription": "subscriptions.create",
    "getSubscription": "subscriptions.get", "getSubscriptionById": "subscriptions.get_by_id",
    "getSubscriptions": "subscriptions.list", "deleteSubscriptionById": "subscriptions.delete",
    "sendTestNotification": "subscriptions.test",
}
RECIPES = {"feeds-createFeed": "createFeed", "feeds-getFeed": "getFeed", "feeds-getFeedDocument": "getFeedDocument",
           "orders-confirmShipment": "confirmShipment", "orders-getOrderAddress": "getOrderAddress",
           "orders-getOrderBuyerInfo": "getOrderBuyerInfo", "reports-getReport": "getReport",
           "reports-getReportDocument": "getReportDocument", "reports-createReport": "createReport",
           "reports-getReports": "getReports", "feeds-createFeedDocument": "createFeedDocument",
           "orders-getOrder": "getOrder", "orders-getOrderItems": "getOrderItems", "listings-putListingsItem": "putListingsItem",
           "listings-patchListingsItem": "patchListingsItem", "listings-getListingsItem": "getListingsItem"}


# ---- requests ----

def confirm_with(body):
    one = body["packageDetail"]
    return {"package_reference": one["packageReferenceId"], "carrier": one["carrierName"], "carrier_code": one["carrierCode"],
            "service": one["shippingMethod"], "tracking": [{"number": one["trackingNumber"]}], "shipped_at": one["shipDate"],
            "location": one["shipFromSupplySourceId"], "lines": [
                {"order_line_key": i["orderItemId"], "quantity": str(i["quantity"]), "serials": i["transparencyCodes"]}
                for i in one["orderItems"]]}


BODIES = {
    "confirmShipment": confirm_with,
    "updateShipmentStatus": lambda b: {"status": b["shipmentStatus"]},
    "createFeed": lambda b: {"feed_type": b.get("feedType", "JSON_LISTINGS_FEED"), "document_id": b["inputFeedDocumentId"],
                             "marketplace_ids": b["marketplaceIds"]},
    "createFeedDocument": lambda b: {"content_type": b["contentType"]},
    "createReport": lambda b: {"report_type": b["reportType"], "from": b["dataStartTime"], "marketplace_ids": b["marketplaceIds"]},
    "createReportSchedule": lambda b: {"report_type": b["reportType"], "period": b["period"], "from": b["nextReportCreationTime"]},
    "createRestrictedDataToken": lambda b: {"target_application": b.get("targetApplication"), "resources": [
        {"method": r["method"], "path": r["path"]} for r in b["restrictedResources"]]},
}
FREE = {"updateShipmentStatus": ("/marketplaceId",), "createRestrictedDataToken": ("/restrictedResources/0/method",)}
ADDED = {"createFeed": {"feedType": "JSON_LISTINGS_FEED"}, "createReportSchedule": {"marketplaceIds": ["ATVPDKIKX0DER"]}}
NAMES = {"orderId": "order_id", "feedId": "feed_id", "reportId": "report_id", "reportScheduleId": "schedule_id",
         "feedDocumentId": "document_id", "reportDocumentId": "document_id", "eventGroupId": "payout_key", "sku": "sku"}
QUERIES = {
    "getFeeds": lambda p: ({"feed_types": p["feedTypes"], "statuses": p["processingStatuses"], "page_size": str(p["pageSize"])},
                           {"feedTypes": ",".join(p["feedTypes"]), "processingStatuses": ",".join(p["processingStatuses"]),
                            "pageSize": str(p["pageSize"])}),
    "getReports": lambda p: ({"report_types": p["reportTypes"], "statuses": p["processingStatuses"]},
                             {"reportTypes": ",".join(p["reportTypes"]), "processingStatuses": ",".join(p["processingStatuses"])}),
    "getReportSchedules": lambda p: ({"report_types": p["reportTypes"]}, {"reportTypes": ",".join(p["reportTypes"])}),
    "getSubscriptions": lambda p: ({"types": p["notificationTypes"]}, {"notificationTypes": ",".join(p["notificationTypes"])}),
    "listFinancialEventGroups": lambda p: (
        {"from": p["FinancialEventGroupStartedAfter"], "until": p["FinancialEventGroupStartedBefore"]},
        {k: p[k] for k in ("FinancialEventGroupStartedAfter", "FinancialEventGroupStartedBefore")}),
    "listSummary": lambda p: ({"from": p.get("periodStart"), "until": p.get("periodEnd")},
                              {k: p[k] for k in ("periodStart", "periodEnd") if k in p}),
    "listBalances": lambda p: ({"balance_type": p["balanceType"], "on": p.get("asOfDate")},
                               {k: p[k] for k in ("balanceType", "asOfDate") if k in p}),
    "listTransactions": lambda p: ({"until": p["postedBefore"]}, {"postedBefore": p["postedBefore"]}),
    "putListingsItem": lambda p: ({"preview": "mode" in p, "attributes": {}}, {"mode": p["mode"]} if "mode" in p else {}),
    "patchListingsItem": lambda p: ({"preview": "mode" in p, "patches": []}, {"mode": p["mode"]} if "mode" in p else {}),
}


def produced(vendor, case, spec):
    given = {k: v.get("value") for k, v in case.request.get("parameters", {}).items() if "value" in v}
    official, path, with_, query = given.get("body"), case.path, {}, {}
    for name in [n for n in case.path.replace("{", "}").split("}")[1::2]]:
        value = SETTINGS["seller_id"] if name == "sellerId" else given.get(name, "X1")
        path = path.replace("{" + name + "}", value)
        with_[NAMES.get(name, name)] = value
    if official is not None and case.operation in BODIES:
        official = {**official, **{k: v for k, v in ADDED.get(case.operation, {}).items() if k not in official}}
        if case.operation == "createRestrictedDataToken":  # its refusal is about a method that is not told
            official = {**official, "restrictedResources": [{**r, "method": r["method"] or "GET"} for r in official["restrictedResources"]]}
        with_.update(BODIES[case.operation](official))
        vendor.produce(case, OURS[case.operation], with_, checks.request(
            case.method, path, official, spec, case.path, free=FREE.get(case.operation, ()), whole=True,
            free_of=FREE.get(case.operation, ())))
    elif case.operation in QUERIES and (given or "Listings" in case.operation):
        try:
            more, query = QUERIES[case.operation](given)
        except KeyError as member:
            vendor.skip(case, f"its answer is read; its request does not tell {member}")
        else:
            vendor.produce(case, OURS[case.operation], {**with_, **more}, checks.request(case.method, path, query=query))
    elif case.method in ("GET", "DELETE") and "/orders/v0/orders/{orderId}" != case.path and "{" in case.path and all(
            n in given for n in case.path.replace("{", "}").split("}")[1::2] if n != "sellerId"):
        vendor.produce(case, OURS[case.operation], with_, checks.request(case.method, path))
    elif case.path == "/orders/v0/orders/{orderId}":
        vendor.produce(case, "orders_v0.get", with_, checks.request("GET", path))
    elif case.operation == "getDestinations":  # it has nothing to tell
        vendor.produce(case, "destinations.list", {}, checks.request("GET", path))
    elif case.operation in OTHERWISE:
        vendor.skip(case, OTHERWISE[case.operation])
    elif not given:
        vendor.skip(case, UNTOLD)
    else:
        vendor.judged(case, "produced", f"nothing says what becomes of its request: {given}")


def patched(vendor, case, spec):
    """The message that sets stock: as the document of a feed, and as the request of one listing."""
    one = next(m for m in case.payload["messages"] if m["operationType"] == "PATCH" and m["patches"][0]["op"] == "replace")
    stock = one["patches"][0]["value"][0]
    position = {"sku": one["sku"], "product_type": one["productType"], "available": str(stock["quantity"]),
                "channel_code": stock["fulfillment_channel_code"]}
    template = "/listings/2021-08-01/items/{sellerId}/{sku}"
    want = {"header": {k: case.payload["header"][k] for k in ("sellerId", "version", "issueLocale")},
            "messages": [{**one, "messageId": 1}]}

    def handed(result):
        document = json.loads(result.get("document", "null"))
        if document != want:
            return f"the document is {document}, not {want}"
        return None if result.get("body") == {"feedType": case.operation, "marketplaceIds": [SETTINGS["marketplace_id"]],
                                              "inputFeedDocumentId": "d-1"} else f"the request is {result.get('body')}"

    vendor.produce(case, "stock.feed", {"positions": [position]}, handed, place={"feedDocumentId": "d-1"})
    vendor.also(f"{case}: of one listing", "stock.set", checks.request(
        "PATCH", f"listings/2021-08-01/items/{SETTINGS['seller_id']}/{one['sku']}",
        {"productType": one["productType"], "patches": one["patches"]}, spec, template,
        query={"marketplaceIds": SETTINGS["marketplace_id"]}, whole=True), with_=position)


# ---- notifications ----

def notified(vendor, case):
    """The manifest's rule of the topic gives the key and the time of what changed."""
    body = case.payload
    with open(MANIFEST, encoding="utf-8") as f:
        rules = {e["topic"]: e for e in json.load(f)["hooks"]["events"]}
    rule = rules.get(body.get("NotificationType") or body.get("notificationType"))
    if not rule:
        vendor.skip(case, NO_EVENT)
        return
    text = json.dumps(body, default=kit.plain)
    for member in ("key", "changed"):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write(text)
            f.flush()
            done = subprocess.run([vendor.tenonctl, "expr", "eval", rule[member], "--input", f.name], capture_output=True,
                                  text=True, check=False, env={"PATH": os.environ["PATH"]})
        value = json.loads(done.stdout) if done.stdout.startswith('"') else None
        if not value or f'"{value}"' not in text or (member == "changed" and not checks.time(value)):
            vendor.judged(case, "delivery", f"the rule of {rule['topic']} gives no {member}: {done.stdout}{done.stderr}")
            return
    vendor.judged(case, "delivery", None)


def whole(count):
    def check(result):
        return kit.fault(result) or (None if len(result["value"]) == count else f"{len(result['value'])} lines")
    return check


def stopped(words):
    """It waits for a person, and says why."""
    def check(result):
        said = kit.fault(result)
        return None if said and words in said else f"it does not say {words!r}: {said!r}"
    return check


# ---- the settlement file, which has no example: its columns as the document names them ----

def settlement(vendor, case):
    with open(os.path.join(SHARED, "settlement-flat-file-v2.json"), encoding="utf-8") as f:
        columns = json.load(f)["columns"]
    row = {**dict.fromkeys(columns, ""), "settlement-id": "11", "transaction-type": "Order", "order-id": "111-1", "sku": "A-1",
           "amount-type": "ItemPrice", "amount-description": "Principal", "quantity-purchased": "2", "report_currency": "EUR",
           "posted-date-time": "05.02.2026 13:56:00 UTC", "amount": "1.234,56", "row": 3}
    want = {"natural_key": "11#3", "payout_key": "11", "kind": "sale", "net": Decimal("1234.56"), "currency": "EUR", "sku": "A-1",
            "quantity": "2", "posted_at": "2026-02-05T13:56:00Z", "source_kind": "Order/ItemPrice/Principal", "order_key": "111-1"}
    mapped(vendor, case, "settlement_row", row, checks.objects([want]))
    us = {**row, "posted-date-time": "2026-02-05 13:56:00 UTC", "amount": "-1,234.56", "amount-type": "ItemFees",
          "amount-description": "Commission", "currency": "USD"}
    mapped(vendor, case, "settlement_row", us, checks.objects([{"net": Decimal("-1234.56"), "kind": "fee", "currency": "USD"}]))
    mapped(vendor, case, "settlement_row", {**row, "amount-type": "Something new"}, checks.held("/kind"))
    head = {**dict.fromkeys(columns, ""), "settlement-id": "11", "settlement-start-date": "22.01.2026 10:00:00 UTC",
            "settlement-end-date": "05.02.2026 10:00:00 UTC", "deposit-date": "07.02.2026 10:00:00 UTC",
            "total-amount": "1.234,56", "currency": "EUR"}
    mapped(vendor, case, "settlement", head, checks.objects([{
        "natural_key": "11", "amount": Decimal("1234.56"), "paid_on": "2026-02-07", "period_start": "2026-01-22T10:00:00Z"}]))
    place = {"reportDocumentId": "amzn1.spdoc.1.4.1", "url": "https://vendor.example/settlement.txt"}
    lines = [head, {**row, "sku": "A-1", "amount": "2.469,12"}, {**us, "sku": "A-2", "currency": ""}]

    def sheet(lines):
        return "".join("\t".join(str(one[c]) for c in columns) + "\r\n" for one in [dict(zip(columns, columns)), *lines])

    text = sheet(lines)
    vendor.also("the settlement file as it is fetched", "settlements.lines", checks.objects([
        {"natural_key": "11#2", "net": Decimal("2469.12"), "currency": "EUR", "sku": "A-1"},
        {"natural_key": "11#3", "net": Decimal("-1234.56"), "currency": "EUR", "sku": "A-2", "kind": "fee"}]),
        body=place, document=text, status=200)
    for name, wrong, words in [
            ("a row without a transaction type", [*lines, {**row, "transaction-type": "", "amount": "0,00"}], "row 4 has no transaction-type"),
            ("a row without an amount", [head, {**lines[1], "amount": ""}, lines[2]], "row 2 has no transaction-type, or no amount"),
            ("a row whose amount is none", [head, {**lines[1], "amount": "2.469,12 EUR"}, lines[2]], "row 2 has no"),
            ("rows that come to a cent more", [head, {**lines[1], "amount": "2.469,13"}, lines[2]], "come to 1234.57, and the total-amount of row 1 is 1.234,56"),
            ("a settlement without its last row", lines[:2], "come to 2469.12, and")]:
        vendor.also(f"{name} holds the settlement", "settlements.lines", stopped(words), body=place, document=sheet(wrong), status=200)
    long = sheet([{**head, "total-amount": "111.060,00"}, *[{**row, "amount": "12,34"}] * 9000])
    vendor.also("a settlement of 9,000 rows is read whole", "settlements.lines", whole(9000), body=place, document=long, status=200)
    vendor.also("a settlement of nothing", "settlements.lines", checks.objects([]), body=place, document=sheet([{**head, "total-amount": "0,00"}]), status=200)
    vendor.also("the payout of a settlement file as it is fetched", "settlements.payout", checks.objects([
        {"natural_key": "11", "amount": Decimal("1234.56"), "currency": "EUR"}]), body=place, document=text, status=200)


def returned(vendor):
    """The report of returns to Amazon's warehouses, which has no example either: by the names of its columns."""
    row = {"return-date": "2026-02-07T10:01:02+00:00", "order-id": "111-1", "sku": "A-1", "asin": "B01", "fnsku": "X01", "product-name": "Mug",
           "quantity": "1", "fulfillment-center-id": "PHX7", "detailed-disposition": "CUSTOMER_DAMAGED", "reason": "DEFECTIVE",
           "status": "Unit returned to inventory", "license-plate-number": "LPN1", "customer-comments": "très cassé"}
    bare = {**row, "license-plate-number": "", "detailed-disposition": "SELLABLE", "customer-comments": ""}
    text = "".join("\t".join(one) + "\n" for one in [list(row), list(row.values()), list(bare.values())])
    vendor.also("the returns of a report as it is fetched", "returns.list", checks.objects([
        {"natural_key": "LPN1", "order_key": "111-1", "state": "inspected", "arrived_at": "2026-02-07T10:01:02Z", "location": "PHX7",
         "lines": [{"sku": "A-1", "title": "Mug", "quantity": "1", "arrived_quantity": "1", "condition": "damaged",
                    "reason": "DEFECTIVE: très cassé"}]},
        {"natural_key": "111-1#A-1#2026-02-07T10:01:02Z", "lines": [{"sku": "A-1", "title": "Mug", "quantity": "1", "arrived_quantity": "1", "disposition": "restock",
                    "reason": "DEFECTIVE"}]}]),
        body={"reportDocumentId": "1", "url": "https://vendor.example/r"}, document=text, status=200)


def refusal(case):
    told = case.body.get("errors", [{}])[0].get("message", "")
    return checks.refused("auth" if case.status == 401 else "unknown" if case.status == 500 else
                          "later" if case.status in (429, 503) else "no", told)


def judge(vendor):
    spec = openapi.Spec(SHARED, *[f for f in sorted(os.listdir(SHARED)) if f.startswith("spec-")])
    returned(vendor)
    for case in vendor.cases:
        if case.operation == "recipe-response" and case.name in RECIPES:
            case.operation = RECIPES[case.name]
        if case.operation == "recipe-response":
            vendor.skip(case, OUTBOUND if case.name.startswith("mcf") else EXTERNAL)
        elif case.operation == "JSON_LISTINGS_FEED":
            patched(vendor, case, spec)
        elif case.operation == "feed-result":
            vendor.skip(case, DOCUMENT)
        elif case.operation == "notification":
            notified(vendor, case)
        elif case.operation in READ:
            if case.status >= 400:
                operation = "orders_v0.get" if case.operation == "getOrder" and "/v0/" in case.path else OURS[case.operation]
                vendor.read(case, operation, checks.absent if case.status == 404 and case.method == "GET" else refusal(case))
            else:
                READ[case.operation](vendor, case) if case.body is not None else vendor.read(
                    case, OURS[case.operation], checks.found, text="")
            if case.operation == "getReportDocument" and case.status == 200 and "recipe" not in case.file:
                settlement(vendor, case)
            if case.request:
                produced(vendor, case, spec)
