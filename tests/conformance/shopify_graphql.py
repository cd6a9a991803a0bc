#!/usr/bin/env python3
"""shopify_graphql.py TENONCTL MANIFEST VENDOR: what the connector of Shopify says in GraphQL, judged by the vendor's schema.
Its documents are valid and so are the variables that it makes; answers of the schema's shape, made here with everything
and with nothing in them, are read; what is repeated by a key carries it where the vendor wants it; and refusals, of
which the vendor has four layers, mean what they say."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"))
import kit  # noqa: E402

try:
    import graphql
    from graphql.execution.values import get_variable_values
    GRAPHQL = None if getattr(graphql, "version_info", (2,)) >= (3, 2) else "graphql-core before 3.2 does not read the schema"
except ImportError:
    GRAPHQL = "graphql-core is not installed"

SETTINGS = {"shop": "alder-pine.myshopify.com"}
WINDOW = {"from": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
SHIPMENT = {
    "order_key": "450789469", "natural_key": "255858046", "location": "655441491", "carrier": "UPS",
    "tracking": [{"number": "1Z2345", "url": "https://track.example/1Z2345"}, {"number": "1Z2346", "url": None}],
    "lines": [{"order_line_key": "466157049", "quantity": "2"}],
    "fulfillment_orders": [
        {"id": "gid://shopify/FulfillmentOrder/1", "status": "OPEN",
         "assignedLocation": {"location": {"legacyResourceId": "655441491"}},
         "lineItems": {"nodes": [{"id": "gid://shopify/FulfillmentOrderLineItem/11",
                                  "lineItem": {"id": "gid://shopify/LineItem/466157049"}}]}},
        {"id": "gid://shopify/FulfillmentOrder/2", "status": "OPEN",
         "assignedLocation": {"location": {"legacyResourceId": "24826418"}},
         "lineItems": {"nodes": [{"id": "gid://shopify/FulfillmentOrderLineItem/12",
                                  "lineItem": {"id": "gid://shopify/LineItem/466157049"}}]}},
    ]}
REFUND = {
    "order_key": "450789469", "currency": "USD", "reason": "chipped", "location": "655441491",
    "lines": [{"order_line_key": "466157049", "quantity": "1", "amount": "18.32", "restocked": True},
              {"order_line_key": "466157050", "quantity": "0", "amount": "1.00", "restocked": False}],
    "shipping": {"amount": "4.95", "tax": "0"}, "adjustments": [{"title": "Restocking fee", "amount": "-2.00"}],
    "tenders": [{"key": "801038806", "gateway": "bogus", "amount": "21.27"}]}
STOCK = {"inventory_item_id": "808950810", "location": "655441491"}

# What goes along with each operation.
WITH = {
    "shop.get": {}, "products.list": WINDOW, "products.get": {"id": "632910392"},
    "variants.list": {**WINDOW, "sku": 'MUG "BLUE"', "product_id": 632910392}, "variants.get": {"id": 808950810},
    "locations.list": {}, "inventory.list": {"location": "655441491", **WINDOW}, "inventory.get": STOCK,
    "inventory.set": {**STOCK, "available": "37", "change_from": "35"}, "inventory.adjust": {**STOCK, "delta": "-2"},
    "inventory.activate": {**STOCK, "available": "3"}, "orders.list": WINDOW, "orders.get": {"id": "450789469"},
    "orders.lines": {"id": "gid://shopify/Order/450789469"},
    "orders.cancel": {"order_key": "450789469", "reason": "customer", "restock": True, "refund": True, "note": "asked"},
    "bulk.rows": {"id": "1"}, "tags.add": {"order_key": "450789469", "tags": ["imported"]},
    "fulfillment_orders.list": {"order_key": "450789469"}, "fulfillment_orders.get": {"id": "1046000784"},
    "fulfillments.list": {"order_key": "450789469"}, "fulfillments.get": {"id": "255858046"},
    "fulfillments.create": SHIPMENT, "fulfillments.track": SHIPMENT, "refunds.list": {"order_key": "450789469"},
    "refunds.get": {"id": "509562969"}, "refunds.create": REFUND, "returns.list": {"order_key": "450789469"},
    "returns.get": {"id": "945000954"}, "returns.lines": {"ids": ["gid://shopify/ReturnLineItem/1"]},
    "customers.get": {"id": "207119551"},
    "transactions.list": {"order_key": "450789469"}, "payouts.list": WINDOW,
    "balance_transactions.list": {"payout_key": "512467833"},
    "bulk.run": {"query": "{ products { edges { node { id } } } }"},
    "bulk.get": {"id": "gid://shopify/BulkOperation/1"}, "bulk.list": {},
    "webhooks.create": {"topic": "orders/updated", "uri": "https://hooks.example/1"}, "webhooks.list": {},
    "webhooks.delete": {"id": "4759306"},
}

# Values of made answers where the type alone does not say: a type and its member.
VALUES = {
    "PageInfo.hasNextPage": False, "MoneyV2.amount": "10.00", "TaxLine.rate": 0.0, "Weight.value": 1.25,
    "Order.displayFinancialStatus": "PAID", "OrderTransaction.status": "SUCCESS", "OrderTransaction.kind": "SALE",
    "Fulfillment.status": "SUCCESS", "ShopifyPaymentsPayout.transactionType": "DEPOSIT", "LocationAddress.countryCode": "US",
    "ShopifyPaymentsBalanceTransaction.type": "CHARGE", "Order.taxesIncluded": True, "Order.dutiesIncluded": True,
    "ReturnLineItemType.processedQuantity": 1, "OrderTransaction.accountNumber": "•••• 4242",
    "ProductVariant.barcode": "0012345678905", "InventoryItem.countryCodeOfOrigin": "PT",
    "TransactionFee.amount": {"amount": "0.30", "currencyCode": "USD"},
    "ShopifyPaymentsBalanceTransaction.fee": {"amount": "0.30", "currencyCode": "USD"},
    "ShopifyPaymentsBalanceTransaction.net": {"amount": "9.70", "currencyCode": "USD"},
}
SCALARS = {"DateTime": "2026-11-01T12:00:00Z", "Decimal": "10.00", "Money": "10.00", "Int": 1, "Float": 1.0,
           "Boolean": True, "UnsignedInt64": "1001", "BigInt": "1001", "URL": "https://vendor.example/1",
           "HTML": "<p>b</p>", "String": "word"}
# What an answer gets from another operation: the member, whose, and where it stands there.
PARTS = {"orders.get": ("order", "orders.lines", lambda d: d["order"]["lineItems"]["nodes"]),
         "returns.get": ("return", "returns.lines", lambda d: d["nodes"])}
ENUMS = {"CurrencyCode": "USD", "CountryCode": "US"}


class Made:
    """An answer to a document by the schema: everything in it, or whatever may be null is."""

    def __init__(self, schema, document, empty):
        self.schema, self.empty = schema, empty
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, graphql.FragmentDefinitionNode)}
        op = next(d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode))
        self.root = schema.mutation_type if op.operation.value == "mutation" else schema.query_type
        self.depth = 0
        self.data = self.fields(self.root, op.selection_set)

    def fields(self, kind, selections):
        out = {}
        for s in selections.selections:
            if isinstance(s, graphql.FragmentSpreadNode):
                out.update(self.fields(kind, self.fragments[s.name.value].selection_set))
            elif isinstance(s, graphql.InlineFragmentNode):
                out.update(self.fields(self.schema.get_type(s.type_condition.name.value), s.selection_set))
            else:
                self.depth += 1
                out[s.name.value] = self.value(kind, s.name.value, kind.fields[s.name.value].type, s.selection_set)
                self.depth -= 1
        return out

    def value(self, of, name, kind, below):
        if graphql.is_non_null_type(kind):
            return self.of(of, name, kind.of_type, below)
        # what was asked for is there, even where little else is
        return None if self.empty and self.depth > 1 and not below else self.of(of, name, kind, below)

    def of(self, of, name, kind, below):
        known = VALUES.get(f"{of.name}.{name}")
        if known is not None:
            return known
        if graphql.is_non_null_type(kind):
            return self.of(of, name, kind.of_type, below)
        if graphql.is_list_type(kind):
            if name == "quantities":
                return [{"name": n, "quantity": q} for n, q in (("available", 5), ("on_hand", 9), ("committed", 3),
                                                               ("reserved", 1), ("incoming", 2))]
            return [] if name.endswith("serErrors") or (self.empty and name != "nodes") else [
                self.of(of, name, kind.of_type, below)]
        if below:
            return self.fields(kind, below)
        if graphql.is_enum_type(kind):
            return ENUMS.get(kind.name) or next(iter(kind.values))
        if kind.name == "ID":
            return f"gid://shopify/{of.name}/1001"
        return SCALARS[kind.name]


def ask(tenonctl, manifest, cases):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(cases, f)
        f.flush()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TENON_")}
        done = subprocess.run([tenonctl, "connector", "cases", manifest, "--input", f.name], capture_output=True,
                              text=True, check=False, env=environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines + [{"ok": False, "code": "ended", "fault": done.stderr}] * (len(cases) - len(lines))


class Judge:
    def __init__(self, tenonctl, manifest, vendor):
        self.tap, self.tenonctl, self.path, self.vendor = kit.Tap(), tenonctl, manifest, vendor
        with open(manifest, encoding="utf-8") as f:
            self.m = json.load(f)
        self.ops = {n: o for n, o in self.m["operations"].items() if o["request"]["method"] == "POST"}
        self.text = {n: self.m["texts"][re.search(r"\$texts\.(\w+)", o["request"]["body"]).group(1)]
                     for n, o in self.ops.items()}

    def say(self, why, name):
        self.tap.line(not why, f"shopify: {name}", why)

    def run(self, asked):
        return ask(self.tenonctl, self.path, [{"settings": SETTINGS, "key": "k-1", **one} for one in asked])

    # ---- the document ----

    def texts(self):
        used = set(self.text.values())
        self.say([n for n, t in self.m["texts"].items() if t not in used], "every text is of an operation")
        self.say(sorted(set(self.ops) ^ set(WITH)), "every operation of GraphQL is tried")
        for name, o in self.ops.items():
            asks = not self.text[name].startswith("mutation")
            self.say("" if asks == o.get("asks_only", False) else "a mutation is no question, and a query is one",
                     f"{name}: says whether it changes anything")

    def keys(self):
        with open(os.path.join(self.vendor, "idempotent-mutations.json"), encoding="utf-8") as f:
            wants = set(json.load(f))
        for name, o in self.ops.items():
            field = re.match(r"mutation[^{]*\{ (\w+)\(", self.text[name])
            if not field:
                continue
            has = "@idempotent(key: $key)" in self.text[name]
            by_key = o["again"]["kind"] == "key"
            self.say("" if has == by_key == (field.group(1) in wants) and by_key == ("$key_uuid" in o["request"]["body"])
                     else f"wanted {field.group(1) in wants}, has it {has}, by key {by_key}",
                     f"{name}: carries its key where the vendor wants one, and only there")

    # ---- by the schema ----

    def by_schema(self):
        with open(os.path.join(self.vendor, "admin-2026-07.subset.graphql"), encoding="utf-8") as f:
            schema = graphql.build_schema(f.read(), assume_valid_sdl=True)
        documents = {n: graphql.parse(t) for n, t in self.text.items()}
        for name, d in documents.items():
            self.say("\n".join(e.message for e in graphql.validate(schema, d)), f"{name}: is valid by the vendor's schema")
            cost = self.points(name, d)
            self.say("" if cost <= 1000 else cost, f"{name}: asks for no more than a query may cost")
        made = self.run([{"operation": n, "with": WITH[n], **({"after": "cursor"} if "pages" in o else {})}
                         for n, o in self.ops.items()])
        for (name, d), one in zip(documents.items(), made):
            self.say(self.variables(schema, d, one), f"{name}: its variables are what the schema wants")
        for empty in (False, True):
            self.answers(schema, documents, empty)

    def points(self, name, document):
        """What the vendor counts at most, nearly: a point for each object, a connection by how many are asked for."""
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, graphql.FragmentDefinitionNode)}

        def of(selections):
            sum_ = 0
            for s in selections.selections:
                if isinstance(s, graphql.FragmentSpreadNode):
                    sum_ += of(fragments[s.name.value].selection_set)
                elif isinstance(s, graphql.InlineFragmentNode):
                    sum_ += of(s.selection_set)
                elif s.selection_set:
                    first = next((a.value for a in s.arguments if a.name.value == "first"), None)
                    many = 1 if first is None else self.ops[name]["pages"]["most"] if isinstance(
                        first, graphql.VariableNode) else int(first.value)
                    inner = next((n for n in s.selection_set.selections if getattr(n, "name", None) and n.name.value == "nodes"), s)
                    sum_ += many * (1 + of(inner.selection_set))
            return sum_
        return of(next(d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode)).selection_set)

    @staticmethod
    def variables(schema, document, made):
        if not made["ok"]:
            return made["fault"]
        op = next(d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode))
        wants = {v.variable.name.value for v in op.variable_definitions}
        given = made["body"]["variables"]
        if set(given) - wants:
            return f"{sorted(set(given) - wants)} are not asked for"
        got = get_variable_values(schema, op.variable_definitions, given)
        return "\n".join(e.message for e in got) if isinstance(got, list) else ""

    def answers(self, schema, documents, empty):
        bodies = {n: {"data": Made(schema, d, empty).data} for n, d in documents.items()}
        for n, (member, of, at) in PARTS.items():
            bodies[n]["data"][member]["lines"] = at(bodies[of]["data"])
        for n, one in zip(bodies, self.run([{"operation": n, "with": WITH[n], "body": b} for n, b in bodies.items()])):
            o = self.ops[n]
            if (o.get("answer") or {}).get("document"):
                continue  # its answer names a document, which the connector's trial fetches
            why = "" if one["ok"] else one["fault"]
            for made in one.get("objects", []):
                bad = [f for f in made["faults"] if re.search(r": [A-Z]\d{4}:", f)]
                why = why or "\n".join(bad) or ("" if made["valid"] or empty else "\n".join(made["faults"]))
            if not why and o.get("kind") and not empty and not one.get("objects"):
                why = "it became no object"
            if not why and not o.get("asks_only") and not empty and not one.get("ref"):
                why = "nothing says what was made"
            self.say(f"{why}\n{json.dumps(bodies[n])[:1500]}" if why else "",
                     f"{n}: an answer with {'little' if empty else 'everything'} in it is read")

    # ---- what answers mean ----

    def refusals(self):
        throttled = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
        internal = {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}
        invalid = {"errors": [{"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}]}
        for name, o in self.ops.items():
            field = re.match(r"(?:mutation|query)[^{]*\{ (\w+)", self.text[name]).group(1)
            asks, safe = o.get("asks_only", False), o.get("again", {}).get("kind") == "key"
            partial = {"data": {field: {"id": "1"}}, "errors": [{"message": "no access", "extensions": {"code": "ACCESS_DENIED"}}]}
            denied = {"data": {field: None}, "errors": [{"message": "no access", "extensions": {"code": "ACCESS_DENIED"}}]}
            wanted = [("throttled", 200, throttled, "later"), ("an internal error", 200, internal, "later" if asks or safe else "unknown"),
                      ("a document that is refused", 200, invalid, "no"), ("a part that is missing", 200, partial, "hold" if asks else "unknown"),
                      ("no access", 200, denied, "no"), ("an unknown token", 401, {"errors": "[API] Invalid API key"}, "auth"),
                      ("too many calls", 429, {"errors": "Exceeded"}, "later"), ("a server that is down", 503, None, "unknown")]
            if not asks:
                member = "orderCancelUserErrors" if field == "orderCancel" else "userErrors"
                wanted.append(("a user's error", 200, {"data": {field: {member: [{"field": ["input", "id"], "message": "is wrong"}]}}}, "no"))
                if name in ("inventory.set", "inventory.adjust"):
                    stale = {"data": {field: {member: [{"code": "CHANGE_FROM_QUANTITY_STALE", "field": ["input"], "message": "stale"}]}}}
                    wanted.append(("stock that has changed meanwhile", 200, stale, "later"))
            got = self.run([{"operation": name, "with": WITH[name], "status": s, **({"body": b} if b else {"text": "down"})}
                            for _, s, b, _ in wanted])
            for (what, _, body, means), one in zip(wanted, got):
                why = "" if MEANS.get(one.get("code")) == means else f"is {one}"
                if not why and what == "a user's error" and "input.id: is wrong" not in one["fault"]:
                    why = f"does not say which field: {one['fault']}"
                self.say(why, f"{name}: {what} means {means}")

    def found(self):
        """What is told for certain, though nothing was made or there is nothing."""
        def error(field, **members):
            return {"data": {field: {"userErrors": [{"field": ["x"], "message": "is so", **members}]}}}
        tried = [("webhooks.create", "a subscription that is there is as good as made",
                  error("webhookSubscriptionCreate", message="Address for this topic has already been taken"), True),
                 ("webhooks.delete", "one that is gone is as good as ended",
                  error("webhookSubscriptionDelete", message="Webhook subscription does not exist"), True),
                 ("inventory.set", "a change that is being made waits",
                  error("inventorySetQuantities", code="IDEMPOTENCY_CONCURRENT_REQUEST"), "later"),
                 ("bulk.run", "a gathering too many waits", error("bulkOperationRunQuery", code="LIMIT_REACHED"), "later"),
                 ("inventory.set", "stock that is as it should be is as good as set",
                  {"data": {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": []}}}, True),
                 ("inventory.get", "an item that is not stocked there has no level",
                  {"data": {"inventoryItem": {"id": "1", "inventoryLevel": None}}}, False),
                 ("rest.orders.get", "an order that is gone is not there", {"errors": "Not Found"}, False)]
        for n, o in self.ops.items():
            rules = [e["when"] for e in o.get("errors", []) if e["means"] == "absent"]
            if rules:
                gone = re.match(r"\$type\(data\.(\w+)\)", rules[-1]).group(1)
                tried.append((n, "what is gone is not there", {"data": {gone: None}}, False))
        for name, what, body, wanted in tried:
            status = 404 if name.startswith("rest.") else 200
            one = self.run([{"operation": name, "with": WITH.get(name, {}), "status": status, "body": body}])[0]
            got = one["found"] if one["ok"] else MEANS.get(one["code"])
            self.say("" if got == wanted else str(one), f"{name}: {what}")

    def types(self):
        with open(os.path.join(self.vendor, "admin-2026-07.subset.graphql"), encoding="utf-8") as f:
            words = re.search(r"enum ShopifyPaymentsTransactionType \{(.*?)\}", f.read(), re.S).group(1).split()
        body = {"data": {"shopifyPaymentsAccount": {"balanceTransactions": {"pageInfo": {"hasNextPage": False}, "nodes": [
            {"id": f"gid://shopify/ShopifyPaymentsBalanceTransaction/{i}", "type": w, "transactionDate": "2026-11-01T12:00:00Z",
             "amount": {"amount": "10.00", "currencyCode": "USD"}, "fee": {"amount": "0.30", "currencyCode": "USD"},
             "net": {"amount": "9.70", "currencyCode": "USD"}, "associatedPayout": {"id": "gid://shopify/ShopifyPaymentsPayout/7"}}
            for i, w in enumerate([*words, "SOMETHING_NEW"])]}}}}
        one = self.run([{"operation": "balance_transactions.list", "body": body}])[0]
        made = dict(zip([*words, "SOMETHING_NEW"], one.get("objects", [])))
        stops = sorted(w for w, m in made.items() if not m["valid"])
        self.say("" if len(words) == 113 and len(made) == 114 and stops == ["SOMETHING_NEW", "TRANSFER"] else f"{len(made)}: {stops}",
                 "of 113 types all but the payout's own are known, and one that is not stops")
        self.say([w for w, m in made.items() if m["value"]["source_kind"] != w], "every line says the vendor's own type")

    def pending(self):
        amounts = {"currency": "USD", "amount": "10.00", "fee": "0.30", "net": "9.70", "processed_at": "2026-11-01T12:00:00Z"}
        rest = {"transactions": [{"id": 1, "type": "charge", "payout_id": 623721858, **amounts},
                                 {"id": 2, "type": "charge", "payout_id": None, **amounts}]}
        nodes = [{"id": "gid://shopify/ShopifyPaymentsBalanceTransaction/1", "associatedPayout": {"id": "gid://shopify/ShopifyPaymentsPayout/7"}},
                 {"id": "gid://shopify/ShopifyPaymentsBalanceTransaction/2", "associatedPayout": {"id": None}}]
        graph = {"data": {"shopifyPaymentsAccount": {"balanceTransactions": {"pageInfo": {"hasNextPage": False}, "nodes": nodes}}}}
        for name, body in (("rest.balance_transactions.list", rest), ("balance_transactions.list", graph)):
            one = self.run([{"operation": name, "body": body}])[0]
            self.say("" if one["ok"] and len(one["value"]) == 1 else str(one), f"{name}: what is in no payout yet is left for later")

    # ---- requests ----

    def sent(self, name, with_):
        one = self.run([{"operation": name, "with": with_}])[0]
        return one["body"]["variables"] if one["ok"] else one["fault"]

    def requests(self):
        """What a schema cannot know of a request: which of the members that it allows are right."""
        whole = {"fulfillment": {
            "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/1", "fulfillmentOrderLineItems": [
                {"id": "gid://shopify/FulfillmentOrderLineItem/11", "quantity": 2}]}], "notifyCustomer": False,
            "trackingInfo": {"company": "UPS", "numbers": ["1Z2345", "1Z2346"], "urls": ["https://track.example/1Z2345"]}}}
        elsewhere = {**SHIPMENT, "location": "1"}
        both = {k: v for k, v in SHIPMENT.items() if k not in ("location", "tracking", "carrier")}
        refund = self.sent("refunds.create", REFUND)
        compared = {**STOCK, "available": "37"}
        key = self.run([{"operation": "inventory.set", "with": compared, "key": k} for k in ("a", "a", "b")])
        keys = [one["body"]["variables"]["key"] for one in key]
        tried = [
            ("a shipment is of its own location", self.sent("fulfillments.create", SHIPMENT), whole),
            ("one of no open fulfilment order is not sent", "no open fulfilment order" in str(self.sent("fulfillments.create", elsewhere)), True),
            ("one of no location is of all that are open",
             len(self.sent("fulfillments.create", both)["fulfillment"]["lineItemsByFulfillmentOrder"]), 2),
            ("a rebate is no line of a refund", [n["lineItemId"] for n in refund["input"]["refundLineItems"]], ["gid://shopify/LineItem/466157049"]),
            ("goods that are for sale again go back to their location", [refund["input"]["refundLineItems"][0][m] for m in ("restockType", "locationId")],
             ["RETURN", "gid://shopify/Location/655441491"]),
            ("what is kept of a refund has a reason", refund["input"]["discrepancyReason"], "OTHER"),
            ("a tender of nobody is not paid back", "gateway" in str(self.sent("refunds.create", {
                **REFUND, "tenders": [{"key": "1", "amount": "1.00"}]})), True),
            ("stock is compared where it is to be", [self.sent("inventory.set", {**compared, **c})["input"]["quantities"][0]["changeFromQuantity"]
                                                    for c in ({"change_from": "35"}, {"change_from": None}, {})], [35, None, None]),
            ("a key is one UUID for one change", [keys[0] == keys[1], keys[0] != keys[2], len(keys[0])], [True, True, 36]),
            ("a window is asked for", self.sent("orders.list", WINDOW)["query"],
             "updated_at:>='2026-11-01T00:00:00Z' AND updated_at:<='2026-11-02T00:00:00Z'"),
            ("quotes do not end a SKU", self.sent("variants.list", {"sku": 'A"B'})["query"], 'sku:"A\\"B"'),
            ("without a window all is asked for", self.sent("orders.list", {}).get("query"), None),
            ("an id of either form is one", [self.sent("orders.get", {"id": i})["id"] for i in (7, "7", "gid://shopify/Order/7")],
             ["gid://shopify/Order/7"] * 3),
            ("without an id nothing is sent", "id is needed" in str(self.sent("orders.get", {})), True),
        ]
        for name, got, wanted in tried:
            self.say("" if got == wanted else f"{got!r}, not {wanted!r}", f"requests: {name}")

    # ---- what was made, found again ----

    def probes(self):
        listed = {"data": {"order": {"id": "gid://shopify/Order/1", "fulfillments": [
            {"id": "gid://shopify/Fulfillment/8", "status": "CANCELLED", "totalQuantity": 2, "trackingInfo": [{"number": "1Z2345"}]},
            {"id": "gid://shopify/Fulfillment/9", "status": "SUCCESS", "totalQuantity": 2, "trackingInfo": [{"number": "1Z2345"}]}]}}}
        bare = {k: v for k, v in SHIPMENT.items() if k != "tracking"}
        other = {**SHIPMENT, "tracking": [{"number": "1Z9999"}]}
        three = {**bare, "lines": [{"order_line_key": "466157049", "quantity": "3"}]}
        for what, with_, found in (("its number", SHIPMENT, True), ("how many pieces it has", bare, True),
                                   ("another number", other, False), ("another count", three, False)):
            one = self.run([{"operation": "fulfillments.create", "with": with_, "probe": True, "body": listed}])[0]
            self.say("" if one["ok"] and one["found"] == found and one["ref"] == ("gid://shopify/Fulfillment/9" if found else "")
                     else str(one), f"fulfillments.create: by {what} it is {'found' if found else 'not found'}")
        for at, found in (("2026-11-01T12:00:00Z", True), (None, False)):
            body = {"data": {"order": {"id": "gid://shopify/Order/1", "cancelledAt": at,
                                       "shippingLines": {"pageInfo": {"hasNextPage": False}}}}}
            one = self.run([{"operation": "orders.cancel", "with": WITH["orders.cancel"], "probe": True, "body": body}])[0]
            self.say("" if one["ok"] and one["found"] == found else str(one),
                     f"orders.cancel: an order that is{'' if found else ' not'} cancelled says so")


MEANS = {"upstream-busy": "later", "upstream-refused": "no", "upstream-credentials": "auth", "upstream-unknown": "unknown", "held": "hold"}


def main():
    tenonctl, manifest, vendor = sys.argv[1:4]
    judge = Judge(tenonctl, manifest, vendor)
    judge.texts()
    if not os.path.isdir(vendor):
        judge.tap.skip("shopify: the vendor's schema is not here")
        judge.tap.end()
    judge.keys()
    if GRAPHQL:
        judge.tap.skip("shopify: its documents by the schema", GRAPHQL)
    else:
        judge.by_schema()
    judge.refusals()
    judge.found()
    judge.types()
    judge.pending()
    judge.requests()
    judge.probes()
    judge.tap.end()


if __name__ == "__main__":
    main()
