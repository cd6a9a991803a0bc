"""What somebody at a customer sets up before anything flows: connections, a mapping of their own, flows."""
import json
import os
import secrets
from datetime import datetime, timezone

from erp import Erp, decimal

HERE = os.path.dirname(os.path.abspath(__file__))


def accountant(world):
    """The shops tax some goods at 4.375 per cent, which the ERP as seeded has not; Vendure keeps two decimals of it."""
    books = Erp({**world.facts["erp"], "user": world.facts["erp"]["admin"], "password": world.facts["erp"]["admin_password"]})
    full = books.id_of("account.tax", "name", "US-SALES-8.25")
    for name, rate in (("US-SALES-4.375", "0.04375"), ("US-SALES-4.38", "0.0438")):
        books.call("account.tax.copy", [full], {"name": name, "description": name, "rate": decimal(rate)})


def erp_settings(world):
    erp, facts = world.erp, world.facts["erp"]
    with open(facts["ids"], encoding="utf-8") as f:
        ids = json.load(f)
    taxes = {str(t["rate"].normalize()): t["id"] for t in
             erp.all("account.tax", [["type", "=", "percentage"], ["company", "=", ids["companies"]["us"]]], "rate") if t["rate"]}
    return {"url": facts["url"], "user": facts["user"], "company": ids["companies"]["us"], "currency": "USD", "concurrency": 2,
            "warehouse": ids["warehouses"]["DC1"], "unit": ids["uom_unit"], "account_category": ids["categories"]["free"], "tax_codes": taxes,
            "journal": ids["journals"]["REV"], "receivable_account": ids["accounts"]["receivable"],
            "returns_account": ids["accounts"]["returns"], "tax_account": ids["accounts"]["revenue"]}


def own_channel(name):
    def change(document):
        for rule in document["rules"]:
            if rule["to"] == "/channel":
                rule.clear()
                rule.update({"to": "/channel", "constant": f"web {name}"})
    return change


FLOWS = {"vendure": [("A shipment to vendure", "ship-one.vendure"), ("Shipments to vendure", "ship"), ("Stock of vendure", "stock.vendure"),
                     ("A credit note for vendure", "credit-note"), ("Refunds of vendure", "refunds.vendure")],
         "medusa": [("A shipment to medusa", "ship-one.medusa"), ("Shipments to medusa", "ship"), ("Stock of medusa", "stock.medusa"),
                    ("A return of medusa", "return-one"), ("Returns of medusa", "returns.medusa")]}


def flows(world, shop, made):
    """{name: id}"""
    out = {}
    for name, file in FLOWS[shop.name]:
        with open(os.path.join(HERE, "flows", file + ".flow.json"), encoding="utf-8") as f:
            text = f.read().replace("SHOP", shop.name).replace("PREFIX", shop.prefix)
        roles = {role: made[con] for role, con in (("erp", "erp"), ("shop", shop.name)) if f'"connection": "{role}"' in text}
        out[name] = world.product.flow(name, json.loads(text), roles)
    return out


def set_up(world):
    product, made = world.product, {}
    world.keep("began.json", {"at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")})
    accountant(world)
    made["erp"] = product.connection("tryton", "Head office ERP", erp_settings(world), secret=world.facts["erp"]["password"])["id"]
    for shop in world.shops:
        word = secrets.token_hex(24)
        answer = product.connection(shop.name, f"{shop.name.title()} shop", shop.settings(), made["erp"], secrets=shop.secrets(word))
        made[shop.name] = answer["id"]
        with open(shop.facts["targets"], "w", encoding="utf-8") as f:
            json.dump([{"url": world.facts["relay"] + answer["hook_path"], "secret": word}], f)
        product.mapping(answer["id"], shop.name, "order", "sales_order/1", own_channel(shop.name))
        product.cross_reference(f"location_{shop.name}", shop.ids["locations"])
        made.update(flows(world, shop, made))
    world.keep("made.json", made)
    print(f"# connections {', '.join(sorted(made))}")
