#!/usr/bin/env python3
"""run.py TENONCTL EXAMPLES [CONNECTOR…]: every official example of the vendors through their connectors, as TAP, a line
an example, and a line of counts for each vendor. What is judged of each stands in the module of the connector's name
beside this file; an example that no module speaks of is a failure."""
import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

OWN = {"run", "kit"}


def main():
    tenonctl, examples, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    here = os.path.dirname(os.path.abspath(__file__))
    names = sorted(f[:-3] for f in os.listdir(here) if f.endswith(".py"))
    tap = kit.Tap()
    for name in names:
        if name in OWN or (wanted and name not in wanted):
            continue
        module = importlib.import_module(name)
        folder = os.path.join(examples, module.FOLDER)  # a vendor that publishes no examples has others beside
        if not os.path.isdir(folder):
            tap.skip(f"{name}: the vendor's examples are not here")
            continue
        vendor = kit.Vendor(name, os.path.join(folder, "cases"), tenonctl, getattr(module, "SETTINGS", {}))
        module.judge(vendor)
        vendor.settle(tap)
    tap.end()


main()
