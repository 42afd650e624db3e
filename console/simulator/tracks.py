"""Who stands on which track, who is planned for it, and when it is closed."""

from dataclasses import dataclass

from console.simulator.records import UNWRITTEN, Track, TrackClosure, Train
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at, local_day, local_moment

SHUNT = 10 * MINUTE
SLOPPY_SHARE = 0.16
"""Plans made without a look at the track: they are where conflicts come from, besides trains that run late."""
CLOSURE_REASONS = ("catenary maintenance", "rail grinding", "switch inspection", "crane rail inspection")


@dataclass
class Stay:
    """A train's time on a track with shunting before and after, or a closure; seconds since 1970, as planned now."""

    track: str
    begins: float
    ends: float


class Tracks:
    """Plans tracks ahead and hands them out when trains come."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._chance = terminal.chance("tracks")
        self._tracks = terminal.table(Track)
        self._stays: dict[str, Stay] = {}
        self._closures: list[Stay] = []
        self._taken: dict[str, str] = {}
        terminal.start(self._close_now_and_then())

    def plan(self, train: Train, choice: tuple[str, ...], begins: float, ends: float) -> None:
        """Give a train a track of `choice`: the first that is free for its stay, or the one least in use then."""
        names = choice if self._chance.random() < SLOPPY_SHARE else self._by_overlap(train, choice, begins, ends)
        self.assign(train, names[0], begins, ends)

    def assign(self, train: Train, name: str, begins: float, ends: float) -> None:
        """Plan a train for this track."""
        train.track_id, train.track = f"T{name}", name
        self._stays[train.id] = Stay(f"T{name}", begins - SHUNT, ends + SHUNT)

    def enter(self, train: Train, choice: tuple[str, ...], stay: float) -> Steps:
        """Wait for a free track, the planned one first; True when the train had to wait for it."""
        waited = False
        while True:
            now = self._terminal.env.now
            planned = train.track or choice[0]
            names = [planned, *self._by_overlap(train, choice, now, now + stay)]
            free = [name for name in names if f"T{name}" not in self._taken and not self._closed(f"T{name}", now)]
            if free:
                self.assign(train, free[0], now, now + stay)
                self._taken[f"T{free[0]}"] = train.id
                return waited
            waited = True
            yield self._terminal.wait(3 * MINUTE)

    def hand_over(self, train: Train, successor: Train, ends: float) -> None:
        """The rake stays where it is and becomes another train."""
        self._stays.pop(train.id, None)
        self.assign(successor, train.track or "", self._terminal.env.now, ends)
        self._taken[train.track_id or ""] = successor.id

    def leave(self, train: Train) -> None:
        """The track is free again."""
        self._stays.pop(train.id, None)
        self._taken.pop(train.track_id or "", None)

    def _by_overlap(self, train: Train, choice: tuple[str, ...], begins: float, ends: float) -> tuple[str, ...]:
        def overlap(name: str) -> float:
            others = [stay for other, stay in self._stays.items() if other != train.id]
            return sum(
                max(0.0, min(ends + SHUNT, stay.ends) - max(begins - SHUNT, stay.begins))
                for stay in (*others, *self._closures)
                if stay.track == f"T{name}"
            )

        return tuple(sorted(choice, key=overlap))

    def _closed(self, track: str, moment: float) -> bool:
        return any(stay.track == track and stay.begins <= moment < stay.ends for stay in self._closures)

    def _close_now_and_then(self) -> Steps:
        """One closure a day, told a day and a half ahead; work is done at daylight on a weekday's quiet track."""
        chance = self._terminal.chance("closures")
        day = local_day(self._terminal.seconds) - 1
        while True:
            day += 1
            begins = local_moment(day, chance.choice((8.5, 9.0, 13.5, 14.0, 22.5)))
            ends = begins + chance.choice((1.0, 1.5, 2.0, 3.0)) * HOUR
            yield self._terminal.wait_until(begins - 36 * HOUR)
            closure = TrackClosure(
                id=f"closure-{day}", **UNWRITTEN, track_id=chance.choice(list(self._tracks)), starts=at(begins),
                ends=at(ends), reason=chance.choice(CLOSURE_REASONS),
            )  # fmt: skip
            self._terminal.log.upsert(closure)
            self._closures.append(Stay(closure.track_id, begins, ends))
            self._terminal.start(self._reopen(closure, ends))

    def _reopen(self, closure: TrackClosure, ends: float) -> Steps:
        yield self._terminal.wait_until(ends + 12 * HOUR)
        self._closures = [stay for stay in self._closures if stay.ends > self._terminal.env.now]
        self._terminal.log.delete(closure)
