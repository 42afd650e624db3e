"""Declarations out of one reading of what waits, for a list that is scrolled: its pages cost what their rows cost."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Lock

from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries.criteria import EVERYTHING, Criteria, Sort
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.customs_queue import Queue
from storage.queries.views import Page, Preset

KEPT_FOR = timedelta(seconds=15)
"""Waits and margins are of this age at most."""


class HeldDeclarations:
    """The view of declarations, with what waits kept until it is told to `forget` it. Any thread may ask."""

    name = DECLARATIONS.name
    presets: tuple[Preset, ...] = DECLARATIONS.presets

    def __init__(self) -> None:
        self._lock = Lock()
        self._queue: Queue | None = None

    def forget(self) -> None:
        """The data moved: what waits is read again when it is next asked for."""
        self._queue = None

    def queue(self, session: Session, clock: Clock, policy: Policy = DEFAULT) -> Queue:
        """What waits, as it was read a moment ago at the earliest."""
        moment = Moment.of(clock, policy)
        with self._lock:
            queue = self._queue
            if queue is None or not timedelta(0) <= moment.now - queue.moment.now <= KEPT_FOR:
                queue = self._queue = Queue(session, moment)
            return queue

    def filter(self, text: str | Sequence[str]) -> Criteria:
        """As the view's."""
        return DECLARATIONS.filter(text)

    def sort(self, text: str = "") -> Sort:
        """As the view's."""
        return DECLARATIONS.sort(text)

    def page(
        self,
        session: Session,
        clock: Clock,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        offset: int = 0,
        limit: int | None = None,
        policy: Policy = DEFAULT,
    ) -> Page[DeclarationRow]:
        """As the view's."""
        return DECLARATIONS.page_of(self.queue(session, clock, policy), session, criteria, sort, offset, limit)

    def position(
        self,
        session: Session,
        clock: Clock,
        key: str,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        policy: Policy = DEFAULT,
    ) -> int | None:
        """As the view's."""
        ids = DECLARATIONS.chosen(self.queue(session, clock, policy), session, criteria, sort)
        return ids.index(key) if key in ids else None
