"""Versions of what is read: with another's in hand one learns no more than with one that somebody made up."""
import re
import secrets

from suite import Question, Try


def etags(suite):
    seen = 0
    for route in suite.routes:
        if not route.safe or route.params:
            continue
        theirs = {tag for who in ('B key', 'B person') for tag in version(suite, route, who) if not counted(tag)}
        for tag in theirs:
            tries = [Try('with the version of B', *[question(suite, route, c, word) for word in (tag, made_up(tag))])
                     for c in suite.callers if tag not in version(suite, route, c.name)]
            seen += len(tries)
            for fault in suite.faults(tries):
                yield '%s: %s' % (route.name, fault)
    if not seen:
        yield 'no route says a version that is more than a count'


def question(suite, route, caller, tag):
    return Question(caller, lambda: route.request(suite.world, caller.tenant, {}, suite.hints), (('if-none-match', tag),), (tag,))


def version(suite, route, name):
    caller = suite.caller(name)
    answer = suite.send(caller, route.request(suite.world, caller.tenant, {}, suite.hints))
    return [v for k, v in answer.headers if k == 'etag']


def counted(tag):
    """A count of changes, as each thing has its own: the variants of every slot try those."""
    return re.fullmatch(r'"v\d+"', tag)


def made_up(tag):
    return re.sub(r'[0-9a-f]{8,}', lambda m: secrets.token_hex(len(m.group()))[:len(m.group())], tag)
