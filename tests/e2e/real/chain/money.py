"""Money goes back: a refund in one shop, a return in the other, and what the ERP's books say of them."""
from decimal import ROUND_HALF_UP, Decimal

from claims import check, no_runs_held, runs_end

CENT = Decimal("0.01")


def shop_of(world, name):
    return next(shop for shop in world.shops if shop.name == name)


def plain_order(world, name):
    """One in dollars without a coupon that was paid."""
    return next(o for o in world.bought() if o["shop"] == name and o["currency"] == "USD" and not o["coupon"] and not o["authorize"])


def refund(world):
    """The shop's people give 5.00 back, of which no goods are told."""
    order = plain_order(world, "vendure")
    key = shop_of(world, "vendure").refund(order["id"], 500)
    world.keep("refund.json", {"order": order["reference"], "id": key, "amount": "5.00"})
    print(f"# refund {key} of {order['reference']}")


def send_back(world):
    """One piece of a line comes back to the other shop."""
    order, shop = plain_order(world, "medusa"), shop_of(world, "medusa")
    told = shop.send_back(order["id"])
    world.keep("return.json", {"order": order["reference"], **told})
    print(f"# return {told['id']} of {order['reference']}: {told['sku']}, worth {told['amount']}")


def tell_money(world):
    made = world.kept("made.json", {})
    world.product.run(made["Refunds of vendure"], {})
    world.product.run(made["Returns of medusa"], {"since": world.kept("began.json", {})["at"]})
    runs_end(world, ["A credit note for vendure", "A return of medusa"], 300)
    no_runs_held(world)


def credit_notes(world):
    """All of the ERP's, whatever they are of."""
    rows = world.erp.all("account.invoice", [["type", "=", "out"]], "state", "total_amount", "reference")
    return [r for r in rows if r["total_amount"] < 0]


def tell_money_again(world):
    """Who is told a second time finds it done."""
    def there():
        return (sorted((r["id"], r["state"], str(r["total_amount"])) for r in credit_notes(world)),
                sorted((s["id"], s["reference"], s["state"]) for s in world.erp.all("sale.sale", [], "reference", "state")))

    before = there()
    tell_money(world)
    check("told of money once more, nothing changes in the ERP", there() == before)


def notes(world, reference_of_sale, domain):
    rows = world.erp.all("account.invoice", domain, "reference", "state", "total_amount", "number", "party", "sales")
    sale = world.erp.all("sale.sale", [["reference", "=", reference_of_sale]], "party")[0]
    return [(r["state"], -r["total_amount"], bool(r["number"]), r["party"] == sale["party"]) for r in rows]


def judge_money(world):
    told = world.kept("refund.json", {})
    check("the refund is one posted credit note of the same amount and customer",
          notes(world, told["order"], [["reference", "=", f"VENDURE-REFUND-{told['id']}"]]), [("posted", Decimal(told["amount"]), True, True)])
    before = world.kept("credited.json", None)
    made = [(r["state"], r["reference"]) for r in credit_notes(world) if r["id"] not in before]
    check("since the beginning the ERP has made two credit notes, and no other", len(made), 2)
    print(f"# {made}")
    told = world.kept("return.json", {})
    back = world.erp.all("sale.sale", [["reference", "=", f"MEDUSA-RETURN-{told['id']}"]], "state", "shipment_returns", "lines.product.code", "lines.quantity")
    check("the return is one sale below nothing, whose goods are waited for",
          [(s["state"], len(s["shipment_returns"]), [(l["product."]["code"], l["quantity"]) for l in s["lines."]]) for s in back],
          [("processing", 1, [(told["sku"], -1.0)])])
    check("and one posted credit note of what the shop owes for it",
          notes(world, told["order"], [["sales", "in", [s["id"] for s in back]]]), [("posted", Decimal(told["amount"]).quantize(CENT, ROUND_HALF_UP), True, True)])


STEPS = {"refund": refund, "send-back": send_back, "tell-money": tell_money,
         "tell-money-again": tell_money_again, "judge-money": judge_money}
