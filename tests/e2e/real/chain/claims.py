"""What steps find, and what became of runs of flows."""
import json
import time


def check(sentence, got, wanted=True):
    print(json.dumps([sentence, str(got)[:1500], str(wanted)[:1500]]), flush=True)


def runs(world, state, names=None):
    out = []
    for flow in world.product.all("/v1/flows"):
        if names is None or flow["name"] in names:
            out += [(flow["name"], r) for r in world.product.all(f"/v1/flows/{flow['id']}/runs?state={state}")]
    return out


def runs_end(world, names, seconds):
    until = time.time() + seconds
    while time.time() < until and (runs(world, "ready", names) or runs(world, "leased", names)):
        time.sleep(1)


def no_runs_held(world):
    stopped = runs(world, "held") + runs(world, "dead")
    check("no run of a flow is held or given up", [(name, r["id"], r.get("reason")) for name, r in stopped][:5], [])
    waiting = runs(world, "ready") + runs(world, "leased")
    check("none is under way any more", [(name, r["id"], r.get("reason")) for name, r in waiting if not name.startswith(("Shipments", "Stock of", "Refunds", "Returns"))][:5], [])
