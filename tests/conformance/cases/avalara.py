"""Avalara AvaTax: the fixtures of its own client library. Requests are compared with the official one and with the types
that its models name; what is read is reckoned again from the answer."""
import json
import os
from decimal import Decimal

import kit

FOLDER = "avalara"
SETTINGS = {"company": "DEFAULT", "freight_tax_code": "FR"}
UNUSED = {"account_response": "of the account itself, which nothing needs",
          "batch_create_request": "of batches of files, which are not used: documents are recorded one by one",
          "batch_create_response": "of batches of files, which are not used: documents are recorded one by one"}
STATES = {"Committed": "committed", "Cancelled": "voided", "Adjusted": "voided"}
LEVELS = {"STA": "state", "CTY": "county", "CIT": "city", "STJ": "special", "CNT": "country"}


MODELS = {}


# ---- requests ----

def typed(value, name, at=""):
    """value is what the model of the name says, its members spelt as there; the vendor reads them in any case of letters."""
    if name.endswith("[]"):
        if not isinstance(value, list):
            return f"{at} is no list"
        return next((why for i, v in enumerate(value) if (why := typed(v, name[:-2], f"{at}/{i}"))), None)
    if name in MODELS["models"]:
        fields = MODELS["models"][name]
        for key in value:
            if key not in fields:
                return f"{at}/{key} is not of {name}"
            why = typed(value[key], fields[key].split()[0], f"{at}/{key}")
            if why:
                return why
        lacking = [k for k, t in fields.items() if t.endswith("required") and k not in value]
        return f"{at} lacks {lacking}" if lacking else None
    if name in MODELS["enums"]:
        return None if value in MODELS["enums"][name] else f"{at} is {value}, which {name} has not"
    python = {"string": str, "Date": str, "boolean": bool, "number": (int, float, Decimal)}.get(name)
    return None if python is None or isinstance(value, python) else f"{at} is {value!r}, not {name}"


def place(address):
    return {"street": address.get("line1"), "city": address.get("city"), "region": address.get("region"),
            "country": address.get("country"), "postal_code": address.get("postalCode")}


def order_of(document):
    """The order that an official document would have been made of."""
    places = {k.lower(): place(v) for k, v in (document.get("addresses") or {}).items()}
    lines = [{"key": x.get("number"), "sku": x.get("itemCode"), "title": x.get("description"), "quantity": str(x.get("quantity", 1)),
              "unit_price": str(Decimal(x["amount"]) / x.get("quantity", 1))} for x in document["lines"]]
    ids = {"customer": document["customerCode"], "tax_codes": {x["itemCode"]: x["taxCode"] for x in document["lines"] if "taxCode" in x}}
    if "shipfrom" in places:
        ids["ship_from"] = places["shipfrom"]
    return {"schema": "sales_order/1", "natural_key": "1001", "number": document.get("purchaseOrderNo", "1001"),
            "currency": document.get("currencyCode", "USD"), "placed_at": document["date"][:10] + "T12:00:00Z",
            "note": document.get("description"), "shipping_to": places.get("shipto") or places.get("singlelocation"), "lines": lines,
            "code": document.get("code", "8f8084cb-d8d4-418a-bdbb-131f7254e09b"), "ids": ids | {"commit": document.get("commit", False)}}


def lowered(value):
    if isinstance(value, dict):
        return {k.lower(): lowered(v) for k, v in value.items()}
    return [lowered(v) for v in value] if isinstance(value, list) else value


def same_document(ours, official):
    ours, theirs = lowered(ours), lowered(official)
    more = set(ours) - set(theirs) - {"code", "referencecode", "purchaseorderno", "currencycode", "commit"}
    if more:
        return f"the official one has no {sorted(more)}"
    return next((f"{k} is {ours[k]}, not {theirs[k]}" for k in theirs if k in ours and ours[k] != theirs[k]), None)


def adjusted(official):
    def check(result):
        body = result.get("body") or {}
        why = kit.fault(result) or typed(body, "AdjustTransactionModel")
        if why:
            return why
        if "/adjust?" not in result["url"] or result["method"] != "POST" or set(body) != set(official):
            return f"{sorted(body)} goes to {result['method']} {result['url']}"
        return same_document(body["newTransaction"], official["newTransaction"])
    return check


def recorded(official, inside):
    def check(result):
        body = result.get("body") or {}
        body = body.get(inside, {}) if inside else body
        return kit.fault(result) or typed(body, "CreateTransactionModel") or same_document(body, official)
    return check


def voided(official):
    def check(result):
        body = result.get("body") or {}
        why = kit.fault(result) or typed(body, "VoidTransactionModel")
        if why:
            return why
        if not result["url"].endswith("/transactions/INV-1/void?documentType=SalesInvoice"):
            return f"it goes to {result['url']}"
        return None if lowered(body).keys() == lowered(official).keys() and body["code"].lower() == official["code"].lower() \
            else f"{body}"
    return check


# ---- answers ----

def document(body):
    def check(result):
        why = kit.objects(result, 1)
        if why:
            return why
        made = result["objects"][0]["value"]
        wanted = {"natural_key": body["code"], "currency": body["currencyCode"], "date": body["date"][:10],
                  "kind": "refund" if body["type"].startswith("Return") else "sale", "state": STATES.get(body["status"], "estimated"),
                  "updated_at": body["modifiedDate"][:19], "document_key": body.get("referenceCode") or body["code"]}  # of sales
        for key, value in wanted.items():
            if not made[key].startswith(value):
                return f"{key} is {made[key]}, not {value}"
        if not kit.same_money(made["tax_total"], body["totalTax"]) or \
                not kit.same_money(made["total"], body["totalAmount"] + body["totalTax"]):
            return f"taxes {made['tax_total']} of {made['total']}"
        return lines_of(made, body) or place_of(made, body)
    return check


def lines_of(made, body):
    if len(made["lines"]) != len(body["lines"]):
        return f"{len(made['lines'])} lines, not {len(body['lines'])}"
    for ours, theirs in zip(made["lines"], body["lines"]):
        if (ours["key"], ours.get("sku"), ours.get("tax_code")) != (theirs["lineNumber"], theirs["itemCode"], theirs["taxCode"]):
            return f"another line: {ours}"
        if not kit.same_money(ours["amount"], theirs["lineAmount"]) or not kit.same_money(ours["quantity"], theirs["quantity"]):
            return f"line {ours['key']}: {ours['quantity']} for {ours['amount']}"
        taxes = [(LEVELS[d["jurisType"]], d["jurisName"], Decimal(str(d["rate"])), Decimal(str(d["tax"]))) for d in theirs["details"]]
        read = [(t["level"], t["jurisdiction"], Decimal(t["rate"]), Decimal(t["amount"])) for t in ours["taxes"]]
        if taxes != read:
            return f"line {ours['key']}: taxes {read}"
    return None


def place_of(made, body):
    place = next(a for a in body["addresses"] if a["id"] == body["destinationAddressId"])
    to = made.get("ship_to", {})
    return None if (to.get("street"), to.get("postal_code")) == (place["line1"], place["postalCode"]) else f"it goes to {to}"


def listed(body):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        read = [(v["code"], v["type"], v["status"], v["totalTax"]) for v in result["value"]]
        told = [(v["code"], v["type"], v["status"], v["totalTax"]) for v in body["value"]]
        return None if read == told and not result["after"] else f"{len(read)} of {len(told)} documents, then {result['after']}"
    return check


def companies(body):
    def check(result):
        value = result.get("value")
        return kit.fault(result) or (None if value == (body.get("value", body)) else "other companies")
    return check


def request(vendor, case, body):
    if "newTransaction" in body:
        with_ = order_of(body["newTransaction"])
        with_["ids"].update({"reason": body["adjustmentReason"], "description": body.get("adjustmentDescription")})
        vendor.produce(case, "tax.adjust", with_, adjusted(body))
    elif "customerCode" in body and "lines" in body:
        quote = body.get("type") == "SalesOrder"
        vendor.produce(case, "tax.quote" if quote else "tax.create", order_of(body),
                       recorded(body, None if quote else "createTransactionModel"))
    elif set(body) == {"code"}:
        vendor.produce(case, "tax.void", {"natural_key": "INV-1", "kind": "sale", "ids": {"reason": "DocVoided"}}, voided(body))
    elif set(body) == {"commit"}:
        vendor.produce(case, "tax.commit", {"natural_key": "INV-1", "kind": "sale"},
                       lambda result: kit.fault(result) or (None if result["body"] == body else f"{result['body']}"))
    else:
        vendor.skip(case, UNUSED.get(case.name, f"{case.name} is of nothing that is used"))


def answer(vendor, case, body):
    if "totalTax" in body and isinstance(body.get("lines"), list):
        by_state = {"Cancelled": "tax.void", "Adjusted": "tax.adjust"}
        vendor.read(case, by_state.get(body["status"], "tax.adjust" if body.get("version", 1) > 1 else "transactions.get"), document(body))
    elif isinstance(body.get("value"), list) and all("totalTax" in v for v in body["value"]):
        vendor.read(case, "transactions.list", listed(body))
    elif isinstance(body.get("value"), list) and all("companyCode" in v for v in body["value"]):
        vendor.read(case, "companies.list", companies(body))
    elif "companyCode" in body:
        vendor.read(case, "companies.get", companies(body))
    else:
        vendor.skip(case, UNUSED.get(case.name, f"{case.name} is of nothing that is used"))


def judge(vendor):
    with open(os.path.join(vendor.folder, "models.json"), encoding="utf-8") as f:
        MODELS.update(json.load(f))
    vendor.each(lambda v, case: (request if case.operation == "request" else answer)(v, case, case.payload))
    others(vendor)


# ---- what the examples do not show ----

ORDER = {"schema": "sales_order/1", "natural_key": "o-1", "number": "#1", "currency": "USD", "placed_at": "2026-11-23T10:00:00Z",
         "taxes_included": True, "customer": {"key": None, "name": "Ada"}, "billing": {"street": "1 Main", "country": "US"},
         "lines": [{"key": "1", "sku": "MUG", "title": "Mug", "quantity": "3", "unit_price": "19.99", "discount": "5.00"},
                   {"key": "2", "sku": None, "title": None, "quantity": "0.5", "unit_price": "1", "discount": None}],
         "shipping": [{"title": "Ground", "price": "4.95", "discount": "0.95"}], "fees": [{"title": "Wrap", "amount": "2"}],
         "discounts": [{"amount": "1.50"}, {"amount": "0.50"}],
         "ids": {"tax_codes": {"MUG": "P0000000"}, "ship_from": {"street": "9 Dock", "country": "US"}, "marketplace": True}}
REFUND = {"schema": "refund/1", "natural_key": "r-1", "order_key": "o-1", "currency": "USD", "refunded_at": "2026-12-01T10:00:00Z",
          "reason": "chipped", "lines": [{"order_line_key": "1", "sku": "MUG", "quantity": "1", "amount": "18.32", "tax": "1.10"}],
          "shipping": {"amount": "4.00"}, "adjustments": [{"title": "restocking", "amount": "-2.00"}], "code": "o-1",
          "ids": {"tax_codes": {"MUG": "P0000000"}, "tax_date": "2026-11-23", "ship_to": {"street": "1 Main", "country": "US"}}}


def made(model, url, amounts, inside=None):
    def check(result):
        body = result.get("body") or {}
        document_ = body.get(inside) if inside else body
        why = kit.fault(result) or typed(document_, model)
        if why:
            return why
        if url not in result["url"]:
            return f"it goes to {result['url']}"
        read = [Decimal(str(x["amount"])) for x in document_.get("lines", [])]
        return None if read == [Decimal(a) for a in amounts] else f"amounts {read}"
    return check


def refused(code):
    return lambda result: None if result.get("code") == code else f"it is {result.get('code')}: {result.get('fault')}"


def answered(**wanted):
    def check(result):
        return kit.fault(result) or next((f"{k} is {result.get(k)!r}" for k, v in wanted.items() if result.get(k) != v), None)
    return check


def fault(code, **more):
    return {"error": {"code": code, "message": "m", "details": [{"code": code, "number": 300, "message": "m", **more}]}}


def others(vendor):
    sale = ["54.97", "0.5", "4.00", "2"]
    vendor.also("a quote", "tax.quote", made("CreateTransactionModel", "/transactions/create?", sale), with_=ORDER)
    vendor.also("a sale", "tax.create", made("CreateTransactionModel", "/createoradjust?", sale, "createTransactionModel"), with_=ORDER)
    vendor.also("a refund by its lines", "tax.refund", made("RefundTransactionModel", "/transactions/o-1/refund?", []), with_=REFUND)
    vendor.also("a refund by its amounts", "tax.return",
                made("CreateTransactionModel", "/createoradjust?", ["-18.32", "-4.00", "2.00"], "createTransactionModel"), with_=REFUND)
    vendor.also("a commitment", "tax.commit", made("CommitTransactionModel", "/transactions/r-1/commit?documentType=ReturnInvoice", []),
                with_={"natural_key": "r-1", "kind": "refund"})
    vendor.also("a code that is taken", "tax.refund", answered(found=True), status=400, body=fault("DuplicateEntry"))
    vendor.also("cancelled before", "tax.void", answered(found=True), status=400, body=fault("TransactionAlreadyCancelled"))
    vendor.also("no such document", "transactions.get", answered(found=False), status=404, body=fault("EntityNotFoundError"))
    vendor.also("too often", "tax.quote", refused("upstream-busy"), status=429, body=fault("RateLimitExceededError"))
    vendor.also("locked", "tax.adjust", refused("upstream-refused"), status=400, body=fault("CannotModifyLockedTransaction"))
    vendor.also("an address without tax", "tax.quote", refused("upstream-refused"), status=400, body=fault("GetTaxError"))
    vendor.also("a lost answer", "tax.create", refused("upstream-unknown"), status=504, text="")
    vendor.also("an answer without taxes", "tax.quote", refused("held"), status=200, body={"code": "o-1", "lines": []})
    vendor.also("not committed though told so", "tax.commit", refused("upstream-unknown"), status=200,
                body={"code": "o-1", "totalTax": 0, "totalAmount": 0, "status": "Saved"})
    vendor.also("was it committed", "tax.commit", answered(found=True, ref="o-1"), probe=True, status=200,
                body={"code": "o-1", "totalTax": 0, "totalAmount": 0, "status": "Committed", "lines": []})
    vendor.also("was it committed: no", "tax.commit", answered(found=False), probe=True, status=200,
                body={"code": "o-1", "totalTax": 0, "totalAmount": 0, "status": "Saved", "lines": []})
