#!/usr/bin/env python3
"""mappings_page.py PAGE TENONCTL FUNCTIONS_C [--write]: what the page about mappings shows is what happens, as TAP. A block
whose first line is ```json NAME is a file. What stands in a block ```sh tried is run among these files, and the block after
it is what it prints. Of tables under "each row is tried" the first column is an expression on order.json, and the second
what a rule gives for it. And every function that mappings have beside the language's is on the page, and in the API's description. --write puts what is
printed into the blocks."""
import json
import os
import re
import subprocess
import sys
import tempfile

FILE = re.compile(r"^```json ([a-z.]+)\n(.*?)^```$", re.M | re.S)
RUN = re.compile(r"^```sh tried\n(.*?)^```\n```(\w+)\n(.*?)^```$", re.M | re.S)
TABLE = re.compile(r"^<!-- each row is tried -->\n\|.*\n\|.*\n((?:\|.*\n)+)", re.M)
ROW = re.compile(r"^\| `(.*)` \| (.*) \|$", re.M)

BRIEF = ("format source system object target let name expr rules to constant lookup table key miss each from when comment "
         "always if_not_empty creating fail hold default $$ $parent $creating").split()


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def say(self, name, got, wanted):
        self.n += 1
        ok = got == wanted
        self.bad += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {name}")
        if not ok:
            for what, text in (("got", got), ("wanted", wanted)):
                print(f"# {what}: " + str(text).replace("\n", "\n#   "))


def printed(commands, folder, tenonctl):
    path = f"{os.path.dirname(tenonctl)}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", commands], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": path, "LC_ALL": "C.UTF-8"})
    return done.stdout + done.stderr


def gives(expression, folder, tenonctl):
    """As the page says it. A rule for a text field makes a list with the value alone, so that its kind is told, too."""
    with open(os.path.join(folder, "order.mapping.json"), encoding="utf-8") as f:
        document = json.load(f)
    document["rules"] = [{"to": "/note", "expr": f"$string([{expression}])"}]
    with open(os.path.join(folder, "row.json"), "w", encoding="utf-8") as f:
        json.dump(document, f)
    done = subprocess.run([tenonctl, "mapping", "run", "row.json", "--input", "order.json", "--xref", "tables.json",
                           "--values=yes", "--json"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    told = json.loads(done.stdout)
    for fault in told["faults"]:
        if (fault["rule"] or "") == "/note":
            return f"fault `{fault['code']}`"
    if told["held"]:
        return "held"
    value = next(v["value"] for v in told["values"] if v["rule"] == "/note")
    return shown(value)


def shown(value):
    inside = value[1:-1]
    if not inside:
        return "no value"
    return f"`{value if len(json.loads(value)) > 1 else inside}`"


def main():
    page, tenonctl, functions = (os.path.abspath(path) for path in sys.argv[1:4])
    text = open(page, encoding="utf-8").read()
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, body in FILE.findall(text):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(body)
        if sys.argv[4:] == ["--write"]:
            text = RUN.sub(lambda m: f"```sh tried\n{m[1]}```\n```{m[2]}\n{printed(m[1], folder, tenonctl)}```", text)
            open(page, "w", encoding="utf-8").write(text)
        runs = RUN.findall(text)
        for commands, _, wanted in runs:
            tap.say(f"what is shown is printed: {commands.splitlines()[-1]}", printed(commands, folder, tenonctl), wanted)
        rows = [row for table in TABLE.findall(text) for row in ROW.findall(table)]
        for expression, wanted in rows:
            tap.say(f"as the page says: {expression}", gives(expression, folder, tenonctl), wanted)
    tap.say("every row of such a table is read", len(rows), sum(t.count("\n") for t in TABLE.findall(text)))
    tap.say("there are many, and every block is run", (len(runs) == text.count("```sh"), len(rows) > 50), (True, True))
    named = re.findall(r'\{"([a-z_]+)", "<', open(functions, encoding="utf-8").read())
    tap.say("functions are found", len(named) > 10, True)
    for name in named:
        tap.say(f"${name} is described and tried", (f"`${name}(" in text, any(f"${name}(" in r[0] for r in rows)), (True, True))
    described = json.loads(printed("tenonctl openapi print", ".", tenonctl))["components"]["schemas"]["MappingDraft"]
    described = described["properties"]["document"]["description"]
    missing = [word for word in BRIEF + [f"${name}" for name in named] if word not in described]
    tap.say("the API's description names all members and functions", missing, [])
    print(f"1..{tap.n}")
    return tap.bad > 0


if __name__ == "__main__":
    sys.exit(main())
