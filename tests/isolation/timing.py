"""Does the time of an answer tell another's from nothing? Asked in turn, so that what slows the machine slows both.
   TENON_TIMING=1 tests/isolation/run; TENON_TIMING_TRIES=1000, TENON_TIMING_ROUTES=10."""
import math
import os
import random
import statistics
import time

import outside


def smirnov(a, b):
    """The Kolmogorov-Smirnov distance of two samples, and how likely one as large is when they are alike."""
    a, b = sorted(a), sorted(b)
    i = j = 0
    most = 0.0
    while i < len(a) and j < len(b):
        x = min(a[i], b[j])
        while i < len(a) and a[i] <= x:
            i += 1
        while j < len(b) and b[j] <= x:
            j += 1
        most = max(most, abs(i / len(a) - j / len(b)))
    n = len(a) * len(b) / (len(a) + len(b))
    t = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * most
    if t < 0.2:
        return most, 1.0  # the series below is slow there, and its sum 1 to ten digits
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * t * t) for k in range(1, 101))
    return most, max(0.0, min(1.0, p))


def timed(suite, caller, request):
    began = time.perf_counter()
    answer = suite.send(caller, request)
    return time.perf_counter() - began, answer.status


def pair(suite, route, slot, tries):
    """One name of nobody for all tries, as theirs is one: what either is kept in is equally warm."""
    caller = suite.caller('A key')
    theirs, missing = [], []
    word = suite.world.sample(slot.kind, suite.tenants['B1']) or suite.world.sample(slot.kind, suite.tenants['B'])
    nobody = slot.kind.nobody()
    for _ in range(tries):
        order = [(word, theirs), (nobody, missing)]
        random.shuffle(order)
        for name, into in order:
            request = route.request(suite.world, caller.tenant, {str(slot): name}, suite.hints)
            into.append(timed(suite, caller, request)[0])
    return theirs, missing


def chosen(suite, most):
    out = []
    for route in suite.routes:
        for slot in route.slots(suite.world):
            known = suite.world.sample(slot.kind, suite.tenants['B1']) or suite.world.sample(slot.kind, suite.tenants['B'])
            if slot.where == 'path' and not route.public and known:
                out.append((route, slot))
                break
    return out[:most]


def main():
    suite = outside.Suite()
    tries, bound = int(os.environ.get('TENON_TIMING_TRIES', 1000)), float(os.environ.get('TENON_TIMING_BOUND', 0.05))
    for route, slot in chosen(suite, int(os.environ.get('TENON_TIMING_ROUTES', 10))):
        pair(suite, route, slot, 20)
        theirs, missing = pair(suite, route, slot, tries)
        a, b = statistics.median(theirs), statistics.median(missing)
        distance, p = smirnov(theirs, missing)
        print('say\t%s: medians %.0f and %.0f us (%+.1f %%), D %.3f, p %.3f, %d tries' % (
            route.name, a * 1e6, b * 1e6, (a / b - 1) * 100, distance, p, tries))
        outside.tell('the time of %s tells nothing' % route.name,
                     [] if abs(a / b - 1) < bound and p > 0.01 else ['%.1f %%, p %.4f' % ((a / b - 1) * 100, p)])


if __name__ == '__main__':
    main()
