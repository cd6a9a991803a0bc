"""What a partner's own server signs for its pages: whose customer it may name, and on whose host it is good."""
import json

import ids
import vouch
from suite import Question, Try


def question(suite, caller, make):
    """make: gives the token, which is good once."""
    route = next(r for r in suite.routes if r.name == 'POST /v1/embed/session')

    def request():
        out = route.request(suite.world, caller.tenant, {}, suite.hints)
        out.body['token'] = make()
        return out
    return Question(caller, request)


def vouches(suite):
    a, b = suite.people.vouches['A'], suite.people.vouches['B']
    host, kind = suite.tenants['A'].host, suite.world.kind('customer_id')
    own, nobody = kind.wire(suite.tenants['A1'].customer), suite.nobody(kind, suite.callers[0])
    foreign = [kind.wire(suite.tenants[name].customer) for name in ('B1', 'B2')]
    no_kid = ids.text('emb', ids.nobody())
    pairs = [('vouches for a customer of B', lambda c=c: vouch.vouch(a, host, c), lambda: vouch.vouch(a, host, nobody))
             for c in foreign]
    pairs += [('shows what B signed', lambda c=c: vouch.vouch(b, host, c), lambda c=c: vouch.vouch(b, host, c, kid=no_kid))
              for c in foreign + [own]]
    pairs += [('shows what B signed for its own host', lambda c=c: vouch.vouch(b, suite.tenants['B'].host, c),
               lambda c=c: vouch.vouch(b, suite.tenants['B'].host, c, kid=no_kid)) for c in foreign]
    pairs += [('signs by the name of B\'s key', lambda c=c: vouch.vouch(a, host, c, kid=b['kid']),
               lambda c=c: vouch.vouch(a, host, c, kid=no_kid)) for c in foreign + [own]]
    # One caller of each kind: who sends it makes no difference, as nobody is asked who.
    for caller in {c.kind: c for c in suite.callers}.values():
        yield from suite.faults([Try(said, question(suite, caller, theirs), question(suite, caller, missing))
                                 for said, theirs, missing in pairs], at_once=False)
    yield from good(suite, own)


def good(suite, own):
    """By which one sees that the others were refused for what they are."""
    for name, customer in (('A', own), ('B', suite.world.kind('customer_id').wire(suite.tenants['B1'].customer))):
        caller = next(c for c in suite.people.all if c.tenant.partner == suite.tenants[name].partner)
        token = question(suite, caller, lambda n=name, c=customer: vouch.vouch(suite.people.vouches[n], suite.tenants[n].host, c))
        answer = suite.ask_all([token])[0]
        if answer.status != 201 or json.loads(answer.body)['customer_id'] != customer:
            yield 'what %s signed for its own is refused: %r' % (name, answer)
