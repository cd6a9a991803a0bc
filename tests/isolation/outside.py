"""Every route, from outside: what is another's answers like what is not. Run by tests/isolation/run, which says where."""
import os
import sys
import time

import callers
import embedded
import etags
import idem
import lists
import routes
from suite import Suite
from world import Missing

FAULTS_SHOWN = 5
# What somebody without a name leaves with the partner whose host was asked: that is the host's own business.
LEFT_BY_VISITORS = {'audit_entry', 'audit_head', 'throttle', 'one_time'}


def tell(sentence, faults):
    faults = list(faults)
    if not faults:
        print('ok\t%s' % sentence, flush=True)
    else:
        shown = '\\n'.join(f.replace('\n', '\\n').replace('\t', ' ') for f in faults[:FAULTS_SHOWN])
        print('no\t%s\t%d faults: %s' % (sentence, len(faults), shown), flush=True)


def guarded(faults):
    """A hole in the suite's own knowledge is a fault like any other."""
    try:
        yield from faults
    except Missing as e:
        yield str(e)


def exceptions_read():
    out = set()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'exceptions'), encoding='utf-8') as f:
        for line in f:
            words = line.split('#')[0].split()
            if len(words) > 3:
                out.add(tuple(words[:3]))
    return out


def phase(suite, sentence, per_route):
    for route in suite.routes:
        tell('%s: %s' % (route.name, sentence), guarded(per_route(route)))


def unchanged(suite, before, watched, but=()):
    for name in watched:
        after = suite.world.fingerprint(suite.tenants[name])
        for table, was in before[name].items():
            if after[table] != was and not (table in but and name == 'B'):
                yield 'rows of %s in %s: %s, then %s' % (name, table, was, after[table])


def reach(suite):
    known, used = {k for k in exceptions_read() if k[2] != 'query:cursor'}, set()
    for route in sorted(suite.routes, key=routes.reading_order):
        by_place = {}
        for slot in route.slots(suite.world):
            by_place.setdefault(str(slot), []).append(slot)
        for place, slots in by_place.items():  # one that takes several kinds is looked at when one of them is
            said = [suite.reached(route, slot) for slot in slots]
            if None in said:
                continue
            name = tuple(route.name.split()) + (place,)
            used.add(name)
            if name not in known:
                yield '%s %s is never looked at: %s' % (route.name, place, said[0])
    for name in known - used:
        yield 'tests/isolation/exceptions names %s, which needs none' % ' '.join(name)


def one_by_one(suite):
    """Each route by itself, with a look at every row of those that are to be unharmed."""
    watched = ('B', 'A2')
    before = {name: suite.world.fingerprint(suite.tenants[name]) for name in watched}
    if sum(int(n) for n, _ in before['B'].values()) < 20:
        raise Missing('partner B has hardly a row')
    for route in suite.routes:
        suite.people.renew(suite)
        faults = list(guarded(suite.foreign(route))) + list(guarded(suite.customer_header(route)))
        faults += list(unchanged(suite, before, watched)) if route.public else []
        faults += list(guarded(suite.wrong_host(route)))
        faults += list(unchanged(suite, before, watched, LEFT_BY_VISITORS if route.public else ()))
        if not route.safe:
            faults += list(callers.whole(suite, suite.callers))
        if route.public and not route.safe:
            before['B'] = suite.world.fingerprint(suite.tenants['B'])
        tell('%s answers for what is another\'s as for what is not, and changes nothing' % route.name, faults)


def main():
    suite = Suite()
    began = time.monotonic()
    tell('every role and every kind of caller is there to ask', callers.lacking(suite.callers))
    tell('and each is who it is to be', callers.whole(suite, suite.callers))
    one_by_one(suite)
    tell('every list begins nowhere for another\'s cursor', guarded(lists.cursors(suite, exceptions_read())))
    tell('another\'s version of what is read is like one that somebody made up', guarded(etags.etags(suite)))
    tell('what a partner vouches for is its own', guarded(embedded.vouches(suite)))
    tell('no key against repeats meets another\'s', guarded(idem.keys(suite)))
    tell('each caller is still who it is to be', callers.whole(suite, suite.callers))
    tell('every id is looked at: the caller\'s own answers otherwise', guarded(reach(suite)))
    tell('no question met a limit or a fault of the server, which would answer all alike', suite.odd)
    print('say\t%d combinations of %d routes and %d callers of %d roles, %d requests, answers %s, %d looked at again, %d asked '
          'later, %d of a record that grows, %d repeated the id, %.0f s' % (
              suite.combinations, len(suite.routes), len(suite.callers), len({c.role for c in suite.callers} - {None}),
              suite.client.asked, ' '.join('%d:%d' % p for p in sorted(suite.answers.items())), suite.again, suite.later,
              suite.moving, suite.client.echoed, time.monotonic() - began))


if __name__ == '__main__':
    try:
        main()
    except Missing as e:
        tell('the suite knows what it tries', [str(e)])
        sys.exit(1)
