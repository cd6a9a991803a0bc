"""Who asks: what people.sh made. Every role of the database and every kind of caller of the server has to be among them."""
import copy
import json
import os
import time

import vouch
from world import HERE, Missing, sql

TOKEN_RENEW_S = 300
NO_CALLERS = {'none', 'system', 'webhook'}  # kinds of actors that send no request with a credential of their own


class Caller:
    """kind: what GET /v1/me calls it, None when it is to be nobody. role: the person's, or that of a grant."""

    def __init__(self, said, tenants):
        self.name, self.tenant, self.kind, self.role = said['name'], tenants[said['tenant']], said.get('kind'), said.get('role')
        self.headers = [tuple(h) for h in said['headers']]
        self.renew = said.get('renew')

    def elsewhere(self, tenant, headers):
        out = copy.copy(self)
        out.tenant, out.headers = tenant, headers
        return out


class People:
    def __init__(self, tenants, said):
        self.all = [Caller(c, tenants) for c in said['callers']]
        self.vouches, self.renewed = said['vouches'], None

    def of(self, partner):
        return [c for c in self.all if c.tenant.partner == partner]

    def renew(self, suite):
        """Access tokens live shorter than a run may take."""
        if self.renewed and time.monotonic() - self.renewed < TOKEN_RENEW_S:
            return
        for caller in self.all:
            if caller.renew:
                caller.headers = [('authorization', 'Bearer ' + self._token(suite, caller))]
        self.renewed = time.monotonic()

    def _token(self, suite, caller):
        host = caller.tenant.host
        if 'basic' in caller.renew:
            path, headers = '/oauth/token', [('authorization', 'Basic ' + caller.renew['basic']),
                                             ('content-type', 'application/x-www-form-urlencoded')]
            body = b'grant_type=client_credentials'
        else:
            customer = suite.world.kind('customer_id').wire(caller.tenant.customer)
            token = vouch.vouch(self.vouches['A'], host, customer, caller.renew['view'])
            path, headers, body = '/v1/embed/session', [], json.dumps({'token': token}).encode()
        status, _, body = suite.client.raw(host, 'POST', path, headers, body)
        if status not in (200, 201):
            raise Missing('%s gets no token: %d %r' % (caller.name, status, body))
        return json.loads(body)['access_token']


def kinds_known():
    """Every kind of actor that an audit entry can name, by the API's own description."""
    with open(os.path.join(HERE, '../api/openapi.json'), encoding='utf-8') as f:
        entry = json.load(f)['components']['schemas']['AuditEntry']
    return set(entry['properties']['actor_kind']['x-extensible-enum'])


def lacking(callers, roles=None):
    """Roles and kinds of callers that nobody of A is."""
    here = set(roles or (row[0] for row in sql('select role from role')))
    for role in sorted(here - {c.role for c in callers}):
        yield 'no caller has the role %s; tests/isolation/people.sh makes none' % role
    for kind in sorted(kinds_known() - NO_CALLERS - {c.kind for c in callers}):
        yield 'no caller is of the kind %s; tests/isolation/people.sh makes none' % kind


def whole(suite, callers, restored=True):
    """Each is who it is to be: one that had lost its session or role would find nothing of anybody's."""
    if restored:
        sql('select public.restore()')
    for caller, answer in zip(callers, suite.ask_all([suite.me(c) for c in callers])):
        if not caller.kind:
            if answer.status != 401:
                yield '%s is not nobody: %r' % (caller.name, answer)
            continue
        me = json.loads(answer.body) if answer.status == 200 else {}
        roles = {m['role'] for m in me.get('memberships') or ()} if caller.kind == 'user' else {caller.role}
        customer = caller.tenant.customer and suite.world.kind('customer_id').wire(caller.tenant.customer)
        if (me.get('kind'), roles, me.get('customer_id')) != (caller.kind, {caller.role}, customer) or \
                me['must_choose'] or me['second_factor_due']:
            yield '%s is not what it is to be: %r' % (caller.name, answer)
