"""What a vendor's own OpenAPI or Swagger document says of a request: faults(value, schema) names what it breaks. Of JSON
Schema it knows what those documents use; texts and formats are not looked at."""
import json
import os
from decimal import Decimal


class Spec:
    def __init__(self, folder, *names):
        self.documents = []
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                self.documents.append(json.load(f))

    def body_faults(self, method, path, value):
        """Of the body that is sent to method and path, as the document writes the path."""
        for document in self.documents:
            operation = document["paths"].get(path, {}).get(method.lower())
            if not operation:
                continue
            for schema in _schemas(operation, document):
                return faults(value, schema, document)
        return [f"there is no {method} {path} with a body"]


def _schemas(operation, document):
    body = _at(operation.get("requestBody", {}), document)
    for kind, content in body.get("content", {}).items():
        if "json" in kind or "multipart" in kind:
            yield _at(content, document).get("schema", {})
    for parameter in operation.get("parameters", []):
        parameter = _at(parameter, document)
        if parameter.get("in") == "body":
            yield parameter.get("schema", {})


def _at(schema, document):
    while isinstance(schema, dict) and "$ref" in schema:
        found = document
        for part in schema["$ref"][2:].split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def _merged(schema, document):
    """A schema with all that it is, too, as one object."""
    schema = dict(_at(schema, document))
    for part in schema.pop("allOf", []):
        part = _merged(part, document)
        schema["properties"] = {**part.get("properties", {}), **schema.get("properties", {})}
        schema["required"] = list(schema.get("required", [])) + list(part.get("required", []))
        for key, value in part.items():
            schema.setdefault(key, value)
    return schema


def _is(value, kind):
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return {"object": isinstance(value, dict), "array": isinstance(value, list), "string": isinstance(value, str),
            "number": number, "boolean": isinstance(value, bool), "null": value is None,
            "integer": number and value == int(value)}.get(kind, True)


def faults(value, schema, document, at=""):
    schema = _merged(schema, document)
    if value is None and schema.get("nullable"):
        return []
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            tries = [faults(value, {**{k: v for k, v in schema.items() if k != word}, "allOf": [one]}, document, at)
                     for one in schema[word]]
            return [] if any(not t for t in tries) else min(tries, key=len)
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{at or '/'} is {type(value).__name__}, not {' or '.join(kinds)}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at or '/'} is {value!r}, which is none of {schema['enum'][:12]}")
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
        found.append(f"{at or '/'} has {len(value)} characters")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1 << 30):
            found.append(f"{at or '/'} has {len(value)} items")
        for i, item in enumerate(value):
            found += faults(item, schema.get("items") or {}, document, f"{at}/{i}")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{at}/{name} is missing" for name in schema.get("required", [])
                  if name not in value and (name in properties or not properties)]
        for name, one in value.items():
            if name in properties:
                found += faults(one, properties[name], document, f"{at}/{name}")
            elif properties and schema.get("additionalProperties") is False:
                found.append(f"{at}/{name} is not known")
    return found
