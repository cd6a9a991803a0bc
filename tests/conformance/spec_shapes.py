#!/usr/bin/env python3
"""spec_shapes.py TENONCTL EXAMPLES [CONNECTOR…]: answers of shapes that no example shows, through the manifests and mappings
of the connectors. Each of them is read, or refused for a reason that the body gives: something that the canonical object must
have is not there, is no such thing, or does not add up. An expression that falls over a shape is a failure, and so is an answer
that the vendor's description allows and the manifest takes for another one."""
import collections
import glob
import importlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "cases")]
import kit  # noqa: E402
import shapes  # noqa: E402

VENDORS = ["shopify", "amazon", "square", "bigcommerce", "stripe", "shipbob", "walmart", "business_central", "quickbooks",
           "loop_returns", "woocommerce", "avalara", "netsuite"]
SEED = 20261130
SAMPLE = None if os.environ.get("SHAPES") == "all" else 9  # changes of an operation's example in a run of all
BATCH = 600_000  # bytes of a file of cases; the program takes so many values and no more
PAGING = re.compile(r"(maxResults|startPosition|current_page|total_pages|limit|offset|nextOffset|totalCount) null$")
# Operations of which the vendor's description allows answers that are none for us, and why.
NARROWER = {
    "amazon": {"settlements.list": "reports of one kind alone are asked for"},
    "loop_returns": {"notes.create": "the one answer that its examples have is true",
                     "refunds.get": "a return without an amount is no refund"},
    "square": {"orders.cancel": "an order that is not cancelled is not what was asked for",
               "orders.list": "whole orders are asked for, not their entries", "refunds.create": "a refund that failed is none"},
    "walmart": {"performance.get": "a status that is not OK is a failure", "statement.get": "a status that is not OK is a failure",
                "token.detail": "a token that is not valid is none"}}
RIGHT = {"required", "too_short", "does_not_add_up", "out_of_range", "not_in_list", "not_a_currency", "not_a_country",
         "not_a_decimal", "not_a_date", "held by the mapping", "M0002"}  # M0002: an amount in a currency that is none


def run(tenonctl, manifest, cases):
    batches, size = [[]], 0
    for case in cases:
        text = json.dumps(case, default=kit.plain)
        if size + len(text) > BATCH:
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += len(text)
    lines = []
    for batch in batches:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write("[" + ",".join(batch) + "]")
            f.flush()
            done = subprocess.run([tenonctl, "connector", "cases", manifest, "--input", f.name], capture_output=True,
                                  text=True, check=False, env=kit.ENVIRONMENT)
        got = [json.loads(line) for line in done.stdout.splitlines()]
        lines += got + [{"ok": False, "fault": "ended: " + done.stderr[:200]}] * (len(batch) - len(got))
    return lines


def verdict(result, change, promised):
    """"read", ("right", reason) or ("wrong", what); promised: the body is all that the vendor's description promises."""
    if not result.get("ok"):
        fault = result.get("fault", "")
        if PAGING.search(change) and "is not what" in fault:
            return "right", "where the next page begins is not told"
        if re.search(r"\b[A-Z]\d{4}: ", fault) or fault.startswith("ended"):
            return "wrong", fault
        if promised and "is not what" in fault:
            return "wrong", fault
        return "right", "not what was asked for" if "is not what" in fault else result.get("code", "refused")
    codes = {}
    for one in result.get("objects", []):
        for fault in [] if one["valid"] else one["faults"] or [": held by the mapping: "]:
            pointer, code, *_ = fault.split(": ")
            codes[code] = (pointer, fault)
    for code, (_, fault) in codes.items():
        if code not in RIGHT:
            return "wrong", fault
    return ("right", next(iter(codes))) if codes else "read"


def examples(name, folder, tenonctl, manifest, rng):
    """Changes of the biggest example of each operation that is read."""
    module = importlib.import_module(name)
    vendor = kit.Vendor(name, os.path.join(folder, module.FOLDER, "cases"), tenonctl, getattr(module, "SETTINGS", {}))
    with open(manifest, encoding="utf-8") as f:
        told = json.load(f)
    vendor._manifest = lambda: told
    module.judge(vendor)
    asks = [{**ask, "body": shapes.trimmed(ask["body"])} for _, ask, _, what in vendor.asked
            if what in ("read", "more") and isinstance(ask.get("body"), (dict, list)) and ask.get("status", 200) < 300]
    best = {}
    for ask, got in zip(asks, run(tenonctl, manifest, asks)):
        whole = got.get("ok") and all(o["valid"] for o in got.get("objects", []))
        size = len(list(shapes.places(ask["body"])))
        if whole and size > best.get(ask["operation"], (0,))[0]:
            best[ask["operation"]] = (size, ask)
    for _, ask in best.values():
        for change, body in sampled(ask["body"], rng):
            yield change, {**ask, "body": body}, False


def described(name, folder, manifest, settings):
    with open(manifest, encoding="utf-8") as f:
        operations = json.load(f)["operations"]
    documents = []
    for path in sorted(glob.glob(os.path.join(folder, "spec*.json"))):
        with open(path, encoding="utf-8") as f:
            documents.append(json.load(f))
    rng = random.Random(SEED)
    for operation, whole, required in shapes.spec_bodies(documents, operations):
        ask = {"operation": operation, "settings": settings, "key": "k", "with": {}, "status": 200}
        by_question = "$with" in json.dumps(operations[operation].get("answer", {}))
        yield "everything", {**ask, "body": whole}, not by_question and operation not in NARROWER.get(name, {})
        yield "what is required", {**ask, "body": required}, False
        yield from ((f"of everything {change}", {**ask, "body": body}, False) for change, body in sampled(whole, rng))


def sampled(body, rng):
    bodies = list(shapes.changed(shapes.trimmed(body)))
    bodies = rng.sample(bodies, SAMPLE) if SAMPLE and len(bodies) > SAMPLE else bodies
    return [(change, make()) for change, make in bodies]


def judge(tap, name, tenonctl, folder):
    manifest = os.path.normpath(os.path.join(ROOT, "tenants", "connectors", name, "manifest.json"))
    module = importlib.import_module(name)
    asked = list(described(name, os.path.join(folder, module.FOLDER), manifest, getattr(module, "SETTINGS", {})))
    asked += list(examples(name, folder, tenonctl, manifest, random.Random(SEED)))
    counts, wrong = collections.Counter(), collections.defaultdict(list)
    for (change, ask, promised), result in zip(asked, run(tenonctl, manifest, [a for _, a, _ in asked])):
        got = verdict(result, change, promised)
        counts["read" if got == "read" else "failed" if got[0] == "wrong" else got[1]] += 1
        if got[0] == "wrong":
            wrong[ask["operation"]].append(f"{change}: {got[1]}")
    for operation in sorted({a["operation"] for _, a, _ in asked}):
        tap.line(operation not in wrong, f"{name}: {operation}: other shapes", "\n".join(wrong.get(operation, [])[:20]))
    reasons = ", ".join(f"{n} {r}" for r, n in sorted(counts.items()) if r not in ("read", "failed"))
    print(f"# {name}: {counts['read']} read, {len(asked) - counts['read'] - counts['failed']} refused with a reason ({reasons}), "
          f"{counts['failed']} failed")
    if not asked:
        tap.line(False, f"{name}: there is nothing to try")


def main():
    tenonctl, folder, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    tap = kit.Tap()
    for name in VENDORS:
        if wanted and name not in wanted:
            continue
        if not os.path.isdir(folder):
            tap.skip(f"{name}: the vendor's descriptions are not here")
            continue
        judge(tap, name, tenonctl, folder)
    tap.end()


main()
