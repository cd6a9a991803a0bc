"""Checks that modules of connectors make of what a vendor's example tells: what an object's fields must be, whether a
request is one by the vendor's own description (OpenAPI 3 or the like), and how an answer must be refused."""
import email.utils
import json
import os
import re
import sys
from datetime import datetime, timezone
from decimal import Decimal

import kit

DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}


def minor(amount, currency):
    """An amount of a currency's smallest unit."""
    return Decimal(amount).scaleb(-DIGITS.get(currency.upper(), 2))


def moment(text):
    """A vendor's time, as canonical objects write it: RFC 3339, RFC 5322, without an offset in UTC, or seconds since
    1970."""
    if isinstance(text, (int, Decimal)):
        when = datetime.fromtimestamp(int(text), timezone.utc)
    elif "," in text:
        when = email.utils.parsedate_to_datetime(text)
    else:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    when = when.astimezone(timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S") + (f".{when.microsecond:06d}" if when.microsecond else "") + "Z"


def at(value, path):
    for part in path.split("/"):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def same(got, wanted):
    if isinstance(wanted, (Decimal, float)):
        return got is not None and Decimal(str(got)) == Decimal(str(wanted))
    if isinstance(wanted, bool) or wanted is None:
        return got is wanted
    return str(got) == str(wanted)


def differs(value, wanted):
    """wanted: paths and what must be there; None: nothing. A path that ends in # is about how many there are."""
    for path, right in wanted.items():
        got = len(at(value, path[:-2]) or []) if path.endswith("/#") else at(value, path)
        if not same(got, right):
            return f"{path} is {got!r}, not {right!r}"
    return None


def made(*wanted):
    """The answer has become these objects, each valid, with these fields."""
    def check(result):
        why = kit.objects(result, len(wanted))
        for one, fields in zip(result.get("objects") or [], wanted):
            why = why or differs(one["value"], fields)
        return why
    return check


def told(wanted=None, ref=None):
    """The answer is read; wanted: what its value must hold."""
    def check(result):
        why = kit.fault(result) or (differs(result.get("value"), wanted) if wanted else None)
        if not why and ref is not None and str(result.get("ref")) != str(ref):
            return f"ref is {result.get('ref')!r}, not {ref!r}"
        return why
    return check


def absent(result):
    why = kit.fault(result)
    return why or ("something was found" if result.get("found") else None)


def refused(code, words=""):
    """The answer is none of success, and says what it is: refused, busy, unknown, auth, held."""
    def check(result):
        if result.get("ok"):
            return "it was taken for a success"
        if result.get("code") != code:
            return f"{result.get('code')}, not {code}"
        return None if words in (result.get("fault") or "") else f"it does not say {words!r}"
    return check


# ---- by the vendor's own description ----

class Spec:
    """Descriptions of one or more files; a request's schema by its operation."""

    def __init__(self, vendor, *files):
        self.operations = {}
        folder = os.path.join(sys.argv[2], vendor)
        for file in files:
            with open(os.path.join(folder, file), encoding="utf-8") as f:
                doc = json.load(f)
            for path, methods in doc["paths"].items():
                for method, o in methods.items():
                    if isinstance(o, dict) and "responses" in o:
                        self.operations[o.get("operationId") or f"{method} {path}"] = (doc, o)

    def faults(self, operation, body, kind="application/json"):
        doc, o = self.operations[operation]
        schema = resolve(doc, resolve(doc, o["requestBody"])["content"][kind]["schema"])
        return fits(doc, schema, body)


def resolve(doc, schema):
    while isinstance(schema, dict) and "$ref" in schema:
        here = doc
        for part in schema["$ref"].lstrip("#/").split("/"):
            here = here[part.replace("~1", "/").replace("~0", "~")]
        schema = here
    return schema


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float, Decimal)}


def type_fault(schema, value, where):
    wanted = schema.get("type")
    wanted = [wanted] if isinstance(wanted, str) else wanted or []
    if not wanted or (value is None and (schema.get("nullable") or "null" in wanted)):
        return None
    for name in wanted:
        if name in TYPES and isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)):
            return None
    return f"{where} is {type(value).__name__}, not {' or '.join(wanted)}"


def typed(doc, schema, value):
    """The texts of a form as the description reads them: numbers and yes or no, where it has those."""
    schema = resolve(doc, schema)
    if isinstance(value, dict):
        named = members(doc, schema, {})
        for part in schema.get("anyOf", []) + schema.get("oneOf", []):
            members(doc, part, named)
        return {name: typed(doc, named.get(name, {}), item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(doc, schema.get("items", {}), item) for item in value]
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def members(doc, schema, into):
    """All members that a schema and those it is made of name; None where more may be there."""
    schema = resolve(doc, schema)
    into.update(schema.get("properties") or {})
    for part in schema.get("allOf", []):
        members(doc, part, into)
    return into


def fits(doc, schema, value, where="", strict=True):
    """Why value is none by schema, or None. strict: a member that is not named is one more fault."""
    schema = resolve(doc, schema)
    why = type_fault(schema, value, where or "/")
    if why:
        return why
    if "enum" in schema and value is not None and value not in schema["enum"]:
        return f"{where} is {value!r}, none of {schema['enum'][:8]}"
    for part in schema.get("allOf", []):
        why = why or fits(doc, part, value, where, False)
    for name in ("oneOf", "anyOf"):
        if name in schema:
            whys = [fits(doc, part, value, where, strict) for part in schema[name]]
            if all(whys):
                return why or "; or ".join(whys)
    if isinstance(value, dict):
        why = why or object_fault(doc, schema, value, where, strict)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            why = why or fits(doc, schema["items"], item, f"{where}/{i}", strict)
    return why


def object_fault(doc, schema, value, where, strict):
    named = members(doc, schema, {})
    for name in schema.get("required") or []:
        if isinstance(schema["required"], list) and name not in value:
            return f"{where}/{name} is needed and not there"
    for name, item in value.items():
        if name in named:
            why = fits(doc, named[name], item, f"{where}/{name}", strict)
            if why:
                return why
        elif strict and named and not schema.get("additionalProperties") and not {"oneOf", "anyOf"} & set(schema):
            return f"{where}/{name} is not in the vendor's description"
    return None


def holds(ours, official, at_=""):
    """All that the official one tells is in ours with the same values, but for members that ours leaves out."""
    if isinstance(official, dict) and isinstance(ours, dict):
        for name in official:
            why = holds(ours[name], official[name], f"{at_}/{name}") if name in ours else None
            if why:
                return why
        return None
    if isinstance(official, list) and isinstance(ours, list):
        if len(ours) != len(official):
            return f"{at_} has {len(ours)} items, not {len(official)}"
        return next(filter(None, (holds(a, b, f"{at_}/{i}") for i, (a, b) in enumerate(zip(ours, official)))), None)
    number = (int, float, Decimal)
    if isinstance(ours, number) and isinstance(official, number) and not isinstance(ours, bool):
        return None if Decimal(str(ours)) == Decimal(str(official)) else f"{at_} is {ours}, not {official}"
    return None if ours == official else f"{at_} is {ours!r}, not {official!r}"


def sent(method, path, body=None, leaves=(), spec=None, operation=None, more=()):
    """The request goes there with what the official one tells; leaves: the members of it that ours leaves out; more:
    what ours says beside; it is one by the vendor's description."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        if result["method"] != method or not result["url"].split("?")[0].endswith(path):
            return f"{result['method']} {result['url']}, not {method} {path}"
        ours = result.get("body")
        if body is None:
            return None
        missing = lacks(ours, body, set(leaves))
        extra = lacks(body, ours, set(more))
        why = missing and f"{missing} is missing" or extra and f"{extra} is more than the official one has"
        why = why or holds(ours, body) or None
        return why or (spec.faults(operation, ours) if spec else None)
    return check


def sent_with_own(method, path, body, own, spec, operation, leaves=()):
    """As sent, but for members that each sender has of its own, as keys: they are there, and as the vendor describes them."""
    def without(value):
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items() if k not in own}
        return [without(v) for v in value] if isinstance(value, list) else value

    def check(result):
        why = kit.fault(result) or lacks(result["body"], body, set(leaves)) or spec.faults(operation, result["body"])
        return why or sent(method, path, without(body), leaves)({**result, "body": without(result["body"])})
    return check


def lacks(ours, theirs, but, where=""):
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name, value in theirs.items():
            if name in but:
                continue
            why = f"{where}/{name}" if name not in ours else lacks(ours[name], value, but, f"{where}/{name}")
            if why:
                return why
    if isinstance(theirs, list) and isinstance(ours, list):
        return next(filter(None, (lacks(a, b, but, f"{where}/{i}") for i, (a, b) in enumerate(zip(ours, theirs)))),
                    None)
    return None
