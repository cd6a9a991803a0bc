"""Every route, from outside: what is another's answers like what is not. Run by tests/isolation/run, which says where."""
import json
import os
import re
import sys
import time

import ask
import idem
import lists
import routes
from world import Caller, Missing, Tenant, World, sql

FAULTS_SHOWN = 5


class Suite:
    def __init__(self):
        self.world = World()
        self.client = ask.Client(int(os.environ['ISOLATION_PORT']), os.environ['ISOLATION_CA'])
        with open(os.environ['ISOLATION_PEOPLE'], encoding='utf-8') as f:
            people = json.load(f)
        self.tenants = {t['name']: Tenant(t['name'], t['partner'], t['customer'], t['host']) for t in people['tenants']}
        self.callers = [Caller(c['name'], self.tenants[c['tenant']], [tuple(h) for h in c['headers']], c.get('restore'))
                        for c in people['callers']]
        with open(os.environ['ISOLATION_ROUTES'], encoding='utf-8') as f:
            self.routes = routes.routes_read(f.read())
        self.world.find_all(self.tenants.values())
        self.hints, self.combinations, self.answers = routes.hints_read(), 0, {}
        self.moving, self.nobodys, self.limited = 0, {}, []
        self.client_basic, self.token_since = people['client_basic'], None
        self.token_renew()

    def token_renew(self):
        """The client's caller has a fresh token: one lives shorter than the run."""
        if self.token_since and time.monotonic() - self.token_since < TOKEN_RENEW_S:
            return
        who = self.caller('A1 client')
        status, _, body = self.client.raw(who.tenant.host, 'POST', '/oauth/token', [
            ('authorization', 'Basic ' + self.client_basic), ('content-type', 'application/x-www-form-urlencoded')],
            b'grant_type=client_credentials')
        if status != 200:
            raise Missing('the client of A1 gets no token: %d %r' % (status, body))
        who.headers = [('authorization', 'Bearer ' + json.loads(body)['access_token'])]
        self.token_since = time.monotonic()

    def make_ready(self, caller, request):
        """No earlier try stands in the way of this one: by slowing it down, or by having ended what it asks with."""
        if request.route.safe:
            return
        if caller.restore:
            sql(caller.restore)
        if request.route.public or caller.tenant.host == self.tenants['A'].host:
            sql("delete from throttle t using partner_host h where t.partner_id = h.partner_id and h.host = '%s'"
                " and t.paid_until > now()" % caller.tenant.host)

    def caller(self, name):
        return next(c for c in self.callers if c.name == name)

    def others(self, caller):
        """Whose things are nobody's to this caller."""
        mine = caller.tenant
        out = [t for t in self.tenants.values() if t.partner != mine.partner]
        if mine.customer:
            out += [t for t in self.tenants.values()
                    if t.partner == mine.partner and t.customer and t.customer != mine.customer]
        return out

    def send(self, caller, request, extra=(), tried=()):
        headers = list(caller.headers) + [h for h in request.headers if h[0] not in [e[0] for e in extra]]
        self.make_ready(caller, request)
        answer = self.client.ask(caller.tenant.host, request.method, request.target(),
                                 headers + [e for e in extra if e[1] is not None], request.octets(), tried)
        if answer.status == 429:
            self.limited.append('%s by %s: %r' % (request.route.name, caller.name, answer))
        return answer

    def alike(self, theirs, missing):
        """theirs, missing: functions that ask. Members that differ between two askings of the same are left out."""
        self.combinations += 1
        a, b = theirs(), missing()
        self.answers[b.status] = self.answers.get(b.status, 0) + 1
        if a == b:
            return None
        again = missing()
        if ask.same_but(a, again, ask.differing(b, again)):
            return None
        if ask.shape(b) and ask.shape(a) == ask.shape(b) and ask.lengths(b) != ask.lengths(again):
            self.moving += 1  # a record that grows with every look at it
            return self.strangers_in(a)
        return 'theirs %r\n#   missing %r' % (a, b)

    def strangers_in(self, answer):
        """The first id of B's that an answer to somebody of A's holds."""
        for name in ('B', 'B1', 'B2'):
            for word in self.world.words(self.tenants[name]):
                if word.encode() in answer.body:
                    return 'the answer holds %s of %s: %r' % (word, name, answer)
        return None

    def nobody(self, kind, other):
        """One for each of theirs: both have been asked for equally often."""
        key = id(kind), other.name
        if key not in self.nobodys:
            self.nobodys[key] = kind.nobody()
        return self.nobodys[key]

    # ---- every slot, another's value beside nobody's ----

    def variants(self, route, slot):
        if slot.where != 'path':
            return [()]
        if route.safe:
            return [(), (('if-none-match', '"v1"'),), (('if-none-match', '*'),)]
        return [(), (('if-match', '"v999"'),), (('if-match', None),), (('if-match', '*'),)]

    def foreign(self, route):
        for slot in route.slots(self.world):
            seen = 0
            for caller in self.callers:
                for other in self.others(caller):
                    if route.public and other.partner == caller.tenant.partner:
                        continue  # nobody is asked there: who has the word may
                    value = self.world.sample(slot.kind, other)
                    if other.partner == caller.tenant.partner and not self.world.of_customers(slot.kind):
                        continue  # the partner's own: whether a customer's caller may see it is a matter of its rights
                    if value is None:
                        continue
                    seen += 1
                    yield from self.pair(route, slot, caller, value, other)
            if not seen and slot.at not in self.world.anything:
                raise Missing('nobody else has an object for %s; the seed of isolation_test.c makes none' % slot)

    def pair(self, route, slot, caller, value, other):
        nobody = self.nobody(slot.kind, other)
        for extra in self.variants(route, slot):
            def asking(word, extra=extra):
                return lambda: self.send(caller, route.request(self.world, caller.tenant, {str(slot): word}, self.hints),
                                         extra, (word,))
            said = self.alike(asking(value), asking(nobody))
            if said:
                yield '%s asks for that of %s in %s with %s\n#   %s' % (caller.name, other.name, slot, extra, said)

    # ---- the customer named in a header, and another partner's credential ----

    def customer_header(self, route):
        kind = self.world.kind('customer_id')
        for caller in self.callers:
            if any(k == 'customer' for k, _ in caller.headers):
                continue
            for other in self.others(caller):
                if not other.customer:
                    continue
                request = route.request(self.world, caller.tenant, {}, self.hints)
                words = kind.wire(other.customer), self.nobody(kind, other)
                asking = [lambda w=w: self.send(caller, request, (('customer', w),), (w,)) for w in words]
                said = self.alike(*asking)
                if said:
                    yield '%s names the customer of %s\n#   %s' % (caller.name, other.name, said)

    def wrong_host(self, route):
        """A credential on another partner's host is like one that nobody has."""
        for caller in self.callers:
            for other in {t.host for t in self.tenants.values() if t.partner != caller.tenant.partner}:
                away = Tenant('', caller.tenant.partner, caller.tenant.customer, other)
                request = route.request(self.world, caller.tenant, {}, self.hints)
                forged = [(k, forge(k, v)) for k, v in caller.headers]
                said = self.alike(lambda: self.send(Caller(caller.name, away, caller.headers, caller.restore), request),
                                  lambda: self.send(Caller(caller.name, away, forged, caller.restore), request))
                if said:
                    yield '%s on %s\n#   %s' % (caller.name, other, said)

    # ---- the caller's own value: is the slot looked at at all? ----

    def reached(self, route, slot):
        said = ''
        for caller, tenant in (('A key', 'A1'), ('A key', 'A2'), ('B key', 'B1'), ('A1 key', 'A1'), ('A key', 'A'),
                               ('A1 person', 'A1')):
            who = next((c for c in self.callers + self.second if c.name == caller), None)
            own = self.world.sample(slot.kind, self.tenants[tenant])
            if not who or own is None:
                continue
            extra = self.narrowing(who, tenant)
            mine, missing = [self.send(who, route.request(self.world, self.tenants[tenant], {str(slot): word}, self.hints),
                                       extra, (word,)) for word in (own, slot.kind.nobody())]
            if mine != missing and (mine.status != missing.status or
                                    not ask.same_but(mine, missing, ask.differing(missing, mine) & VOLATILE_MEMBERS)):
                return None
            said = '%s of %s: own and missing both answer %r' % (caller, tenant, mine)
        return said

    def narrowing(self, who, tenant):
        """A route that makes things for one customer needs to be told which."""
        customer = self.tenants[tenant].customer
        if who.tenant.customer or not customer:
            return ()
        return (('customer', self.world.kind('customer_id').wire(customer)),)


VOLATILE_MEMBERS = {'/instance', '/measured_at'}
TOKEN_RENEW_S = 300
# What somebody without a name leaves with the partner whose host was asked: that is the host's own business.
LEFT_BY_VISITORS = {'audit_entry', 'audit_head', 'throttle', 'one_time'}


def forge(name, value):
    """A credential of the same form that nobody has: a key without its check, as it may be, or with its end changed."""
    if name not in ('authorization', 'cookie'):
        return value
    key = re.match(r'Bearer sk_live_.{52}', value)
    value = key.group() if key else value
    return value[:-6] + ''.join('x' if c != 'x' else 'y' for c in value[-6:])


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


def main():
    suite = Suite()
    suite.second = [c for c in suite.callers if c.name.startswith('B')]
    suite.callers = [c for c in suite.callers if not c.name.startswith('B')]
    began, watched = time.monotonic(), ('B', 'A2')
    before = {name: suite.world.fingerprint(suite.tenants[name]) for name in watched}
    if sum(int(n) for n, _ in before['B'].values()) < 20:
        raise Missing('partner B has hardly a row')
    for route in suite.routes:
        suite.token_renew()
        faults = list(guarded(suite.foreign(route))) + list(guarded(suite.customer_header(route)))
        faults += list(unchanged(suite, before, watched)) if route.public else []
        faults += list(guarded(suite.wrong_host(route)))
        faults += list(unchanged(suite, before, watched, LEFT_BY_VISITORS if route.public else ()))
        if route.public and not route.safe:
            before['B'] = suite.world.fingerprint(suite.tenants['B'])
        tell('%s answers for what is another\'s as for what is not, and changes nothing' % route.name, faults)
    tell('every list begins nowhere for another\'s cursor', guarded(lists.cursors(suite, exceptions_read())))
    tell('every id is looked at: the caller\'s own answers otherwise', guarded(reach(suite)))
    tell('no key against repeats meets another\'s', guarded(idem.keys(suite)))
    tell('no question met a limit, which would answer all alike', suite.limited)
    print('say\t%d combinations of %d routes and %d callers, %d requests, answers %s, %d of a record that grows, '
          '%d repeated the id, %.0f s' % (
        suite.combinations, len(suite.routes), len(suite.callers), suite.client.asked,
        ' '.join('%d:%d' % p for p in sorted(suite.answers.items())), suite.moving, suite.client.echoed, time.monotonic() - began))


if __name__ == '__main__':
    try:
        main()
    except Missing as e:
        tell('the suite knows what it tries', [str(e)])
        sys.exit(1)
