"""The Board: what needs a person, soonest first, and beside it the next trains, the yard by kind and the lanes."""

from collections.abc import Hashable, Iterable
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries.acts import FEEDS as ACT_FEEDS
from storage.queries.acts import Act, Facts, acts_of
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.customs_held import lanes_at
from storage.queries.customs_lanes import Lanes
from storage.queries.feeds import as_last_known, generations, not_come
from storage.queries.trains import FEEDS as TRAIN_FEEDS
from storage.queries.trains import TrainRow
from storage.queries.yard import FEEDS as YARD_FEEDS
from storage.queries.yard import KindRow, by_kind, in_unknown_blocks, whole_yard
from storage.queries.yard_ahead import FEEDS as AHEAD_FEEDS
from storage.queries.yard_ahead import YardAhead, yard_ahead

FEEDS = tuple(dict.fromkeys((*TRAIN_FEEDS, *YARD_FEEDS, *CUSTOMS_FEEDS, *ACT_FEEDS, *AHEAD_FEEDS)))


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the Board shows; trains are those of the next 12 hours in the order of their times.

    `missing`: feeds that acts are found in and that were never loaded whole, so that acts may be missing too.
    `strays`: what stands in blocks that nobody knows, if anything does; it is in the TEU of the yard, and in no kind.
    `without_trains`, `without_blocks`: the feed, where the trains, the blocks have not come yet.
    """

    acts: tuple[Act, ...]
    missing: tuple[str, ...]
    without_trains: tuple[str, ...]
    without_blocks: tuple[str, ...]
    departures: tuple[TrainRow, ...]
    arrivals: tuple[TrainRow, ...]
    kinds: tuple[KindRow, ...]
    strays: KindRow | None
    yard: KindRow
    ahead: YardAhead
    lanes: Lanes


def board(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Board:
    """The Board at the view's time."""
    facts = Facts(session, clock, policy)
    state = _state(session, facts.moment)
    acts = acts_of(facts)
    strays = in_unknown_blocks(session, facts.blocks, policy)
    _COUNTED[session.get_bind()] = state, policy, _by_level(acts)
    return Board(
        acts=acts, missing=as_last_known(session, ACT_FEEDS, facts.moment).missing,
        without_trains=not_come(session, ("trains",)), without_blocks=not_come(session, ("blocks",)),
        departures=tuple(row for row in facts.trains if row.direction == "dep"),
        arrivals=tuple(row for row in facts.trains if row.direction == "arr"), kinds=tuple(by_kind(facts.blocks)),
        strays=strays, yard=whole_yard(session, facts.blocks, strays),
        lanes=lanes_at(session, facts.moment),
        ahead=yard_ahead(session, clock, facts.forecast, policy=policy),
    )  # fmt: skip


def count_risks(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> tuple[int, int] | None:
    """How many things of the act list must be acted on, and how many watched; None until all feeds were loaded.

    What the Board has found in the same minute, of the same data, is not looked for again.
    """
    moment = Moment.of(clock, policy)
    if as_last_known(session, ACT_FEEDS, moment).missing:
        return None
    state, rules, counted = _COUNTED.get(session.get_bind(), (None, None, None))
    if counted is not None and state == _state(session, moment) and rules == policy:
        return counted
    return _by_level(acts_of(Facts(session, clock, policy, counting=True)))


_COUNTED: WeakKeyDictionary[Engine | Connection, tuple[Hashable, Policy, tuple[int, int]]] = WeakKeyDictionary()
"""Cache to what its last Board was read of, by which rules, and how many acts there were."""


def _state(session: Session, moment: Moment) -> Hashable:
    """What acts are found in: as long as it is the same there are the same."""
    known = as_last_known(session, ACT_FEEDS, moment)
    minute = moment.now.replace(second=0, microsecond=0)
    return generations(session, ACT_FEEDS), known.unsure, known.missing, minute


def _by_level(acts: Iterable[Act]) -> tuple[int, int]:
    levels = [act.level for act in acts]
    return levels.count("act"), levels.count("watch")
