"""Goods leave, and the shops are told: shipments and stock."""
import time

import money
from claims import check, no_runs_held, runs_end

PLACES = ("DC1", "ST1")


# ---- the ERP's people ----

def on_hand(world):
    """{place: {sku: pieces}}, as the ERP counts them in the whole warehouse."""
    out = {}
    for place in PLACES:
        house = world.erp.id_of("stock.location", "code", place)
        rows = world.erp.within({"locations": [house], "with_childs": True}).all(
            "product.product", [["type", "=", "goods"], ["code", "like", "SKU-%"]], "code", "quantity")
        out[place] = {r["code"]: int(r["quantity"]) for r in rows}
    return out


def count(world):
    """What lies there before anything leaves."""
    world.keep("counted.json", on_hand(world))
    world.keep("credited.json", [n["id"] for n in money.credit_notes(world)])
    print("# the ERP's stock and credit notes are counted")


def warehouse(world):
    """Everything that waits is packed and leaves, each shipment with a carrier's number."""
    erp = world.erp
    waiting = erp.all("stock.shipment.out", [["state", "in", ["waiting", "assigned"]]], "number")
    for shipment in waiting:
        erp.call("stock.shipment.out.write", [shipment["id"]], {"reference": f"1Z{shipment['id']:06d}"})
    for at in range(0, len(waiting), 10):
        some = [s["id"] for s in waiting[at:at + 10]]
        erp.call("stock.shipment.out.assign_try", some)
        for button in ("pick", "pack", "done"):
            erp.call("stock.shipment.out." + button, some)
    left = erp.all("stock.shipment.out", [["id", "in", [s["id"] for s in waiting]]], "state")
    check("everything that waited has left", sorted({s["state"] for s in left}), ["done"])
    print(f"# {len(left)} shipments")


def sold(world):
    out = {}
    for order in world.bought():
        for sku, pieces in order["lines"].items():
            out[sku] = out.get(sku, 0) + pieces
    return out


def judge_left(world):
    """Of the warehouse that sales leave from exactly what was sold is gone, of the other nothing."""
    before, now, out = world.kept("counted.json", {}), on_hand(world), sold(world)
    down = {sku: before["DC1"][sku] - now["DC1"][sku] for sku in now["DC1"] if before["DC1"][sku] != now["DC1"][sku]}
    check("of the warehouse that ships exactly what was sold is gone", sorted(down.items()), sorted(out.items()))
    check("of the other one nothing is", now["ST1"], before["ST1"])
    print(f"# {sum(out.values())} pieces of {len(out)} goods")


# ---- the product tells the shops ----

def tell_shipments(world, since=None):
    made = world.kept("made.json", {})
    given = {"since": since or world.kept("began.json", {})["at"]}
    began = time.time()
    for shop in world.shops:
        world.product.run(made[f"Shipments to {shop.name}"], given)
    runs_end(world, [f"A shipment to {shop.name}" for shop in world.shops], 600)
    no_runs_held(world)
    print(f"# told in {time.time() - began:.0f} s")


def tell_shipments_again(world):
    """Who is told a second time finds it done."""
    def there():
        return {o["reference"]: shop.order(o["id"])["shipments"] for shop in world.shops for o in world.bought() if o["shop"] == shop.name}

    before = there()
    tell_shipments(world)
    now = there()
    check("told of shipments once more, nothing changes in the shops", [(k, before[k], now[k]) for k in now if now[k] != before[k]][:3], [])


def judge_shipments(world):
    """Each order is shipped whole and once in its shop, with the carrier's number of the ERP's shipment."""
    sale = {s["id"]: s["reference"] for s in world.erp.all("sale.sale", [], "reference")}
    numbers = {}
    for s in world.erp.all("stock.shipment.out", [["state", "=", "done"]], "reference", "outgoing_moves.sale"):
        numbers[sale[s["outgoing_moves."][0]["sale"]]] = s["reference"]
    wrong = []
    for shop in world.shops:
        for order in [o for o in world.bought() if o["shop"] == shop.name]:
            told = shop.order(order["id"])["shipments"]
            if told != [("shipped", numbers.get(order["reference"]), order["lines"])]:
                wrong.append((order["reference"], told, numbers.get(order["reference"]), order["lines"]))
    check("each order is shipped whole and once in its shop, under the carrier's number", wrong[:3], [])


def miscount(world):
    """The shops' people counted wrong in the store: no two neighbours of its goods by the same, and none right."""
    here = on_hand(world)["ST1"]
    for shop in world.shops:
        shop.count_again("ST1", {sku: pieces - 1 - n % 7 for n, (sku, pieces) in enumerate(sorted(here.items()))})
        there = shop.levels()
        check(f"{shop.name} says otherwise of all that lies in the store",
              [sku for sku in here if there[(sku, "ST1")][0] - there[(sku, "ST1")][1] == here[sku]], [])


def tell_stock(world):
    made = world.kept("made.json", {})
    for shop in world.shops:
        job = world.product.run(made[f"Stock of {shop.name}"], {})
        check(f"stock of {shop.name} is told", (job["state"], job.get("reason")), ("done", "dropped: the shop says what the ERP says"))


def judge_stock(world):
    """What each shop can still sell of each place is what the ERP has there: nothing is promised any more."""
    here = on_hand(world)
    for shop in world.shops:
        there = shop.levels()
        wrong = [(sku, place, levels, here[place][sku]) for (sku, place), levels in sorted(there.items())
                 if levels[0] - levels[1] != here[place][sku]]
        check(f"{shop.name} can sell at each place what lies there", (wrong[:5], len(there)), ([], 2 * len(here["DC1"])))


STEPS = {"count": count, "warehouse": warehouse, "judge-left": judge_left, "tell-shipments": tell_shipments,
         "tell-shipments-again": tell_shipments_again, "miscount": miscount, "judge-shipments": judge_shipments, "tell-stock": tell_stock, "judge-stock": judge_stock}
