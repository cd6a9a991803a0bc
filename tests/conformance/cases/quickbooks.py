"""QuickBooks Online: bodies that a client library was tested with. They are XML; the interface's JSON has the same names, and
is made of them here: an attribute is a member; an element with an attribute, or whose name ends in Ref, is {value, name};
what the entities' description calls decimal or boolean is no text; Line, CustomField, LinkedTxn and TaxLine are lists, as are
entities within QueryResponse; the outermost IntuitResponse is left away, and an entity that stands alone is the member of its
name. Totals are reckoned again: of documents that do not make their own total, as some of these, it is wanted that they are
held."""
import json
import os
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from decimal import Decimal

import kit

FOLDER = "quickbooks-online"
SETTINGS = {"realm": "310687", "currency": "USD", "stock_location": "MAIN"}
LISTS = {"Line", "CustomField", "LinkedTxn", "TaxLine", "Error", "CDCResponse", "BatchItemResponse"}
KINDS = {}
NAMES = {"Invoice": "invoices", "SalesReceipt": "sales_receipts", "CreditMemo": "credit_memos", "RefundReceipt": "refund_receipts",
         "Payment": "payments", "Customer": "customers", "Item": "items", "Account": "accounts", "Deposit": "deposits",
         "JournalEntry": "journal_entries", "Department": "locations", "CustomerType": "customer_types"}
UNUSED = {"batch_response.xml": "of batches, which are not used: that a fault in one is none of success is tried beside"}


# ---- XML as JSON ----

def kinds(fields):
    for entity in fields.values():
        for name, kind in (entity.get("fields") or {}).items():
            if kind in ("decimal", "boolean", "int", "positiveInteger"):
                KINDS.setdefault(name, kind)
    KINDS.update({"UnitPrice": "decimal", "Qty": "decimal", "Quantity": "decimal", "DiscountPercent": "decimal", "PercentBased": "boolean",
                  "Taxable": "boolean", "Job": "boolean", "BillWithParent": "boolean", "BalanceWithJobs": "decimal",
                  "startPosition": "int", "maxResults": "int", "totalCount": "int", "sparse": "boolean"})


def scalar(name, text):
    kind = KINDS.get(name)
    if kind == "boolean":
        return text == "true"
    if kind in ("int", "positiveInteger"):
        return int(text)
    return Decimal(text) if kind == "decimal" else text


def tag(element):
    return element.tag.rsplit("}", 1)[-1]


def value_of(element, in_query=False):
    name, text = tag(element), (element.text or "").strip()
    if len(element) == 0:
        if name.endswith("Ref") or name == "Entity" or (element.attrib and text and name not in ("Error",)):
            return {"value": text, **element.attrib}
        return scalar(name, text) if text or not name.endswith("Detail") else {}
    made = {k: scalar(k, v) for k, v in element.attrib.items()}
    for child in element:
        key, value = tag(child), value_of(child, in_query=name == "QueryResponse")
        if key in LISTS or name == "QueryResponse" or (name == "CDCResponse" and key == "QueryResponse"):
            made.setdefault(key, []).append(value)
        elif key in made and name == "IntuitResponse":
            made[key] = made[key] if isinstance(made[key], list) else [made[key]]
            made[key].append(value)
        else:
            made[key] = value
    return made


def as_json(text):
    if text.lstrip().startswith("{"):
        return json.loads(text, parse_float=Decimal)
    root = ElementTree.fromstring(text.strip())
    return value_of(root) if tag(root) == "IntuitResponse" else {tag(root): value_of(root)}


# ---- what is read, reckoned again ----

def amount(x):
    return Decimal(str(x))


def parts(entity):
    """What the lines and taxes of a document make."""
    total = Decimal(0)
    for line in entity.get("Line", []):
        kind = line.get("DetailType")
        if kind == "SalesItemLineDetail":
            total += amount(line["Amount"])
        elif kind == "DiscountLineDetail":
            total -= amount(line["Amount"])
        elif kind == "GroupLineDetail":
            total += sum(amount(x["Amount"]) for x in line["GroupLineDetail"].get("Line", []))
    return total + amount(entity.get("TxnTaxDetail", {}).get("TotalTax", 0))


def goods(entity):
    return sum(1 if x.get("DetailType") == "SalesItemLineDetail" else len(x.get("GroupLineDetail", {}).get("Line", []))
               for x in entity.get("Line", []))


def same_time(read, told):
    return datetime.fromisoformat(read.replace("Z", "+00:00")) == datetime.fromisoformat(told)


def wanted_of(name, entity):
    currency = entity.get("CurrencyRef", {}).get("value", "USD")
    if name in ("Invoice", "SalesReceipt"):
        voided = entity.get("PrivateNote", "").startswith("Voided") and not entity["TotalAmt"]
        state = "voided" if voided else "paid" if not entity.get("Balance") else \
            "unpaid" if amount(entity["Balance"]) == amount(entity["TotalAmt"]) else "partially_paid"
        return {"number": entity.get("DocNumber", entity["Id"]), "currency": currency, "total": entity["TotalAmt"], "lines/#": goods(entity),
                "placed_at": entity["TxnDate"] + "T00:00:00Z", "cancelled": voided, "payment_state": state,
                "customer/key": entity.get("CustomerRef", {}).get("value")}
    if name in ("CreditMemo", "RefundReceipt"):
        return {"currency": currency, "total": entity["TotalAmt"], "lines/#": goods(entity), "refunded_at": entity["TxnDate"] + "T00:00:00Z"}
    if name == "Payment":
        return {"currency": currency, "amount": entity["TotalAmt"], "paid_at": entity["TxnDate"] + "T00:00:00Z",
                "state": "cancelled" if entity.get("PrivateNote", "").startswith("Voided") and not entity["TotalAmt"] else "succeeded"}
    if name == "Item":
        return {"sku": entity.get("Sku", "item:" + entity["Id"]), "title": entity["Name"], "price": entity.get("UnitPrice"), "currency": "USD",
                "state": "active" if entity["Active"] else "archived", "tracked": entity.get("TrackQtyOnHand", False)}
    if name == "Customer":
        return {"name": entity["DisplayName"], "email": entity.get("PrimaryEmailAddr", {}).get("Address"), "company": entity.get("CompanyName"),
                "state": "active" if entity["Active"] else "disabled", "addresses/0/address/street": entity.get("BillAddr", {}).get("Line1"),
                "addresses/0/address/country": "US" if entity.get("BillAddr", {}).get("Country") in ("USA", "US") else None}
    if name == "JournalEntry":
        return {"date": entity["TxnDate"], "currency": currency, "lines/#": len([x for x in entity["Line"] if x.get("Amount")])}
    if name == "Department":
        return {"name": entity.get("FullyQualifiedName", entity["Name"]), "active": entity["Active"]}
    return None


def reads(made, wanted):
    for key, value in wanted.items():
        read = made
        for part in key.split("/"):
            read = len(read or []) if part == "#" else (read[int(part)] if len(read) > int(part) else None) if isinstance(read, list) \
                else read.get(part) if isinstance(read, dict) else None
        number = isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool))
        if not (kit.same_money(read, value) if number and read is not None else read == value):
            return f"{key} is {read!r}, not {value!r}"
    return None


def judged(name, entity, one):
    made = one["value"] or {}
    if name in ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt") and parts(entity) != amount(entity["TotalAmt"]):
        held = not one["valid"] and all("does_not_add_up" in f or "/total" in f for f in one["faults"])
        return None if held else f"its parts make {parts(entity)}, and it is taken: {one['faults']}"
    if not one["valid"]:
        return "; ".join(one["faults"]) or "held"
    if made["natural_key"] != entity["Id"] or not same_time(made["updated_at"], entity["MetaData"]["LastUpdatedTime"]):
        return f"{made['natural_key']} of {made['updated_at']}"
    return reads(made, wanted_of(name, entity))


def mapped(name, entities):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        got = result.get("objects") or []
        if len(got) != len(entities):
            return f"{len(got)} objects, not {len(entities)}"
        return next((why for entity, one in zip(entities, got) if (why := judged(name, entity, one))), None)
    return check


def raw(entities):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        got = result["value"] if isinstance(result["value"], list) else [result["value"]]
        own = [{k: v for k, v in x.items() if k not in ("home_currency", "entity", "stock_location")} for x in got]
        return None if own == entities else "something else was read"
    return check


def changed(name, entities):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        told = [{"entity": name, "id": x["Id"], "deleted": x.get("status") == "Deleted", "changed": x["MetaData"]["LastUpdatedTime"]}
                for x in entities]
        return None if result["value"] == told else f"{result['value']}"
    return check


def refused(code):
    return lambda result: None if result.get("code") == code else f"it is {result.get('code')}: {result.get('fault')}"


def answered(**wanted):
    def check(result):
        return kit.fault(result) or next((f"{k} is {result.get(k)!r}" for k, v in wanted.items() if result.get(k) != v), None)
    return check


FAULTS = {"3001": "upstream-busy", "10000": "upstream-unknown", "4001": "upstream-refused", "6240": "upstream-refused", "610": None,
          "5010": "upstream-busy", "3200": "upstream-credentials", "6140": "upstream-refused"}


def faulty(vendor, case, body):
    code = body["Fault"]["Error"][0]["code"]
    # Whatever the status is: faults come within HTTP 200, too.
    for status in (400, 200):
        vendor.read(case, "items.get", refused(FAULTS[code]) if FAULTS[code] else answered(found=False), body=body, status=status)


def entity(vendor, case, name, body):
    one = body[name]
    if isinstance(one, list):  # two of them side by side: only the first is what was asked for
        one, body = one[0], {name: one[0]}
    if one.get("status") == "Deleted" and "MetaData" in one:
        vendor.read(case, "changes.list", changed(name, [one]), body={"CDCResponse": [{"QueryResponse": [{name: [one]}]}]})
    elif one.get("status") == "Deleted":
        vendor.skip(case, "the answer to a deletion: documents are voided, which leaves them in the books, and never deleted")
    elif is_mapped(name, one):
        vendor.read(case, NAMES[name] + ".get", mapped(name, [one]), body=body)
        if name == "Item":
            vendor.read(case, "products.get", product(one), body=body)
    else:
        vendor.read(case, NAMES[name] + ".get", raw([one]), body=body)


def is_mapped(name, one):
    """Whether it is told whole, and of a kind that we have an object for."""
    return "MetaData" in one and ("Active" in one or "TotalAmt" in one or "Line" in one) and wanted_of(name, one) is not None


def product(one):
    return lambda result: kit.objects(result, 1) or reads(result["objects"][0]["value"], {
        "natural_key": one["Id"], "title": one["Name"], "description": one.get("Description"), "kind": one["Type"]})


def listed(vendor, case, name, found, body):
    check = mapped(name, found) if all(is_mapped(name, x) for x in found) else raw(found)
    vendor.read(case, NAMES[name] + ".list", check, body=body)


def sent(vendor, case, body):
    official = body["Invoice"]
    line = official["Line"][0]
    order = {"natural_key": "o-1", "number": official["DocNumber"], "currency": "USD", "placed_at": official["TxnDate"] + "T10:00:00Z",
             "lines": [{"key": "1", "sku": "PBD", "title": line["Description"], "quantity": str(line["SalesItemLineDetail"]["Qty"]),
                        "unit_price": str(line["SalesItemLineDetail"]["UnitPrice"])}],
             "ids": {"customer": official["CustomerRef"]["value"], "items": {"PBD": line["SalesItemLineDetail"]["ItemRef"]["value"]}}}

    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        ours = result["body"]
        for key in ("DocNumber", "TxnDate", "CustomerRef"):
            if ours[key] != official[key]:
                return f"{key} is {ours[key]}"
        own = {k: v for k, v in ours["Line"][0].items()}
        return None if own == line else f"the line is {own}"
    vendor.produce(case, "invoices.create", order, check)


def one_case(vendor, case):
    if case.name in UNUSED:
        vendor.skip(case, UNUSED[case.name])
        return
    body = as_json(case.payload)
    name = next((n for n in NAMES if n in body), None)
    if "Fault" in body:
        faulty(vendor, case, body)
    elif case.operation == "request-xml":
        if "Invoice" in body and all(x.get("DetailType") == "SalesItemLineDetail" for x in body["Invoice"]["Line"]):
            sent(vendor, case, body)
    elif "CDCResponse" in body:
        for name, found in body["CDCResponse"][0]["QueryResponse"][0].items():
            if isinstance(found, list):
                vendor.read(case, "changes.list", changed(name, found), body=body)
    elif isinstance(body.get("QueryResponse"), dict):
        name = next((n for n in NAMES if n in body["QueryResponse"]), None)
        if name:
            listed(vendor, case, name, body["QueryResponse"][name], body)
    elif name:
        entity(vendor, case, name, body)
    if id(case) in vendor.left:
        vendor.skip(case, f"of {', '.join(k for k in body if k[0].isupper())}, which nothing here uses")


def judge(vendor):
    with open(os.path.join(vendor.folder, "entity-fields.json"), encoding="utf-8") as f:
        fields = json.load(f)
    kinds(fields)
    FIELDS.update(fields)
    vendor.each(one_case)
    others(vendor)


# ---- what the examples do not show ----

FIELDS = {}
BASES = {"DiscountOverride": {"PercentBased": "boolean", "DiscountPercent": "decimal", "DiscountAccountRef": "ReferenceType"},
         "ItemLineDetail": {"ItemRef": "ReferenceType", "UnitPrice": "decimal", "Qty": "decimal", "TaxCodeRef": "ReferenceType", "ClassRef": "ReferenceType"}}
PYTHON = {"string": str, "date": str, "id": str, "decimal": (int, Decimal), "boolean": bool}


def fields_of(name):
    described = FIELDS.get(name)
    if not described or "fields" not in described:
        return None
    own = dict(described["fields"])
    if described.get("base") in BASES:
        return own | BASES[described["base"]]
    return own | (fields_of(described["base"]) or {}) if "base" in described else own


def typed(value, name, at=""):
    """value is what the description says of the name; what it does not describe is not looked into."""
    if name == "ReferenceType":
        return None if isinstance(value.get("value"), str) else f"{at} refers to {value}"
    if name.endswith("[]"):
        return next((why for i, v in enumerate(value) if (why := typed(v, name[:-2], f"{at}/{i}"))), None)
    if name in PYTHON:
        return None if isinstance(value, PYTHON[name]) else f"{at} is {value!r}, not {name}"
    if name in FIELDS and "enum" in FIELDS[name]:
        return None if value in FIELDS[name]["enum"] else f"{at} is {value}"
    fields = fields_of(name)
    if not fields or not isinstance(value, dict):
        return None
    for key in value:
        if key not in fields:
            return f"{at}/{key} is not of {name}"
        why = typed(value[key], fields[key], f"{at}/{key}")
        if why:
            return why
    return None


def sends(name, **wanted):
    def check(result):
        why = kit.fault(result) or typed(result.get("body") or {}, name)
        if why:
            return why
        for key, value in wanted.items():
            read = result
            for part in key.split("__"):
                read = read[int(part)] if isinstance(read, list) else (read or {}).get(part)
            if read != value:
                return f"{key} is {read!r}"
        return None if "minorversion=75" in result["url"] else "without its minor version"
    return check


ORDER = {"natural_key": "o-1", "number": "W-1001", "currency": "USD", "placed_at": "2026-11-23T10:00:00Z", "note": "ring twice",
         "customer": {"email": "ada@example.com"}, "shipping_to": {"name": "Ada", "street": "1 Main", "city": "Salem", "country": "US"},
         "lines": [{"key": "1", "sku": "MUG", "title": "Mug", "quantity": "3", "unit_price": "19.99", "discount": "5.00",
                    "taxes": [{"amount": "3.44"}]}],
         "shipping": [{"title": "Ground", "price": "4.95", "discount": "0.95", "taxes": [{"amount": "0.25"}]}],
         "discounts": [{"amount": "1.00"}], "tenders": [{"kind": "card", "key": "ch_1", "amount": "61.66"}],
         "ids": {"customer": 7, "items": {"MUG": 34}, "tax_codes": {"MUG": "TAX"}, "accounts": {"deposit": 4, "discounts": 54}}}
REFUND = {"natural_key": "r-1", "order_key": "o-1", "currency": "USD", "refunded_at": "2026-12-01T10:00:00Z",
          "lines": [{"sku": "MUG", "quantity": "0", "amount": "5.00", "tax": "0.41"}], "adjustments": [],
          "ids": {"customer": "7", "items": {"MUG": "34"}, "accounts": {"deposit": "4"}}}
ENTRY = {"natural_key": "sales-2026-11-23-web", "date": "2026-11-23", "currency": "USD", "memo": "Web sales", "ids": {"accounts": {"1200": "84"}},
         "lines": [{"account": "1200", "debit": "88.90", "credit": "0", "dimensions": [{"name": "location", "value": "3"}]},
                   {"account": "4000", "credit": "88.90"}]}
BOOKED = {"JournalEntry": {"Id": "9", "SyncToken": "0", "TxnDate": "2026-11-23", "PrivateNote": "m", "MetaData": {"LastUpdatedTime": "2026-11-23T10:00:00-08:00"},
          "Line": [{"Id": "0", "Amount": Decimal("88.9"), "DetailType": "JournalEntryLineDetail", "Description": "x",
                    "JournalEntryLineDetail": {"PostingType": "Debit", "AccountRef": {"value": "84"}, "DepartmentRef": {"value": "3"}}},
                   {"Id": "1", "Amount": Decimal("88.9"), "DetailType": "JournalEntryLineDetail",
                    "JournalEntryLineDetail": {"PostingType": "Credit", "AccountRef": {"value": "85"}}}]}}


def said(code, kind="ValidationFault"):
    return {"Fault": {"type": kind, "Error": [{"code": code, "Message": "m", "Detail": "d"}]}}


def booked(result):
    return kit.objects(result, 1) or reads(result["objects"][0]["value"], {
        "natural_key": "9", "date": "2026-11-23", "updated_at": "2026-11-23T18:00:00Z", "entity": "310687", "currency": "USD",
        "lines/0/debit": Decimal("88.90"), "lines/0/dimensions/0/value": "3", "lines/1/credit": Decimal("88.9"), "lines/1/account": "85"})


def others(vendor):
    vendor.also("a sale", "sales_receipts.create", sends(
        "SalesReceipt", body__DocNumber="W-1001", body__CustomerRef={"value": "7"}, body__Line__0__Amount=Decimal("59.97"),
        body__Line__1__SalesItemLineDetail__ItemRef={"value": "SHIPPING_ITEM_ID"}, body__Line__2__Amount=Decimal("6.95"),
        body__TxnTaxDetail={"TotalTax": Decimal("3.69")}, body__PrivateNote="o-1", body__PaymentRefNum="ch_1"), with_=ORDER, key="k")
    vendor.also("a sale with taxes in its prices", "invoices.create", sends(
        "Invoice", body__Line__0__Amount=Decimal("51.53"), body__Line__1__Amount=Decimal("3.75"), body__Line__2__Amount=1),
        with_=dict(ORDER, taxes_included=True), key="k")
    vendor.also("an SKU without item", "invoices.create", refused("held"), with_=dict(ORDER, ids={"customer": "7"}), key="k")
    vendor.also("nobody bought", "invoices.create", refused("held"), with_=dict(ORDER, ids={"items": {"MUG": "34"}}), key="k")
    vendor.also("a refund", "refund_receipts.create", sends("RefundReceipt", body__Line__0__Amount=5, body__PrivateNote="o-1"), with_=REFUND, key="k")
    vendor.also("a credit memo", "credit_memos.create", sends("CreditMemo", body__Line__0__SalesItemLineDetail__Qty=1), with_=REFUND, key="k")
    vendor.also("a payment", "payments.create", sends("Payment", body__TotalAmt=Decimal("61.66"), body__Line__0__LinkedTxn=[
        {"TxnId": "130", "TxnType": "Invoice"}]), with_={"natural_key": "p-1", "amount": "61.66", "currency": "USD",
                                                         "paid_at": "2026-11-23T10:00:00Z", "ids": {"customer": "7", "invoice": 130}}, key="k")
    vendor.also("an entry", "journal_entries.create", sends(
        "JournalEntry", body__DocNumber="sales-2026-11-23-web", body__Line__0__JournalEntryLineDetail={
            "PostingType": "Debit", "AccountRef": {"value": "84"}, "DepartmentRef": {"value": "3"}},
        body__Line__1__JournalEntryLineDetail__AccountRef={"value": "4000"}), with_=ENTRY, key="k")
    vendor.also("an entry that is posted", "journal_entries.get", booked, status=200, body=BOOKED)
    vendor.also("a change of an invoice that was read", "invoices.update", update_sent,
                with_={"id": 1, "sync_token": 2, "DueDate": "2026-12-01"}, key="k")
    answers(vendor)


def update_sent(result):
    wanted = {"DueDate": "2026-12-01", "Id": "1", "SyncToken": "2", "sparse": True}
    return kit.fault(result) or (None if result["body"] == wanted else f"{result['body']}")


def asks(*texts):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        return next((f"{t} is not in {result['url']}" for t in texts if t not in result["url"]), None)
    return check


def answers(vendor):
    page = {"QueryResponse": {"Invoice": [], "startPosition": 1001, "maxResults": 1000}, "time": "t"}
    vendor.also("the first page", "invoices.list", asks("%20startposition%201%20maxresults%201000&"), with_={})
    vendor.also("a page", "invoices.list", asks("%20startposition%202001%20maxresults%201000&", "LastUpdatedTime%20%3E%3D%20%272026-11-23T10%3A00%3A00Z%27"),
                with_={"from": "2026-11-23T10:00:00Z"}, after="2001")
    vendor.also("a full page and the next", "invoices.list", answered(after="2001", value=[]), status=200, body=page)
    vendor.also("none at all", "invoices.list", answered(after=None, value=[]), status=200, body={"QueryResponse": {}, "time": "t"})
    vendor.also("was it made: asked", "sales_receipts.create", asks("DocNumber%20%3D%20%27W-1001%27%20and%20CustomerRef%20%3D%20%277%27"),
                with_=ORDER, probe=True, key="k")
    vendor.also("a name with quotes", "customers.find", asks("%27O%5C%27Neil%27"), with_={"name": "O'Neil"})
    vendor.also("was it made: yes", "sales_receipts.create", answered(found=True, ref="12"), with_=ORDER, probe=True, status=200,
                body={"QueryResponse": {"SalesReceipt": [{"Id": "12"}]}})
    vendor.also("was it made: no", "sales_receipts.create", answered(found=False), with_=ORDER, probe=True, status=200, body={"QueryResponse": {}})
    vendor.also("a number that is taken", "sales_receipts.create", refused("upstream-unknown"), status=400, body=said("6140"))
    vendor.also("an old SyncToken", "invoices.update", refused("upstream-busy"), status=400, body=said("5010"))
    vendor.also("inactive, or not there", "items.get", answered(found=False), status=400, body=said("610"))
    vendor.also("a fault within success", "invoices.create", refused("upstream-refused"), status=200, body=said("2020"))
    vendor.also("a fault in a batch", "invoices.create", refused("upstream-refused"), status=200,
                body={"BatchItemResponse": [{"bId": "1", **said("2050")}, {"bId": "2", "Invoice": {"Id": "1"}}]})
    vendor.also("the token has ended", "items.get", refused("upstream-credentials"), status=401,
                body={"fault": {"type": "AUTHENTICATION", "error": [{"code": "3200", "message": "m", "detail": "d"}]}})
    vendor.also("voided before", "invoices.void", answered(found=True, ref="1"), probe=True, with_={"id": "1", "sync_token": "0"}, status=200,
                body={"Invoice": {"Id": "1", "TotalAmt": 0, "PrivateNote": "Voided - x"}})
