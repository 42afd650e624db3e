"""What waits at customs, read once for all that ask in one state of the cache: Board, counts, trains, Customs."""

from collections.abc import Hashable
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from storage.figures.policy import Moment, Policy
from storage.queries.customs_lanes import Lanes, lanes_of
from storage.queries.customs_queue import FEEDS, Queue
from storage.queries.feeds import as_last_known, generations


class _Held:
    """The last queue of a cache with its lanes, and what it was read for."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.state: Hashable = None
        self.policy: Policy | None = None
        self.queue: Queue | None = None
        self.lanes: tuple[Queue, Lanes] | None = None


_HELD: WeakKeyDictionary[Engine | Connection, _Held] = WeakKeyDictionary()
_LOCK = Lock()


def queue_at(session: Session, moment: Moment) -> Queue:
    """The queue at this moment: the one that was read last, while its feeds, the rules and the minute are the same.

    Any thread may ask; those that ask while it is read wait for it.
    """
    held = _held(session)
    with held.lock:
        return _queue(held, session, moment)


def lanes_at(session: Session, moment: Moment) -> Lanes:
    """The figures of the lanes of that queue."""
    held, queue = _held(session), queue_at(session, moment)
    kept = held.lanes
    if kept is None or kept[0] is not queue:
        kept = held.lanes = queue, lanes_of(session, queue)
    return kept[1]


def _held(session: Session) -> _Held:
    with _LOCK:
        return _HELD.setdefault(session.get_bind(), _Held())


def _queue(held: _Held, session: Session, moment: Moment) -> Queue:
    known = as_last_known(session, FEEDS, moment)
    minute = known.at.replace(second=0, microsecond=0)  # it is judged as of then, which of old feeds is not now
    state = generations(session, FEEDS), known.unsure, known.missing, minute
    if held.queue is None or held.state != state or held.policy != moment.policy:
        held.queue = Queue(session, moment)
        held.state, held.policy = state, moment.policy
    return held.queue
