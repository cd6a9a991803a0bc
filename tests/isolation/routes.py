"""The route table as the server prints it, the places in a request where an id may stand, and requests made of them."""
import copy
import json
import os
import re
import secrets

from world import HERE, Missing, Secret

SAMPLES = {'time_zone': 'Europe/Berlin', 'currency': 'EUR', 'base_currency': 'EUR',
           'url': 'https://example.com/', 'colour': '#336699', 'reason': 'a reason that is long enough',
           'expires_at': '2031-01-01T00:00:00Z'}
NO_ID = {'limit', 'cursor', 'fields', 'expand', 'sort', 'q'}


class Slot:
    """where: path, body, query. at: the parameter's name, or the path of a body's member."""

    def __init__(self, where, at, kind):
        self.where, self.at, self.kind = where, at, kind

    def __str__(self):
        return '%s:%s' % (self.where, self.at if isinstance(self.at, str) else '.'.join(map(str, self.at)))


class Request:
    def __init__(self, route, path, query, headers, body):
        self.route, self.method, self.path, self.query, self.headers, self.body = route, route.method, path, query, headers, body

    def target(self):
        return self.path + ('?' + '&'.join('%s=%s' % p for p in self.query) if self.query else '')

    def octets(self):
        return None if self.body is None else json.dumps(self.body).encode()


def sample_of(world, tenant, schema, name):
    """A value that the schema takes; ids are the tenant's own."""
    kind = schema.get('type')
    kind = kind[0] if isinstance(kind, list) else kind
    prefix = id_prefix(schema)
    if prefix is not None:
        return world.sample(world.kind(name, prefix), tenant) or world.kind(name, prefix).nobody()
    if 'enum' in schema:
        return schema['enum'][0]
    if kind == 'object':
        return body_of(world, tenant, schema)
    if kind == 'array':
        return [sample_of(world, tenant, schema['items'], name)]
    if kind == 'string':
        if schema.get('format') == 'date-time':
            return '2031-01-01T00:00:00Z'
        if 'pattern' in schema:
            return '1.00' if '0-9' in schema['pattern'] else 'EUR'
        if name == 'email':  # another each time: who is invited twice is told so
            return 'x%s@example.com' % secrets.token_hex(8)
        return SAMPLES.get(name) or ('x' + secrets.token_hex(8) * 40)[:max(12, schema.get('minLength', 1))]
    if kind == 'integer':
        return max(1, schema.get('minimum', 1))
    return kind == 'boolean' or {}


def id_prefix(schema):
    found = re.match(r'\^([a-z]*?)_?\[0-7\]', schema.get('pattern', ''))
    return found.group(1) if found else None


def body_of(world, tenant, schema):
    """What is required; an id that may be left out stands there only when it is the one that is tried."""
    wanted = set(schema.get('required', []))
    return {name: sample_of(world, tenant, one, name) for name, one in schema.get('properties', {}).items() if name in wanted}


def id_members(schema, at):
    """Where in a body of this schema ids stand: (path, name, prefix)."""
    if id_prefix(schema) is not None:
        yield at, at[-1] if at else '', id_prefix(schema)
    for name, one in schema.get('properties', {}).items():
        yield from id_members(one, at + (name,))
    if 'items' in schema:
        yield from ((p, at[-1], prefix) for p, _, prefix in id_members(schema['items'], at + (0,)))


class Route:
    def __init__(self, said):
        self.method, self.path, self.may, self.query = said['method'], said['path'], said['may'], said['query']
        self.public, self.takes, self.listener = said['public'], said['takes'], said['listener']
        self.name = '%s %s' % (self.method, self.path)
        self.params = re.findall(r'\{([^}]+)\}', self.path)
        self.safe = self.method == 'GET'

    def slots(self, world):
        for name in self.params:
            if name not in world.fixed:
                yield Slot('path', name, world.kind(name))
        for name in self.query:
            for kind in world.every_id() if name in world.anything else ():
                yield Slot('query', name, kind)
            if name in world.anything:
                continue
            kind = world.kinds.get(name) or world.kinds.get(name + '_id')
            if not kind and name.endswith('_id'):
                kind = world.kind(name)
            if kind and name not in NO_ID:
                yield Slot('query', name, kind)
        for at, name, prefix in id_members(self.takes, ()) if self.takes else ():
            yield Slot('body', at, world.kind(name, prefix))

    def request(self, world, tenant, values, hints):
        """values: what stands in which slot, by the slot's text; the other places hold the tenant's own."""
        path, query, body = self.path, [], None
        for name in self.params:
            own = world.fixed.get(name) or values.get('path:' + name) or world.sample(world.kind(name), tenant) or world.kind(name).nobody()
            path = path.replace('{%s}' % name, own)
        for name in self.query:
            if 'query:' + name in values:
                query.append((name, values['query:' + name]))
        if self.takes:
            body = body_of(world, tenant, self.takes)
            body.update(copy.deepcopy(hints.get(self.name, {})))
            for slot, value in values.items():
                if slot.startswith('body:'):
                    first = slot[5:].split('.')[0]
                    if first not in body:
                        body[first] = sample_of(world, tenant, self.takes['properties'][first], first)
                    put(body, slot[5:].split('.'), value)
        headers = [] if self.safe else [('if-match', '"v1"'), ('idempotency-key', secrets.token_hex(12))]
        return Request(self, path, query, headers, body)


def put(body, at, value):
    for step in at[:-1]:
        body = body[int(step)] if step.isdigit() else body[step]
    body[int(at[-1]) if at[-1].isdigit() else at[-1]] = value


def hints_read():
    with open(os.path.join(HERE, 'bodies.json'), encoding='utf-8') as f:
        return json.load(f)


def routes_read(text, listener='public'):
    out = [Route(json.loads(line)) for line in text.splitlines() if line]
    if not out:
        raise Missing('the route table is empty')
    return [r for r in out if r.listener == listener]


def reading_order(route):
    """What reads first, what takes away last, and at the very end the host that all are asked on."""
    gone = any(word in route.path for word in ('erase', 'revoke', 'delete', 'suspend', 'rotate', 'publish'))
    taken = 3 + (route.name == 'DELETE /v1/hosts/{host_id}')
    return (0 if route.safe else taken if route.method == 'DELETE' else 2 if gone else 1, -len(route.params), route.name)


