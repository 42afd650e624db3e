"""Office hours, and when people outside the office do things."""

import math
from random import Random

from console.simulator.terminal import HOUR, Steps, Terminal, local_day, local_hour, local_moment

OPENINGS = ((8.5, 12.0), (13.5, 19.0))
"""Local hours of the customs office, every day of the week."""
NIGHT = 11 * HOUR
"""From the evening, when most brokers go home, to the morning."""


class Office:
    """The customs office's clock."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def open_again(self) -> Steps:
        """Wait until the office is open; at once when it is."""
        now = self._terminal.seconds
        opens = next_opening(now)
        if opens > now:
            yield self._terminal.wait_until(opens)


def next_opening(moment: float) -> int:
    """The moment itself in office hours, else when the office opens next; seconds."""
    hour = local_hour(moment)
    for begins, ends in OPENINGS:
        if begins <= hour < ends:
            return int(moment)
        if hour < begins:
            return local_moment(local_day(moment), begins)
    return local_moment(local_day(moment) + 1, OPENINGS[0][0])


def broker_time(chance: Random, wish: float, latest: float = math.inf) -> float:
    """When a broker does what he meant to do at `wish`: brokers work from 8 to 21, one in three at night too.

    What would be after `latest` in the morning is done in the evening before.
    """
    if 8 <= local_hour(wish) < 21 or chance.random() < 0.33:
        return wish
    morning = local_moment(local_day(wish) + (local_hour(wish) >= 21), 8)
    pause = chance.triangular(0, 3, 0.5) * HOUR
    return morning + pause if morning + pause <= latest else morning - NIGHT - pause
