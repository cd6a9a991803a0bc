"""What somebody at a customer sets up before anything flows: connections, a mapping of their own, flows."""
import json
import secrets

from erp import Erp, decimal


def accountant(world):
    """The shops tax some goods at a rate that the ERP, as seeded, has not."""
    books = Erp({**world.facts["erp"], "user": world.facts["erp"]["admin"], "password": world.facts["erp"]["admin_password"]})
    full = books.id_of("account.tax", "name", "US-SALES-8.25")
    books.call("account.tax.copy", [full], {"name": "US-SALES-4.375", "description": "US-SALES-4.375", "rate": decimal("0.04375")})


def erp_settings(world):
    erp, ids = world.erp, world.facts["erp"]
    taxes = {str(t["rate"].normalize()): t["id"] for t in erp.all("account.tax", [["type", "=", "percentage"], ["company", "=", 1]], "rate") if t["rate"]}
    return {"url": ids["url"], "user": ids["user"], "company": 1, "concurrency": 2,
            "warehouse": erp.id_of("stock.location", "code", "DC1"), "unit": erp.id_of("product.uom", "name", "Unit"),
            "account_category": erp.id_of("product.category", "name", "Tax free") or erp.id_of("product.category", "name", "Reduced goods"),
            "tax_codes": taxes}


def own_channel(name):
    def change(document):
        for rule in document["rules"]:
            if rule["to"] == "/channel":
                rule.clear()
                rule.update({"to": "/channel", "constant": f"web {name}"})
    return change


def set_up(world):
    product, made = world.product, {}
    accountant(world)
    made["erp"] = product.connection("tryton", "Head office ERP", erp_settings(world), secret=world.facts["erp"]["password"])["id"]
    for shop in world.shops:
        word = secrets.token_hex(24)
        answer = product.connection(shop.name, f"{shop.name.title()} shop", shop.settings(), made["erp"], secrets=shop.secrets(word))
        made[shop.name] = answer["id"]
        with open(shop.facts["targets"], "w", encoding="utf-8") as f:
            json.dump([{"url": world.facts["relay"] + answer["hook_path"], "secret": word}], f)
        product.mapping(answer["id"], shop.name, "order", "sales_order/1", own_channel(shop.name))
    world.keep("made.json", made)
    print(f"# connections {', '.join(sorted(made))}")
