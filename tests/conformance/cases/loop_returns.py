"""Loop: the few examples there are. The example of a return leaves out its lines, of which Loop's reference says what they
have; requests have no examples and are held against the OpenAPI documents alone."""
import os
from decimal import Decimal

import checks
import openapi

FOLDER = "loop-returns"
SETTINGS = {}
SHARED = os.path.join(os.environ.get("TENON_SHARED", ""), "vendor-apis", FOLDER)
LINE = {"line_item_id": "501", "provider_line_item_id": "11", "product_id": "1", "variant_id": "2", "sku": "SHOES-BLU-10",
        "title": "Blue Running Shoes", "price": "156.00", "discount": "0.00", "tax": "8.58", "refund": "0.00",
        "return_reason": "Too small", "parent_return_reason": "Size", "outcome": "exchange"}
STATES = {"in_transit": "in_transit", "out_for_delivery": "in_transit", "delivered": "arrived", "new": "approved",
          "pre_transit": "approved"}
ADDRESS = {"street": "123 Warehouse Blvd", "street2": "Dock 4", "city": "Columbus", "region": "OH", "postal_code": "43210",
           "country": "US"}


def a_return(vendor, case):
    body = case.payload
    vendor.read(case, "returns.get", checks.held("/lines"))
    full = {**body, "line_items": [LINE]}
    wanted = {"natural_key": body["id"], "order_key": body["provider_order_id"], "number": body["order_name"],
              "source_state": f"{body['state']}/{body['label_status']}", "state": STATES[body["label_status"]],
              "tracking.0.number": body["tracking_number"], "requested_at": checks.time(body["created_at"]),
              "updated_at": max(checks.time(body[k]) for k in ("created_at", "updated_at", "edited_at")),
              "location": body["destination_id"], "lines.#": 1, "lines.0.order_line_key": "11", "lines.0.quantity": "1",
              "lines.0.sku": LINE["sku"], "lines.0.reason": "Size: Too small"}
    vendor.read(case, "returns.get", checks.objects([wanted]), body=full)
    vendor.read(case, "returns.get", checks.held("/state"), body={**full, "state": "something new"})
    vendor.read(case, "returns.list", checks.every(checks.count(1), checks.value([body])), body=[body])
    vendor.read(case, "refunds.get", checks.count(0), body=full)  # an exchange: nothing was paid back
    paid = {**full, "state": "closed", "refund": "159.58", "handling_fee": "5.00", "line_items": [{**LINE, "outcome": "refund"}]}
    money = {"natural_key": body["id"], "total": Decimal("159.58"), "currency": body["currency"], "lines.0.amount": Decimal("156"),
             "lines.0.tax": Decimal("8.58"), "adjustments.0.amount": Decimal("-5")}
    vendor.read(case, "refunds.get", checks.objects([money]), body=paid)
    vendor.read(case, "refunds.get", checks.held("/total"), body={**paid, "refund": "100.00"})


def changes(vendor, case):
    """process, close, cancel and flag answer 200 for a refusal as well."""
    for operation in ("returns.process", "returns.close", "returns.cancel", "returns.flag", "returns.remove_lines"):
        at = {"with_": {"return_id": "12345678", "line_item_ids": ["501"]}}
        vendor.read(case, operation, checks.ref("12345678"), text="true", **at)
        vendor.produce(case, operation, at["with_"], checks.request(
            "POST", f"warehouse/return/12345678/{operation.split('.')[1].split('_')[0]}"))
    vendor.read(case, "returns.close", checks.refused("no", "is cancelled"), body={"message": "the return is cancelled"})
    vendor.read(case, "returns.cancel", checks.refused("no", "is flagged"), body={"content": "the return is flagged"})
    vendor.read(case, "returns.flag", checks.refused("no", "not open"), body={"errors": {"message": "not open", "code": "1"}})


def label_request(vendor, case, spec):
    body = case.payload
    vendor.read(case, "label_requests.get", checks.value(body))
    vendor.read(case, "label_requests.list", checks.every(checks.count(1), checks.value([body])), body={"data": [body]})
    label = {"label_request_id": body["id"], "tracking": [{"number": "1Z1", "url": "https://t.example/1Z1"}], "carrier": "UPS",
             "label_url": "https://l.example/1.pdf", "rate_minor": "450", "currency": "USD"}
    vendor.produce(case, "labels.create", label, checks.request("POST", "labels", None, spec, "/labels"))
    vendor.produce(case, "label_requests.refuse", {"label_request_id": body["id"], "reason": "INVALID_ADDRESS", "message": "?"},
                   checks.request("POST", f"label-requests/{body['id']}/errors", None, spec, "/label-requests/{id}/errors"))
    vendor.produce(case, "locations.create", {"name": body["addresses"]["destination"]["name"], "active": True, "address": ADDRESS,
                                              "country_name": "United States of America"},
                   checks.request("POST", "destinations", None, spec, "/destinations"))
    vendor.produce(case, "webhooks.create", {"topic": "return", "trigger": "return.updated", "url": "https://h.example/"},
                   checks.request("POST", "webhooks", None, spec, "/webhooks"))
    vendor.produce(case, "links.create", {"order_name": "#7382018", "postal_code": "97201", "gift": False},
                   checks.request("POST", "order/link", None, spec, "/order/link"))
    place = {"id": 5, "type": "warehouse", "enabled": True, "provider_location_id": 7, **{k: body["addresses"]["destination"][k] for k in ("name",)},
             "address": {"address1": "123 Warehouse Blvd", "city": "Columbus", "state": "OH", "zip": "43210", "country_code": "US"}}
    vendor.read(case, "locations.list", checks.objects([{"natural_key": "5", "active": True, "kind": "warehouse", "code": "7",
                                                         "name": "Acme Returns Warehouse", "address.country": "US",
                                                         "address.city": "Columbus"}]), body={"destinations": [place]})


def judge(vendor):
    spec = openapi.Spec(SHARED, *[f for f in sorted(os.listdir(SHARED)) if f.startswith("spec-")])
    for case in vendor.cases:
        if case.name == "return":
            a_return(vendor, case)
            changes(vendor, case)
        elif case.name == "label-request":
            label_request(vendor, case, spec)
        elif case.operation == "createReturnNote":
            vendor.read(case, "notes.create", checks.found, text=case.body)
            vendor.produce(case, "notes.create", {"return_id": "7", "content": "arrived wet"}, checks.request(
                "POST", "warehouse/return/7/note", {"content": "arrived wet"}, spec, case.path, whole=True))
        elif case.operation == "getReturnNotes" and case.status == 422:
            vendor.read(case, "notes.list", checks.absent, text=case.body)
        elif case.operation == "getReturnNotes":
            vendor.read(case, "notes.list", checks.count(len(case.body["notes"])))
