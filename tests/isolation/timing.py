"""Does the time of an answer tell another's from nothing? Each try asks for another partner's, another customer's and two
names of nobody, in an order drawn each time, so that what slows the machine slows all of them.

What is noise is measured as well: how far apart two samples of nobody's come to lie, drawn again and again from both names
of nobody (the 99th of 100). Another's may lie FACTOR times as far from nobody's, and no further. That holds for the median
and for the tenth part, which whatever slows an answer now and then leaves alone, so that it tells smaller differences.
   TENON_TIMING=1 tests/isolation/run; TENON_TIMING_TRIES=1000, TENON_TIMING_ROUTES=10, TENON_TIMING_FACTOR=1.5."""
import gc
import os
import random
import statistics
import time

import outside
from suite import Question, Suite

DRAWN = 500
WARM = 30


def tenth(us):
    return sorted(us)[len(us) // 10]


MEASURES = (('median', statistics.median), ('tenth', tenth))


class Timing:
    def __init__(self, suite, route, slot, caller, others):
        self.suite, self.route, self.slot, self.caller = suite, route, slot, caller
        self.words = {name: suite.world.sample(slot.kind, suite.tenants[name]) for name in others}
        self.words.update({'nobody': slot.kind.nobody(), 'nobody again': slot.kind.nobody()})
        self.samples = {name: [] for name in self.words}

    def one(self, word):
        request = self.route.request(self.suite.world, self.caller.tenant, {str(self.slot): word}, self.suite.hints)
        question = Question(self.caller, lambda: request)
        self.suite.make_ready([(question, request)])
        began = time.perf_counter_ns()
        status, _, _ = self.suite.client.end(self.suite.begin(0, question, request))
        return (time.perf_counter_ns() - began) / 1000, status

    def run(self, tries):
        gc.disable()
        for n in range(tries + WARM):
            for name in random.sample(list(self.words), len(self.words)):
                us, _ = self.one(self.words[name])
                if n >= WARM:
                    self.samples[name].append(us)
        gc.enable()

    def nobody(self):
        return self.samples['nobody'] + self.samples['nobody again']

    def noise(self, measure):
        """Of samples that are alike: the distance that 99 of 100 pairs stay below."""
        pool, n = self.nobody(), len(self.samples['nobody'])
        apart = sorted(abs(measure(random.choices(pool, k=n)) - measure(random.choices(pool, k=n))) for _ in range(DRAWN))
        return apart[DRAWN * 99 // 100]

    def told(self, factor):
        """What is further from nobody's than noise is."""
        for called, measure in MEASURES:
            nobody, bound = measure(self.nobody()), factor * self.noise(measure)
            apart = {name: measure(us) - nobody for name, us in self.samples.items()}
            print('say\t%s by %s: %s %.0f us; %s; bound %.1f us (%.1f %%), %d tries' % (
                self.route.name, self.caller.name, called, nobody, ', '.join('%s %+.1f' % p for p in apart.items()), bound,
                100 * bound / nobody, len(self.samples['nobody'])), flush=True)
            for name, us in apart.items():
                if abs(us) > bound:
                    yield '%s: the %s is %+.1f us from nobody\'s, noise is %.1f us at most' % (name, called, us, bound)

    def delayed(self, factor):
        """The control: one sample of nobody's, made later by a twentieth of its time, has to be told apart."""
        later = statistics.median(self.samples['nobody']) * 0.05
        return any(abs(measure(self.samples['nobody again']) + later - measure(self.nobody())) > factor * self.noise(measure)
                   for _, measure in MEASURES)


def candidates(suite):
    """Where an absent name is looked for and not found: by a customer's key, for which there is more that is another's,
    or by the partner's."""
    for route in suite.routes:
        for slot in route.slots(suite.world):
            if slot.where != 'path' or route.public or slot.kind.__class__.__name__ == 'Number':
                continue
            for name, others in (('A1 key', ('B1', 'A2')), ('A key', ('B1',)), ('A key', ('B',))):
                if any(suite.world.sample(slot.kind, suite.tenants[o]) is None for o in others) or \
                        ('A2' in others and not suite.world.of_customers(slot.kind)):
                    continue
                t = Timing(suite, route, slot, suite.caller(name), others)
                if t.one(t.words['nobody'])[1] == 404:
                    yield t
                    break
            break


def main():
    suite = Suite()
    tries, most = int(os.environ.get('TENON_TIMING_TRIES', 1000)), int(os.environ.get('TENON_TIMING_ROUTES', 10))
    factor = float(os.environ.get('TENON_TIMING_FACTOR', 1.5))
    found, seen = list(candidates(suite)), 0
    chosen = [found[i * len(found) // most] for i in range(min(most, len(found)))]
    for t in chosen:
        t.run(tries)
        outside.tell('the time of %s tells nothing' % t.route.name, t.told(factor))
        seen += t.delayed(factor)
    print('say\ta delay of 5 %% would be told of %d of %d routes' % (seen, len(chosen)))
    outside.tell('%d routes were timed, and of most a delay of 5 %% would be told' % len(chosen),
                 [] if len(chosen) == most and 2 * seen > most else ['%d routes, %d' % (len(chosen), seen)])


if __name__ == '__main__':
    main()
