"""What somebody at a customer sets up before anything flows: connections, a mapping of their own, flows."""
import json
import secrets


def erp_settings(world):
    erp, ids = world.erp, world.facts["erp"]
    taxes = {str(t["rate"].normalize()): t["id"] for t in erp.all("account.tax", [["type", "=", "percentage"]], "rate") if t["rate"]}
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
