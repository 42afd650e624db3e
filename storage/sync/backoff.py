"""How long to wait after a failure: longer each time and never twice the same, so that nobody is asked in step."""

import random

from storage.clock import elapsed

FIRST_S, LONGEST_S, LEAST_S = 2.0, 300.0, 1.0


class Backoff:
    """Counts failures in a row; the wait is drawn between the least and a bound that doubles from 2 s to 5 min."""

    def __init__(self, *, first_s: float = FIRST_S) -> None:
        """`first_s`: the bound after the first failure."""
        self.failures = 0
        self._first = first_s
        self._until = 0.0

    @property
    def over(self) -> bool:
        """Whether the wait is over."""
        return elapsed() >= self._until

    def failed(self, at_least_s: float = 0.0) -> float:
        """Count a failure; gives the seconds to wait now, at least what the source asked for."""
        bound = min(LONGEST_S, self._first * 2 ** min(self.failures, 16))
        self.failures += 1
        wait = max(at_least_s, random.uniform(min(LEAST_S, bound), bound))
        self._until = elapsed() + wait
        return wait

    def worked(self) -> None:
        """The next failure is a first one again."""
        self.failures = 0
