#!/usr/bin/env python3
"""The steps of tests/e2e/real/chain.sh that ask the product, the shops and the ERP.

    chain.py FOLDER STEP [ARGUMENT…]      FOLDER: facts.json of chain.sh, and what the steps leave for each other

What a step finds is printed as JSON lists [sentence, got, wanted], one a line, and other lines as they are."""
import json
import os
import sys
import threading
import time
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import buyers  # noqa: E402
import goods  # noqa: E402
import money  # noqa: E402
import set_up  # noqa: E402
import shops  # noqa: E402
from erp import Erp  # noqa: E402
from product import Product  # noqa: E402
from tap import check, no_runs_held  # noqa: E402

ROOM = Decimal("0.05")  # more than rounding comes to in an order of five lines


class World:
    def __init__(self, folder):
        self.folder = folder
        with open(self.path("facts.json"), encoding="utf-8") as f:
            self.facts = json.load(f)
        self.erp = Erp(self.facts["erp"])
        self.product = Product(self.facts)
        self.shops = []
        for kind in (shops.Vendure, shops.Medusa):
            facts = self.facts[kind.name]
            with open(facts["ids"], encoding="utf-8") as f:
                self.shops.append(kind(facts, json.load(f)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def kept(self, name, otherwise):
        if not os.path.exists(self.path(name)):
            return otherwise
        with open(self.path(name), encoding="utf-8") as f:
            return json.load(f)

    def keep(self, name, value):
        with open(self.path(name) + ".new", "w", encoding="utf-8") as f:
            json.dump(value, f, default=str)
        os.replace(self.path(name) + ".new", self.path(name))

    def bought(self):
        """Every order that was placed: {shop, id, reference, total, lines, currency}."""
        return [order for shop in self.shops for order in self.kept(f"bought.{shop.name}", [])]


# ---- buying ----

def buy(world, count, seed):
    """COUNT orders in each shop, one shopper at a time in each: Vendure loses allocations of simultaneous checkouts."""
    failed = []

    def shopper(shop):
        bought = world.kept(f"bought.{shop.name}", [])
        try:
            for plan in buyers.plans(int(count), int(seed)):
                answer = shop.shop.buy(plan)
                bought.append({"shop": shop.name, "id": str(answer["id"]), "reference": shop.prefix + str(answer["id"]),
                               "total": str(shop.total(answer)), "currency": plan["currency"],
                               "coupon": plan["coupon"], "authorize": plan["authorize"], "lines": dict(plan["lines"])})
                world.keep(f"bought.{shop.name}", bought)
        except Exception as fault:  # pylint: disable=broad-except
            failed.append(f"{shop.name}: {fault!r}")

    threads = [threading.Thread(target=shopper, args=(shop,)) for shop in world.shops]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(f"{count} orders are placed in each shop", failed, [])


# ---- sales ----

def sales(world):
    rows = world.erp.all("sale.sale", [], "reference", "state", "untaxed_amount", "tax_amount", "total_amount", "currency.code")
    lines = world.erp.all("sale.line", [["type", "=", "line"]], "sale", "product.code", "quantity", "amount")
    for row in rows:
        row["lines"] = [l for l in lines if l["sale"] == row["id"]]
    return rows


def wait_sales(world, seconds):
    """Until every order that was placed is delivered, as the product says; what is held is told at once."""
    until, wanted, orders = time.time() + int(seconds), len(world.bought()), []
    while time.time() < until:
        orders = world.product.all("/v1/orders")
        if len([o for o in orders if o["state"] == "delivered"]) >= wanted:
            break
        time.sleep(1)
    states = {}
    for o in orders:
        states[o["state"]] = states.get(o["state"], 0) + 1
    check(f"{wanted} orders are delivered within {seconds} s", states, {"delivered": wanted})
    for o in [o for o in orders if o["state"] != "delivered"][:5]:
        print(f"# {o['source_id']}: {o['state']}: {o.get('held_reason')}")


def judge_sales(world):
    bought, found = world.bought(), sales(world)
    by = {}
    for sale in found:
        by.setdefault(sale["reference"], []).append(sale)
    check(f"the ERP holds exactly {len(bought)} sales", len(found), len(bought))
    check("each order is one sale", sorted(r for r, s in by.items() if len(s) != 1 or r not in {b["reference"] for b in bought}), [])
    check("every order is there", [b["reference"] for b in bought if b["reference"] not in by], [])
    wrong, rounding, roundings, coded = [], Decimal(0), 0, 0
    for order in bought:
        for sale in by.get(order["reference"], [])[:1]:
            off = [l["amount"] for l in sale["lines"] if l["product."]["code"] == "ROUNDING"]
            rounding, roundings = rounding + sum(off, Decimal(0)), roundings + len(off)
            coded += sale["tax_amount"] > 0
            goods = {}
            for l in sale["lines"]:
                if l["product."]["code"].startswith("SKU-"):
                    goods[l["product."]["code"]] = goods.get(l["product."]["code"], 0) + int(l["quantity"])
            if sale["total_amount"] != Decimal(order["total"]) or sale["untaxed_amount"] + sale["tax_amount"] != sale["total_amount"]:
                wrong.append((order["reference"], "total", str(sale["total_amount"]), order["total"]))
            if goods != order["lines"] or sale["currency."]["code"] != order["currency"]:
                wrong.append((order["reference"], "goods", goods, order["lines"]))
            if sale["state"] not in ("confirmed", "processing", "done"):
                wrong.append((order["reference"], sale["state"]))
            if abs(sum(off, Decimal(0))) > ROOM:
                wrong.append((order["reference"], "rounding", str(off)))
    check("their goods, currencies and totals are those of the shops to the cent, and they are confirmed", wrong, [])
    print(f"# {roundings} rounding lines, {rounding} in sum; {coded} sales have taxes by the ERP's own codes")


STEPS = {"set-up": set_up.set_up, "buy": buy, "wait-sales": wait_sales, "judge-sales": judge_sales, "no-runs-held": no_runs_held,
         **goods.STEPS, **money.STEPS}


def main():
    folder, step, *rest = sys.argv[1:]
    STEPS[step](World(folder), *rest)


main()
