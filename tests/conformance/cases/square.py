"""Square: examples of its own API description."""
import json

import compare
import kit
from compare import minor, moment

FOLDER = "square"
SETTINGS = {"locations": "L88917AVBK2S5", "version": "2021-12-15"}
STATES = {"DRAFT": "pending", "OPEN": "open", "COMPLETED": "completed", "CANCELED": "cancelled"}
KINDS = {"CHARGE": "sale", "REFUND": "refund"}


def money(value):
    return minor(value["amount"], value.get("currency") or value["currency_code"])


def order(body):
    return {"natural_key": body["id"], "currency": body["total_money"]["currency"], "total": money(body["total_money"]),
            "placed_at": moment(body["created_at"]), "lines/#": len(body["line_items"]),
            "lines/0/key": body["line_items"][0]["uid"], "lines/0/quantity": body["line_items"][0]["quantity"],
            "state": STATES.get(body.get("state"))}


def product(body):
    return {"natural_key": body["id"], "title": body["item_data"]["name"], "updated_at": moment(body["updated_at"]),
            "description": body["item_data"]["description"], "state": "archived" if body["is_deleted"] else "active"}


def sku(item):
    return [{"natural_key": one["id"], "product_key": item["id"], "updated_at": moment(one["updated_at"]),
             "price": money(one["item_variation_data"]["price_money"]), "sku": f"catalog:{one['id']}",
             "currency": one["item_variation_data"]["price_money"]["currency"]} for one in item["item_data"]["variations"]]


def location(body):
    return {"natural_key": body["id"], "name": body["name"], "active": body["status"] == "ACTIVE",
            "time_zone": body["timezone"], "address/country": body["country"],
            "address/postal_code": body["address"]["postal_code"]}


def count(body):
    return {"natural_key": f"catalog:{body['catalog_object_id']}@{body['location_id']}", "location": body["location_id"],
            "available": kit.Decimal(body["quantity"]), "updated_at": moment(body["calculated_at"])}


def payment(body):
    fee = sum(f["amount_money"]["amount"] for f in body.get("processing_fee", []))
    amount, currency = body["total_money"]["amount"], body["total_money"]["currency"]
    return {"natural_key": body["id"], "kind": "sale", "state": "succeeded", "currency": currency,
            "amount": minor(amount, currency), "fee": minor(fee, currency), "net": minor(amount - fee, currency),
            "order_key": body["order_id"], "card_last4": body["card_details"]["card"]["last_4"],
            "paid_at": moment(body["card_details"]["card_payment_timeline"]["captured_at"])}


def refund(body):
    return {"natural_key": body["id"], "currency": body["amount_money"]["currency"], "total": money(body["amount_money"]),
            "refunded_at": moment(body["created_at"]), "order_key": body["order_id"], "reason": body["reason"],
            "tenders/0/key": body["payment_id"], "tenders/0/amount": money(body["amount_money"])}


def payout(body):
    return {"natural_key": body["id"], "state": "paid", "amount": money(body["amount_money"]), "currency": "USD",
            "paid_on": body["arrival_date"], "updated_at": moment(body["updated_at"])}


def line(body):
    details = body[f"type_{body['type'].lower()}_details"]
    return {"natural_key": body["id"], "payout_key": body["payout_id"], "kind": KINDS[body["type"]],
            "source_kind": body["type"], "net": money(body["net_amount_money"]), "gross": money(body["gross_amount_money"]),
            "fee": money(body["fee_amount_money"]), "posted_at": moment(body["effective_at"]),
            "payment_key": details["payment_id"], "refund_key": details.get("refund_id")}


# Official operations: ours, the member that holds what was asked for, and what each of it must become.
READ = {"RetrieveOrder": ("orders.get", "order", order), "CreateOrder": ("orders.create", "order", order),
        "UpdateOrder": ("orders.acknowledge", "order", order), "BatchRetrieveOrders": ("orders.many", "orders", order),
        "BatchRetrieveCatalogObjects": ("products.many", "objects", product),
        "ListCatalog": ("products.all", "objects", product), "SearchCatalogObjects": ("products.list", "objects", product),
        "BatchRetrieveInventoryCounts": ("stock.list", "counts", count), "ListLocations": ("locations.list", "locations", location),
        "ListPayments": ("payments.list", "payments", payment), "GetPayment": ("payments.get", "payment", payment),
        "ListPaymentRefunds": ("refunds.list", "refunds", refund), "GetPaymentRefund": ("refunds.get", "refund", refund),
        "RefundPayment": ("refunds.create", "refund", refund), "ListPayouts": ("payouts.list", "payouts", payout),
        "GetPayout": ("payouts.get", "payout", payout), "ListPayoutEntries": ("payouts.entries", "payout_entries", line)}
PLAIN = {"BatchChangeInventory": ("stock.set", "counts"), "SearchOrders": ("orders.entries", "order_entries"),
         "CreateWebhookSubscription": ("webhooks.create", "subscription"),
         "ListWebhookSubscriptions": ("webhooks.list", "subscriptions"),
         "ListWebhookEventTypes": ("webhooks.topics", "event_types"), "RetrieveTokenStatus": ("token.status", None),
         "TestWebhookSubscription": ("webhooks.test", "subscription_test_result"),
         "UpdateWebhookSubscriptionSignatureKey": ("webhooks.new_key", None),
         "BatchUpsertCatalogObjects": ("products.upsert", "objects")}
UNUSED = {"ListOrderCustomAttributes": "notes of other applications are not read",
          "RetrieveOrderCustomAttribute": "notes of other applications are not read",
          "RevokeToken": "a connection that is ended forgets its token", "ObtainToken": "tokens are given, not fetched, yet",
          "BatchRetrieveInventoryChanges": "how much there is is read, not how it came to be"}


def answer(vendor, case):
    body = case.body
    if case.status >= 400 or body.get("errors"):
        ours = (READ.get(case.operation) or PLAIN[case.operation])[0]
        vendor.read(case, ours, compare.refused("upstream-refused", body["errors"][0]["code"]))
    elif case.operation in PLAIN:
        ours, member = PLAIN[case.operation]
        value = body[member] if member else body
        texts = {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}
        vendor.read(case, ours, compare.told(texts if ours in ("webhooks.test", "token.status", "webhooks.new_key") else None,
                                             value.get("id") if isinstance(value, dict) else None))
    else:
        ours, member, wanted = READ[case.operation]
        many = body[member] if isinstance(body[member], list) else [body[member]]
        if wanted is order:  # some examples leave out when an order was made, which every order tells
            many = [{"created_at": "2026-01-01T00:00:00Z", **one} for one in many]
            body = {**body, member: many if isinstance(body[member], list) else many[0]}
        vendor.read(case, ours, compare.made(*map(wanted, many)), body=body,
                    **({"kind": "order"} if wanted is order else {}))
        if wanted is product:
            vendor.read(case, "skus.many", compare.made(*(one for item in many for one in sku(item))), body=body)


# ---- requests ----

def counted(vendor, case, spec):
    body = case.request["body"]
    positions = [{"catalog_object_id": c["catalog_object_id"], "location": c["location_id"], "available": c["quantity"],
                  "updated_at": c["occurred_at"], **({"team_member_id": c["team_member_id"]} if "team_member_id" in c else {})}
                 for c in (change["physical_count"] for change in body["changes"])]
    own = {"idempotency_key", "reference_id"}  # the key of the change, and so ours
    vendor.produce(case, "stock.set", {"positions": positions}, compare.sent_with_own(
        "POST", "v2/inventory/changes/batch-create", body, own, spec, case.operation), key="stock:1")


def ordered(vendor, case, spec):
    """Discounts in percent and taxes are worked out by Square: an order of ours tells amounts."""
    body = case.request["body"]["order"]
    amounts = {d["uid"]: d["amount_money"] for d in body.get("discounts", []) if "amount_money" in d}
    lines = []
    for one in body["line_items"]:
        off = [amounts[d["discount_uid"]] for d in one.get("applied_discounts", []) if d["discount_uid"] in amounts]
        ours = {k: one[k] for k in ("catalog_object_id", "modifiers") if k in one}
        ours |= {"quantity": one["quantity"], "title": one.get("name", ""), "discount": str(sum(map(money, off)))}
        if "base_price_money" in one:
            ours["unit_price"] = str(money(one["base_price_money"]))
        lines.append(ours)
    with_ = {"natural_key": body["reference_id"], "location": body["location_id"], "currency": "USD", "lines": lines}
    own = {"idempotency_key", "discounts", "applied_discounts"}

    def check(result):
        off = [d for d in result.get("body", {}).get("order", {}).get("discounts", [])]
        why = compare.sent_with_own("POST", "v2/orders", case.request["body"], own, spec, "CreateOrder",
                                     own - {"idempotency_key"} | {"taxes"})(result)
        return why or (None if sorted(d["amount_money"]["amount"] for d in off) ==
                       sorted(a["amount"] for a in amounts.values()) else "other discounts")
    vendor.produce(case, "orders.create", with_, check, key="order:1")


def searched(vendor, case, spec):
    body = case.request["body"]
    (by, span), = body["query"]["filter"]["date_time_filter"].items()
    with_ = {"location_ids": body["location_ids"], "by": by, "from": span["start_at"], "until": span["end_at"],
             "states": body["query"]["filter"]["state_filter"]["states"], "order": body["query"]["sort"]["sort_order"]}
    vendor.produce(case, "orders.entries", with_, compare.sent_with_own("POST", "v2/orders/search", body, {"limit"}, spec, case.operation))


def request(vendor, case, spec):
    body, operation = case.request["body"], case.operation
    if operation == "BatchChangeInventory":
        counted(vendor, case, spec)
    elif operation == "CreateOrder":
        ordered(vendor, case, spec)
    elif operation == "SearchOrders":
        searched(vendor, case, spec)
    elif operation == "BatchRetrieveCatalogObjects":
        vendor.produce(case, "products.many", {"ids": body["object_ids"]},
                       compare.sent("POST", "v2/catalog/batch-retrieve", body, spec=spec, operation=operation))
    elif operation == "BatchRetrieveInventoryCounts":
        vendor.produce(case, "stock.list", {"ids": body["catalog_object_ids"], "location_ids": body["location_ids"],
                                            "from": body["updated_after"]},
                       compare.sent("POST", "v2/inventory/counts/batch-retrieve", body, spec=spec, operation=operation))
    elif operation == "BatchRetrieveOrders":
        vendor.produce(case, "orders.many", {"ids": body["order_ids"], "location": body["location_id"]},
                       compare.sent("POST", "v2/orders/batch-retrieve", body, spec=spec, operation=operation))
    elif operation == "RefundPayment":
        with_ = {"order_key": "-", "currency": body["amount_money"]["currency"], "total": str(money(body["amount_money"])),
                 "reason": body["reason"], "tenders": [{"kind": "card", "key": body["payment_id"]}]}
        if "app_fee_money" in body:
            with_["app_fee"] = str(money(body["app_fee_money"]))
        vendor.produce(case, "refunds.create", with_, compare.sent_with_own("POST", "v2/refunds", body, {"idempotency_key"}, spec,
                                                               operation), key="refund:1")
    elif operation == "CreateWebhookSubscription":
        one = body["subscription"]
        vendor.produce(case, "webhooks.create", {"name": one["name"], "topics": one["event_types"],
                                                 "address": one["notification_url"]},
                       compare.sent_with_own("POST", "v2/webhooks/subscriptions", body, {"idempotency_key"}, spec, operation), key="w:1")
    elif operation == "TestWebhookSubscription":
        vendor.produce(case, "webhooks.test", {"id": "wbhk_1", "topic": body["event_type"]},
                       compare.sent("POST", "subscriptions/wbhk_1/test", body, spec=spec, operation=operation))
    elif operation == "UpdateWebhookSubscriptionSignatureKey":
        vendor.produce(case, "webhooks.new_key", {"id": "wbhk_1"},
                       compare.sent_with_own("POST", "wbhk_1/signature-key", body, {"idempotency_key"}, spec, operation), key="k:1")
    else:
        return False
    return True


def judge(vendor):
    vendor.refuses(but=["webhooks.delete"])
    spec = compare.Spec("square", "spec-subset.json")
    for case in vendor.cases:
        if case.operation in UNUSED:
            vendor.skip(case, UNUSED[case.operation])
        elif case.operation in READ or case.operation in PLAIN:
            if case.request is not None and case.request.get("body"):
                request(vendor, case, spec)
            if case.body is not None:
                answer(vendor, case)
        if case.operation == "TestWebhookSubscription" and case.body:
            case.payload = json.loads(case.body["subscription_test_result"]["payload"])
            sent_ = case.payload["data"]["object"]["payment"]
            vendor.hear(case, case.payload["type"], {"object": "payment", "key": sent_["id"], "changed": sent_["updated_at"]})
