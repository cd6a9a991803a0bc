"""Bodies that no example shows. spec_bodies makes answers from a vendor's OpenAPI or Swagger document, with all members that
it names and with the required ones alone; changed alters a body a member at a time. Both give the same bodies each time."""
import copy
import re
from decimal import Decimal

ABSENT = object()
DEEP = 7  # levels of a body that is made
TIMES = {"with a fraction": "2026-03-04T05:06:07.123Z", "with an offset": "2026-03-04T05:06:07+02:00",
         "without a fraction": "2026-03-04T05:06:07Z"}
TEXTS = [(r"currency", "USD"), (r"country", "US"), (r"last_?(4|four)", "1111"), (r"(^date|date$|time$|_at$)", "2026-03-04T05:06:07Z"),
         (r"(amount|price|total|cost|discount|quantity|tax|value)", "10.00")]


# ---- from a description ----

def _at(schema, document):
    while isinstance(schema, dict) and "$ref" in schema:
        found = document
        for part in schema["$ref"][2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {})  # a reduced document leaves some out
        schema = found
    return schema if isinstance(schema, dict) else {}


def _merged(schema, document):
    schema = dict(_at(schema, document))
    for part in schema.pop("allOf", []):
        part = _merged(part, document)
        schema["properties"] = {**part.get("properties", {}), **schema.get("properties", {})}
        schema["required"] = list(schema.get("required", [])) + list(part.get("required", []))
        for key, value in part.items():
            schema.setdefault(key, value)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return _merged(schema[choice][0], document)
    return schema


def _text(schema, name):
    form = schema.get("format")
    if form == "date-time":
        return TIMES["without a fraction"]
    if form == "date":
        return "2026-03-04"
    example = schema.get("example", schema.get("default"))
    if isinstance(example, str) and example:
        return example
    for pattern, value in TEXTS:
        if re.search(pattern, name, re.IGNORECASE):
            return value
    return name or "text"


def _value(schema, document, whole, name="", level=0, above=()):
    """What the schema describes; whole: with the members that it does not require. One that holds itself ends there."""
    above += (schema["$ref"],) if "$ref" in schema else ()
    if len(set(above)) < len(above):
        return {}
    schema = _merged(schema, document)
    kind = schema.get("type") or ("object" if "properties" in schema else "array" if "items" in schema else "string")
    kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
    if schema.get("enum"):
        return next((v for v in schema["enum"] if v not in (None, "")), schema["enum"][0])
    if kind == "object":
        required = schema.get("required", [])
        required = required if isinstance(required, list) else []
        return {k: _value(v, document, whole, k, level + 1, above) for k, v in schema.get("properties", {}).items()
                if level < DEEP and (whole or k in required)}
    if kind == "array":
        return [_value(schema.get("items", {}), document, whole, name, level + 1, above)] if level < DEEP else []
    if kind == "integer" or (kind == "number" and re.search(r"id$", name)):
        return 1760000000 if re.search(r"(created|date|updated|arrival)", name) and "id" not in name else 3
    return {"number": 10.5, "boolean": False}.get(kind) if kind in ("number", "boolean") else _text(schema, name)


def _answers(operation, document):
    for status, answer in operation.get("responses", {}).items():
        if status[:1] != "2":
            continue
        answer = _at(answer, document)
        if "schema" in answer:
            yield answer["schema"]
        for kind, content in answer.get("content", {}).items():
            if "json" in kind:
                yield _at(content, document).get("schema", {})


def _same_path(ours, theirs):
    ours, theirs = (re.sub(r"\{[^}]*\}", "{}", p.split("?")[0]).strip("/") for p in (ours, theirs))
    return ours == theirs or ours.endswith("/" + theirs)


def spec_bodies(documents, operations):
    """operations: a manifest's. Gives operation, the body with everything, and that with what is required."""
    for name, o in operations.items():
        found = [(document, asked[o["request"]["method"].lower()]) for document in documents
                 for path, asked in document.get("paths", {}).items()
                 if _same_path(o["request"]["path"], path) and o["request"]["method"].lower() in asked]
        for document, operation in found[:1]:
            for schema in list(_answers(operation, document))[:1]:
                whole = _value(schema, document, True)
                if isinstance(whole, dict):  # an answer with these is a refusal
                    whole = {k: v for k, v in whole.items() if k not in ("errors", "error")}
                yield name, whole, _value(schema, document, False)


# ---- from a body ----

def trimmed(body, level=0):
    """Of long lists, the first few."""
    if isinstance(body, dict):
        return {k: trimmed(v, level + 1) for k, v in body.items()}
    return [trimmed(v, level + 1) for v in body[:1 if level < 2 else 2]] if isinstance(body, list) else body


def places(body, at=()):
    """Every member, one of each kind of place: items of a list are taken as alike."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body[:1]):
        if isinstance(key, str):
            yield at + (key,)
        if isinstance(value, (dict, list)):
            yield from places(value, at + (key,))


def _others(value):
    """What else may stand in a value's place, or what may be wrong with it, each with its name."""
    yield "null", None
    if isinstance(value, dict):
        yield "empty", {}
    elif isinstance(value, list):
        yield "empty", []
        yield "twice as long", value + copy.deepcopy(value)
    elif isinstance(value, str):
        yield "empty", ""
        if re.match(r"\d{4}-\d\d-\d\dT", value):
            yield from TIMES.items()
        elif re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)*", value):
            yield "a word that is new", "NEVER_HEARD_OF"
        elif re.fullmatch(r"-?\d+\.\d\d?", value):
            yield "with four places", value + "00"
            yield "without places", str(int(Decimal(value)))
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        yield "zero", 0


def changed(body):
    """The name of each change, and what gives the body with it."""
    if isinstance(body, dict):
        yield "a member more", lambda: {**body, "never_heard_of": {"a": [1]}}
    for place in places(body):
        pattern = "/".join("*" if isinstance(k, int) else k for k in place)
        yield f"{pattern} absent", lambda p=place: _with(body, p, ABSENT)
        for name, other in _others(_member(body, place)):
            yield f"{pattern} {name}", lambda p=place, o=other: _with(body, p, o)


def _with(body, place, other):
    new = copy.deepcopy(body)
    holder = _member(new, place[:-1])
    if other is ABSENT:
        del holder[place[-1]]
    else:
        holder[place[-1]] = other
    return new


def _member(body, place):
    for key in place:
        body = body[key]
    return body
