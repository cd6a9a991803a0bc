"""Walmart Marketplace: examples of the OpenAPI documents. Each body is asked for and answered as JSON: what the documents
show in XML, too, is the same once more."""
import json
import os
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

import checks
import kit
import openapi

FOLDER = "walmart"
SETTINGS = {}
SHARED = os.path.join(os.environ.get("TENON_SHARED", ""), "vendor-apis", FOLDER)
XML = "XML: everything is asked for as JSON (accept: application/json)"
SIGN_IN = "the call that signs in: made by the program (auth), not by an operation"


# ---- what the objects have to be ----

def order(body):
    one = body["order"]
    lines = one["orderLines"]["orderLine"]
    charges = [c for line in lines for c in line["charges"]["charge"]]
    tax = [Decimal((c.get("tax") or {}).get("taxAmount", {}).get("amount", 0)) for c in charges]
    want = {"natural_key": one["purchaseOrderId"], "number": one["customerOrderId"], "lines.#": len(lines),
            "currency": charges[0]["chargeAmount"]["currency"], "placed_at": checks.time(one["orderDate"]),
            "total": sum((Decimal(c["chargeAmount"]["amount"]) for c in charges), sum(tax)), "tax_total": sum(tax),
            "updated_at": checks.time(max(line["statusDate"] for line in lines)),
            "shipping_to.country": "US", "shipping_to.postal_code": one["shippingInfo"]["postalAddress"]["postalCode"]}
    for i, line in enumerate(lines):
        want.update({f"lines.{i}.key": line["lineNumber"], f"lines.{i}.sku": line["item"]["sku"],
                     f"lines.{i}.quantity": line["orderLineQuantity"]["amount"]})
    return [want]


def orders(body):
    return [want for one in body["list"]["elements"]["order"] for want in order({"order": one})]


def shipments(body):
    one, by = body["order"], {}
    for line in one["orderLines"]["orderLine"]:
        for status in line["orderLineStatuses"]["orderLineStatus"]:
            if "trackingInfo" in status:
                by.setdefault(status["trackingInfo"]["trackingNumber"], []).append((line, status))
    return [{"natural_key": f"{one['purchaseOrderId']}/{number}", "order_key": one["purchaseOrderId"], "tracking.0.number": number,
             "source_state": ", ".join(dict.fromkeys(s["status"] for _, s in of)), "lines.#": len(of),
             "shipped_at": checks.time(of[0][1]["trackingInfo"]["shipDateTime"]),
             "lines.0.order_line_key": of[0][0]["lineNumber"], "lines.0.quantity": of[0][1]["statusQuantity"]["amount"],
             "state": {"Shipped": "shipped", "Created": "planned"}[of[0][1]["status"]]} for number, of in by.items()]


def items(body):
    return [{"natural_key": i["sku"], "sku": i["sku"], "state": "draft", "product_key": i["wpid"], "title": i["productName"],
             "price": Decimal(i["price"]["amount"]), "currency": i["price"]["currency"], "barcodes.0.value": i["gtin"],
             "barcodes.1.value": i["upc"]} for i in body["ItemResponse"]]


def products(body):
    return [{"natural_key": i["wpid"], "title": i["productName"], "kind": i["productType"],
             "categories.#": len(json.loads(i["shelf"])), "categories.0": json.loads(i["shelf"])[0],
             "options.#": len((i.get("variantGroupInfo") or {}).get("groupingAttributes", []))} for i in body["ItemResponse"]]


def nodes(body):
    return [{"natural_key": f"{body['sku']}@{n['shipNode']}", "sku": body["sku"], "location": n["shipNode"],
             "available": str(n["availToSellQty"]["amount"]), "on_hand": str(n["inputQty"]["amount"]),
             "committed": str(n["reservedQty"]["amount"])} for n in body["nodes"]]


def returns(body):
    made = []
    for one in body["returnOrders"]:
        lines = one["returnOrderLines"]
        times = [line["statusTime"] for line in lines] + [e["eventTime"] for line in lines for e in line["returnTrackingDetail"]]
        made.append({"natural_key": one["returnOrderId"], "order_key": lines[0]["purchaseOrderId"], "lines.#": len(lines),
                     "state": {"COMPLETED": "closed", "INITIATED": "requested", "DELIVERED": "arrived"}[lines[0]["status"]],
                     "updated_at": checks.time(max(times)), "requested_at": checks.time(one["returnOrderDate"]),
                     "lines.0.sku": lines[0]["item"]["sku"], "lines.0.reason": lines[0]["returnReason"],
                     "lines.0.quantity": str(lines[0]["quantity"]["measurementValue"]),
                     "tracking.0.number": one["returnLineGroups"][0]["labels"][0]["carrierInfoList"][0]["trackingNo"]})
    return made


def refunds(body):
    made = []
    for one in body["returnOrders"]:
        lines = one["returnOrderLines"]
        if any(s["currentRefundStatus"] == "REFUND_COMPLETED" for line in lines for s in line["currentTrackingStatuses"]):
            made.append({"natural_key": one["returnOrderId"], "total": Decimal(one["totalRefundAmount"]["currencyAmount"]),
                         "currency": one["totalRefundAmount"]["currencyUnit"], "order_key": lines[0]["purchaseOrderId"],
                         "lines.0.quantity": str(lines[0]["refundedQty"]), "lines.0.amount": Decimal(lines[0]["charges"][0]["chargePerUnit"]["currencyAmount"]),
                         "lines.0.tax": Decimal(lines[0]["charges"][0]["tax"][0]["taxPerUnit"]["currencyAmount"])})
    return made


def payout(body):
    row = next(r for r in body["reportData"] if r["Transaction Type"] == "PaymentSummary")
    month, day, year = row["Period Start Date"].split("/")
    return [{"natural_key": "12192025", "amount": Decimal(row["Total Payable"]), "currency": row["Currency"], "state": "paid",
             "provider": "Walmart", "period_start": f"{year}-{month}-{day}T00:00:00Z", "period_end": "2025-12-20T00:00:00Z"}]


def settlement(body):
    made, currency = [], body["reportData"][0]["Currency"]
    for n, row in enumerate(body["reportData"], 1):
        if row["Transaction Type"] == "PaymentSummary":
            continue
        month, day, year = row["Transaction Posted Timestamp"].split("/")
        made.append({"natural_key": f"12192025#{n}", "number": n, "payout_key": "12192025", "net": Decimal(row["Amount"]),
                     "kind": "sale", "source_kind": row["Transaction Type"] + "/" + row["Amount Type"], "currency": currency,
                     "order_key": row["Purchase Order #"], "sku": row["Partner Item Id"], "quantity": row["Ship Qty"],
                     "posted_at": f"{year}-{month}-{day}T00:00:00Z"})
    return made


# ---- readings ----

def read(operation, *more, **members):
    return lambda vendor, case: vendor.read(case, operation, checks.every(checks.found, *more), **members)


def objects(operation, make, **members):
    return lambda vendor, case: vendor.read(case, operation, checks.objects(make(case.body)), **members)


def both(*readings):
    def judge(vendor, case):
        for one in readings:
            one(vendor, case)
    return judge


def changed_order(operation):
    return lambda vendor, case: vendor.read(case, operation, checks.every(
        checks.ref(case.body["order"]["purchaseOrderId"]), checks.objects(order(case.body))))


def returns_page(vendor, case):
    wanted = returns(case.body)
    vendor.read(case, "returns.list", checks.every(checks.objects(wanted), checks.after(case.body["meta"]["nextCursor"])))
    vendor.read(case, "refunds.list", checks.objects(refunds(case.body)))
    vendor.read(case, "returns.get", checks.objects(wanted[:1]), with_={"return_order_id": wanted[0]["natural_key"]})


def feed(vendor, case):
    vendor.read(case, "feeds.get", checks.value(case.body))
    done = [{"sku": i["sku"], "done": i["ingestionStatus"] == "SUCCESS", "status": i["ingestionStatus"]}
            for i in case.body["itemDetails"]["itemIngestionStatus"]]
    vendor.read(case, "feeds.results", checks.every(checks.count(len(done)), lambda r: checks.lacks(r["value"], done)))
    failing = json.loads(json.dumps(case.body, default=str))
    failing.update(itemsReceived=1, itemsSucceeded=0, itemsFailed=1, itemsProcessing=0, offset=0, limit=20)
    failing["itemDetails"]["itemIngestionStatus"][0].update(ingestionStatus="DATA_ERROR", ingestionErrors={
        "ingestionError": [{"type": "DATA_ERROR", "code": "ERR_1", "description": "no such item"}]})
    vendor.read(case, "feeds.results", lambda r: kit.fault(r) or checks.differs(
        r["value"], [{"sku": done[0]["sku"], "done": False, "status": "DATA_ERROR", "says": "ERR_1: no such item"}]), body=failing)
    vendor.read(case, "feeds.results", checks.refused("later"), body={**failing, "feedStatus": "INPROGRESS"})


def recon(vendor, case):
    at = {"with_": {"report_date": "12192025"}}
    vendor.read(case, "payouts.get", checks.objects(payout(case.body)), **at)
    vendor.read(case, "settlement_lines.list", checks.every(
        checks.objects(settlement(case.body)), checks.after(str(case.body["nextOffset"]))), **at)
    unknown = {**case.body, "reportData": [{**r, "Amount Type": "Something new"} for r in case.body["reportData"]]}
    vendor.read(case, "settlement_lines.list", checks.held("/kind"), body=unknown, **at)


def statement(vendor, case):
    vendor.read(case, "statement.get", checks.value(case.body["payload"]))
    vendor.read(case, "statement.get", checks.refused("no"), body={**case.body, "statusCode": 500, "status": "ERROR"})


def node_update(vendor, case):
    vendor.read(case, "stock.set_nodes", checks.ref(case.body["sku"]))
    failed = {**case.body, "nodes": [{**case.body["nodes"][0], "status": "Failed"}] + case.body["nodes"][1:]}
    vendor.read(case, "stock.set_nodes", checks.refused("unknown", case.body["nodes"][0]["shipNode"]), body=failed)


READ = {
    "getTokenDetail": read("token.detail"),
    "getAnOrder": both(objects("orders.get", order), objects("shipments.list", shipments)),
    "acknowledgeOrders": changed_order("orders.acknowledge"),
    "cancelOrderLines": changed_order("orders.cancel"),
    "refundOrderLines": changed_order("refunds.create"),
    "shippingUpdates": changed_order("shipments.confirm"),
    "getAllItems": both(objects("skus.list", items), objects("products.list", products),
                        lambda v, c: v.read(c, "skus.list", checks.after(c.body["nextCursor"]))),
    "getInventory": lambda v, c: v.read(c, "stock.get", checks.objects(
        [{"sku": c.body["sku"], "available": str(c.body["quantity"]["amount"]), "unit": c.body["quantity"]["unit"],
          "natural_key": c.body["sku"] + "@79"}]), with_={"sku": c.body["sku"], "ship_node": "79"}),
    "getMultiNodeInventoryForSkuAndAllShipnodes": objects("stock.nodes", nodes),
    "updateBulkInventory": lambda v, c: v.read(c, "stock.set_many", checks.ref(c.body["feedId"])),
    "updateMultiNodeInventory": node_update,
    "updateLagTimeBulk": lambda v, c: v.read(c, "lagtime.set_many", checks.ref(c.body["feedId"])),
    "getLagTime": read("lagtime.get"),
    "getFeedItemStatus": feed,
    "getReturns": returns_page,
    "issueRefund": lambda v, c: v.read(c, "returns.refund", checks.ref(c.body["returnOrderId"])),
    "bulkItemOverrideFeed": lambda v, c: v.read(c, "returns.override", checks.ref(c.body["feedId"])),
    "updatePrice": lambda v, c: v.read(c, "prices.set", checks.ref(c.body["ItemPriceResponse"]["sku"])),
    "getAvailableReconReportDates": lambda v, c: v.read(c, "recon.dates", checks.value(c.body["availableApReportDates"])),
    "getAvailableV1ReconReportAsJson": recon,
    "getPartnerStatement": statement,
    "createSubscription": lambda v, c: v.read(c, "webhooks.create", checks.ref(c.body["events"][0]["subscriptionId"])),
    "updateSubscription": read("webhooks.update"),
    "deleteSubscription": lambda v, c: v.read(c, "webhooks.delete", checks.ref(c.body["subscriptionId"])),
    "getAllSubscriptions": lambda v, c: v.read(c, "webhooks.list", checks.value(c.body["events"])),
    "getEventTypes": lambda v, c: v.read(c, "webhooks.types", checks.value(c.body["events"])),
    "testNotification": read("webhooks.test"),
    "getAllOrders": lambda v, c: v.read(c, "orders.list", checks.objects(orders(c.body))),
    "getAllReleasedOrders": lambda v, c: v.read(c, "orders.released", checks.objects(orders(c.body))),
    "getAnItem": lambda v, c: v.read(c, "skus.get", checks.objects(items(c.body))),
    "getMultiNodeInventoryForAllSkuAndAllShipNodes": lambda v, c: v.read(c, "stock.list", checks.objects(
        [n for i in c.body["elements"]["inventories"] for n in nodes(i)])),
    "getWFSInventory": lambda v, c: v.read(c, "stock.fulfilled", checks.objects(
        [{"sku": i["sku"], "available": str(n["availToSellQty"]), "on_hand": str(n["onHandQty"])}
         for i in c.body["payload"]["inventory"] for n in i["shipNodes"]])),
    "updateInventoryForAnItem": lambda v, c: v.read(c, "stock.set", checks.ref(c.body["sku"]), with_={"sku": c.body["sku"]}),
    "getAllFeedStatuses": lambda v, c: v.read(c, "feeds.list", checks.value(c.body["results"]["feed"])),
    "getPartnerPerformance": read("performance.get"),
    "getAvailableV1ReconReportDates": lambda v, c: v.read(c, "recon.dates", checks.value(c.body["availableApReportDates"])),
    "generateReport": lambda v, c: v.read(c, "reports.request", checks.ref(c.body["requestId"])),
    "getRequestsStatus": lambda v, c: v.read(c, "reports.list", checks.value(c.body["requests"])),
    "getSingleRequestStatus": read("reports.get"),
    "downloadReport": read("reports.address"),
}


# ---- requests, from the canonical objects that the example's would come from ----

def shipment_with(body):
    lines = body["orderShipment"]["orderLines"]["orderLine"]
    sent = lines[0]["orderLineStatuses"]["orderLineStatus"][0]["trackingInfo"]
    return {"purchase_order_id": "4712", "seller_order_id": lines[0].get("sellerOrderId"), "order_key": "4712",
            "carrier": sent["carrierName"]["carrier"], "service": sent["methodCode"],
            "shipped_at": checks.time(sent["shipDateTime"]).isoformat().replace("+00:00", "Z"),
            "tracking": [{"number": sent["trackingNumber"], "url": sent.get("trackingURL")}],
            "lines": [{"order_line_key": line["lineNumber"],
                       "quantity": line["orderLineStatuses"]["orderLineStatus"][0]["statusQuantity"]["amount"]} for line in lines]}


def one_parcel(body):
    """The example has a line each of two parcels; a canonical shipment is one: the first."""
    lines = body["orderShipment"]["orderLines"]["orderLine"][:1]
    return {"orderShipment": {"orderLines": {"orderLine": lines}}}


def refund_with(body):
    one = body["orderRefund"]
    lines, shipping, why, comments = [], None, "", ""
    for line in one["orderLines"]["orderLine"]:
        for refund in line["refunds"]["refund"]:
            comments = refund.get("refundComments")
            for part in refund["refundCharges"]["refundCharge"]:
                why, charge = why or part["refundReason"], part["charge"]
                paid = {"amount": str(-charge["chargeAmount"]["amount"]),
                        "tax": str(-charge["tax"]["taxAmount"]["amount"]) if "tax" in charge else "0"}
                currency = charge["chargeAmount"]["currency"]
                if charge["chargeType"] == "PRODUCT":
                    lines.append({"order_line_key": line["lineNumber"], **paid})
                else:
                    shipping = paid
    return {"purchase_order_id": one["purchaseOrderId"], "currency": currency, "reason": why, "comments": comments,
            "lines": lines, **({"shipping": shipping} if shipping else {})}


def bulk_with(body):
    if "Inventory" in body:
        return {"positions": [{"sku": i["sku"], "available": str(i["quantity"]["amount"])} for i in body["Inventory"]]}
    return {"positions": [{"sku": i["sku"], "location": n["shipNode"], "available": str(n["quantity"]["amount"])}
                          for i in body["inventory"] for n in i["shipNodes"]]}


def topic(one):
    return {"type": one.get("eventType"), "version": one.get("eventVersion"), "resource": one.get("resourceName"),
            "url": one.get("eventUrl"), "auth": one.get("authDetails"), "headers": one.get("headers"), "status": one.get("status")}


PRODUCE = {
    "shippingUpdates": ("shipments.confirm", shipment_with, "v3/orders/4712/shipping",
                        ("/orderShipment/orderLines/orderLine/0/orderLineStatuses/orderLineStatus/0/returnCenterAddress",
                         "/orderShipment/orderLines/orderLine/0/intentToCancelOverride")),
    "refundOrderLines": ("refunds.create", refund_with, None, ()),
    "cancelOrderLines": ("orders.cancel", lambda b: cancel_with(b), "v3/orders/4711/cancel", ()),
    "updateInventoryForAnItem": ("stock.set", lambda b: {"sku": b["sku"], "available": str(b["quantity"]["amount"])},
                                 "v3/inventory", ()),
    "updateMultiNodeInventory": ("stock.set_nodes", lambda b: {"sku": "a b/1", "positions": [
        {"location": n["shipNode"], "available": str(n["inputQty"]["amount"])} for n in b["inventories"]["nodes"]]},
        "v3/inventories/a b/1", ()),
    "issueRefund": ("returns.refund", lambda b: {"return_order_id": "77", "customer_order_id": b["customerOrderId"], "lines": [
        {"return_line_key": str(r["returnOrderLineNumber"]), "quantity": str(r["quantity"]["measurementValue"])}
        for r in b["refundLines"]]}, "v3/returns/77/refund", ()),
    "updatePrice": ("prices.set", lambda b: {"sku": b["sku"], "currency": b["pricing"][0]["currentPrice"]["currency"],
                                             "price": str(b["pricing"][0]["currentPrice"]["amount"])}, "v3/price", ()),
    "createSubscription": ("webhooks.create", lambda b: {"topics": [topic(e) for e in b["events"]]},
                           "v3/webhooks/subscriptions", ()),
    "updateSubscription": ("webhooks.update", lambda b: {"subscription_id": "9", **topic(b)}, "v3/webhooks/subscriptions/9", ()),
    "testNotification": ("webhooks.test", topic, "v3/webhooks/test", ()),
}
UPLOAD = {
    "updateBulkInventory": lambda b: ("stock.set_many" if "Inventory" in b else "stock.set_many_nodes", bulk_with(b)),
    "bulkItemOverrideFeed": lambda b: ("returns.override", {"date": b["header"]["feedDate"], "items": b["overrideFeed"]}),
}


def uploaded(official):
    """The file that is uploaded is the official one."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        end = result["content_type"].split("boundary=")[1]
        parts = result["text"].split("--" + end)
        head, _, content = parts[1].partition("\r\n\r\n")
        if len(parts) != 3 or 'name="file"' not in head or not result["content_type"].startswith("multipart/form-data"):
            return "it is no form with one file"
        body = json.loads(content, parse_float=Decimal)
        return checks.differs(body, official) or checks.lacks(body, official)
    return check


LISTS = {"orderLine", "orderLineStatus", "refund", "refundCharge", "lagTime"}


def from_xml(element, around=""):
    """A request that is shown in XML only, as the document says it is in JSON."""
    name = element.tag.split("}")[-1]
    if not len(element):
        number = name == "fulfillmentLagTime" or name == "amount" and around in ("chargeAmount", "taxAmount")
        return Decimal(element.text) if number else {"true": True, "false": False}.get(element.text, element.text or "")
    made = {}
    for child in element:
        key, one = child.tag.split("}")[-1], from_xml(child, name)
        if key in LISTS:
            made.setdefault(key, []).append(one)
        else:
            made[key] = one
    return made


def cancel_with(body):
    lines = body["orderCancellation"]["orderLines"]["orderLine"]
    return {"purchase_order_id": "4711", "lines": [
        {"key": line["lineNumber"], "quantity": one["statusQuantity"]["amount"], "reason": one["cancellationReason"]}
        for line in lines for one in line["orderLineStatuses"]["orderLineStatus"]]}


def xml_request(vendor, case, spec):
    root = ElementTree.fromstring(case.request["body"].split("?>", 1)[1].strip())
    body = from_xml(root)
    if case.operation == "cancelOrderLines":
        official = {"orderCancellation": body}
        vendor.produce(case, "orders.cancel", cancel_with(official), checks.request(
            "POST", "v3/orders/4711/cancel", official, spec, case.path, whole=True))
    elif case.operation == "refundOrderLines":
        official = {"orderRefund": body}
        at = "/orderRefund/orderLines/orderLine/0/refunds/refund/0/refundCharges/refundCharge/1/refundReason"
        vendor.produce(case, "refunds.create", refund_with(official), checks.request(
            "POST", f"v3/orders/{body['purchaseOrderId']}/refund", official, spec, case.path, free=(at,), whole=True, free_of=(at,)))
    else:
        vendor.produce(case, "lagtime.set_many", {"items": [
            {"sku": i["sku"], "days": i["fulfillmentLagTime"]} for i in body["lagTime"]]}, checks.request(
                "POST", "v3/feeds", body, query={"feedType": "lagtime"}, whole=True))


def produced(vendor, case, spec):
    official = case.request["body"]
    if case.operation in UPLOAD:
        operation, with_ = UPLOAD[case.operation](official)
        vendor.produce(case, operation, with_, uploaded(official))
        return
    operation, make, path, free = PRODUCE[case.operation]
    if operation == "shipments.confirm":
        official = one_parcel(official)
    path = path or case.path.lstrip("/").replace("{purchaseOrderId}", official["orderRefund"]["purchaseOrderId"])
    vendor.produce(case, operation, make(official), checks.request(
        case.method, path, official, spec, case.path, whole=True, free_of=free))


def judge(vendor):
    spec = openapi.Spec(SHARED, *[f for f in sorted(os.listdir(SHARED)) if f.startswith("spec-") and "on-request" not in f])
    for case in vendor.cases:
        told, asked = case.body, (case.request or {}).get("body")
        if case.operation == "tokenAPI":
            vendor.skip(case, SIGN_IN)
        elif isinstance(asked, str) and case.operation in ("cancelOrderLines", "refundOrderLines", "updateLagTimeBulk"):
            xml_request(vendor, case, spec)
        elif isinstance(told, str) and (asked is None or isinstance(asked, str)) or isinstance(asked, str):
            vendor.skip(case, XML)
        else:
            if case.operation not in READ:
                continue  # told as one of which nothing says what becomes of it
            if told is not None and not isinstance(told, str):
                READ[case.operation](vendor, case)
            if asked is not None:
                produced(vendor, case, spec)
