#!/usr/bin/env python3
"""flows_page.py PAGE TENONCTL FLOWDEF_STEPS_C: what the page about flows shows is what happens, as TAP: its files, and the
blocks that are tried, as in mappings_page.py; and every kind of step and trigger stands in its tables."""
import os
import re
import sys
import tempfile

from mappings_page import FILE, RUN, Tap, printed


def main():
    page, tenonctl, steps = (os.path.abspath(path) for path in sys.argv[1:4])
    text = open(page, encoding="utf-8").read()
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for name, body in FILE.findall(text):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(body)
        runs = RUN.findall(text)
        for commands, _, wanted in runs:
            tap.say(f"what is shown is printed: {commands.splitlines()[-1]}", printed(commands, folder, tenonctl), wanted)
        tap.say("every block that runs is tried", len(runs), text.count("```sh"))
        for row in re.findall(r"^\| `\"([a-z_]+)\"", text, re.M):
            document = f'{{"format": "flow/1", "trigger": {{"api": {{}}}}, "steps": [{{"{row}": 1}}, {{"drop": "x"}}]}}'
            with open(os.path.join(folder, "one.json"), "w", encoding="utf-8") as f:
                f.write(document)
            said = printed("tenonctl flow check one.json", folder, tenonctl)
            tap.say(f"{row} is a kind of step", "unknown_member" in said, False)
    code = open(steps, encoding="utf-8").read()
    named = re.search(r"names_of_step\[\] = \{(.*?)\};", code, re.S)[1]
    for name in re.findall(r'"([a-z_]+)"', named):
        if name not in ("id", "comment"):
            tap.say(f"the page has {name}", f'`"{name}"' in text, True)
    print(f"1..{tap.n}")
    return tap.bad > 0


if __name__ == "__main__":
    sys.exit(main())
