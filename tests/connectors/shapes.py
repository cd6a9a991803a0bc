#!/usr/bin/env python3
"""shapes.py TENONCTL CONNECTORS VENDORS: what the stand-ins of Amazon and Shopify answer, held against what those vendors
publish. Every operation of a connector's plan is asked once as it is, once for what is not there and once as it is refused;
the answer has to be what the vendor's own document says of that address and status: Amazon's Swagger documents, Shopify's
schema (each answer is carried out by it once more), and for its resource form the kinds of members that its examples have."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance", "cases"))
import kit  # noqa: E402
import openapi  # noqa: E402

try:
    import graphql
    GRAPHQL = None if getattr(graphql, "version_info", (2,)) >= (3, 2) else "graphql-core before 3.2 does not read the schema"
except ImportError:
    GRAPHQL = "graphql-core is not installed"


# The program takes settings that it does not know for mistakes.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("TENON_")}


class StandIn:
    """One that is served for as long as it is needed."""

    def __init__(self, tenonctl, folder):
        self.process = subprocess.Popen([tenonctl, "standin", "serve", os.path.join(folder, "standin.json"), "--listen",
                                         "127.0.0.1:0", "--seed", "1"], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        port = re.search(r"listening on port (\d+)", self.process.stdout.readline()).group(1)
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, path, headers, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json", **headers}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as e:
            return e.code, e.read()

    def reset(self):
        self.ask("POST", "/_standin/reset", {}, {"seed": 1})

    def end(self):
        self.process.terminate()
        self.process.wait()


def requests(tenonctl, folder):
    """What each operation of the plan sends: (sentence, request)."""
    with open(os.path.join(folder, "conformance.json"), encoding="utf-8") as f:
        plan = json.load(f)
    names, asks = [], []
    for operation, one in plan["operations"].items():
        for how in ("with", "missing", "refused"):
            if how in one:
                names.append(operation if how == "with" else f"{operation}, {how}")
                asks.append({"operation": operation, "with": one[how], "settings": plan["settings"], "key": "shapes:1"})
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(asks, f)
        f.flush()
        done = subprocess.run([tenonctl, "connector", "cases", os.path.join(folder, "manifest.json"), "--input", f.name],
                              capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return list(zip(names, map(json.loads, done.stdout.splitlines())))


def asked(standin, request, headers):
    """(status, path, the answer or None)"""
    at = urlsplit(request["url"])
    standin.reset()
    status, text = standin.ask(request["method"], at.path + (f"?{at.query}" if at.query else ""),
                               {**headers, **request["headers"]}, request.get("body"))
    return status, at.path, json.loads(text) if text else None


# ---- Amazon ----

def template_fits(template, path):
    return re.fullmatch(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template)), path)


def by_swagger(documents, method, path, status, answer):
    fitting = [(len(re.findall(r"\{", t)), t, d) for d in documents for t in d["paths"]
               if template_fits(t, path) and method.lower() in d["paths"][t]]
    if not fitting:
        return [f"there is no {method} {path}"]
    _, template, document = min(fitting, key=lambda f: f[:2])
    responses = document["paths"][template][method.lower()]["responses"]
    if str(status) not in responses:
        return [f"{status} is none of {sorted(responses)}"]
    response = openapi._at(responses[str(status)], document)
    if "schema" not in response:
        return [] if answer in (None, {}) else [f"{status} has no body"]
    return openapi.faults(answer, response["schema"], document)


def amazon(tap, tenonctl, connectors, vendors):
    documents = []
    for name in glob.glob(os.path.join(vendors, "amazon-sp-api", "spec-*.json")):
        with open(name, encoding="utf-8") as f:
            documents.append(json.load(f))
    folder = os.path.join(connectors, "amazon")
    standin = StandIn(tenonctl, folder)
    try:
        sign = {"client_id": "a", "client_secret": "b", "grant_type": "refresh_token", "refresh_token": "Atzr|1"}
        token = json.loads(standin.ask("POST", "/auth/o2/token", {}, sign)[1])["access_token"]
        for name, request in requests(tenonctl, folder):
            status, path, answer = asked(standin, request, {"x-amz-access-token": token})
            found = by_swagger(documents, request["method"], path, status, answer)
            tap.line(not found, f"amazon: {name}: {status} as the vendor's document has it", "\n".join(found[:5]))
    finally:
        standin.end()


# ---- Shopify ----

# The schema is a reduced copy, in which nothing implements this interface.
REDUCED = ("type ReturnLineItem implements Node {", "type ReturnLineItem implements Node & ReturnLineItemType {")


def type_of(value, _info, _type):
    found = re.match(r"gid://shopify/(\w+)/", str(value.get("id", "")))
    return found.group(1) if found else None


def by_schema(schema, body, answer):
    """The answer's data, carried out by the schema once more: what is missing, null or no such value is an error."""
    if "data" not in answer:
        return [] if answer.get("errors") else ["neither data nor errors"]
    document = graphql.parse(body["query"])
    again = graphql.execute(schema, document, root_value=answer["data"], variable_values=body.get("variables"),
                            type_resolver=type_of)
    faults = [e.message for e in again.errors or []]
    return faults or ([] if again.data == answer["data"] else ["it has more or other members than were asked for"])


def kinds(value):
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "text", list: "list", dict: "object"}.get(type(value), "null")


def by_example(ours, example, at=""):
    """Members that both have are of one kind, unless one of them is null."""
    if isinstance(ours, list) and isinstance(example, list):
        return [f for one in ours[:3] for f in by_example(one, example[0], at + "[]")] if example and ours else []
    if isinstance(ours, dict) and isinstance(example, dict):
        return [f for k in ours if k in example for f in by_example(ours[k], example[k], f"{at}/{k}")]
    if "null" in (kinds(ours), kinds(example)) or kinds(ours) == kinds(example):
        return []
    return [f"{at} is a {kinds(ours)}, and a {kinds(example)} in the vendor's example"]


def example_of(examples, path):
    plain = lambda p: re.sub(r"\d+(?=[./]|$)", "N", urlsplit(p).path.split("/2026-07/")[-1])  # noqa: E731
    for one in examples:
        if one["method"] == "GET" and plain(one["path"]) == plain(path) and one["response"].get("body"):
            yield one["response"]["body"]


def shopify(tap, tenonctl, connectors, vendors):
    with open(os.path.join(vendors, "shopify", "cases", "rest-examples-2026-07.json"), encoding="utf-8") as f:
        examples = json.load(f)
    with open(os.path.join(vendors, "shopify", "admin-2026-07.subset.graphql"), encoding="utf-8") as f:
        schema = None if GRAPHQL else graphql.build_schema(f.read().replace(*REDUCED), assume_valid_sdl=True)
    folder = os.path.join(connectors, "shopify")
    standin = StandIn(tenonctl, folder)
    try:
        for name, request in requests(tenonctl, folder):
            status, path, answer = asked(standin, request, {"x-shopify-access-token": "shpat_1"})
            if path.endswith("/graphql.json"):
                if schema is None:
                    tap.skip(f"shopify: {name}", GRAPHQL)
                    continue
                found = by_schema(schema, request["body"], answer)
            elif status == 404:
                found = [] if answer == {"errors": "Not Found"} else [f"404 is {answer}"]
            else:
                found = [f for e in example_of(examples, path) for f in by_example(answer, e)]
                if not any(example_of(examples, path)):
                    tap.skip(f"shopify: {name}", "no example of the vendor's has this address")
                    continue
            tap.line(not found, f"shopify: {name}: {status} as the vendor has it", "\n".join(found[:5]))
    finally:
        standin.end()


def main():
    tenonctl, connectors, vendors = sys.argv[1:]
    tap = kit.Tap()
    if not os.path.isdir(vendors):
        tap.skip("amazon", "the vendors' documents are not here")
        tap.skip("shopify", "the vendors' documents are not here")
    else:
        amazon(tap, tenonctl, connectors, vendors)
        shopify(tap, tenonctl, connectors, vendors)
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
