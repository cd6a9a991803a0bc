"""Does the suite see what it is to see? Each test plants a fault and asks that it be found."""
import json

import callers
import outside
import routes
from suite import Question, Suite, Try
from world import Missing, sql


def leak_seen(suite):
    """The answer that B gets to its own id is told from that to a missing one."""
    route = next(r for r in suite.routes if r.params and r.safe and not r.public)
    slot = next(iter(route.slots(suite.world)))
    both = [Question(suite.caller('B key'), lambda w=w: route.request(suite.world, suite.tenants['B1'], {str(slot): w}, suite.hints),
                     (), (w,)) for w in (suite.world.sample(slot.kind, suite.tenants['B1']), slot.kind.nobody())]
    if not list(suite.faults([Try('asks for its own', *both)])):
        yield 'an answer with B\'s object and one without are taken for alike'


def route_of(**said):
    whole = {'listener': 'public', 'method': 'GET', 'may': None, 'query': [], 'takes': None, 'public': False, 'raw': False}
    whole.update(said)
    return routes.Route(json.loads(json.dumps(whole)))


def hole_seen(suite):
    """A route with a parameter, a filter or a body field of a kind that nobody made known is not passed over."""
    unknown = {'type': 'object', 'properties': {'widget_id': {'type': 'string', 'pattern': '^wid_[0-7][0-9a-z]{25}$'}}}
    for route in (route_of(path='/v1/widgets/{widget_id}'), route_of(path='/v1/orders', query=['widget_id']),
                  route_of(path='/v1/orders', method='POST', takes=unknown)):
        try:
            list(route.slots(suite.world))
            yield '%s with an unknown kind was passed over' % route.name
        except Missing:
            pass


def change_seen(suite):
    """One row of B's that changes is noticed."""
    before = {'B': suite.world.fingerprint(suite.tenants['B'])}
    of_b = "select customer_id, name from customer where partner_id = '%s' limit 1" % suite.tenants['B'].partner
    row, was = sql(of_b)[0]
    where = "where customer_id = '%s'" % row
    sql("update customer set name = 'Changed' %s" % where)
    if len(list(outside.unchanged(suite, before, ['B']))) != 1:
        yield 'a changed row of B went unnoticed'
    sql("update customer set name = '%s' %s" % (was, where))
    if list(outside.unchanged(suite, before, ['B'])):
        yield 'a row that was put back is still taken for changed'


def caller_lacking_seen(suite):
    """A role in the table that nobody has, a role whose caller is gone, a kind of caller that is gone."""
    sql("insert into role (role, level, permissions) values ('partner_guest', 'partner', '{}')")
    if list(callers.lacking(suite.callers)) != ['no caller has the role partner_guest; tests/isolation/people.sh makes none']:
        yield 'a new role without a caller went unnoticed'
    sql("delete from role where role = 'partner_guest'")
    for lost in ({'role': 'partner_auditor'}, {'role': 'platform_operator'}, {'kind': 'embed'}, {'kind': 'client'}):
        left = [c for c in suite.callers if any(getattr(c, k) != v for k, v in lost.items())]
        if not list(callers.lacking(left)):
            yield 'that no caller was left with %s went unnoticed' % lost
    if list(callers.lacking(suite.callers)):
        yield 'a caller is said to be lacking while all are there'


def caller_lost_seen(suite):
    """A person whose session has ended finds nothing of anybody's: that must not pass for being refused."""
    who = suite.caller('A partner_auditor')
    sql("update session set revoked_at = now() where token_hash = sha256(convert_to('%s', 'UTF8'))"
        % dict(who.headers)['cookie'].split('=')[1])
    if not list(callers.whole(suite, [who], restored=False)):
        yield 'a caller without a session was taken for one with'
    if list(callers.whole(suite, [who])):
        yield 'a caller that was restored was taken for one without a session'


def main():
    suite = Suite()
    outside.tell('the suite sees a planted leak', leak_seen(suite))
    outside.tell('the suite sees a route that it cannot cover', hole_seen(suite))
    outside.tell('the suite sees a changed row of another\'s', change_seen(suite))
    outside.tell('the suite sees a role and a kind of caller that nobody asks as', caller_lacking_seen(suite))
    outside.tell('the suite sees a caller that is nobody any more', caller_lost_seen(suite))


if __name__ == '__main__':
    main()
