"""Follows the cache for change, in a thread, and tells the app what changed: at most one message for many changes.

Four times a second it asks SQLite whether anybody committed (microseconds); only then it reads how the feeds stand.
Freshness is judged again each second from what was read, and told only when its words change: idle tells nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from console import memory
from console.format import Begun
from console.view import View
from storage.errors import CacheMissing, DryportError

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.cache import Cache
    from storage.clock import Clock
    from storage.figures.policy import Policy
    from storage.models import FeedState, Leader, SourceState
    from storage.sync.freshness import State

LOOK_S = 0.25
JUDGE_EVERY = 4
"""Looks between two judgements of freshness."""
COUNT_AT_ONCE_S = 0.1
"""Risks that are counted as quickly are told with the change they come of; in a large terminal they follow it."""
COUNT_SHARE = 10
"""Then they are counted no more often than that it takes this part of the time."""
TOLD_FOR = timedelta(hours=1)
"""So long it is told that a cache was begun anew."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """How fresh a feed is, as it is shown: `word` with its age, `level` ok, watch or act."""

    word: str
    level: str


LEVELS = ("ok", "watch", "act")
"""From best to worst."""
NEVER = Fresh("NEVER", "act")
UNREAD = Fresh("", "ok")
"""Before the cache was looked at: nothing to say yet."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """All a screen needs to know to keep up: compare two of them to know what moved.

    `gens` grow when a feed changed; `states` are those of its sources, by which risks are sure or not; `minute` moves
    relative times; `begun` is how much is here of feeds that are loaded for the first time; `problem` is why the cache
    cannot be read; `words` is what those who look after syncer and simulator have to say.
    """

    read: bool = False
    gens: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, frozenset[State]] = field(default_factory=dict)
    freshness: Mapping[str, Fresh] = field(default_factory=dict)
    overall: Fresh = UNREAD
    worst_of: Mapping[frozenset[str], Fresh] = field(default_factory=dict)
    minute: int = 0
    begun: Begun = field(default_factory=dict)
    title: str = ""
    risks: tuple[int, int] | None = None
    problem: str = ""
    words: str = ""

    def worst(self, feeds: frozenset[str]) -> Fresh:
        """The least fresh of the feeds a pane draws on."""
        if not self.read:
            return UNREAD
        return self.worst_of.get(feeds, UNREAD if not self.problem else NEVER)

    def fresh(self, feeds: frozenset[str], *, rows_of: Pulse) -> Fresh:
        """How fresh rows of these feeds are that were read at the time of `rows_of`; of no feeds: of all.

        Bad news counts at once, good news only with the rows it belongs to.
        """
        now, then = (pulse.worst(feeds) if feeds else pulse.overall for pulse in (self, rows_of))
        waits = rows_of is not self and LEVELS.index(now.level) <= LEVELS.index(then.level)
        return then if waits and not self.problem else now

    def moved(self, since: Pulse, feeds: Iterable[str]) -> bool:
        """Whether rows drawn from these feeds at the time of `since` may look different now."""
        if (self.minute, self.read, self.problem) != (since.minute, since.read, since.problem):
            return True
        return any(
            (self.gens.get(feed), self.states.get(feed)) != (since.gens.get(feed), since.states.get(feed))
            for feed in feeds
        )


@dataclass(slots=True)
class _Read:
    """What was last read of how the feeds stand."""

    feeds: list[FeedState]
    sources: dict[str, SourceState]
    leader: Leader | None
    begun: Begun


class Anew(NamedTuple):
    """That the cache is another one than before, which is told for an hour."""

    at: datetime = datetime.min.replace(tzinfo=UTC)
    words: str = ""

    def said(self, now: datetime) -> str:
        """What to say of it by now."""
        return self.words if now - self.at < TOLD_FOR else ""


class Watch(threading.Thread):
    """Looks at the cache until stopped; `post` is called in this thread with each pulse that says something new.

    `words` is asked at each look what those beside the console have to say.
    """

    def __init__(
        self,
        view: View,
        post: Callable[[Pulse], None],
        words: Callable[[], str | None] = lambda: None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self._view = view
        self._post = post
        self._words = words
        self._groups: set[frozenset[str]] = set()
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._looks = 0
        self._version: int | None = None
        self._read: _Read | None = None
        self._risks: tuple[int, int] | None = None
        self._ticks = ticks
        self._count_s = 0.0
        self._counted_at = ticks()
        self._uncounted = False
        self._cache: Cache | None = None
        self._anew = Anew()
        self._gone_at: datetime | None = None
        self._last = Pulse()

    def run(self) -> None:
        """Bring the data modules in, then look, tell and wait until `stop`."""
        import storage.queries.board  # noqa: F401  # here, so that no screen ever waits for these imports

        while not self._stopped.is_set():
            self.turn()
            if self._woken.wait(LOOK_S):
                self._woken.clear()

    def turn(self) -> None:
        """Look and tell; then count the risks, if that takes long, and tell them too."""
        self._tell(self.look())
        if self._uncounted and self._ticks() - self._counted_at >= COUNT_SHARE * self._count_s:
            self._tell(self._guarded(lambda: replace(self._last, risks=self._count())))

    def _tell(self, pulse: Pulse) -> None:
        if pulse != self._last:
            before, self._last = self._last, pulse
            self._post(pulse)
            if pulse.minute != before.minute:
                memory.clear_out()

    def stop(self) -> None:
        """End the thread at its next look."""
        self._stopped.set()
        self._woken.set()

    def follow(self, feeds: frozenset[str]) -> None:
        """From now on pulses say how fresh these feeds are together."""
        if feeds not in self._groups:
            self._groups = self._groups | {feeds}
            self._looks = -1  # judge at the next look
            self._woken.set()

    def look(self) -> Pulse:
        """One look: what a screen should know now."""
        self._looks += 1
        return self._guarded(self._looked)

    def _guarded(self, looked: Callable[[], Pulse]) -> Pulse:
        try:
            return looked()
        except CacheMissing:
            self._gone_at = self._gone_at or self._view.clock.now()
            return self._unreadable(NOTHING_YET if self._read is None else GONE)
        except Exception as error:  # noqa: BLE001  # a watch that died would show the last state as live for ever
            return self._unreadable(explained(error))

    def _unreadable(self, problem: str) -> Pulse:
        """What was read before stays in sight, at its age: nobody is known to follow the sources any more."""
        self._version = None
        if self._read is None:
            pulse = Pulse(read=True, overall=NEVER, title=self._view.title, minute=self._minute())
        else:
            pulse = self._judged(replace(self._read, leader=None), self._minute())
        return replace(pulse, problem=problem, words=self._words() or "")

    def _minute(self) -> int:
        return int(self._view.clock.now().timestamp()) // 60

    def _looked(self) -> Pulse:
        cache = self._view.cache
        opened = cache is not self._cache
        version = cache.data_version()
        minute = self._minute()
        changed = opened or version != self._version
        if changed or self._read is None:
            cache.check()
            before, self._read = self._read, self._view.ask(_read_states)
            self._cache, self._version = cache, version
            if opened:
                self._anew = self._begun_anew(cache, before, self._read)
            sources = self._read.sources.values()
            self._view.told(
                [source.site for source in sources],
                [source.timezone for source in sources],
                [timedelta(milliseconds=source.skew_ms) for source in sources],
            )
        if not changed and minute == self._last.minute and self._looks % JUDGE_EVERY:
            return self._last
        words = self._words() or self._anew.said(self._view.machine_now) or cache.notice
        pulse = replace(self._judged(self._read, minute), words=words)
        if pulse.moved(self._last, pulse.gens):
            self._uncounted = True
            if self._count_s <= COUNT_AT_ONCE_S:
                self._count()
        return replace(pulse, risks=self._risks)

    def _begun_anew(self, cache: Cache, before: _Read | None, now: _Read) -> Anew:
        """What is to be told of a cache that was just opened: that it is another one than the one read before."""
        moment, gone_at, self._gone_at = self._view.machine_now, self._gone_at, None
        aside = _set_aside(cache, moment)
        known = {} if before is None else _gens(before)
        if aside.words or all(_gens(now).get(feed, 0) >= gen for feed, gen in known.items()):
            return aside
        at = self._view.wall.time(gone_at or self._view.clock.now())
        return Anew(moment, (OTHER if any(state.loaded for state in now.feeds) else REMOVED).format(at=at))

    def _count(self) -> tuple[int, int] | None:
        policy, began = self._view.policy, self._ticks()
        self._risks = self._view.ask(lambda session, clock: _count_risks(session, clock, policy))
        self._counted_at = self._ticks()
        self._count_s, self._uncounted = self._counted_at - began, False
        return self._risks

    def _judged(self, read: _Read, minute: int) -> Pulse:
        from storage.sync.freshness import judge, worst

        now, gens = self._view.machine_now, _gens(read)
        by_feed = {
            (state.source, state.feed): judge(state, read.sources.get(state.source), read.leader, now)
            for state in read.feeds
        }

        def shown(feeds: frozenset[str] | None) -> Fresh:
            judged = [fresh for (_, feed), fresh in by_feed.items() if feeds is None or feed in feeds]
            if not judged:
                return NEVER
            least = worst(judged)
            return Fresh(least.word, least.level)

        return Pulse(
            read=True,
            gens=gens,
            states={feed: frozenset(fresh.state for (_, of), fresh in by_feed.items() if of == feed) for feed in gens},
            freshness={feed: shown(frozenset([feed])) for feed in gens},
            overall=shown(None),
            worst_of={group: shown(group) for group in self._groups},
            minute=minute,
            begun=read.begun,
            title=self._view.title,
        )


NOTHING_YET = "No data yet: the first sync has not brought any."
GONE = "The cache is gone: what was read of it stays in sight until a syncer begins it anew."
DAMAGED = "The cache was damaged and lies in {name} now: all is read anew."
REMOVED = "The cache was removed at {at}: loaded anew since, without notes or history."
OTHER = "Another cache took this one's place at {at}: all you see is from that one."


def explained(error: Exception) -> str:
    """An error as one sentence for a person; a fault of our own is called that."""
    if isinstance(error, DryportError):
        return str(error)
    return f"A fault of Dryport's own: {type(error).__name__}, {error}."


def _set_aside(cache: Cache, now: datetime) -> Anew:
    """What to say of a damaged file that was set aside of late."""
    from storage.damage import set_aside

    late = [Anew(moment, DAMAGED.format(name=path.name)) for moment, path in set_aside(cache.place)]
    return late[-1] if late and late[-1].said(now) else Anew()


def _gens(read: _Read) -> dict[str, int]:
    gens: dict[str, int] = {}
    for state in read.feeds:
        gens[state.feed] = gens.get(state.feed, 0) + state.gen
    return gens


def _read_states(session: Session, _clock: Clock) -> _Read:
    from sqlmodel import select

    from storage.models import FeedState, Leader, SourceState
    from storage.queries.feeds import begun

    return _Read(
        feeds=list(session.exec(select(FeedState))),
        sources={source.source: source for source in session.exec(select(SourceState))},
        leader=session.get(Leader, 1),
        begun=begun(session),
    )


def _count_risks(session: Session, clock: Clock, policy: Policy) -> tuple[int, int] | None:
    from storage.queries.board import count_risks

    return count_risks(session, clock, policy=policy)
