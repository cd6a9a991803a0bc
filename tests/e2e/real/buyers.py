"""Shoppers of the two shops: place orders through each shop's own interface for shoppers, with goods of several taxes,
coupons, and both currencies. What the shop answered is what the orders are judged by later."""
import json
import random
import urllib.error
import urllib.request
from decimal import Decimal


def send(method, url, body=None, headers=None):
    """(status, headers, text); a refusal is an answer, too."""
    data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


def parsed(text):
    return json.loads(text, parse_float=Decimal)


ADDRESS = {"street": "4 Mill Lane", "city": "Salem", "zip": "97301", "first": "Käthe", "last": "O'Neil", "phone": "+1 503 555 0100"}


def plans(count, seed):
    """What is bought: the first few are chosen so that every kind is among few orders, the rest by chance."""
    rng = random.Random(seed)
    for i in range(count):
        goods = rng.sample(range(1, 21), rng.randint(1, 5))
        yield {
            "n": i,
            "lines": [(f"SKU-{g:04d}", rng.randint(1, 7)) for g in sorted(goods)],
            "coupon": ["", "TEN", "FIVER", "NOFREIGHT", "TEN"][i % 5],
            "currency": "EUR" if i % 4 == 3 else "USD",
            "express": i % 3 == 2,
            "authorize": i % 7 == 6,
        }


class Vendure:
    def __init__(self, facts, ids):
        self.url, self.ids = facts["shop_api"], ids

    def _session(self, currency):
        state = {"token": None}

        def ask(query, **variables):
            headers = {"authorization": "Bearer " + state["token"]} if state["token"] else {}
            if currency == "EUR":
                headers["vendure-token"] = "europe-channel"
            _, back, text = send("POST", self.url, {"query": query, "variables": variables}, headers)
            state["token"] = back.get("vendure-auth-token") or state["token"]
            answer = parsed(text)
            if answer.get("errors"):
                raise RuntimeError(text)
            (value,) = answer["data"].values()
            if isinstance(value, dict) and "errorCode" in value:
                raise RuntimeError(text)
            return value

        return ask

    def buy(self, plan):
        """The order as the shop tells its shopper: id, code, totals in cents."""
        ask = self._session(plan["currency"])
        told = "{__typename ...on Order{id code state total totalWithTax shippingWithTax} ...on ErrorResult{errorCode message}}"
        for sku, quantity in plan["lines"]:
            ask("mutation($v:ID!,$q:Int!){addItemToOrder(productVariantId:$v,quantity:$q)" + told + "}",
                v=self.ids["variants"][sku], q=quantity)
        if plan["coupon"]:
            ask("mutation($c:String!){applyCouponCode(couponCode:$c)" + told + "}", c=plan["coupon"])
        ask("mutation($i:CreateCustomerInput!){setCustomerForOrder(input:$i)" + told + "}",
            i={"firstName": ADDRESS["first"], "lastName": ADDRESS["last"], "emailAddress": f"shopper{plan['n']}@example.com"})
        ask("mutation($i:CreateAddressInput!){setOrderShippingAddress(input:$i)" + told + "}", i={
            "fullName": f"{ADDRESS['first']} {ADDRESS['last']}", "streetLine1": ADDRESS["street"], "city": ADDRESS["city"],
            "postalCode": ADDRESS["zip"], "province": "OR", "countryCode": "US", "phoneNumber": ADDRESS["phone"]})
        ask("mutation($s:[ID!]!){setOrderShippingMethod(shippingMethodId:$s)" + told + "}", s=["2" if plan["express"] else "1"])
        ask('mutation{transitionOrderToState(state:"ArrangingPayment")' + told + "}")
        return ask("mutation($i:PaymentInput!){addPaymentToOrder(input:$i)" + told + "}", i={
            "method": "test-payments", "metadata": {"authorize": True} if plan["authorize"] else {}})


class Medusa:
    def __init__(self, facts, ids):
        self.url, self.ids = facts["url"], ids

    def _post(self, path, body):
        status, _, text = send("POST", self.url + path, body, {"x-publishable-api-key": self.ids["publishable_key"]})
        if status != 200:
            raise RuntimeError(f"{path}: {status} {text}")
        return parsed(text)

    def buy(self, plan):
        cart = self._post("store/carts", {
            "region_id": self.ids["regions"][plan["currency"].lower()], "email": f"shopper{plan['n']}@example.com",
            "shipping_address": {"first_name": ADDRESS["first"], "last_name": ADDRESS["last"], "address_1": ADDRESS["street"],
                                 "city": ADDRESS["city"], "postal_code": ADDRESS["zip"], "phone": ADDRESS["phone"],
                                 "country_code": "de" if plan["currency"] == "EUR" else "us"},
            "items": [{"variant_id": self.ids["variants"][sku], "quantity": quantity} for sku, quantity in plan["lines"]],
        })["cart"]["id"]
        self._post(f"store/carts/{cart}/shipping-methods",
                   {"option_id": self.ids["shipping_options"]["Express" if plan["express"] else "Standard"]})
        if plan["coupon"]:
            self._post(f"store/carts/{cart}/promotions", {"promo_codes": [plan["coupon"]]})
        paying = self._post("store/payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        self._post(f"store/payment-collections/{paying}/payment-sessions", {"provider_id": "pp_system_default"})
        done = self._post(f"store/carts/{cart}/complete", {})
        if done["type"] != "order":
            raise RuntimeError(str(done))
        return done["order"]
