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
from claims import check, no_runs_held  # noqa: E402

ROOM = Decimal("0.05")  # more than rounding comes to in an order of five lines
HALF = Decimal("0.005")  # what rounding one sum to the cent may come to


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
        """Every order that was placed: {shop, id, reference, total, taxes, lines, currency}."""
        return [order for shop in self.shops for order in self.kept(f"bought.{shop.name}", [])]


# ---- buying ----

MORE_SECONDS = 900  # at most, of buying on


def wanted(world, count, seed, over):
    """COUNT plans; then more, one in five seconds, until there is a file OVER in the folder."""
    begun = time.time()
    for plan in buyers.plans(100000, seed):
        if plan["n"] >= count:
            if not over or os.path.exists(world.path(over)):
                return
            if time.time() > begun + MORE_SECONDS:
                raise RuntimeError(f"the trouble is not over within {MORE_SECONDS} s")
            time.sleep(5)
        yield plan


def buy(world, count, seed, over=None):
    """COUNT orders in each shop, one shopper at a time in each: Vendure loses allocations of simultaneous checkouts."""
    failed, count = [], int(count)

    def shopper(shop):
        bought = world.kept(f"bought.{shop.name}", [])
        before = len(bought)
        try:
            for plan in wanted(world, count, int(seed), over):
                answer = shop.shop.buy(plan)
                bought.append({"shop": shop.name, "id": str(answer["id"]), "reference": shop.prefix + str(answer["id"]),
                               "total": str(shop.total(answer)), "taxes": str(shop.taxes(answer)), "currency": plan["currency"],
                               "coupon": plan["coupon"], "authorize": plan["authorize"], "lines": dict(plan["lines"])})
                world.keep(f"bought.{shop.name}", bought)
            if len(bought) - before > count:
                print(f"# {len(bought) - before - count} more in {shop.name} while the trouble lasted")
        except Exception as fault:  # pylint: disable=broad-except
            failed.append(f"{shop.name}: {fault!r}")

    threads = [threading.Thread(target=shopper, args=(shop,)) for shop in world.shops]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(f"{count} orders are placed in each shop" + (", and more until the trouble is over" if over else ""), failed, [])


# ---- sales ----

def sales(world):
    rows = world.erp.all("sale.sale", [], "reference", "state", "untaxed_amount", "tax_amount", "total_amount", "currency.code")
    lines = world.erp.all("sale.line", [["type", "=", "line"]], "sale", "product.code", "quantity", "amount", "taxes")
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


def of_code(sale, code):
    return [l["amount"] for l in sale["lines"] if l["product."]["code"] == code]


def goods_of(sale):
    found = {}
    for l in sale["lines"]:
        if l["product."]["code"].startswith("SKU-"):
            found[l["product."]["code"]] = found.get(l["product."]["code"], 0) + int(l["quantity"])
    return found


def faults_of(order, sale):
    """What of a sale is not what the shop sold."""
    total, off = Decimal(order["total"]), of_code(sale, "ROUNDING")
    rest = sale["total_amount"] - sum(off, Decimal(0))
    wrong = []
    if sale["total_amount"] != total or sale["untaxed_amount"] + sale["tax_amount"] != total:
        wrong.append((order["reference"], "total", str(sale["total_amount"]), order["total"]))
    if goods_of(sale) != order["lines"] or sale["currency."]["code"] != order["currency"]:
        wrong.append((order["reference"], "goods", goods_of(sale), order["lines"]))
    if sale["state"] not in ("confirmed", "processing", "done"):
        wrong.append((order["reference"], sale["state"]))
    if len(off) != (rest != total) or abs(sum(off, Decimal(0))) > ROOM:
        wrong.append((order["reference"], "rounding lines", off, "of", str(total - rest)))
    return wrong


def tax_fault(shop, order, sale):
    """The taxes of a sale are its own by codes and those on lines; with its rounding line they are the shop's to the cent
    where the shop's amounts are whole cents. Elsewhere the ERP rounds what the shop does not: net amounts of lines, whose
    rounding is on that line too, so that the taxes are compared without it, and may be off by half a cent for each sum that
    either rounds: the ERP the taxes of each code, what is given and what is taken off apart, and each line of taxes, the shop,
    if it does so, those of each line."""
    made = sale["tax_amount"] + sum(of_code(sale, "TAX"), Decimal(0))
    wanted, off = Decimal(order["taxes"]), sum(of_code(sale, "ROUNDING"), Decimal(0))
    if shop.whole_cents(order["currency"]):
        return None if made + off == wanted else (order["reference"], str(made), str(off), str(wanted))
    sums = {(tax, l["amount"] < 0) for l in sale["lines"] for tax in l["taxes"]}
    rounded = len(sums) + len(of_code(sale, "TAX")) + shop.rounds_lines * (len(order["lines"]) + 1)
    room = HALF * (rounded + 1)  # and a half for prices that are cut to the ERP's four digits
    return None if abs(made - wanted) <= room else (order["reference"], str(made), str(wanted), str(room))


def judge_sales(world):
    bought, found = world.bought(), sales(world)
    by = {}
    for sale in found:
        by.setdefault(sale["reference"], []).append(sale)
    check(f"the ERP holds exactly {len(bought)} sales", len(found), len(bought))
    check("each order is one sale", sorted(r for r, s in by.items() if len(s) != 1 or r not in {b["reference"] for b in bought}), [])
    check("every order is there", [b["reference"] for b in bought if b["reference"] not in by], [])
    wrong, untrue, kinds = [], [], set()
    for shop in world.shops:
        pairs = [(o, by[o["reference"]][0]) for o in bought if o["shop"] == shop.name and o["reference"] in by]
        wrong += [fault for order, sale in pairs for fault in faults_of(order, sale)]
        untrue += [fault for fault in (tax_fault(shop, order, sale) for order, sale in pairs) if fault]
        off = [amount for _, sale in pairs for amount in of_code(sale, "ROUNDING")]
        coded, lines = sum(s["tax_amount"] > 0 for _, s in pairs), sum(bool(of_code(s, "TAX")) for _, s in pairs)
        kinds.update(kind for kind, n in (("rounding lines", len(off)), ("taxes on lines", lines)) if n)
        check(f"some sales of {shop.name} have taxes by the ERP's own codes", coded > 0)
        check(f"{shop.name} sold in both currencies", sorted({s["currency."]["code"] for _, s in pairs}), ["EUR", "USD"])
        apart = [s["tax_amount"] + sum(of_code(s, "TAX"), Decimal(0)) - Decimal(o["taxes"]) for o, s in pairs]
        print(f"# {shop.name}: {len(off)} rounding lines of {min(off, default=0)} to {max(off, default=0)}, {sum(off, Decimal(0))} in sum;"
              f" {coded} sales with taxes by codes, {lines} on lines; taxes off by {min(apart, default=0)} to {max(apart, default=0)}")
    check("their goods, currencies and totals are those of the shops to the cent, a rounding line is where the rest is not, and they"
          " are confirmed", wrong, [])
    check("their taxes are those of the shops, to the cent with the rounding line, or within half a cent for each sum", untrue, [])
    check("some have rounding lines, and some taxes on lines", sorted(kinds), ["rounding lines", "taxes on lines"])


STEPS = {"set-up": set_up.set_up, "buy": buy, "wait-sales": wait_sales, "judge-sales": judge_sales, "no-runs-held": no_runs_held,
         **goods.STEPS, **money.STEPS}


def main():
    folder, step, *rest = sys.argv[1:]
    STEPS[step](World(folder), *rest)


main()
