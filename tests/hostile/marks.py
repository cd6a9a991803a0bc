"""What the server looks like from outside: processes, memory, descriptors, counters, and what its clients see."""
import os
import re
import subprocess
import sys
import time
import urllib.request

import wire

MEMORY_SLACK, MEMORY_WAIT = 32 << 20, 30
DESCRIPTORS_WAIT = 60
P99_MS, STRETCH = 50, 0.5
SLOW = 'p99 beside it'
RATE = 400


def children(pid):
    try:
        with open('/proc/%d/task/%d/children' % (pid, pid), encoding='ascii') as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def processes(root):
    """The server's processes: the one that was started and those below it."""
    if not os.path.exists('/proc/%d' % root):
        return []
    found = [root]
    for pid in found:
        found.extend(children(pid))
    return found


def resident(pids):
    total = 0
    for pid in pids:
        try:
            with open('/proc/%d/status' % pid, encoding='ascii') as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith('VmRSS:'))
        except OSError:
            pass
    return total * 1024


def descriptors(pids):
    total = 0
    for pid in pids:
        try:
            total += len(os.listdir('/proc/%d/fd' % pid))
        except OSError:
            pass
    return total


def within(seconds, test):
    """Looks until it holds; how many seconds that took, or None."""
    began = time.monotonic()
    while not test():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(0.1)
    return time.monotonic() - began


class Outside:
    """The server, as its numbers in the kernel and its own counters show it."""

    def __init__(self, root, port):
        self.root, self.port = root, port

    def counter(self, name):
        """The sum over a counter's labels."""
        with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % (self.port + 1), timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        found = [float(line.split()[-1]) for line in lines if re.split('[{ ]', line)[0] == name]
        if not found:
            raise OSError('the server has no counter ' + name)
        return sum(found)

    def processes(self):
        return processes(self.root)

    def memory(self):
        return resident(self.processes())

    def sanitized(self):
        with open('/proc/%d/maps' % self.root, encoding='ascii') as f:
            return 'libasan' in f.read()


class Server(Outside):
    """The same with a normal client beside."""

    def __init__(self, root, port, key):
        super().__init__(root, port)
        self.key, self.beside = key, Beside(port, key)

    def warm(self):
        """What is opened or filled once is there before the first probe; what the normal client sees when alone."""
        conn = wire.Conn(wire.Target(self.port, True, source='127.0.0.8'))
        conn.open()
        key = [('authorization', 'Bearer ' + self.key)]
        conn.send(b''.join(wire.get(s, '/v1/orders', key) for s in range(1, 200, 2)))
        conn.answer(199)
        conn.close()
        time.sleep(1)
        self.beside.stretch()
        time.sleep(1)
        return 'alone: %d requests, %d failed, p99 %.1f ms, worst %.1f ms' % self.beside.stretch()

    def close(self):
        self.beside.close()


class Beside:
    """The normal client, in a process of its own."""

    def __init__(self, port, key):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'neighbour.py')
        self.child = subprocess.Popen([sys.executable, '-B', program, str(port), key, str(RATE)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)

    def stretch(self):
        self.child.stdin.write('\n')
        self.child.stdin.flush()
        answered, failed, p99, worst = self.child.stdout.readline().split()
        return int(answered), int(failed), float(p99), float(worst)

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Marks:
    """Taken before a probe, held against what is after it."""

    def __init__(self, server, quiet):
        self.server, self.quiet = server, quiet
        self.pids = server.processes()
        self.memory, self.descriptors = resident(self.pids), descriptors(self.pids)
        server.beside.stretch()
        self.began = time.monotonic()

    def alive(self):
        return self.server.processes() == self.pids

    def faults(self):
        """What is not as it must be, in words; empty when all is well."""
        if not self.quiet:  # or a few samples would decide
            time.sleep(max(0, self.began + STRETCH - time.monotonic()))
        answered, failed, p99, worst = self.server.beside.stretch()
        faults = []
        if failed:
            faults.append('%d of %d requests beside it failed' % (failed, failed + answered))
        if p99 >= P99_MS:
            faults.append(SLOW + ' %.1f ms, worst %.1f ms of %d' % (p99, worst, answered))
        return faults + (self.leftovers() if self.alive() else ['a process of the server died'])

    def leftovers(self):
        faults = []
        if within(MEMORY_WAIT, lambda: resident(self.pids) <= self.memory + MEMORY_SLACK) is None:
            faults.append('%d MiB more after %d s' % ((resident(self.pids) - self.memory) >> 20, MEMORY_WAIT))
        if within(DESCRIPTORS_WAIT, lambda: descriptors(self.pids) <= self.descriptors) is None:
            more = descriptors(self.pids) - self.descriptors
            faults.append('%d descriptors more after %d s' % (more, DESCRIPTORS_WAIT))
        return faults
