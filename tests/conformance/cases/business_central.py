"""Business Central: the documentation's examples of the standard interface v2.0. They show documents without their lines and
lines without their documents, since neither is expanded: a document is joined with the lines that name it where there are
some, otherwise it must be held for lacking them, and each line is put into a document of it alone. Entities that are only
listed stand as the one item of a list. Values that are no money of ours must be read as they are."""
import json
import os
from decimal import Decimal

import kit

FOLDER = "business-central"
COMPANY = "824820a2-508c-ed11-aada-000d3a298ab3"
SETTINGS = {"tenant": "contoso.example", "company": COMPANY, "currency": "USD", "stock_location": "MAIN"}
LISTED = {"account": "accounts.list", "bankaccount": "bank_accounts.list", "company": "companies.list", "currency": "currencies.list",
          "customerpaymentjournal": "payment_journals.list", "dimension": "dimensions.list", "dimensionvalue": "dimension_values.list",
          "itemledgerentry": "stock.moves", "journal": "journals.list", "journalline": "journal_lines.list",
          "paymentterm": "payment_terms.list", "purchaseorder": "purchase_orders.list", "purchasereceipt": "purchase_receipts.list",
          "shipmentmethod": "shipment_methods.list", "taxarea": "tax_areas.list", "taxgroup": "tax_groups.list"}
UNUSED = {"companyinformation": "the company's own address, which nothing needs",
          "customer_defaultdimensions": "of the dimensions that a customer's documents begin with: the documents name their own",
          "defaultdimension": "of the dimensions that an item's or customer's documents begin with: the documents name their own",
          "fixedassetlocation": "of fixed assets, which are nothing that is sold",
          "vendorpaymentjournal": "of payments to vendors, which are none of commerce"}
LINES = {"salesorder": "salesOrderLines", "salesinvoice": "salesInvoiceLines", "salescreditmemo": "salesCreditMemoLines",
         "salesshipment": "salesShipmentLines"}
READ = {"salesorder": "sales_orders.get", "salesinvoice": "sales_invoices.get", "salescreditmemo": "credit_memos.get",
        "salesshipment": "shipments.get"}
PATCHED = {"item": "items.update", "salesorder": "sales_orders.update", "salesinvoice": "sales_invoices.update",
           "salescreditmemo": "credit_memos.update", "customerpayment": "payments.update"}
FIELDS = {}


# ---- what is read ----

def told(time):
    """Is the clock the source's, or, where it has none, that of the reading?"""

    def is_it(made):
        if time and not time.startswith("0001"):
            return made["updated_at"].startswith(time[:19] if len(time) > 10 else time)
        return made["updated_at"].startswith("1970-01-01T00:00:00")  # when cases are read
    return is_it


def one(body, wanted, clock=True):
    """One valid object, the members of which are as wanted says; amounts as amounts."""
    def check(result):
        why = kit.objects(result, 1)
        if why:
            return why
        made = result["objects"][0]["value"]
        for key, value in wanted.items():
            read = made
            for part in key.split("/"):
                read = ((read[int(part)] if int(part) < len(read) else None) if isinstance(read, list) else read.get(part)) \
                    if read is not None else None
            same = kit.same_money(read, value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) and read is not None \
                else read == value
            if not same:
                return f"{key} is {read!r}, not {value!r}"
        return None if not clock or told(body.get("lastModifiedDateTime"))(made) else f"changed at {made['updated_at']}"
    return check


def raw(body):
    def check(result):
        return kit.fault(result) or (None if result["value"] in ([body], body) else "something else was read")
    return check


def held_without_lines(body, number):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        made = result["objects"][0]
        if made["valid"] or not any(w in " ".join(made["faults"]) for w in ("/lines", "/total", "lines")):
            return f"it is not held for lacking its lines: {made['faults']}"
        return None if made["value"]["natural_key"] == body["id"] and made["value"].get("number", number) == number else "another document"
    return check


def text(value):
    return value or None


def item(vendor, case, body):
    vendor.read(case, "items.get", one(body, {
        "natural_key": body["id"], "sku": body["number"], "title": body["displayName"], "price": body.get("unitPrice"), "cost": body.get("unitCost"),
        "currency": "USD", "state": "archived" if body.get("blocked") else "active", "tracked": body.get("type") == "Inventory",
        "unit": text(body.get("baseUnitOfMeasureCode"))}), body=body)
    vendor.read(case, "products.get", one(body, {"natural_key": body["id"], "title": body["displayName"],
                                                 "categories/0": text(body.get("itemCategoryCode"))}), body=body)
    vendor.read(case, "stock.list", one(body, {"natural_key": body["number"] + "@MAIN", "sku": body["number"], "location": "MAIN",
                                               "available": body["inventory"], "on_hand": body["inventory"]}), body={"value": [body]})


def variant(vendor, case, body):
    vendor.read(case, "item_variants.get", one(body, {
        "natural_key": body["id"], "sku": f"{body['itemNumber']}.{body['code']}", "product_key": body["itemId"],
        "options/0/value": body["code"]}), body=body)


def location(vendor, case, body):
    vendor.read(case, "locations.get", one(body, {
        "natural_key": body["id"], "code": body["code"], "name": body["displayName"], "address/city": text(body.get("city")),
        "address/country": text(body.get("country")), "address/postal_code": text(body.get("postalCode"))}), body=body)


def customer(vendor, case, body):
    vendor.read(case, "customers.get", one(body, {
        "natural_key": body["id"], "name": body["displayName"], "email": text(body.get("email")), "currency": text(body.get("currencyCode")),
        "state": "active" if not (body.get("blocked") or "").strip() else "disabled", "tax_exempt": None if body.get("taxLiable", True) else True,
        "addresses/0/address/street": text(body.get("addressLine1")), "addresses/0/address/region": text(body.get("state"))}), body=body)


def payment(vendor, case, body):
    vendor.read(case, "payments.get", one(body, {
        "natural_key": body["id"], "amount": abs(body["amount"]), "currency": "USD", "order_key": text(body.get("appliesToInvoiceNumber")),
        "paid_at": body["postingDate"] + "T00:00:00Z", "state": "pending"}), body=body)


def ledger_entry(vendor, case, body):
    vendor.read(case, "ledger_entries.get", raw(body), body=body)
    other = dict(body, id="x", accountNumber="99999", entryNumber=body["entryNumber"] + 1, debitAmount=body["creditAmount"],
                 creditAmount=body["debitAmount"])
    side = "credit" if body["creditAmount"] else "debit"
    vendor.read(case, "journal_entries.list", one(body, {
        "natural_key": f"{body['postingDate']}|{body['documentNumber']}", "date": body["postingDate"], "entity": COMPANY,
        "lines/0/account": body["accountNumber"], f"lines/0/{side}": body["creditAmount"] or body["debitAmount"],
        "lines/1/account": "99999"}), body={"value": [body, other]})


# ---- documents and their lines ----

def lines_that_name(vendor, entity, document):
    found = {}
    for case in vendor.cases:
        if entity_of(case) == entity + "line" and isinstance(case.body, dict) and case.body.get("documentId") == document:
            found.setdefault(case.body["id"], case.body)
    return list(found.values())


def document_wanted(entity, body):
    wanted = {"natural_key": body["id"], "currency": body["currencyCode"], "total": body["totalAmountIncludingTax"]}
    if entity == "salescreditmemo":
        return wanted | {"refunded_at": body["creditMemoDate"] + "T00:00:00Z"}
    date = body["orderDate" if entity == "salesorder" else "invoiceDate"] + "T00:00:00Z"
    return wanted | {"number": body["number"], "placed_at": date, "customer/key": body["customerId"], "customer/name": body["customerName"],
                     "billing/city": text(body.get("billToCity")), "shipping_to/country": text(body.get("shipToCountry")),
                     "source_state": body.get("status"), "tax_total": body.get("totalTaxAmount")}


def document(vendor, case, entity, body):
    lines = lines_that_name(vendor, entity, body["id"])
    whole = dict(body, **{LINES[entity]: lines})
    if entity == "salesshipment":
        vendor.read(case, READ[entity], held_without_lines(body, body["number"]), body=whole)
    elif lines and sum(x["netAmountIncludingTax"] for x in lines) == body.get("totalAmountIncludingTax"):
        vendor.read(case, READ[entity], one(body, document_wanted(entity, body)), body=whole)
    else:
        vendor.read(case, READ[entity], held_without_lines(body, body["number"]), body=whole)


def line(vendor, case, entity, body):
    """In a document of it alone."""
    head = {"id": body.get("documentId", "d"), "number": "1", "currencyCode": "USD", "lastModifiedDateTime": "2026-11-23T10:00:00Z",
            "orderDate": "2026-11-23", "invoiceDate": "2026-11-23", "creditMemoDate": "2026-11-23", "postingDate": "2026-11-23",
            "orderNumber": "34", "status": "Draft", LINES[entity]: [body]}
    wanted = {"natural_key": head["id"], "lines/0/title": body["description"], "lines/0/quantity": body["quantity"]}
    if entity != "salesshipment" and body.get("lineType") != "Item":
        vendor.skip(case, f"a line of kind {body.get('lineType')}: what flows sell are items")
        return
    if entity != "salesshipment":
        head["totalAmountIncludingTax"] = body["netAmountIncludingTax"]
        wanted |= {"total": body["netAmountIncludingTax"], "lines/0/sku": body["lineObjectNumber"]}
        wanted |= {"lines/0/amount": body["netAmount"], "lines/0/tax": body["netTaxAmount"]} if entity == "salescreditmemo" else \
            {"lines/0/unit_price": body["unitPrice"], "lines/0/taxes/0/amount": body["netTaxAmount"] or None}
    vendor.read(case, READ[entity], one(head, wanted), body=head)


# ---- what is sent ----

PYTHON = {"GUID": str, "string": str, "date": str, "datetime": str, "boolean": bool, "integer": (int, Decimal), "decimal": (int, Decimal)}


def typed(body, entity):
    fields = {k.lower(): v for k, v in next(v for k, v in FIELDS.items() if k.lower() == entity).items()}
    for key, value in body.items():
        kind = fields.get(key.lower())
        if kind is None and key not in LINES.values() and key != "dimensionSetLines":
            return f"{entity} has no {key}"
        if isinstance(kind, str) and not isinstance(value, PYTHON.get(kind, str)):
            return f"{key} is {value!r}, not {kind}"
    return None


def patched(official, entity, path):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        if result["headers"].get("if-match") != 'W/"1"' or result["method"] != "PATCH" or path not in result["url"]:
            return f"{result['method']} {result['url']} if {result['headers']}"
        return None if result["body"] == official else f"{result['body']}"
    return check


def update(vendor, case, entity, body):
    with_ = dict(body, id="9e0f5c9c-44e3-ea11-bb43-000d3a2feca1", etag='W/"1"')
    if entity == "customerpayment":
        with_["journal"] = "j"
    vendor.produce(case, PATCHED[entity], with_, patched(body, entity, "(9e0f5c9c-44e3-ea11-bb43-000d3a2feca1)"))


def made(official, entity, pick=lambda body: body, lacking=()):
    """The members of ours that the official request has, too, are its own; the others are the entity's."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        ours = pick(result["body"])
        why = typed(ours, entity)
        if why:
            return why
        for key, value in official.items():
            if key in ours and ours[key] != value:
                return f"{key} is {ours[key]}, not {value}"
        left = [k for k in official if k not in ours and k not in lacking and official[k] not in ("", 0, None)]
        return f"the official one has {left}" if left else None
    return check


NIL = "00000000-0000-0000-0000-000000000000"


def order_with(body):
    line_ = {"key": "1", "sku": "S", "title": body["description"], "quantity": str(body["quantity"]), "unit_price": str(body["unitPrice"])}
    ids = {"customer": "10000", "items": {"S": body["lineObjectNumber"]}, "tax_codes": {"S": body["taxCode"]},
           "units": {"S": body["unitOfMeasureCode"]}, "location": NIL, "variants": {"S": NIL}}
    return {"natural_key": "o-1", "number": "#1", "currency": "USD", "placed_at": "2026-11-23T10:00:00Z", "lines": [line_], "ids": ids,
            "shipping_to": {"name": "Ada", "street": "1 Main", "country": "US"}}


def sent(vendor, case, entity, body):
    ours_not = ("itemId", "unitOfMeasureId", "lineObjectId", "shipmentDate", "invoiceQuantity", "shipQuantity", "discountPercent",
                "itemVariantId", "id", "lastModifiedDateTime", "lineNumber", "contactId", "customerId", "journalId")
    if entity.endswith("line") and body.get("lineType", "Item") != "Item":
        return
    if entity == "salesorderline":
        vendor.produce(case, "sales_orders.create", order_with(body), made(body, entity, lambda b: b["salesOrderLines"][0], ours_not))
    elif entity == "salesinvoiceline":
        vendor.produce(case, "sales_invoices.create", order_with(body), made(body, entity, lambda b: b["salesInvoiceLines"][0], ours_not))
    elif entity == "salescreditmemoline":
        with_ = order_with(body)
        with_.update(refunded_at="2026-11-23T10:00:00Z", lines=[dict(with_["lines"][0], amount=str(body["unitPrice"] * body["quantity"]))])
        vendor.produce(case, "credit_memos.create", with_, made(body, entity, lambda b: b["salesCreditMemoLines"][0], ours_not))
    elif entity == "salescreditmemo":
        vendor.produce(case, "credit_memos.create", {
            "natural_key": "r-1", "currency": body["currencyCode"], "refunded_at": body["creditMemoDate"] + "T10:00:00Z", "lines": [],
            "ids": {"customer": body["customerNumber"], "payment_terms": body.get("paymentTermsId")}}, made(body, entity))
    elif entity in ("salesorder", "salesinvoice"):
        date = body.get("orderDate") or body.get("invoiceDate")
        vendor.produce(case, "sales_orders.create" if entity == "salesorder" else "sales_invoices.create", {
            "natural_key": "o-1", "number": body.get("externalDocumentNumber") or "#1", "currency": body.get("currencyCode", "USD"),
            "placed_at": date + "T10:00:00Z", "lines": [],
            "ids": {"customer": body.get("customerNumber", "10000"), "payment_terms": body.get("paymentTermsId")}},
            made(body, entity, lacking=tuple(body)))
    elif entity == "customerpayment":
        vendor.produce(case, "payments.create", {
            "journal": "j", "natural_key": "p-1", "kind": "sale", "amount": str(body["amount"]), "paid_at": body["postingDate"] + "T10:00:00Z",
            "ids": {"customer": body["customerNumber"], "document": body["documentNumber"], "invoice": body["appliesToInvoiceNumber"],
                    "invoice_id": body["appliesToInvoiceId"]}}, made(dict(body, externalDocumentNumber="p-1"), entity, lacking=ours_not),
                       settings=dict(SETTINGS, payment_sign="positive"))
    elif entity == "journal":
        vendor.produce(case, "journals.create", {"code": body["code"], "name": body.get("displayName"),
                                                 "balancing_account": body.get("balancingAccountId")},
                       made(body, entity, lacking=("id", "templateDisplayName", "balancingAccountNumber", "lastModifiedDateTime")))
    elif entity == "journalline":
        vendor.produce(case, "journal_lines.create", dict(body, journal="j"), made(body, entity))
        entry = {"natural_key": "e-1", "date": body["postingDate"], "memo": "m", "ids": {"journal": "j"},
                 "lines": [{"account": "1", "debit": "5.00"}, {"account": "2", "credit": "5.00"}]}
        official = {k: v for k, v in body.items() if k in ("accountType", "postingDate")}
        vendor.produce(case, "journal_entries.create", entry, made(official, entity, lambda b: b["requests"][0]["body"]))
    elif entity == "customer":
        vendor.produce(case, "customers.create", {
            "company" if body.get("type") == "Company" else "name": body["displayName"], "email": body.get("email"), "phone": body.get("phoneNumber"),
            "addresses": [{"kind": "both", "address": {
                "street": body.get("addressLine1"), "city": body.get("city"), "region": body.get("state"), "country": body.get("country"),
                "postal_code": body.get("postalCode")}}]}, made(body, entity, lacking=tuple(body)))


# ---- all of them ----

def entity_of(case):
    return case.operation.rsplit("_", 1)[0].lower()


MAPPED = {"item": item, "itemvariant": variant, "location": location, "customer": customer, "customerpayment": payment,
          "generalledgerentry": ledger_entry}


def one_case(vendor, case):
    entity, verb = entity_of(case), case.operation.rsplit("_", 1)[-1].lower()
    if verb == "defaultdimensions":
        entity = "customer_defaultdimensions"
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("value"), list) and body["value"]:
        body = body["value"][0]
    if isinstance(body, dict) and "error" not in body:
        if entity in MAPPED:
            MAPPED[entity](vendor, case, body)
        elif entity in LINES:
            document(vendor, case, entity, body)
        elif entity[:-4] in LINES and entity.endswith("line"):
            line(vendor, case, entity[:-4], body)
        elif entity in LISTED:
            vendor.read(case, LISTED[entity], raw(body), body={"value": [body]})
    official = (case.request or {}).get("body")
    if official and verb == "update" and entity in PATCHED:
        update(vendor, case, entity, official)
    elif official and verb == "create":
        sent(vendor, case, entity, official)
    if id(case) in vendor.left:
        vendor.skip(case, UNUSED.get(entity, f"{entity} is nothing that flows use" if body else "it has no body"))


def judge(vendor):
    with open(os.path.join(vendor.folder, "entity-fields-v2.0.json"), encoding="utf-8") as f:
        FIELDS.update(json.load(f))
    vendor.each(one_case)
    others(vendor)


# ---- what the examples do not show ----

def refused(code):
    return lambda result: None if result.get("code") == code else f"it is {result.get('code')}: {result.get('fault')}"


def answered(**wanted):
    def check(result):
        return kit.fault(result) or next((f"{k} is {result.get(k)!r}" for k, v in wanted.items() if result.get(k) != v), None)
    return check


def sends(**wanted):
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        for key, value in wanted.items():
            read = result
            for part in key.split("__"):
                read = read[int(part)] if isinstance(read, list) else (read or {}).get(part)
            if read != value:
                return f"{key} is {read!r}"
        return None
    return check


def error(code):
    return {"error": {"code": code, "message": "m"}}


ENTRY = {"natural_key": "sales-2026-11-23-web", "date": "2026-11-23", "memo": "Web sales", "ids": {"journal": "j"},
         "lines": [{"account": "1200", "debit": "88.90", "credit": "0", "dimensions": [{"name": "CHANNEL", "value": "WEB"}]},
                   {"account": "4000", "credit": "84.92"}, {"account": "2200", "debit": None, "credit": "3.98"}]}


def entries(vendor):
    line_ = {"status": 201, "body": {"documentNumber": "d"}}
    vendor.also("an entry, line by line", "journal_entries.create", sends(
        url="https://vendor.example/$batch", headers__isolation="snapshot",
        body__requests__0__body__amount=Decimal("88.9"), body__requests__1__body__amount=Decimal("-84.92"),
        body__requests__2__body__amount=Decimal("-3.98"), body__requests__0__url=f"companies({COMPANY})/journals(j)/journalLines",
        body__requests__0__body__dimensionSetLines=[{"code": "CHANNEL", "valueCode": "WEB"}],
        body__requests__2__body__documentNumber="sales-2026-11-23-web"), with_=ENTRY)
    vendor.also("an entry, posted", "journal_entries.post",
                sends(body__requests__3__url=f"companies({COMPANY})/journals(j)/Microsoft.NAV.post"), with_=ENTRY)
    vendor.also("a document number that is too long", "journal_entries.create", refused("held"), with_=dict(ENTRY, natural_key="x" * 21))
    vendor.also("all of them were made", "journal_entries.create", answered(ref="d"), with_=ENTRY, status=200, body={"responses": [line_] * 3})
    vendor.also("a part is refused in HTTP 200", "journal_entries.create", refused("upstream-refused"), with_=ENTRY, status=200,
                body={"responses": [line_, {"status": 400, "body": error("Application_DialogException")}]})
    vendor.also("a part has changed in HTTP 200", "journal_entries.create", refused("upstream-busy"), with_=ENTRY, status=200,
                body={"responses": [{"status": 409, "body": error("Request_EntityChanged")}]})
    vendor.also("a part has no answer", "journal_entries.post", refused("upstream-unknown"), with_=ENTRY, status=200,
                body={"responses": [line_] * 3})
    cut = [{"entryNumber": n, "postingDate": "2026-11-23", "documentNumber": d, "accountNumber": "10100", "debitAmount": debit, "creditAmount": credit,
            "lastModifiedDateTime": "2026-11-23T10:00:00Z"} for n, d, debit, credit in ((1, "A", 5, 0), (2, "A", 0, 5), (3, "B", 7, 0))]
    onwards = {"value": cut, "@odata.nextLink": "https://api.businesscentral.dynamics.com/x"}
    vendor.also("a page that ends within an entry", "journal_entries.list", answered(after="2"), status=200, body=onwards)
    vendor.also("the entry before it", "journal_entries.list", lambda r: kit.objects(r, 1), status=200, body=onwards)
    vendor.also("a page that is one entry", "journal_entries.list", answered(after="3"), status=200, body=dict(onwards, value=cut[2:]))
    vendor.also("the page that begins with it", "journal_entries.list", lambda r: kit.fault(r) or (
        None if "entryNumber%20gt%202" in r["url"] else r["url"]), with_={"from": "2026-11-23T10:00:00Z"}, after="2")
    vendor.also("lines of one page that do not balance", "journal_entries.list", held, status=200, body={"value": [
        {"postingDate": "2026-11-23", "documentNumber": "d", "entryNumber": 1, "accountNumber": "1", "debitAmount": 5, "creditAmount": 0,
         "lastModifiedDateTime": "2026-11-23T10:00:00Z"}]})


def held(result):
    made = (result.get("objects") or [{}])[0]
    return None if made.get("valid") is False else f"it is taken: {made}"


def others(vendor):
    entries(vendor)
    order = order_with({"description": "Lamp", "quantity": 2, "unitPrice": Decimal("54.9"), "lineObjectNumber": "1928-S", "taxCode": "T",
                        "unitOfMeasureCode": "PCS"})
    paid = {"journal": "j", "natural_key": "p-1", "amount": "15.00", "paid_at": "2026-11-23T10:00:00Z", "ids": {"customer": "1"}}
    vendor.also("a payment is a credit", "payments.create", sends(body__amount=-15), with_=dict(paid, kind="sale"))
    vendor.also("a payment back is a debit", "payments.create", sends(body__amount=15), with_=dict(paid, kind="refund"))
    vendor.also("an SKU without item number", "sales_orders.create", refused("held"),
                with_=dict(order, ids=dict(order["ids"], items={})))
    vendor.also("freight without an account", "sales_orders.create", refused("held"), with_=dict(order, shipping=[{"price": "4.95"}]))
    vendor.also("an order's freight and fees", "sales_orders.create", sends(
        body__externalDocumentNumber="#1", body__orderDate="2026-11-23", body__salesOrderLines__1__lineObjectNumber="6100",
        body__salesOrderLines__1__discountAmount=Decimal("0.95"), body__salesOrderLines__2__unitPrice=2),
        with_=dict(order, shipping=[{"price": "4.95", "discount": "0.95"}], fees=[{"title": "Wrap", "amount": "2.00"}],
                   ids=dict(order["ids"], accounts={"shipping": "6100", "fees": "6200"})))
    vendor.also("was it made: asked", "sales_orders.create", sends(
        method="GET", url=f"https://vendor.example/companies({COMPANY})/salesOrders?%24filter=externalDocumentNumber%20eq%20%27%231%27"),
        with_=order, probe=True)
    vendor.also("was it made: yes", "sales_orders.create", answered(found=True, ref="x"), with_=order, probe=True, status=200,
                body={"value": [{"id": "x"}]})
    vendor.also("was it made: no", "sales_orders.create", answered(found=False), with_=order, probe=True, status=200, body={"value": []})
    vendor.also("a page and the next", "items.list", answered(after="https://vendor.example/items?$skiptoken=1"), status=200,
                body={"value": [], "@odata.nextLink": "https://vendor.example/items?$skiptoken=1"})
    vendor.also("what changed", "items.list", sends(
        url=f"https://vendor.example/companies({COMPANY})/items?%24filter=lastModifiedDateTime%20ge%202026-11-23T10%3A00%3A00Z",
        headers={"accept-language": "en-US", "data-access-intent": "ReadOnly"}), with_={"from": "2026-11-23T10:00:00Z"})
    vendor.also("all there is", "items.list", sends(url=f"https://vendor.example/companies({COMPANY})/items"), with_={})
    vendor.also("somebody else has changed it", "items.update", refused("upstream-busy"), status=409, body=error("Request_EntityChanged"))
    vendor.also("the ETag is old", "items.update", refused("upstream-busy"), status=412, body=error("x"))
    vendor.also("never begun", "sales_orders.create", refused("upstream-busy"), status=503, body=error("Application_ServiceUnavailable"))
    vendor.also("perhaps begun", "sales_orders.create", refused("upstream-unknown"), status=503, text="")
    vendor.also("too often", "items.list", refused("upstream-busy"), status=429, text="")
    vendor.also("no such item", "items.get", answered(found=False), status=404, body=error("Internal_RecordNotFound"))
    vendor.also("no such company", "items.get", refused("upstream-refused"), status=404, body=error("Internal_CompanyNotFound"))
    vendor.also("the token has ended", "items.get", refused("upstream-credentials"), status=401, body=error("Authentication_InvalidCredentials"))
    vendor.also("shipped and invoiced", "sales_orders.ship_and_invoice", answered(found=True), status=204, text="")
    vendor.also("an answer without a list", "items.list", refused("held"), status=200, body={})
