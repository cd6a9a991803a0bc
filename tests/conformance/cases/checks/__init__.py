"""Checks that connectors of several vendors need, beside those of the kit."""
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import parse_qs, unquote, urlsplit

import kit

CODES = {"auth": "upstream-credentials", "no": "upstream-refused", "later": "upstream-busy", "unknown": "upstream-unknown",
         "hold": "on-hold"}


def refused(means, *words):
    """The answer is a refusal of this meaning, and these words are told."""
    def check(result):
        if result.get("ok"):
            return "it was read as if it had succeeded"
        if result.get("code") != CODES.get(means, means):
            return f"it means {result.get('code')}, not {CODES.get(means, means)}"
        missing = [w for w in words if w not in result.get("fault", "")]
        return f"it does not tell {missing}: {result.get('fault')}" if missing else None
    return check


def absent(result):
    return kit.fault(result) or ("it was found" if result.get("found") else None)


def found(result):
    return kit.fault(result) or (None if result.get("found") else "it was not found")


def every(*checks):
    def check(result):
        return next((why for why in (c(result) for c in checks) if why), None)
    return check


def ref(wanted):
    return lambda result: found(result) or same("the name it has there", result.get("ref"), str(wanted))


def after(wanted):
    return lambda result: found(result) or same("where the next page begins", result.get("after"), wanted)


def value(wanted):
    return lambda result: found(result) or differs(result.get("value"), wanted)


def count(n):
    return lambda result: found(result) or same("the number of items", len(result.get("value") or []), n)


def objects(wanted):
    """The canonical objects are valid, as many as wanted, and have what each wanted one names: paths as lines.0.sku."""
    def check(result):
        why = kit.objects(result, len(wanted))
        for i, (one, want) in enumerate(zip(result.get("objects") or [], wanted)):
            why = why or next((w for w in (same(f"object {i}: {path}", at(one["value"], path), v)
                                           for path, v in want.items()) if w), None)
        return why
    return check


def held(*pointers):
    """Nothing is made up: each object has a fault at each of these places, or waits."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        for one in result.get("objects") or [{"valid": True, "faults": []}]:
            if one["valid"] and not one["held"]:
                return "it became an object although it tells too little"
            missing = [p for p in pointers if not any(f.startswith(p + ":") for f in one["faults"])]
            if missing:
                return f"it has no fault at {missing}: {one['faults']}"
        return None
    return check


def at(one, path):
    for part in path.split("."):
        if part == "#":
            one = len(one or [])
        elif isinstance(one, list):
            one = one[int(part)] if int(part) < len(one) else None
        else:
            one = (one or {}).get(part) if isinstance(one, dict) else None
    return one


def same(what, got, wanted):
    if isinstance(wanted, Decimal) and got is not None:
        return None if Decimal(str(got)) == wanted else f"{what} is {got}, not {wanted}"
    if isinstance(wanted, datetime) and isinstance(got, str):
        return None if time(got) == wanted else f"{what} is {got}, not {wanted}"
    return None if got == wanted else f"{what} is {got!r}, not {wanted!r}"


def time(text):
    """A moment as vendors write it, without a zone in UTC, or in milliseconds since 1970."""
    if isinstance(text, (int, Decimal)):
        return datetime.fromtimestamp(int(text) // 1000, timezone.utc)
    one = datetime.fromisoformat(text.replace("Z", "+00:00"))
    one = one if one.tzinfo else one.replace(tzinfo=timezone.utc)
    return one.astimezone(timezone.utc).replace(microsecond=0)


def differs(ours, official, at_="", free=()):
    """What of ours is not as in the official one: other members, other values; None where nothing is."""
    if at_ in free:
        return None
    if isinstance(ours, dict) and isinstance(official, dict):
        for key, one in ours.items():
            if f"{at_}/{key}" in free:
                continue
            if key not in official:
                return f"{at_}/{key} is not in the official one"
            why = differs(one, official[key], f"{at_}/{key}", free)
            if why:
                return why
        return None
    if isinstance(ours, list) and isinstance(official, list):
        if len(ours) != len(official):
            return f"{at_} has {len(ours)} items, not {len(official)}"
        return next((why for why in (differs(a, b, f"{at_}/{i}", free) for i, (a, b) in enumerate(zip(ours, official)))
                     if why), None)
    if type(ours) is bool or type(official) is bool:
        return None if ours is official else f"{at_} is {ours!r}, not {official!r}"
    if isinstance(ours, (int, float, Decimal)) and isinstance(official, (int, float, Decimal)):
        return None if Decimal(str(ours)) == Decimal(str(official)) else f"{at_} is {ours}, not {official}"
    return None if ours == official else f"{at_} is {ours!r}, not {official!r}"


def lacks(ours, official, free=()):
    """The other way round: what the official one has and ours has not."""
    return differs(official, ours, "", free)


def request(method, path, official=None, spec=None, template=None, query=None, free=(), whole=False, free_of=()):
    """The request goes to this address with this query; its body has the members, types and values of the official one
    (whole: all of them), and breaks nothing that the vendor's document says."""
    def check(result):
        if kit.fault(result):
            return kit.fault(result)
        url = urlsplit(result["url"])
        if result["method"] != method or unquote(url.path).lstrip("/") != path.lstrip("/"):
            return f"it goes to {result['method']} {url.path}, not {method} {path}"
        asked = {k: v if len(v) > 1 else v[0] for k, v in parse_qs(url.query).items()}
        for key, want in (query or {}).items():
            if asked.get(key) != want:
                return f"{key} in its query is {asked.get(key)!r}, not {want!r}"
        body = result.get("body")
        if official is not None:
            why = differs(body, official, "", free) or (lacks(body, official, free_of) if whole else None)
            if why:
                return why
        if spec and body is not None:
            broken = spec.body_faults(method, template, body)
            return "; ".join(broken[:5]) or None
        return None
    return check
