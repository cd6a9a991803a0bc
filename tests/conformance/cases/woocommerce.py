"""WooCommerce: documentation examples of the REST interface, version 3. They tell answers alone: what was sent for them
is not there."""
import re

import compare
import kit
from compare import moment

FOLDER = "woocommerce"
SETTINGS = {"shop": "https://shop.example/", "currency": "USD", "weight_unit": "kg", "length_unit": "cm"}
STATES = {"pending": "pending", "processing": "open", "on-hold": "on_hold", "completed": "completed",
          "cancelled": "cancelled", "refunded": "returned", "failed": "pending"}
GOODS = {"publish": "active", "draft": "draft", "pending": "draft", "private": "archived", True: "active"}


def order(body):
    return {"natural_key": body["id"], "number": body["number"], "currency": body["currency"],
            "total": kit.Decimal(body["total"]), "tax_total": kit.Decimal(body["total_tax"]),
            "placed_at": moment(body["date_created_gmt"]), "updated_at": moment(body["date_modified_gmt"]),
            "state": STATES.get(body["status"]), "lines/#": len(body["line_items"]),
            "shipping/#": len(body["shipping_lines"]), "lines/0/key": compare.at(body, "line_items/0/id"),
            "lines/0/quantity": compare.at(body, "line_items/0/quantity"), "billing/street": body["billing"]["address_1"],
            "tenders/#": 1 if body["date_paid_gmt"] else 0}


def product(body):
    return {"natural_key": body["id"], "title": body["name"], "state": GOODS.get(body["status"]),
            "updated_at": moment(body["date_modified_gmt"]), "categories/#": len(body["categories"]),
            "images/#": len(body["images"]), "images/0/url": body["images"][0]["src"] if body["images"] else None,
            "options/#": sum(1 for a in body["attributes"] if a["variation"])}


def variation(body):
    return {"natural_key": body["id"], "sku": body["sku"] or f"variant:{body['id']}", "product_key": 22,
            "currency": "USD", "price": kit.Decimal(body["price"]) if body["price"] else None, "updated_at": moment(body["date_modified_gmt"]),
            "state": GOODS.get(body["status"]), "options/#": len(body["attributes"]), "tracked": body["manage_stock"] is True,
            "options/0/value": compare.at(body, "attributes/0/option")}


def customer(body):
    return {"natural_key": body["id"], "email": body["email"], "first_name": body["first_name"] or None,
            "updated_at": moment(body["date_modified_gmt"]), "created_at": moment(body["date_created_gmt"]),
            "addresses/#": sum(1 for k in ("billing", "shipping") if body[k]["address_1"])}


def refund(body):
    return {"natural_key": body["id"], "order_key": 723, "currency": "USD", "total": kit.Decimal(body["amount"]),
            "refunded_at": moment(body["date_created_gmt"]), "reason": body["reason"] or None,
            "lines/#": len(body["line_items"])}


# By the last words of the path: the object, what one is asked with, what many are, and what goes along.
OBJECTS = {"orders": (order, "orders.get", "orders.list", {}),
           "products": (product, "products.get", "products.list", {}),
           "variations": (variation, "skus.get", "skus.variations", {"product_id": 22}),
           "customers": (customer, "customers.get", "customers.list", {}),
           "refunds": (refund, "refunds.get", "refunds.list", {"order_id": 723})}
MADE = {"orders": "orders.create", "products": "products.create", "refunds": "refunds.create",
        "webhooks": "webhooks.create"}
PLAIN = {"taxes": ("taxes.get", "taxes.list"), "webhooks": ("webhooks.get", "webhooks.list")}
UNUSED = {"coupons": "coupons are the shop's own to give", "settings": "the shop's settings are not read",
          "reports": "reports are not read: the objects are", "shipping": "the shop's ways of shipping are not read",
          "payment_gateways": "the shop's ways of payment are not read", "system_status": "nothing is read of the server",
          "data": "countries and currencies are known", "notes": "notes of orders are not read",
          "attributes": "the products tell their attributes", "terms": "the products tell their attributes",
          "categories": "the products tell their categories", "tags": "the products tell their tags",
          "reviews": "reviews are not read", "shipping_classes": "the shop's ways of shipping are not read"}


def things(vendor, case, name, body):
    """Orders, products and the like: one, many, or what a batch did."""
    wanted, one, many, with_ = OBJECTS[name]
    if isinstance(body, dict) and set(body) <= {"create", "update", "delete"}:
        body = [thing for done in body.values() for thing in done]  # the answer to a batch holds what lists hold
    if isinstance(body, list):
        vendor.read(case, many, compare.made(*map(wanted, body)), body=body, with_=with_)
    elif case.method == "POST" and name in MADE:
        vendor.read(case, MADE[name], compare.made(wanted(body)), with_={**with_, "order_key": 723})
    else:
        vendor.read(case, one, compare.made(wanted(body)), with_=with_)


def plain(vendor, case, name, body):
    one, many = PLAIN[name]
    if isinstance(body, dict) and set(body) <= {"create", "update", "delete"}:
        body = [thing for done in body.values() for thing in done]
    if isinstance(body, list):
        vendor.read(case, many, compare.told({f"{i}/id": x["id"] for i, x in enumerate(body)}), body=body)
    elif name == "webhooks" and case.method in ("POST", "PUT", "DELETE"):
        ours = {"POST": "webhooks.create", "PUT": "webhooks.update", "DELETE": "webhooks.delete"}[case.method]
        vendor.read(case, ours, compare.told({"topic": body["topic"]}, ref=body["id"]),
                    with_={"topic": body["topic"], "status": body["status"]})
    else:
        vendor.read(case, one, compare.told({"id": body["id"]}))


def judge(vendor):
    vendor.refuses()
    for case in vendor.cases:
        body = case.payload if case.payload is not None else case.body
        words = [w for w in re.split(r"[/?]", case.path or "") if w and "<" not in w and "&" not in w and w != "batch"]
        name = words[-1] if words else ""
        name = {"webhook": "webhooks"}.get(name, name)
        if isinstance(body, dict) and isinstance(body.get("code"), str) and "data" in body:
            vendor.read(case, "products.get", compare.absent if body["data"]["status"] == 404 else
                        compare.refused("upstream-auth" if body["data"]["status"] == 401 else "upstream-refused",
                                        body["message"]), status=body["data"]["status"])
        elif name in OBJECTS:
            things(vendor, case, name, body)
        elif name in PLAIN:
            plain(vendor, case, name, body)
        else:
            known = next((UNUSED[w] for w in reversed(words) if w in UNUSED), None)
            if known:
                vendor.skip(case, known)
