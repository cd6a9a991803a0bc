"""The two shops as their owners see them, past the product; shoppers are buyers.py."""
import base64
from decimal import ROUND_HALF_UP, Decimal

import buyers

CENT = Decimal("0.01")


class Vendure:
    name, prefix = "vendure", "VENDURE-"
    rounds_lines = True  # the tax of each line is rounded to the cent

    def __init__(self, facts, ids):
        self.facts, self.ids, self.shop = facts, ids, buyers.Vendure(facts, ids)
        self.token = None

    def settings(self):
        return {"shop": self.facts["url"], "user": self.facts["user"]}

    def secrets(self, webhook_secret):
        return {"password": self.facts["password"], "webhook_secret": webhook_secret}

    def total(self, answer):
        return Decimal(answer["totalWithTax"]) / 100

    def taxes(self, answer):
        """A fraction of a cent in it where prices hold taxes: freight's net price has one."""
        return Decimal(answer["totalWithTax"] - answer["total"]) / 100

    def whole_cents(self, currency):
        """Are all its amounts without and with taxes whole cents?"""
        return currency == "USD"

    def own(self, query, **variables):
        if not self.token:
            _, back, text = buyers.send("POST", self.facts["admin_api"], {
                "query": "mutation($u:String!,$p:String!){login(username:$u,password:$p){__typename}}",
                "variables": {"u": self.facts["user"], "p": self.facts["password"]}})
            self.token = back["vendure-auth-token"]
        _, _, text = buyers.send("POST", self.facts["admin_api"], {"query": query, "variables": variables},
                                 {"authorization": "Bearer " + self.token})
        said = buyers.parsed(text)
        if said.get("errors"):
            raise RuntimeError(text)
        return said["data"]

    def levels(self):
        """{(sku, place): (on hand, allocated)}"""
        places = {key: name for name, key in self.ids["locations"].items()}
        rows = self.own("{productVariants(options:{take:100}){items{sku stockLevels{stockLocationId stockOnHand stockAllocated}}}}")
        return {(v["sku"], places[l["stockLocationId"]]): (l["stockOnHand"], l["stockAllocated"])
                for v in rows["productVariants"]["items"] for l in v["stockLevels"]}

    def count_again(self, place, pieces):
        """The shop's people say that so many of each SKU lie there: {sku: pieces}"""
        self.own("mutation($i:[UpdateProductVariantInput!]!){updateProductVariants(input:$i){id}}", i=[
            {"id": self.ids["variants"][sku], "stockLevels": [{"stockLocationId": self.ids["locations"][place], "stockOnHand": n}]}
            for sku, n in pieces.items()])

    def order(self, key):
        """state, and its shipments: [(state, tracking, {sku: quantity})]"""
        o = self.own("query($i:ID!){order(id:$i){id state lines{id productVariant{sku}} payments{id state amount refunds{id total state}}"
                     " fulfillments{id state trackingCode lines{orderLineId quantity}}}}", i=key)["order"]
        sku = {l["id"]: l["productVariant"]["sku"] for l in o["lines"]}
        return {"raw": o, "state": o["state"], "shipments": [
            (f["state"].lower(), f["trackingCode"], {sku[l["orderLineId"]]: l["quantity"] for l in f["lines"]}) for f in o["fulfillments"]]}

    def refund(self, key, cents):
        payment = self.order(key)["raw"]["payments"][0]["id"]
        made = self.own("mutation($i:RefundOrderInput!){refundOrder(input:$i){__typename ...on ErrorResult{errorCode message} ...on Refund{id state total}}}",
                        i={"paymentId": payment, "amount": cents, "reason": "scratched", "lines": [], "shipping": 0, "adjustment": 0})["refundOrder"]
        return made["id"]


class Medusa:
    name, prefix = "medusa", "MEDUSA-"
    rounds_lines = False

    def __init__(self, facts, ids):
        self.facts, self.ids, self.shop = facts, ids, buyers.Medusa(facts, ids)
        pair = base64.b64encode((facts["secret_key"] + ":").encode()).decode()
        self.headers = {"authorization": "Basic " + pair}

    def settings(self):
        return {"shop": self.facts["url"]}

    def secrets(self, webhook_secret):
        return {"secret_key": self.facts["secret_key"], "webhook_secret": webhook_secret}

    def total(self, answer):
        """What a payment provider is asked for: it does not round by itself."""
        return Decimal(answer["total"]).quantize(CENT, ROUND_HALF_UP)

    def taxes(self, answer):
        """As exact as the shop works."""
        return Decimal(answer["tax_total"])

    def whole_cents(self, _):
        return False

    def own(self, method, path, body=None):
        status, _, text = buyers.send(method, self.facts["url"] + "admin/" + path, body, self.headers)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text}")
        return buyers.parsed(text)

    def levels(self):
        places = {key: name for name, key in self.ids["locations"].items()}
        rows = self.own("GET", "inventory-items?limit=100&fields=id,sku,*location_levels")["inventory_items"]
        return {(item["sku"], places[l["location_id"]]): (int(l["stocked_quantity"]), int(l["reserved_quantity"]))
                for item in rows for l in item["location_levels"]}

    def count_again(self, place, pieces):
        for sku, n in pieces.items():
            self.own("POST", f"inventory-items/{self.ids['inventory_items'][sku]}/location-levels/{self.ids['locations'][place]}",
                     {"stocked_quantity": n})

    def order(self, key):
        o = self.own("GET", f"orders/{key}?fields=id,status,payment_status,fulfillment_status,total,*items,*payment_collections.payments,"
                            "*payment_collections.payments.refunds,*fulfillments,*fulfillments.items,*fulfillments.labels")["order"]
        sku = {i["id"]: i["variant_sku"] for i in o["items"]}
        return {"raw": o, "state": o["fulfillment_status"], "shipments": [
            ("shipped" if f["shipped_at"] else "made", f["labels"][0]["tracking_number"] if f["labels"] else None,
             {sku[i["line_item_id"]]: int(i["quantity"]) for i in f["items"]}) for f in o["fulfillments"] if not f["canceled_at"]]}

    def send_back(self, key):
        """One piece of the first line, announced and received: {id, sku, amount}, the amount being what the order is worth less."""
        o = self.order(key)["raw"]
        line, place = o["items"][0], self.ids["locations"]["DC1"]
        made = self.own("POST", "returns", {"order_id": key, "location_id": place})["return"]["id"]
        items = {"items": [{"id": line["id"], "quantity": 1}]}
        for path, body in (("request-items", items), ("request", {}), ("receive", {}), ("receive-items", items), ("receive/confirm", {})):
            self.own("POST", f"returns/{made}/{path}", body)
        return {"id": made, "sku": line["variant_sku"], "amount": str(o["total"] - self.order(key)["raw"]["total"])}
