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
    """Those of these flows that are under way still when the time is up."""
    until = time.time() + seconds
    while True:
        left = runs(world, "ready", names) + runs(world, "leased", names)
        if not left or time.time() >= until:
            return left
        time.sleep(1)


def named(found):
    return [(name, r["id"], r["created_at"], r.get("reason")) for name, r in found][:5]


def no_runs_held(world, seconds=300):
    """Every run that has begun comes to its end, also those that no step asked for: the flows have a schedule, by which
    all shipments of the last hour are told once more every five minutes, whatever else is going on. The runs that only begin
    others are left out, since a time of theirs may come at any moment."""
    begun = [name for name in world.kept("made.json", {}) if name.startswith("A ")]
    left = runs_end(world, begun, seconds)
    check("no run of a flow is held or given up", named(runs(world, "held") + runs(world, "dead")), [])
    check(f"every run that was begun, by a step or by the schedule, has ended within {seconds} s", named(left), [])
