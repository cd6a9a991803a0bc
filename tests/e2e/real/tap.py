"""Claims and whether they hold, one a line (TAP)."""
import sys


class Tap:
    n = bad = 0

    def check(self, sentence, got, wanted=True):
        self.n += 1
        good = got == wanted
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {sentence}")
        if not good:
            print(f"# got    {str(got)[:1500]}\n# wanted {str(wanted)[:1500]}")
        sys.stdout.flush()

    def end(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.bad else 0)
