"""BigCommerce: documentation examples of the interface, version 2 for orders and version 3 for the rest."""
import compare
import kit
from compare import moment

FOLDER = "bigcommerce"
SETTINGS = {"store_hash": "abc123", "currency": "USD", "weight_unit": "kg", "length_unit": "cm"}
STATES = {2: "shipped", 3: "partially_shipped", 4: "returned", 5: "cancelled", 10: "completed", 11: "open"}
WAYS = {"storecredit": "store_credit"}

# Official operations by ours. What is told of one order's parts is no object by itself.
ORDERS = {"getOrder": "orders.get", "createOrder": "orders.create", "updateOrder": "orders.state",
          "deleteOrder": "orders.cancel", "getOrders": "orders.list"}
SHIPMENTS = {"getOrderShipment": "shipments.get", "createOrderShipments": "shipments.create",
             "updateOrderShipment": "shipments.update", "getOrderShipments": "shipments.list"}
PRODUCTS = {"getProduct": "products.get", "getProducts": "products.list", "createProduct": "products.create",
            "updateProduct": "products.update", "updateProducts": "products.update"}
OTHERS = {"getProductVariant": "skus.get", "getProductVariants": "skus.list", "getVariants": "skus.list",
          "updateVariantsBatch": "skus.update", "getCustomers": "customers.list",
          "post-relative-adjustment": "stock.adjust", "put-absolute-adjustment": "stock.set",
          "get-inventory-items": "stock.list", "get-location-inventory-items": "stock.at",
          "put-location-inventory-items": "stock.settings", "getLocations": "locations.list",
          "getOrderProducts": "orders.products", "getOrderProduct": "orders.product", "getOrderFees": "orders.fees",
          "getOrderShippingAddresses": "orders.addresses", "getOrderConsignments": "orders.consignments",
          "getOrderStatuses": "orders.statuses", "captureOrderPayment": "payments.capture",
          "voidOrderPayment": "payments.void", "createOrderRefundQuotes": "refunds.quote",
          "createOrderRefund": "refunds.create", "getOrderRefund": "refunds.get", "getOrderRefunds": "refunds.list",
          "getOrdersRefunds": "refunds.changed", "getOrderTransactions": "payments.list",
          "createWebhooks": "webhooks.create", "getWebhooks": "webhooks.list", "getWebhook": "webhooks.get",
          "updateWebhook": "webhooks.update", "deleteWebhook": "webhooks.delete", "updateHooksAdmin": "webhooks.notices"}
OURS = {**ORDERS, **SHIPMENTS, **PRODUCTS, **OTHERS}
UNUSED = {"getOrderShipmentsCount": "the shipments are read, not how many there are",
          "getOrdersCount": "the orders are read, not how many there are",
          "updateOrderShippingAddress": "where an order goes is not changed",
          "getOrderShippingAddress": "all addresses of an order are read at once",
          "getOrderStatusesStatus": "all states are read at once",
          "deleteOrders": "orders are cancelled, not deleted", "deleteOrderShipments": "shipments are not deleted",
          "deleteOrderShipment": "shipments are not deleted", "getHooksAdmin": "webhooks.list tells which are off",
          "getLocationMetafields": "notes of other apps are not read", "getLocationMetafield": "notes of other apps are not read",
          "getLocationsMetafields": "notes of other apps are not read"}


# ---- what an object must be ----

def order(body):
    return {"natural_key": body["id"], "currency": body.get("default_currency_code") or body["currency_code"],
            "total": kit.Decimal(body["total_inc_tax"]), "placed_at": moment(body["date_created"]),
            "updated_at": moment(body["date_modified"]), "customer/key": body["customer_id"] or None,
            "state": STATES.get(body["status_id"]), "source_state": body["status"],
            "customer/email": body["billing_address"]["email"], "lines/0/quantity": 1, "lines/#": 1}


def shipment(body):
    return {"natural_key": body["id"], "order_key": body["order_id"], "shipped_at": moment(body["date_created"]),
            "tracking/0/number": body["tracking_number"] or None, "lines/#": len(body["items"]),
            "lines/0/order_line_key": body["items"][0]["order_product_id"],
            "lines/0/quantity": body["items"][0]["quantity"], "to/city": body["shipping_address"]["city"]}


def product(body):
    changed = body.get("date_modified") or body.get("date_created")
    hidden = not body["is_visible"] or body["availability"] == "disabled"
    wanted = {"natural_key": body["id"], "title": body["name"], "state": "draft" if hidden else "active",
              "categories/#": len(body["categories"])}
    return {**wanted, "updated_at": moment(changed)} if changed else wanted


def sku(body):
    own = body["price"] if body.get("price") is not None else body["calculated_price"]
    return {"natural_key": body["id"], "sku": body["sku"], "product_key": body["product_id"], "currency": "USD",
            "price": kit.Decimal(str(own)), "options/#": len(body["option_values"]),
            "options/0/value": compare.at(body, "option_values/0/label"), "size/length": body["depth"] or None,
            "cost": kit.Decimal(str(body["cost_price"])) if body["cost_price"] else None,
            "weight/value": body["weight"] or body["calculated_weight"] or None}


def customer(body):
    return {"natural_key": body["id"], "email": body["email"], "last_name": body["last_name"],
            "addresses/#": len(body.get("addresses", [])),
            "addresses/0/address/street": compare.at(body, "addresses/0/address1")}


def refund(body):
    paid = [p for p in body["payments"] if not p["is_declined"]]
    return {"natural_key": body["id"], "order_key": body["order_id"], "currency": "USD",
            "refunded_at": moment(body["created"]), "total": kit.Decimal(str(body["total_amount"])),
            "reason": body["reason"] or None, "tenders/#": len(paid), 
            **({"tenders/0/kind": WAYS[paid[0]["provider_id"]]} if paid and paid[0]["provider_id"] in WAYS else {})}


# ---- answers ----

def failed(case):
    """By its status; a question about what is not there is told as nothing."""
    if case.status == 404 and case.method == "GET":
        return compare.absent
    if case.status == 404 and case.method == "DELETE":
        return compare.told()
    first = case.body[0] if isinstance(case.body, list) else case.body
    words = first.get("title") or first.get("message") or first["data"][0]["error"]
    code = {401: "upstream-auth", 429: "upstream-busy"}.get(case.status, "upstream-refused")
    return compare.refused("upstream-unknown" if case.status >= 500 else code, words)


def answer(vendor, case):
    ours, body = OURS[case.operation], case.body
    data = body["data"] if isinstance(body, dict) and "data" in body else body
    many = data if isinstance(data, list) else [data]
    if case.status >= 400:
        vendor.read(case, ours, failed(case))
    elif case.operation in ORDERS:
        vendor.read(case, ours, compare.made(*map(order, many)), kind="order", with_={"status_id": many[0]["status_id"]})
    elif case.operation in SHIPMENTS:
        vendor.read(case, ours, compare.made(*map(shipment, many)))
    elif case.operation in PRODUCTS:
        vendor.read(case, ours, compare.made(*map(product, many)))
    elif ours.startswith("skus."):
        vendor.read(case, ours, compare.made(*map(sku, many)))
    elif ours == "customers.list":
        # The example leaves out the id, which every customer has.
        data = [{"id": 1 + i, **one} for i, one in enumerate(many)]
        vendor.read(case, ours, compare.made(*map(customer, data)), body={**body, "data": data})
    elif ours in ("refunds.get", "refunds.list", "refunds.changed"):
        vendor.read(case, ours, compare.made(*map(refund, many)))
    elif ours.startswith("webhooks."):
        vendor.read(case, ours, compare.told(ref=data["id"] if ours in ("webhooks.update", "webhooks.delete") else None))
    elif ours == "orders.fees":
        vendor.read(case, ours, compare.told({"0/cost_inc_tax": body["fees"][0]["cost_inc_tax"], "1/id": body["fees"][1]["id"]}))
    elif isinstance(data, list):
        vendor.read(case, ours, compare.told({f"{i}/id": one["id"] for i, one in enumerate(data)}))
    else:
        vendor.read(case, ours, compare.told({k: v for k, v in data.items() if isinstance(v, (str, int))}))


# ---- requests ----

def person(address):
    return {"name": f"{address['first_name']} {address['last_name']}", "street": address["street_1"],
            "city": address["city"], "region": address["state"], "postal_code": address["zip"],
            "country": address["country_iso2"], **({"company": address["company"]} if "company" in address else {})}


def ordered(body):
    """The order that an official request makes, as one of ours with the vendor's own ids beside."""
    with_ = {"natural_key": "7001", "status_id": body.get("status_id"), "customer_id": body.get("customer_id"),
             "taxes_included": False, "fees": [], "lines": []}
    if "billing_address" in body:
        with_ |= {"billing": person(body["billing_address"]), "customer": {"email": body["billing_address"]["email"]}}
    for address in body.get("shipping_addresses", []):
        with_["shipping_to"] = person(address)
    for one in body.get("products", []):
        line = {k: one[k] for k in ("product_id", "variant_id", "product_options", "sku") if k in one}
        line |= {"quantity": str(one.get("quantity", 1)), **({"title": one["name"]} if "name" in one else {})}
        if "price_ex_tax" in one:
            tax = (kit.Decimal(str(one["price_inc_tax"])) - kit.Decimal(str(one["price_ex_tax"]))) * int(line["quantity"])
            line |= {"unit_price": str(one["price_ex_tax"]), "taxes": [{"amount": str(tax)}]}
        with_["lines"].append(line)
    for one in body.get("fees", []):
        with_["fees"].append({"title": one.get("display_name_customer") or one["display_name_merchant"],
                              "amount": one.get("cost_ex_tax") or one["cost_exc_tax"], "taxes": []})
    return {k: v for k, v in with_.items() if v not in (None, [])}


def create(vendor, case, spec):
    body = case.request["body"]
    leaves = {"country", "email", "cost_inc_tax", "cost_exc_tax", "cost_tax", "tax_class_id", "source",
              "display_name_customer", "display_name_merchant"}
    more = {"external_order_id", "products", "fees", "quantity", "status_id", "email", "company"}

    def check(result):
        why = compare.sent("POST", "v2/orders", None)(result)
        ours = result.get("body") or {}
        why = why or compare.lacks(ours, body, leaves) or compare.lacks(body, ours, more | leaves)
        for one, made_ in zip(body.get("fees", []), ours.get("fees", [])):
            why = why or (None if made_["cost_ex_tax"] == (one.get("cost_ex_tax") or one["cost_exc_tax"]) else "another fee")
        for name in ("products", "status_id", "customer_id"):
            why = why or (compare.holds(ours[name], body[name], name) if name in body else None)
        why = why or (compare.holds(ours["billing_address"]["zip"], body["billing_address"]["zip"])
                      if "billing_address" in body else None)
        return why or spec.faults("createOrder", {k: v for k, v in ours.items()})
    vendor.produce(case, "orders.create", ordered(body), check)


def adjust(vendor, case, spec):
    body = case.request["body"]
    by = "by" if case.operation == "post-relative-adjustment" else "available"
    positions = [{"location": str(one["location_id"]), by: str(one["quantity"]),
                  **{k: str(one[k]) for k in ("sku", "variant_id", "product_id") if k in one}} for one in body["items"]]
    path = "v3/inventory/adjustments/" + ("relative" if by == "by" else "absolute")
    vendor.produce(case, OURS[case.operation], {"reason": body["reason"], "positions": positions},
                   compare.sent("POST" if by == "by" else "PUT", path, body, spec=spec, operation=case.operation))


def change_product(vendor, case, spec):
    """The members of the official request that a product of ours has."""
    one = case.request["body"][0]
    with_ = {"natural_key": str(one["id"]), "title": one["name"], "description": one["description"],
             "state": "active" if one["is_visible"] else "draft", "price": str(one["price"]),
             "tax_code": one["product_tax_code"], "category_ids": [str(c) for c in one["categories"]],
             "tags": [one["search_keywords"]]}
    ours = {"id", "name", "description", "is_visible", "price", "product_tax_code", "categories", "search_keywords"}
    vendor.produce(case, "products.update", with_,
                   compare.sent("PUT", "v3/catalog/products", [{k: one[k] for k in ours}], spec=spec,
                                operation="updateProducts"))


def request(vendor, case, spec):
    body = case.request["body"]
    if case.operation == "createOrder":
        create(vendor, case, spec)
    elif case.operation in ("post-relative-adjustment", "put-absolute-adjustment"):
        adjust(vendor, case, spec)
    elif case.operation == "updateProducts":
        change_product(vendor, case, spec)
    elif case.operation == "updateOrderShipment":
        with_ = {"order_key": "228", "natural_key": "11", "carrier": body["shipping_provider"],
                 "order_address_id": str(body["order_address_id"]), "tracking": [{"number": body["tracking_number"]}]}
        vendor.produce(case, "shipments.update", with_,
                       compare.sent("PUT", "v2/orders/228/shipments/11", body, {"merchant_shipping_cost"}, spec,
                                    case.operation))
    elif case.operation == "updateHooksAdmin":
        vendor.produce(case, "webhooks.notices", body,
                       compare.sent("PUT", "v3/hooks/admin", body, spec=spec, operation=case.operation))
    elif case.operation == "updateOrder":
        vendor.skip(case, "what was ordered, its fees and its addresses are not changed: an order's state is")
    else:
        return False
    return True


def hook(vendor, case):
    body = case.payload
    data, topic = body["data"], body["scope"]
    kind, key = data["type"], data["id"]
    if kind == "sku":
        kind, key = "product", (data.get("sku") or data["inventory"])["product_id"]
    elif kind == "shipment":
        kind, key = "order", data["orderId"]
    elif "address" in data:
        key = data["address"]["customer_id"]
    vendor.hear(case, topic, {"object": kind, "key": key, "changed": body["created_at"]})


def judge(vendor):
    vendor.refuses(but=["payments.capture", "payments.void", "webhooks.notices"])
    spec = compare.Spec("bigcommerce", "spec-orders-v2.json", "spec-orders-v3.json", "spec-inventory-v3.json",
                        "spec-catalog-products-v3.json", "spec-catalog-variants-v3.json", "spec-webhooks-v3.json")
    for case in vendor.cases:
        if case.payload is not None:
            hook(vendor, case)
        elif case.operation in UNUSED:
            vendor.skip(case, UNUSED[case.operation])
        elif case.operation not in OURS:
            continue
        else:
            asked = case.request is not None and request(vendor, case, spec)
            if case.body is not None:
                answer(vendor, case)
            elif not asked:
                continue
