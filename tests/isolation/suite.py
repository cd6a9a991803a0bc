"""The questions: each slot of each route with what is another's and with what is nobody's, by every caller, compared."""
import itertools
import json
import os
import re

import ask
import callers
import routes
from world import Missing, Tenant, World, sql

LANES = 4
VOLATILE_MEMBERS = {'/instance', '/measured_at'}


class Question:
    """make: gives the request, another one each time, as no two have the same key against repeats."""

    def __init__(self, caller, make, extra=(), tried=()):
        self.caller, self.make, self.extra, self.tried = caller, make, extra, tried


class Try:
    """Two questions of one caller that are to be answered alike: with another's word and with nobody's."""

    def __init__(self, sentence, theirs, missing):
        self.sentence, self.theirs, self.missing = sentence, theirs, missing


class Suite:
    def __init__(self):
        self.world = World()
        self.client = ask.Client(int(os.environ['ISOLATION_PORT']), os.environ['ISOLATION_CA'])
        with open(os.environ['ISOLATION_PEOPLE'], encoding='utf-8') as f:
            people = json.load(f)
        self.tenants = {t['name']: Tenant(t['name'], t['partner'], t['customer'], t['host']) for t in people['tenants']}
        self.people = callers.People(self.tenants, people)
        self.callers, self.second = [self.people.of(self.tenants[name].partner) for name in ('A', 'B')]
        with open(os.environ['ISOLATION_ROUTES'], encoding='utf-8') as f:
            self.routes = routes.routes_read(f.read())
        self.world.find_all(self.tenants.values())
        self.hints, self.combinations, self.answers = routes.hints_read(), 0, {}
        self.moving, self.nobodys, self.odd, self.again, self.later = 0, {}, [], 0, 0
        self.people.renew(self)

    def caller(self, name):
        return next(c for c in self.people.all if c.name == name)

    def others(self, caller):
        """Whose things are nobody's to this caller."""
        mine = caller.tenant
        out = [t for t in self.tenants.values() if t.partner != mine.partner]
        if mine.customer:
            out += [t for t in self.tenants.values()
                    if t.partner == mine.partner and t.customer and t.customer != mine.customer]
        return out

    # ---- asking ----

    def make_ready(self, asked):
        """No earlier try stands in the way of these: by slowing them down, or by having ended what they ask with."""
        if not all(request.route.safe for _, request in asked):
            sql('select public.restore()')

    def begin(self, lane, question, request):
        caller, extra = question.caller, question.extra
        headers = list(caller.headers) + [h for h in request.headers if h[0] not in [e[0] for e in extra]]
        return self.client.begin(caller.tenant.host, request.method, request.target(),
                                 headers + [e for e in extra if e[1] is not None], request.octets(), lane % LANES)

    def wave(self, questions):
        """All at once; who is told to come later, as so many ask at once, asks again alone."""
        asked = [(q, q.make()) for q in questions]
        self.make_ready(asked)
        under_way = [(q, r, self.begin(lane, q, r)) for lane, (q, r) in enumerate(asked)]
        answers = [(q, r, self.client.answer(pending, q.tried)) for q, r, pending in under_way]
        for question, request, answer in answers:
            if answer.status in (429, 503) and len(answers) > 1:
                self.later += 1
                yield from self.wave([question])
                continue
            if answer.status == 429 or answer.status >= 500:
                self.odd.append('%s by %s: %r' % (request.route.name, question.caller.name, answer))
            yield question, answer

    def ask_all(self, questions, at_once=True):
        """Each caller asks one thing after the other, all callers at once. The answers in the order of the questions."""
        by_caller, answers = {}, {}
        for q in questions:
            by_caller.setdefault(q.caller.name if at_once else '', []).append(q)
        for wave in itertools.zip_longest(*by_caller.values()):
            for question, answer in self.wave([q for q in wave if q]):
                answers[id(question)] = answer
        return [answers[id(q)] for q in questions]

    def send(self, caller, request, extra=(), tried=()):
        return self.ask_all([Question(caller, lambda: request, extra, tried)])[0]

    def me(self, caller):
        route = next(r for r in self.routes if r.name == 'GET /v1/me')
        return Question(caller, lambda: route.request(self.world, caller.tenant, {}, self.hints))

    # ---- comparing ----

    def faults(self, tries, at_once=True):
        """What is told apart. A difference is looked at again, one question after the other."""
        tries = list(tries)
        questions = list({id(q): q for t in tries for q in (t.missing, t.theirs)}.values())
        answers = dict(zip(map(id, questions), self.ask_all(questions, at_once)))
        for t in tries:
            a, b = answers[id(t.theirs)], answers[id(t.missing)]
            self.combinations += 1
            self.answers[b.status] = self.answers.get(b.status, 0) + 1
            said = None if a == b else self.alike(t)
            if said:
                yield '%s %s\n#   %s' % (t.theirs.caller.name, t.sentence, said)

    def alike(self, t):
        """Members that differ between two askings of the same are left out."""
        self.again += 1
        a, b = self.ask_all([t.theirs, t.missing])
        if a == b:
            return None
        again = self.ask_all([t.missing])[0]
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

    def nobody(self, kind, caller):
        key = id(kind), caller.name
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

    def values(self, route, slot, caller):
        """What others have there, and whose it is."""
        for other in self.others(caller):
            if route.public and other.partner == caller.tenant.partner:
                continue  # nobody is asked there: who has the word may
            if other.partner == caller.tenant.partner and not self.world.of_customers(slot.kind):
                continue  # the partner's own: whether a customer's caller may see it is a matter of its rights
            value = self.world.sample(slot.kind, other)
            if value is not None:
                yield other, value

    def foreign(self, route):
        for slot in route.slots(self.world):
            tries = [t for caller in self.callers for t in self.tries(route, slot, caller)]
            if not tries and slot.at not in self.world.anything:
                raise Missing('nobody else has an object for %s; the seed of isolation_test.c makes none' % slot)
            yield from self.faults(tries, not route.public or route.safe)

    def tries(self, route, slot, caller):
        values = list(self.values(route, slot, caller))
        for extra in self.variants(route, slot):
            def question(word, extra=extra):
                return Question(caller, lambda: route.request(self.world, caller.tenant, {str(slot): word}, self.hints),
                                extra, (word,))
            missing = question(self.nobody(slot.kind, caller))
            for other, value in values:
                yield Try('asks for that of %s in %s with %s' % (other.name, slot, extra), question(value), missing)

    # ---- the customer named in a header, and another partner's credential ----

    def customer_header(self, route):
        kind = self.world.kind('customer_id')
        tries = []
        for caller in self.callers:
            if any(k == 'customer' for k, _ in caller.headers):
                continue

            def question(word, caller=caller):
                return Question(caller, lambda: route.request(self.world, caller.tenant, {}, self.hints),
                                (('customer', word),), (word,))
            missing = question(self.nobody(kind, caller))
            tries += [Try('names the customer of ' + other.name, question(kind.wire(other.customer)), missing)
                      for other in self.others(caller) if other.customer]
        yield from self.faults(tries, not route.public or route.safe)

    def wrong_host(self, route):
        """A credential on another partner's host is like one that nobody has."""
        tries = []
        for caller in self.callers:
            for other in {t.host for t in self.tenants.values() if t.partner != caller.tenant.partner}:
                away = Tenant('', caller.tenant.partner, caller.tenant.customer, other)
                forged = [(k, forge(k, v)) for k, v in caller.headers]
                both = [Question(caller.elsewhere(away, headers),
                                 lambda c=caller: route.request(self.world, c.tenant, {}, self.hints))
                        for headers in (caller.headers, forged)]
                tries.append(Try('on ' + other, *both))
        yield from self.faults(tries, not route.public or route.safe)

    # ---- the caller's own value: is the slot looked at at all? ----

    def reached(self, route, slot):
        said = ''
        for caller, tenant in (('A key', 'A1'), ('A key', 'A2'), ('B key', 'B1'), ('A1 key', 'A1'), ('A key', 'A'),
                               ('A1 person', 'A1')):
            who, own = self.caller(caller), self.world.sample(slot.kind, self.tenants[tenant])
            if own is None:
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


def forge(name, value):
    """A credential of the same form that nobody has: a key without its check, as it may be, or with its end changed."""
    if name not in ('authorization', 'cookie'):
        return value
    key = re.match(r'Bearer sk_live_.{52}', value)
    value = key.group() if key else value
    return value[:-6] + ''.join('x' if c != 'x' else 'y' for c in value[-6:])
