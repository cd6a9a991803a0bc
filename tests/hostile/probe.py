"""Runs the probes and says in TAP what came of them.

usage: probe.py GROUP     The environment says where the server is (see stack.sh). What was done is kept in
HOSTILE_WORK, so that after an aborted server, told by exit status 3, the next call goes on with the next probe.
"""
import os
import re
import sys
import time

import blocked
import blocks
import bodies
import floods
import http1
import kit
import marks
import odd
import resets
import stalls
from wire import Target

SUITE = (floods, blocks, resets, blocked, bodies, http1, odd, stalls)
PORT, WORK = int(os.environ['HOSTILE_PORT']), os.environ['HOSTILE_WORK']
ABORTED = 3
TRIES = 3 # at the mark of the neighbour's p99 alone: a machine with others on it is slow once, a weak server each time


def kept(name):
    try:
        with open(os.path.join(WORK, name), encoding='ascii') as f:
            return int(f.read())
    except OSError:
        return 0


def keep(name, value):
    with open(os.path.join(WORK, name), 'w', encoding='ascii') as f:
        f.write('%d\n' % value)


def check(sentence, faults, took):
    keep('count', kept('count') + 1)
    if faults:
        keep('bad', kept('bad') + 1)
    print('%sok %d - %s (%.1f s)' % ('not ' if faults else '', kept('count'), sentence, took))
    for fault in faults:
        print('# ' + fault)
    sys.stdout.flush()


def seen(run, at, server):
    try:
        run(at, server)
    except kit.Missed as missed:
        return [str(missed)]
    except OSError as fault:
        return ['the probe could not go on: %s' % fault]
    return []


def once(one, way, server):
    """One probe one way, with the marks around it."""
    tls, small = way
    at = Target(PORT if tls else PORT + 4, tls, small, one.source())
    for tries in range(TRIES):
        before = marks.Marks(server, one.quiet)
        began = time.monotonic()
        faults = seen(one.run, at, server) + before.faults()
        if not faults or not all(fault.startswith(marks.SLOW) for fault in faults):
            break
        print('# try %d: %s' % (tries + 1, faults[0]))
    check('%s (%s)' % (one.sentence, at.name()), faults, time.monotonic() - began)
    return before.alive()


def chosen(group):
    word = os.environ.get('TENON_HOSTILE_ONLY', '')
    found = [one for one in kit.PROBES if one.group == group and re.search(word, one.sentence)]
    return [(one, way) for one in found for way in one.ways]


def main():
    group = sys.argv[1]
    server = marks.Server(int(os.environ['HOSTILE_PID']), PORT, os.environ['HOSTILE_KEY'])
    print('# %s' % server.warm())
    todo = chosen(group)
    for i in range(kept(group), len(todo)):
        keep(group, i + 1)
        if not once(*todo[i], server):
            server.close()
            sys.exit(ABORTED)
    server.close()


main()
