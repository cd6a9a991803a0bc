"""Stripe: the fixtures of its API description, an object of each kind. There is no request among them: those that are
made of an order of ours are judged by the description of the operation."""
import json
import os
import sys

import compare
import kit
from compare import moment

FOLDER = "stripe"
SETTINGS = {}
LIVE = {"pending": "scheduled", "in_transit": "in_transit", "paid": "paid", "failed": "failed", "canceled": "cancelled"}
KINDS = {"charge": "sale", "payment": "sale", "refund": "refund", "payment_refund": "refund", "stripe_fee": "fee",
         "tax_fee": "tax", "payout": "other", "adjustment": "adjustment"}


def cents(amount, currency):
    return compare.minor(amount, currency.upper())


def charge(body):
    moved = body["amount_captured"] if body["captured"] else body["amount"]
    return {"natural_key": body["id"], "kind": "sale" if body["captured"] else "authorization", "state": body["status"],
            "currency": body["currency"].upper(), "amount": cents(moved, body["currency"]),
            "paid_at": moment(body["created"]), "card_last4": body["payment_method_details"]["card"]["last4"],
            "method": body["payment_method_details"]["type"], "order_key": body["metadata"].get("order_id")}


def payment_intent(body):
    states = {"succeeded": "succeeded", "requires_capture": "succeeded", "canceled": "cancelled"}
    amount = body["amount_received"] if body["status"] == "succeeded" else body["amount"]
    return {"natural_key": body["id"], "state": states.get(body["status"], "pending"), "method": body["payment_method_types"][0],
            "currency": body["currency"].upper(), "amount": cents(amount, body["currency"]), "paid_at": moment(body["created"])}


def dispute(body):
    return {"natural_key": body["id"], "kind": "dispute_won" if body["status"] == "won" else "dispute",
            "amount": cents(body["amount"], body["currency"]), "currency": body["currency"].upper(),
            "parent_key": body["charge"], "reason": body["reason"], "paid_at": moment(body["created"])}


def refund(body):
    given = cents(body["amount"], body["currency"]) if body["status"] in ("succeeded", "pending") else kit.Decimal(0)
    return {"natural_key": body["id"], "total": given, "currency": body["currency"].upper(),
            "refunded_at": moment(body["created"]), "tenders/0/key": body["charge"], "tenders/0/amount": given,
            "order_key": body["metadata"].get("order_id") or body["payment_intent"] or body["charge"]}


def payout(body):
    return {"natural_key": body["id"], "state": LIVE[body["status"]], "currency": body["currency"].upper(),
            "amount": cents(body["amount"], body["currency"]), "paid_on": moment(body["arrival_date"])[:10]}


def line(body):
    tax = sum(f["amount"] for f in body["fee_details"] if f["type"] == "tax")
    return {"natural_key": body["id"], "payout_key": "po_1", "currency": body["currency"].upper(),
            **({"kind": KINDS[body["type"]]} if body["type"] in KINDS else {}), "source_kind": body["type"], "net": cents(body["net"], body["currency"]),
            "gross": cents(body["amount"], body["currency"]), "fee": cents(body["fee"] - tax, body["currency"]),
            "tax": cents(tax, body["currency"]), "posted_at": moment(body["created"])}


def customer(body):
    return {"natural_key": body["id"], "email": body["email"], "name": body["name"], "created_at": moment(body["created"])}


def product(body):
    return {"natural_key": body["id"], "title": body["name"], "updated_at": moment(body["updated"]),
            "created_at": moment(body["created"]), "state": "active" if body["active"] else "archived",
            "description": body["description"], "images/#": len(body["images"])}


def price(body):
    return {"natural_key": body["id"], "product_key": body["product"], "currency": body["currency"].upper(),
            "price": cents(body["unit_amount"], body["currency"]), "state": "active" if body["active"] else "archived"}


def tax(body):
    lines = (body.get("line_items") or {}).get("data") or []
    freight = body.get("shipping_cost")
    every = lines + ([freight] if freight else [])
    wanted = {"natural_key": body["id"], "currency": body["currency"].upper(), "lines/#": len(every),
              "date": moment(body["tax_date"])[:10], "tax_total": cents(sum(x["amount_tax"] for x in every), body["currency"]),
              "ship_to/postal_code": body["customer_details"]["address"]["postal_code"]}
    if body["object"] == "tax.transaction":
        wanted |= {"document_key": body["reference"], "state": "committed",
                   "kind": "refund" if body["type"] == "reversal" else "sale"}
    return wanted


OBJECTS = {"charge": ("payments.get", charge), "payment_intent": ("payment_intents.get", payment_intent),
           "dispute": ("disputes.get", dispute), "refund": ("refunds.get", refund), "payout": ("payouts.get", payout),
           "balance_transaction": ("balance_transactions.get", line), "customer": ("customers.get", customer),
           "product": ("products.get", product), "price": ("skus.get", price), "tax.transaction": ("tax.get", tax),
           "tax.calculation": ("tax.calculate", tax)}
PLAIN = {"balance": "balance.get", "tax_rate": "tax_rates.get", "transfer": "transfers.get", "event": "events.get",
         "webhook_endpoint": "webhooks.get", "reporting.report_run": "reports.get"}
UNUSED = {"balance_settings": "when Stripe pays out is not read", "checkout.session": "orders are the shop's: Stripe is not asked for them",
          "reserve.hold": "what is held back is told by the lines of the account",
          "reserve.plan": "what is held back is told by the lines of the account",
          "reserve.release": "what is held back is told by the lines of the account"}
WORDS = ("account", "application", "bank", "billing", "capability", "card", "checkout", "climate", "confirmation", "country",
         "coupon", "credit_note", "ephemeral", "exchange_rate", "file", "financial", "forwarding", "identity", "invoice",
         "issuing", "line_item", "login", "mandate", "payment_link", "payment_method", "person", "plan", "promotion",
         "quote", "radar", "review", "scheduled", "setup", "shipping_rate", "source", "subscription", "tax.registration",
         "tax.settings", "tax_code", "tax_id", "terminal", "test_helpers", "token", "topup", "transfer_reversal", "treasury",
         "discount", "connect_collection", "fee_refund", "balance", "entitlements", "reporting.report_type")


def operations():
    """What Stripe's description says of the requests of its operations."""
    with open(os.path.join(sys.argv[2], FOLDER, "spec-subset.json"), encoding="utf-8") as f:
        doc = json.load(f)
    return {o["operationId"]: (doc, o["request"]["schema"]) for path in doc["paths"].values() for o in path.values()}


def described(known, operation, path, wanted):
    """A request that is made of an object of ours: one that the description allows, with these values."""
    def check(result):
        why = kit.fault(result)
        if why or not result["url"].endswith(path):
            return why or f"it goes to {result['url']}"
        if result.get("content_type") != "application/x-www-form-urlencoded":
            return f"its body is {result.get('content_type')}, not a form"
        doc, schema = known[operation]
        body = compare.typed(doc, schema, kit.form(result["text"]))
        return compare.fits(doc, schema, body) or compare.differs(body, wanted)
    return check


ORDER = {"natural_key": "1001", "currency": "JPY", "taxes_included": False,
         "shipping_to": {"street": "1-1", "city": "Tokyo", "postal_code": "100-0001", "country": "JP"},
         "lines": [{"key": "1", "quantity": "2", "unit_price": "500", "discount": "100"}], "shipping": [{"price": "300"}]}
REFUND = {"order_key": "1001", "currency": "USD", "total": "12.50", "reason": "chipped",
          "tenders": [{"kind": "card", "key": "ch_1", "amount": "12.50"}]}
MADE = [("tax.transaction", "tax.calculate", "PostTaxCalculations", "tax/calculations", ORDER,
         {"currency": "jpy", "line_items/0/amount": 900, "line_items/0/reference": "1", "shipping_cost/amount": 300,
          "customer_details/address/country": "JP"}),
        ("tax.transaction", "tax.commit", "PostTaxTransactionsCreateFromCalculation", "tax/transactions/create_from_calculation",
         {"natural_key": "taxcalc_1", "document_key": "1001"}, {"calculation": "taxcalc_1", "reference": "1001"}),
        ("tax.transaction", "tax.reverse", "PostTaxTransactionsCreateReversal", "tax/transactions/create_reversal",
         {"natural_key": "tax_1", "document_key": "1001"}, {"original_transaction": "tax_1", "mode": "full"}),
        ("refund", "refunds.create", "PostRefunds", "refunds", REFUND, {"charge": "ch_1", "amount": 1250,
                                                                       "metadata/order_id": "1001"}),
        ("payout", "payouts.create", "PostPayouts", "payouts", {"currency": "KWD", "amount": "1.500"},
         {"amount": 1500, "currency": "kwd"}),
        ("webhook_endpoint", "webhooks.create", "PostWebhookEndpoints", "webhook_endpoints",
         {"address": "https://example.com/h", "topics": ["charge.succeeded"]}, {"enabled_events/0": "charge.succeeded"})]


def judge(vendor):
    vendor.refuses()
    known = operations()
    known["PostWebhookEndpoints"][1]["properties"]["api_version"] = {"type": "string"}  # its enum is spoilt
    for case in vendor.cases:
        body, name = case.payload, case.name
        if name in OBJECTS:
            ours, wanted = OBJECTS[name]
            vendor.read(case, ours, compare.made(wanted(body)), with_={"payout_key": "po_1", "natural_key": "1001"})
        elif name in PLAIN:
            vendor.read(case, PLAIN[name], compare.told({k: body[k] for k in ("id", "object", "created") if k in body}))
        elif name == "tax.calculation_line_item":
            listed = {"object": "list", "data": [body], "has_more": True, "url": "/v1/tax/calculations/x/line_items"}
            vendor.read(case, "tax.calculation_lines", compare.told({"0/id": body["id"]}), body=listed)
        elif name in UNUSED or name.startswith(WORDS):
            vendor.skip(case, UNUSED.get(name, "nothing of this kind is read"))
        if name == "event":
            about = {"charge": "payment", "refund": "refund", "payout": "payout"}.get(body["data"]["object"]["object"])
            vendor.hear(case, body["type"], about and {"object": about, "key": body["data"]["object"]["id"]})
        for of, ours, operation, path, with_, values in MADE:
            if of == name:
                vendor.produce(case, ours, with_, described(known, operation, path, values), key="k:1")
