"""WooCommerce: documentation examples of the REST interface, version 3."""
import kit

FOLDER = "woocommerce"
SETTINGS = {"shop": "https://shop.example/"}


def order(body):
    def check(result):
        why = kit.objects(result, 1)
        made = result["objects"][0]["value"] if not why else {}
        if why:
            return why
        if made["natural_key"] != str(body["id"]) or made["currency"] != body["currency"]:
            return "another order, or another currency"
        if len(made["lines"]) != len(body["line_items"]):
            return f"{len(made['lines'])} lines, not {len(body['line_items'])}"
        return None if kit.same_money(made["total"], body["total"]) else f"total {made['total']}, not {body['total']}"
    return check


def judge(vendor):
    for case in vendor.cases:
        body = case.body
        if isinstance(body, dict) and "line_items" in body and "shipping_lines" in body and "currency" in body:
            vendor.read(case, "orders.get", order(body))
        else:
            vendor.skip(case, "not judged yet")
