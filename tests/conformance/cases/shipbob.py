"""ShipBob: examples of the OpenAPI document of 2026-01. Most are filled with "string" and 0 where a value goes: what
cannot be a canonical object so (a quantity of 0, a state "string") has to be refused, and is read once more with values
in those places. Requests are made of the canonical objects that the example's request would come from."""
import copy
import os

import checks
import openapi

FOLDER = "shipbob"
SETTINGS = {"channel_id": "128944", "shipping_method": "Free 2-day Shipping"}
SHARED = os.path.join(os.environ.get("TENON_SHARED", ""), "vendor-apis", FOLDER)
FULL = {"quantity": 3, "quantity_processed": 2, "weight": 1.5, "on_hand_quantity": 9, "committed_quantity": 3,
        "fulfillable_quantity": 5, "awaiting_quantity": 7}


def filled(value, words, key=None):
    """The example with values in the places of "string" and 0 that words names by their members."""
    if isinstance(value, dict):
        return {k: filled(v, words, k) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, words, key) for v in value]
    if key in words and (value in ("string", 0, "None") or key == "unit") and not isinstance(value, bool):
        return words[key]
    return copy.deepcopy(value)


# ---- what the objects have to be, worked out from the body ----

def shipment(body):
    lines = [(p, item) for p in body["products"] for item in p["inventory_items"]]
    want = {"natural_key": str(body["id"]), "order_key": body["reference_id"], "source_state": body["status"],
            "state": "delivered" if body["status"] == "Completed" else "planned", "lines.#": len(lines),
            "updated_at": checks.time(body["last_update_at"]), "carrier": body["tracking"]["carrier"],
            "tracking.0.number": body["tracking"]["tracking_number"], "location": str(body["location"]["id"]),
            "shipped_at": checks.time(body["tracking"]["shipping_date"]), "to.city": body["recipient"]["address"]["city"],
            "to.country": body["recipient"]["address"]["country"], "delivered_at": checks.time(body["delivery_date"])}
    for i, (product, item) in enumerate(lines):
        want.update({f"lines.{i}.sku": product["sku"], f"lines.{i}.quantity": str(item["quantity"]),
                     f"lines.{i}.lot": item["lot"], f"lines.{i}.serials": item["serial_numbers"]})
    return want


def position(item, level, lot=None):
    return {"natural_key": f"{item['inventory_id']}@{level['location_id']}" + (f"#{lot}" if lot else ""),
            "sku": item["sku"], "location": str(level["location_id"]), "available": str(level["fulfillable_quantity"]),
            "on_hand": str(level["on_hand_quantity"]), "committed": str(level["committed_quantity"]), "lot": lot,
            "in_flight": str(level["awaiting_quantity"])}


def positions(body):
    return [position(item, level) for item in body.get("items", [body]) for level in item["locations"]]


def lot_positions(body):
    return [position(item, level, lot["lot_number"]) for item in body.get("items", [body]) for lot in item["lots"]
            for level in lot["locations"]]


def returned(body):
    want = {"natural_key": str(body["id"]), "state": "closed", "source_state": body["status"], "number": body["reference_id"],
            "order_key": body["store_order_id"], "lines.#": len(body["inventory"]),
            "location": str(body["fulfillment_center"]["id"]), "tracking.0.number": body["tracking_number"]}
    if "arrived_date" in body:
        want["arrived_at"] = checks.time(body["arrived_date"])
    for i, line in enumerate(body["inventory"]):
        want.update({f"lines.{i}.sku": line.get("sku"), f"lines.{i}.quantity": str(line["quantity"]),
                     f"lines.{i}.arrived_quantity": str(sum(a["quantity_processed"] for a in line["action_taken"])),
                     f"lines.{i}.disposition": "restock"})
    return want


def product(body):
    return {"natural_key": str(body["id"]), "title": body["name"], "state": "active",
            "updated_at": checks.time(body["updated_on"]), "created_at": checks.time(body["created_on"])}


def sku(body):
    return {"natural_key": str(body["id"]), "sku": body["sku"], "state": "active", "weight.unit": "oz", "size.unit": "in",
            "updated_at": checks.time(body["updated_on"]), "barcodes.0.kind": "upc", "barcodes.0.value": body["upc"],
            "components.#": len(body["bundle_definition"]), "size.length": str(body["dimension"]["length"])}


def centre(body):
    want = {"natural_key": str(body["id"]), "name": body["name"]}
    if "city" in body:
        want.update({"address.city": body["city"], "address.region": body["state"], "address.country": "US"})
    return want


# ---- readings: path → operation, how it is read ----

SHIPMENT = {"status": "Completed", **FULL}
RETURN = {"status": "Completed", "action": "Restock", **FULL}
GOODS = {"status": "Active", "unit": "oz", "quantity": 2, "weight": 1.5}


def objects_of(make, words, held=()):
    """Read as it is, it has to be refused at held; filled, it has to become the objects."""
    def judge(vendor, case, operation):
        if held:
            vendor.read(case, operation, checks.held(*held))
        body = filled(case.body, words)
        for size in (x for x in walk(body) if {"length", "width", "height", "unit"} <= set(x)):
            size["unit"] = "in"
        wanted = make(body)
        vendor.read(case, operation, checks.objects(wanted if isinstance(wanted, list) else [wanted]), body=body)
    return judge


def walk(value):
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)


def each(make, member=None):
    return lambda body: [make(one) for one in (body[member] if member else body)]


def plainly(*extra):
    return lambda vendor, case, operation: vendor.read(case, operation, checks.every(checks.found, *extra))


def items(member=None):
    def judge(vendor, case, operation):
        body = case.body[member] if member else case.body
        vendor.read(case, operation, checks.every(checks.count(len(body)), checks.value(body)))
    return judge


def unmapped_return(vendor, case, operation):
    """Answers of changes tell no SKU: the inventory item is looked up, and without an entry the return waits."""
    vendor.read(case, operation, checks.every(checks.ref(case.body["id"]), checks.held()))


def page_of_channels(vendor, case, operation):
    query = case.body["next"].split("?", 1)[1]
    vendor.read(case, operation, checks.every(checks.count(len(case.body["items"])), checks.after(query)))


READ = {
    ("GET", "channel"): ("channels.list", page_of_channels),
    ("GET", "fulfillment-center"): ("fulfillment_centers.list", objects_of(each(centre), {})),
    ("GET", "location"): ("locations.list", objects_of(each(centre), {"country": "USA"})),
    ("GET", "inventory"): ("inventory.list", items("items")),
    ("GET", "inventory/{inventoryId}"): ("inventory.get", plainly()),
    ("GET", "inventory-level"): ("stock.totals", items("items")),
    ("GET", "inventory-level/{inventoryId}"): ("stock.total", plainly()),
    ("GET", "inventory-level/locations"): ("stock.list", objects_of(positions, FULL)),
    ("GET", "inventory-level/{inventoryId}/locations"): ("stock.get", objects_of(positions, FULL)),
    ("GET", "inventory-level/lots"): ("stock.lots", objects_of(lot_positions, FULL)),
    ("GET", "inventory-level/{inventoryId}/lots"): ("stock.lots_of", objects_of(lot_positions, FULL)),
    ("POST", "inventory/history:query"): ("stock.history", items("data")),
    ("GET", "order"): ("orders.list", items()),
    ("GET", "order/{orderId}"): ("orders.get", plainly()),
    ("GET", "order/{orderId}/store-order-json"): ("orders.source", plainly()),
    ("POST", "order"): ("orders.create", lambda v, c, o: v.read(c, o, checks.ref(c.body["id"]))),
    ("POST", "order:estimate"): ("orders.estimate", plainly()),
    ("POST", "order/{orderId}:cancel"): ("orders.cancel", plainly()),
    ("GET", "order/{orderId}/shipment"): ("shipments.list", objects_of(each(shipment), SHIPMENT, ["/lines/0/quantity"])),
    ("GET", "order/{orderId}/shipment/{shipmentId}"): (
        "shipments.get_of_order", objects_of(shipment, SHIPMENT, ["/lines/0/quantity"])),
    ("GET", "shipment/{shipmentId}"): ("shipments.get", objects_of(shipment, SHIPMENT, ["/lines/0/quantity"])),
    ("POST", "shipment/{shipmentId}:cancel"): ("shipments.cancel", objects_of(shipment, FULL, ["/lines/0/quantity"])),
    ("POST", "order/{orderId}/shipment/{shipmentId}:cancel"): (
        "shipments.cancel_of_order", objects_of(shipment, FULL, ["/lines/0/quantity"])),
    ("POST", "shipment:batchCancel"): ("shipments.cancel_many", plainly()),
    ("GET", "shipment/{shipmentId}/logs"): ("shipments.logs", items()),
    ("GET", "order/{orderId}/shipment/{shipmentId}/logs"): ("shipments.logs_of_order", items()),
    ("GET", "shipments-tracking"): ("shipments.tracking", items()),
    ("GET", "shipment/{shipmentId}:getLineItems"): ("shipments.lines", items()),
    ("PUT", "shipment/{shipmentId}:updateAddress"): ("shipments.change_address", plainly()),
    ("POST", "shipment/{shipmentId}:updateLineItems"): ("shipments.change_lines", plainly()),
    ("PUT", "shipment:bulkUpdateShippingService"): ("shipments.change_service", plainly()),
    ("POST", "shipment:batchUpdateTrackingUpload"): ("shipments.mark_told", plainly()),
    ("GET", "product"): ("products.list", objects_of(each(product, "items"), GOODS, ["/state"])),
    ("GET", "product/{productId}"): ("products.get", objects_of(product, GOODS, ["/state"])),
    ("PATCH", "product/{productId}"): ("products.update", objects_of(product, GOODS, ["/state"])),
    ("POST", "product"): ("products.create", objects_of(product, GOODS, ["/state"])),
    ("DELETE", "product/{productId}"): ("products.delete", plainly()),
    ("POST", "product:moveVariants"): ("products.gather_variants", objects_of(product, GOODS, ["/state"])),
    ("POST", "product/{productId}:moveVariants"): ("products.move_variants", objects_of(product, GOODS, ["/state"])),
    ("GET", "product/{productId}/variants"): ("skus.list", objects_of(each(sku), GOODS, ["/state"])),
    ("POST", "product/{productId}/variants"): ("skus.create", objects_of(product, GOODS, ["/state"])),
    ("PATCH", "product/{productId}/variants"): ("skus.update", objects_of(each(sku), GOODS, ["/state"])),
    ("GET", "return"): ("returns.list", objects_of(each(returned, "items"), RETURN, ["/state", "/lines/0/quantity"])),
    ("GET", "return/{id}"): ("returns.get", objects_of(returned, RETURN, ["/state", "/lines/0/quantity"])),
    ("POST", "return"): ("returns.create", unmapped_return),
    ("PUT", "return/{id}"): ("returns.update", unmapped_return),
    ("POST", "return/{id}:cancel"): ("returns.cancel", plainly()),
    ("GET", "receiving"): ("receiving.list", items()),
    ("GET", "receiving/{id}"): ("receiving.get", plainly()),
    ("POST", "receiving"): ("receiving.create", lambda v, c, o: v.read(c, o, checks.ref(c.body["id"]))),
    ("POST", "receiving/{id}:cancel"): ("receiving.cancel", lambda v, c, o: v.read(c, o, checks.ref(c.body["id"]))),
    ("GET", "receiving/{id}/distributions"): ("receiving.distributions", plainly()),
    ("POST", "receiving:setExternalSync"): ("receiving.mark_told", plainly()),
    ("GET", "webhook"): ("webhooks.list", items("items")),
    ("POST", "webhook"): ("webhooks.create", lambda v, c, o: v.read(c, o, checks.ref(c.body["id"]))),
}


# ---- requests, from the canonical objects that the example's would come from ----

def address(one, name=None, phone=None):
    return {"name": name, "phone": phone, "company": one.get("company_name"), "street": one["address1"],
            "street2": one.get("address2"), "city": one["city"], "region": one.get("state"),
            "postal_code": one.get("zip_code"), "country": one["country"]}


def order_with(body):
    to = body["recipient"]
    return {"schema": "sales_order/1", "natural_key": body["reference_id"], "number": body["order_number"],
            "placed_at": body["purchase_date"], "total": str(body["financials"]["total_price"]), "customer": {
                "name": to["name"], "email": to["email"]}, "shipping_to": address(to["address"], to["name"], to["phone_number"]),
            "location_id": str(body["location_id"]), "gift_message": body["gift_message"],
            "lines": [{"key": str(p["external_line_id"]), "sku": "TShirtBlueM", "title": "Medium Blue T-Shirt",
                       "quantity": str(p["quantity"])} for p in body["products"]]}


def estimate_with(body):
    return {"shipping_to": address(body["address"]), "shipping_method": body["shipping_methods"][0],
            "lines": [{"sku": p["reference_id"], "quantity": str(p["quantity"]), "product_id": str(p["id"])}
                      for p in body["products"]]}


def return_with(body):
    return {"natural_key": body["reference_id"], "location": str(body["fulfillment_center"]["id"]), "return_id": "7",
            "shipment_id": str(body["original_shipment_id"]), "tracking": [{"number": body["tracking_number"]}],
            "lines": [{"inventory_id": str(i["id"]), "quantity": str(i["quantity"]), "lot": i["lot_number"]}
                      for i in body["inventory"]]}


def receiving_with(body):
    return {"location": str(body["fulfillment_center"]["id"]), "expected_at": body["expected_arrival_date"],
            "purchase_order": body["purchase_order_number"], "boxes": [
                {"tracking_number": b["tracking_number"], "lines": [
                    {"inventory_id": str(i["inventory_id"]), "quantity": str(i["quantity"]), "lot": i["lot_number"],
                     "lot_date": i["lot_date"]} for i in b["box_items"]]} for b in body["boxes"]]}


def skus_with(variants):
    return [{"natural_key": str(v.get("id", 0)), "title": v.get("name"), "sku": v.get("sku"), "state": "active",
             "barcodes": [{"kind": kind, "value": v[kind]} for kind in ("gtin", "upc") if v.get(kind)],
             **({"weight": {"value": str(v["weight"]), "unit": "oz"}} if "weight" in v else {})} for v in variants]


def product_with(body):
    return {"product_id": str(body.get("id", 7)), "title": body["name"], "taxonomy_id": body.get("taxonomy_id"),
            "skus": skus_with(body.get("variants", []))}


def move_with(body):
    return {"product_id": "7", "to_product_id": str(body["product_id"]), "title": body["name"],
            "taxonomy_id": body["taxonomy_id"], "skus": skus_with(body["variants"])}


PRODUCE = {
    "orders.create": (order_with, "2026-01/order", ("/products",)),
    "orders.estimate": (estimate_with, "2026-01/order:estimate", ()),
    "returns.create": (return_with, "2026-01/return", ("/inventory/0/requested_action",)),
    "returns.update": (return_with, "2026-01/return/7", ("/inventory/0/requested_action",)),
    "receiving.create": (receiving_with, "2026-01/receiving", ()),
    "products.create": (product_with, "2026-01/product", ("/type_id", "/variants/0/status_id")),
    "products.update": (product_with, "2026-01/product/0", ("/type_id", "/variants/0/status_id")),
    "products.move_variants": (move_with, "2026-01/product/7:moveVariants", ()),
    "products.gather_variants": (move_with, "2026-01/product:moveVariants", ()),
    "skus.create": (lambda b: {"product_id": "7", "skus": skus_with(b)}, "2026-01/product/7/variants", ("/0/status_id",)),
    "skus.update": (lambda b: {"product_id": "7", **skus_with([b])[0]}, "2026-01/product/7/variants", ("/id",)),
    "shipments.cancel_many": (lambda b: {"shipment_ids": b["shipment_ids"]}, "2026-01/shipment:batchCancel", ()),
    "shipments.change_service": (lambda b: {"shipment_ids": b["shipment_ids"], "reason": b["reason"],
                                            "service_id": b["requested_shipping_service_id"]},
                                 "2026-01/shipment:bulkUpdateShippingService", ()),
    "stock.history": (lambda b: {"from": b["start_date"], "until": b["end_date"], "inventory_ids": b["inventory_ids"],
                                 "location_id": str(b["facility_id"]), "event_category": b["event_category"]},
                      "2026-01/inventory/history:query", ()),
    "webhooks.create": (lambda b: b, "2026-01/webhook", ("/topics",)),
}


def produced(vendor, case, operation, spec):
    make, path, free = PRODUCE[operation]
    official = case.request["body"]
    if operation == "orders.create":  # by our SKU, where the example has ShipBob's own number: the document has both
        official = {**official, "products": [{**p, "reference_id": "", "name": "", "sku": ""} for p in official["products"]]}
    if operation in ("returns.create", "returns.update"):  # a number in the example, a word in the document
        official = {**official, "inventory": [{**i, "requested_action": "Default"} for i in official["inventory"]]}
    with_ = make(official)
    if operation == "webhooks.create":
        with_ = {**with_, "topics": ["order.shipped"]}
    vendor.produce(case, operation, with_, checks.request(case.method, path, official, spec, case.path, free=free))


# ---- refusals ----

def refusal(case, operation):
    asks = case.method == "GET"
    if case.status == 404:
        return checks.absent if asks else checks.refused("no")
    if case.status == 401:
        return checks.refused("auth")
    if case.status >= 500:
        return checks.refused("unknown")
    body, told = case.body, []
    if isinstance(body, dict):
        told = body.get("errors") or [body[k] for k in ("message", "detail") if isinstance(body.get(k), str)][:1]
        told = told if body.keys() & {"errors", "message", "detail", "$type"} else list(body)
    elif isinstance(body, str):
        told = [body]
    return checks.refused("no", *[str(t) for t in told])


def judge(vendor):
    spec = openapi.Spec(SHARED, "spec-2026-01.json")
    for case in vendor.cases:
        known = READ.get((case.method, case.path.removeprefix("/2026-01/")))
        if not known:
            continue  # told as one of which nothing says what becomes of it
        operation, read = known
        if case.status >= 300:
            vendor.read(case, operation, checks.found if operation == "products.delete" and case.status == 404
                        else refusal(case, operation))
        elif case.body is not None:
            read(vendor, case, operation)
        if case.request and "body" in case.request:
            produced(vendor, case, operation, spec)
