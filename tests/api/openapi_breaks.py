#!/usr/bin/env python3
"""openapi_breaks.py OLD NEW: what of NEW breaks a caller who goes by OLD, a line each; ends with 1 if there is any.
openapi_breaks.py --selftest: whether each kind of break is found, and additions pass. TAP.

Breaks: a path, operation or status that is gone; a parameter or member that must be sent now; one that is not taken or
not told any more; a type, list of names, length, range or pattern that is narrower in what is asked; a type or null that is
new in what is told."""
import copy
import json
import sys

METHODS = ('get', 'put', 'post', 'delete', 'patch')


class Reader:
    def __init__(self, old, new):
        self.old, self.new, self.found, self.seen = old, new, [], set()

    def say(self, where, what):
        self.found.append('%s: %s' % (where, what))

    def resolve(self, doc, node):
        while isinstance(node, dict) and '$ref' in node:
            at = doc
            for step in node['$ref'][2:].split('/'):
                at = at.get(step, {})
            node = at
        return node or {}

    # One schema with its null, whether it is written as a list of types or as anyOf.
    def shape(self, doc, node):
        ref = node.get('$ref', '') if isinstance(node, dict) else ''
        node = self.resolve(doc, node)
        null = False
        for part in node.get('anyOf', []):
            if part.get('type') == 'null':
                null = True
            else:
                ref = part.get('$ref', ref)
                node = self.resolve(doc, part)
        kinds = node.get('type', [])
        kinds = set([kinds] if isinstance(kinds, str) else kinds)
        return node, kinds - {'null'}, null or 'null' in kinds, ref

    def schema(self, where, old, new, asked):
        old, old_kinds, old_null, old_ref = self.shape(self.old, old)
        new, new_kinds, new_null, new_ref = self.shape(self.new, new)
        if (old_ref, new_ref, asked) in self.seen and old_ref:
            return
        self.seen.add((old_ref, new_ref, asked))
        if old_kinds != new_kinds and not (new_kinds >= old_kinds if asked else new_kinds <= old_kinds and new_kinds):
            if not (asked and not new_kinds):
                self.say(where, 'was %s and is %s' % (sorted(old_kinds), sorted(new_kinds)))
        if asked and old_null and not new_null and new_kinds:
            self.say(where, 'may not be null any more')
        if not asked and new_null and not old_null:
            self.say(where, 'may be null now')
        if asked:
            self.limits(where, old, new)
        else:
            gone = set(old.get('enum', [])) and set(new.get('enum', [])) - set(old.get('enum', []))
            if gone:
                self.say(where, 'has new names in a closed list: %s' % sorted(map(str, gone)))
        self.members(where, old, new, asked)
        if 'items' in old and 'items' in new:
            self.schema(where + '[]', old['items'], new['items'], asked)

    def limits(self, where, old, new):
        if 'enum' in new:
            lost = set(map(str, old.get('enum', ['anything']))) - set(map(str, new['enum']))
            if lost:
                self.say(where, 'does not take %s any more' % sorted(lost))
        for name, narrower in (('maxLength', min), ('maximum', min), ('maxItems', min), ('minLength', max),
                               ('minimum', max), ('minItems', max)):
            if name in new and (name not in old or new[name] != old[name] and narrower(new[name], old[name]) == new[name]):
                self.say(where, '%s is narrower: %s' % (name, new[name]))
        if 'pattern' in new and new['pattern'] != old.get('pattern'):
            self.say(where, 'has another pattern')

    def members(self, where, old, new, asked):
        before, after = old.get('properties', {}), new.get('properties', {})
        for name in before:
            if name not in after:
                self.say(where + '/' + name, 'is not %s any more' % ('taken' if asked else 'told'))
            else:
                self.schema(where + '/' + name, before[name], after[name], asked)
        must_before, must_after = set(old.get('required', [])), set(new.get('required', []))
        for name in sorted(must_after - must_before if asked else (must_before - must_after) & set(after)):
            self.say(where + '/' + name, 'must be sent now' if asked else 'may be missing now')

    def parameters(self, where, old, new):
        def named(doc, op):
            found = [self.resolve(doc, p) for p in op.get('parameters', [])]
            return {(p['in'], p['name']): p for p in found}
        before, after = named(self.old, old), named(self.new, new)
        for key, p in after.items():
            if p.get('required') and not before.get(key, {}).get('required'):
                self.say('%s %s %s' % ((where,) + key), 'must be sent now')
        for key, p in before.items():
            if key not in after:
                self.say('%s %s %s' % ((where,) + key), 'is not taken any more')
            else:
                self.schema('%s %s %s' % ((where,) + key), p['schema'], after[key]['schema'], True)

    def content(self, where, old, new, asked):
        for kind, body in old.get('content', {}).items():
            if kind not in new.get('content', {}):
                self.say(where, 'is no %s any more' % kind)
            else:
                self.schema(where, body['schema'], new['content'][kind]['schema'], asked)

    def operation(self, where, old, new):
        if old.get('operationId') != new.get('operationId'):
            self.say(where, 'has another operationId')
        self.parameters(where, old, new)
        body_old, body_new = old.get('requestBody', {}), new.get('requestBody', {})
        if body_new.get('required') and not body_old.get('required'):
            self.say(where, 'wants a body now')
        self.content(where + ' asked', body_old, body_new, True)
        if old.get('x-permission') != new.get('x-permission'):
            self.say(where, 'wants another permission')
        for status, answer in old['responses'].items():
            if status not in new['responses']:
                self.say(where, 'does not answer %s any more' % status)
            else:
                self.content(where + ' told', self.resolve(self.old, answer),
                             self.resolve(self.new, new['responses'][status]), False)

    def read(self):
        for path, item in self.old['paths'].items():
            for method in METHODS:
                if method not in item:
                    continue
                where = '%s %s' % (method.upper(), path)
                if method not in self.new['paths'].get(path, {}):
                    self.say(where, 'is gone')
                else:
                    self.operation(where, item[method], self.new['paths'][path][method])
        return self.found


def breaks(old, new):
    return Reader(old, new).read()


def sample():
    text = {'type': 'string', 'minLength': 1, 'maxLength': 10}
    told = {'type': 'object', 'required': ['id', 'state'], 'properties': {
        'id': {'type': 'string'}, 'state': {'type': 'string', 'x-extensible-enum': ['a']},
        'inner': {'anyOf': [{'$ref': '#/components/schemas/Inner'}, {'type': 'null'}]}}}
    asked = {'type': 'object', 'required': ['name'], 'properties': {
        'name': dict(text), 'kind': {'type': 'string', 'enum': ['a', 'b']}, 'n': {'type': ['integer', 'null'], 'maximum': 9}}}
    return {'paths': {'/x': {
        'get': {'operationId': 'x.get', 'parameters': [{'$ref': '#/components/parameters/Limit'}], 'responses': {
            '200': {'content': {'application/json': {'schema': {'$ref': '#/components/schemas/Told'}}}}}},
        'post': {'operationId': 'x.make', 'requestBody': {'required': True, 'content': {
            'application/json': {'schema': {'$ref': '#/components/schemas/Asked'}}}}, 'responses': {'201': {}}}}},
        'components': {'schemas': {'Told': told, 'Asked': asked,
                                   'Inner': {'type': 'object', 'properties': {'deep': {'type': 'string'}}}},
                       'parameters': {'Limit': {'in': 'query', 'name': 'limit', 'schema': {'type': 'integer', 'maximum': 200}}}}}


def selftest():
    def told(d): return d['components']['schemas']['Told']
    def asked(d): return d['components']['schemas']['Asked']
    def drop(d, *keys):
        for k in keys[:-1]:
            d = d[k]
        del d[keys[-1]]
    bad = {
        'a path that is gone': lambda d: drop(d, 'paths', '/x'),
        'an operation that is gone': lambda d: drop(d, 'paths', '/x', 'post'),
        'another operationId': lambda d: d['paths']['/x']['get'].update(operationId='y'),
        'a member that is not told any more': lambda d: drop(told(d), 'properties', 'state'),
        'one inside another': lambda d: drop(d, 'components', 'schemas', 'Inner', 'properties', 'deep'),
        'a member that may be missing': lambda d: told(d).update(required=['id']),
        'a member of another type': lambda d: told(d)['properties'].update(id={'type': 'integer'}),
        'a member that may be null now': lambda d: told(d)['properties'].update(id={'type': ['string', 'null']}),
        'a member that must be sent now': lambda d: asked(d).update(required=['name', 'kind']),
        'a new member that must be sent': lambda d: (asked(d)['properties'].update(z={'type': 'string'}),
                                                     asked(d)['required'].append('z')),
        'a member that is not taken any more': lambda d: drop(asked(d), 'properties', 'kind'),
        'a name that is not taken any more': lambda d: asked(d)['properties']['kind'].update(enum=['a']),
        'a shorter text': lambda d: asked(d)['properties']['name'].update(maxLength=9),
        'a smaller range': lambda d: asked(d)['properties']['n'].update(maximum=8),
        'no null any more': lambda d: asked(d)['properties']['n'].update(type='integer'),
        'a pattern': lambda d: asked(d)['properties']['name'].update(pattern='^a'),
        'a parameter that is gone': lambda d: d['paths']['/x']['get'].update(parameters=[]),
        'a parameter that must be sent': lambda d: d['paths']['/x']['get']['parameters'].append(
            {'in': 'header', 'name': 'h', 'required': True, 'schema': {'type': 'string'}}),
        'a smaller limit': lambda d: d['components']['parameters']['Limit']['schema'].update(maximum=100),
        'a status that is gone': lambda d: d['paths']['/x']['post'].update(responses={'202': {}}),
    }
    good = {
        'nothing': lambda d: None,
        'a new path': lambda d: d['paths'].update({'/y': copy.deepcopy(d['paths']['/x'])}),
        'a new member told': lambda d: told(d)['properties'].update(more={'type': 'string'}),
        'a new name told': lambda d: told(d)['properties']['state'].update({'x-extensible-enum': ['a', 'b']}),
        'a new member that may be sent': lambda d: asked(d)['properties'].update(more={'type': 'string'}),
        'a new name taken': lambda d: asked(d)['properties']['kind'].update(enum=['a', 'b', 'c']),
        'a longer text': lambda d: asked(d)['properties']['name'].update(maxLength=20),
        'a new parameter that may be sent': lambda d: d['paths']['/x']['get']['parameters'].append(
            {'in': 'query', 'name': 'q', 'schema': {'type': 'string'}}),
        'a member that need not be sent any more': lambda d: asked(d).update(required=[]),
    }
    n = failed = 0
    for cases, want in ((bad, True), (good, False)):
        for name, change in cases.items():
            new = sample()
            change(new)
            said = breaks(sample(), new)
            n += 1
            ok = bool(said) == want
            failed += not ok
            print('%s %d - %s %s' % ('ok' if ok else 'not ok', n, name, 'is found' if want else 'passes'))
            for line in said if not ok else []:
                print('# ' + line)
    print('1..%d' % n)
    return failed > 0


def main():
    if sys.argv[1:] == ['--selftest']:
        return selftest()
    with open(sys.argv[1]) as a, open(sys.argv[2]) as b:
        found = breaks(json.load(a), json.load(b))
    for line in found:
        print(line)
    return bool(found)


sys.exit(main())
