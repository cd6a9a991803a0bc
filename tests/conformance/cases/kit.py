"""What the modules of the connectors share. A module has FOLDER, the vendor's folder of examples, may have SETTINGS, a
connection's, and has judge(vendor), which says of every example what becomes of it:

    vendor.read(case, "orders.get", check, body=…)        it is an answer, and check(result) is called with what was read
    vendor.produce(case, "shipments.create", with_, check)  it is a request that we make, and check(result) compares it
    vendor.hear(case, topic, {"key": …})                    it is a delivery: the manifest's event for the topic, and what its
                                                            expressions give
    vendor.skip(case, why)                                  it is of nothing that we use
    vendor.each(judge_one)                                  judge_one(vendor, case) of each of them
    vendor.also("refusals", "orders.get", check, status=…)  what no example shows: an answer (with body, text or status), or a request
    vendor.refuses(but=[…])                                 no operation takes an answer that is something else for good

check returns nothing, or a sentence that says what is wrong. Numbers of examples are Decimal."""
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from urllib.parse import parse_qsl


# What the tests are told in the environment would be faults of its settings to the program.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("TENON_SHARED", "TENON_BUILD")}


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def line(self, good, name, why="", directive=""):
        self.n += 1
        self.bad += not good
        name = name.replace("#", "\\#")
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}{directive}")
        for part in str(why).splitlines() if why and not good else []:
            print(f"# {part}")

    def skip(self, name, why=""):
        self.line(True, name, directive=f" # SKIP {why}" if why else " # SKIP")

    def end(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.bad else 0)


class Case:
    """One example: file and index in it, and the members that the file gives it."""

    def __init__(self, file, index, members):
        self.file, self.index = file, index
        self.operation, self.name = members.get("operation", ""), members.get("name", "")
        self.method, self.path = members.get("method", ""), members.get("path", "")
        self.request, self.payload = members.get("request"), members.get("payload")
        answer = members.get("response") or {}
        self.status = int(str(answer.get("status", 200))[:3]) if str(answer.get("status", 200))[:1].isdigit() else 200
        self.body = answer.get("body")
        self.members = members

    def __str__(self):
        return f"{self.file}[{self.index}] {self.operation} {self.name}".strip()


def plain(value):
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent >= 0 else float(value)
    raise TypeError(type(value))


class Vendor:
    def __init__(self, name, folder, tenonctl, settings):
        self.name, self.tenonctl, self.settings = name, tenonctl, settings
        self.folder = os.path.dirname(folder)
        self.cases, self.asked, self.skipped, self.seen, self.heard = [], [], [], [], []
        self.counts = {"read": 0, "produced": 0, "more": 0, "heard": 0, "refused": 0}
        for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, file), encoding="utf-8") as f:
                listed = json.load(f, parse_float=Decimal)
            self.cases += [Case(file, i, members) for i, members in enumerate(listed)]
        self.left = {id(c): c for c in self.cases}
        self.broken = {}

    def each(self, judge):
        """judge(vendor, case) of every example; one that it falls over is a failure of that example alone."""
        for case in self.cases:
            try:
                judge(self, case)
            except Exception as e:
                self.broken[id(case)] = f"{type(e).__name__}: {e}"

    def read(self, case, operation, check, **members):
        """members: body (otherwise the answer's, or the payload), status, headers, with, key, kind, probe, text."""
        ask = {"operation": operation, "settings": self.settings, "status": case.status}
        if "text" not in members and "body" not in members:
            members["body"] = case.body if case.body is not None else case.payload
        ask.update({k.rstrip("_"): v for k, v in members.items()})
        self._ask(case, ask, check, "read")

    def produce(self, case, operation, with_, check, **members):
        ask = {"operation": operation, "settings": self.settings, "with": with_}
        ask.update({k.rstrip("_"): v for k, v in members.items()})
        self._ask(case, ask, check, "produced")

    def also(self, name, operation, check, **members):
        ask = {"operation": operation, "settings": self.settings}
        ask.update({k.rstrip("_"): v for k, v in members.items()})
        self._ask(name, ask, check, "more")

    def judged(self, case, what, why):
        """What a module judged by itself, as a delivery: why is what is wrong with it."""
        self.left.pop(id(case), None)
        self.seen.append((case, what, why))

    def hear(self, case, topic, wanted):
        self.left.pop(id(case), None)
        self.heard.append((case, topic, wanted))

    def skip(self, case, why):
        self.left.pop(id(case), None)
        self.skipped.append((case, why))

    def refuses(self, but=()):
        """but: operations whose answers tell nothing, so that nothing can be expected of them."""
        for operation in self._manifest()["operations"]:
            ask = {"operation": operation, "settings": self.settings, "with": {}, "key": "k", "body": {"unexpected": 1}}
            if operation not in but:
                self.asked.append((f"{operation}: an answer that is something else", ask,
                                   lambda result: "it was taken for good" if result.get("ok") else None, "refused"))

    def _ask(self, case, ask, check, what):
        self.left.pop(id(case), None)
        self.asked.append((case, ask, check, what))

    def settle(self, tap):
        for (case, _, check, what), result in zip(self.asked, self._results()):
            try:
                why = check(result)
            except Exception as e:  # a check that falls over has found something
                why = f"{type(e).__name__}: {e}"
            self.counts[what] += not why
            tap.line(not why, f"{self.name}: {case}: {what}", f"{why}\n{json.dumps(result, default=plain)[:1500]}" if why else "")
        for case, what, why in self.seen:
            self.counts["read"] += not why
            tap.line(not why, f"{self.name}: {case}: {what}", why or "")
        for case, topic, wanted in self.heard:
            why = self._hear(case, topic, wanted)
            self.counts["heard"] += not why
            tap.line(not why, f"{self.name}: {case}: heard", why)
        for case, why in self.skipped:
            tap.skip(f"{self.name}: {case}", why)
        for case in self.left.values():
            tap.line(False, f"{self.name}: {case}: nothing says what becomes of it", self.broken.pop(id(case), ""))
        for case in self.cases:
            if id(case) in self.broken:
                tap.line(False, f"{self.name}: {case}: its judge falls over it", self.broken[id(case)])
        print(f"# {self.name}: {self.counts['read']} read, {self.counts['produced']} produced, {self.counts['heard']} heard, {len(self.skipped)} of "
              f"what is not used or not told, {self.counts['more']} beside the examples")

    def _manifest(self):
        done = subprocess.run([self.tenonctl, "connector", "show", self.name], capture_output=True, text=True, check=True,
                              env=ENVIRONMENT)
        return json.loads(done.stdout)

    def _hear(self, case, topic, wanted):
        """wanted: members of the event, and what they are or give; None: no event is about the topic."""
        events = self._manifest()["hooks"]["events"]
        event = next((e for e in events if e["topic"] == topic or
                      (e["topic"].endswith("*") and topic.startswith(e["topic"][:-1]))), None)
        if wanted is None:
            return f"{event} is about it" if event else None
        if not event:
            return f"no event is about {topic}"
        for name, right in wanted.items():
            got = event[name] if name == "object" else self._value(event[name], case.payload)
            if got != right:
                return f"{name} is {got!r}, not {right!r}"
        return None

    def _value(self, expression, document):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(document, f, default=plain)
            f.flush()
            done = subprocess.run([self.tenonctl, "expr", "eval", expression, "--input", f.name], capture_output=True,
                                  text=True, check=False, env=ENVIRONMENT)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def _results(self):
        if not self.asked:
            return []
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump([ask for _, ask, _, _ in self.asked], f, default=plain)
            f.flush()
            done = subprocess.run([self.tenonctl, "connector", "cases", self.name, "--input", f.name],
                                  capture_output=True, text=True, check=False, env=ENVIRONMENT)
        lines = [json.loads(line, parse_float=Decimal) for line in done.stdout.splitlines()]
        if done.returncode or len(lines) != len(self.asked):
            print("# " + done.stderr.replace("\n", "\n# "))
            lines += [{"ok": False, "fault": "the program ended before it"}] * (len(self.asked) - len(lines))
        return lines


# ---- checks that many need ----

def fault(result):
    return None if result.get("ok") else result.get("fault") or "not read"


def objects(result, count=None):
    """Every object is a valid canonical one; count, where it is given, of them."""
    if fault(result):
        return fault(result)
    got = result.get("objects")
    if got is None:
        return "it has become no canonical object"
    if count is not None and len(got) != count:
        return f"{len(got)} objects, not {count}"
    for one in got:
        if not one["valid"]:
            return "; ".join(one["faults"]) or "held"
    return None


def shape(ours, official, at=""):
    """Ours has no member that the official one has not, and what both have is of one type."""
    if isinstance(ours, dict) and isinstance(official, dict):
        for key in ours:
            if key not in official:
                return f"{at}/{key} is not in the official one"
            why = shape(ours[key], official[key], f"{at}/{key}")
            if why:
                return why
        return None
    if isinstance(ours, list) and isinstance(official, list):
        for i, item in enumerate(ours):
            why = shape(item, official[0], f"{at}/{i}") if official else None
            if why:
                return why
        return None
    number = (int, float, Decimal)
    same = type(ours) is type(official) or (isinstance(ours, number) and isinstance(official, number)
                                            and not isinstance(ours, bool) and not isinstance(official, bool))
    return None if same or official is None else f"{at} is {type(ours).__name__}, not {type(official).__name__}"


def form(text):
    """What a form with brackets tells: a[b][0]=c is {"a": {"b": ["c"]}}. Every value is a text."""
    tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=True):
        parts, here = name.replace("]", "").split("["), tree
        for part in parts[:-1]:
            here = here.setdefault(part, {})
        if parts[-1] in here:
            raise ValueError(f"{name} is there twice")
        here[parts[-1]] = value
    return _listed(tree)


def _listed(tree):
    """Members that are called 0, 1, 2… and all of them are a list."""
    if not isinstance(tree, dict):
        return tree
    if tree and set(tree) == {str(i) for i in range(len(tree))}:
        return [_listed(tree[str(i)]) for i in range(len(tree))]
    return {name: _listed(value) for name, value in tree.items()}


def same_money(a, b):
    return Decimal(str(a)) == Decimal(str(b))
