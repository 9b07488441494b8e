"""In charge of telling how far a run is: NOTICEs to its caller, and the run's row for everybody else. The stages report counts, and nothing more."""

from __future__ import annotations

import math
import time

WRITE = 1.0  # seconds between two writes within a phase
TELL = 5.0  # seconds between two NOTICEs; a quick run says nothing
EARLY = 3.0  # seconds of a phase after which its pace is known


class Progress:
    """One run's progress, phase after phase.

    tell    tell(text): a NOTICE to the caller
    write   write(phase, done, total, failed, calls, left): to the run's row, replaced where there is one; `left`: seconds, None while unknown
    calls   AWS calls made so far
    """

    def __init__(self, tell, clock=time.monotonic):
        self.write = lambda *state: None
        self.calls = 0
        self._tell, self._clock = tell, clock
        self._told = clock()
        self._name, self._things = None, ""
        self._restart(None)

    def phase(self, name, things=""):
        """A phase begins; `things` is what it counts. Always written, for some have no heartbeat: their SQL runs on the same thread."""
        self._name, self._things = name, things
        self._restart(None)
        self._out(self._clock())

    def expect(self, total):
        """How many things the phase has to do, counted from now."""
        self._restart(total)

    def ended(self, count=1, failed=0):
        """So many more have come to their end, `failed` of them badly."""
        self._done += count
        self._failed += failed
        self._moved = self._clock()

    def beat(self, calls):
        """Called many times a second while AWS is asked: writes and tells when it is time to."""
        self.calls = calls
        now = self._clock()
        if self._name and now - self._written >= WRITE:
            self._out(now)

    def _restart(self, total):
        self._done, self._total, self._failed = 0, total, 0
        self._since = self._moved = self._written = self._clock()

    def _out(self, now):
        self._written, left = now, self._left(now)
        counted = self._total is not None
        self.write(self._name, self._done if counted else None, self._total, self._failed if counted else None, self.calls, left)
        if now - self._told >= TELL:
            self._told = now
            self._tell(self._text(left))

    def _left(self, now):
        """Seconds until the phase ends at its pace, and no fewer than since anything ended last: what waits for AWS has no pace."""
        elapsed = now - self._since
        if not self._total or not self._done or self._done >= self._total or elapsed < EARLY:
            return None
        return max(elapsed / self._done * (self._total - self._done), now - self._moved)

    def _text(self, left):
        told = [f"{self._done:,} of {self._total:,} {self._things}"] if self._total else []
        told += [f"{self._failed:,} failed"] if self._failed else []
        told += [f"{self.calls:,} AWS calls"]
        told += [f"about {_rounded(left)} left"] if left is not None else []
        return f"tabula_rasa: {self._name}: {', '.join(told)}"


def _rounded(seconds):
    return f"{max(1, math.ceil(seconds / 5)) * 5} s" if seconds <= 90 else f"{math.ceil(seconds / 60)} min"
