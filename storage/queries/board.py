"""The Board: what needs a person, soonest first, and beside it the next trains, the yard by kind and the lanes."""

import msgspec
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries.acts import FEEDS as ACT_FEEDS
from storage.queries.acts import Act, Facts, acts_of
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.customs_held import lanes_at
from storage.queries.customs_lanes import Lanes
from storage.queries.feeds import as_last_known, freshness
from storage.queries.trains import FEEDS as TRAIN_FEEDS
from storage.queries.trains import TrainRow
from storage.queries.yard import FEEDS as YARD_FEEDS
from storage.queries.yard import KindRow, by_kind, summed
from storage.queries.yard_ahead import FEEDS as AHEAD_FEEDS
from storage.queries.yard_ahead import YardAhead, yard_ahead

FEEDS = tuple(dict.fromkeys((*TRAIN_FEEDS, *YARD_FEEDS, *CUSTOMS_FEEDS, *ACT_FEEDS, *AHEAD_FEEDS)))


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the Board shows; trains are those of the next 12 hours in the order of their times.

    `missing`: feeds that acts are found in and that were never loaded whole, so that acts may be missing too.
    """

    acts: tuple[Act, ...]
    missing: tuple[str, ...]
    departures: tuple[TrainRow, ...]
    arrivals: tuple[TrainRow, ...]
    kinds: tuple[KindRow, ...]
    yard: KindRow
    ahead: YardAhead
    lanes: Lanes


def board(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Board:
    """The Board at the view's time."""
    facts = Facts(session, clock, policy)
    return Board(
        acts=acts_of(facts), missing=as_last_known(session, ACT_FEEDS, facts.moment).missing,
        departures=tuple(row for row in facts.trains if row.direction == "dep"),
        arrivals=tuple(row for row in facts.trains if row.direction == "arr"), kinds=tuple(by_kind(facts.blocks)),
        yard=summed("all", facts.blocks), lanes=lanes_at(session, facts.moment),
        ahead=yard_ahead(session, clock, facts.forecast, policy=policy),
    )  # fmt: skip


def count_risks(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> tuple[int, int] | None:
    """How many things of the act list must be acted on, and how many watched; None until all feeds were loaded."""
    moment = Moment.of(clock, policy)
    nothing_heard = freshness(session, ACT_FEEDS, moment.machine_now).state == "never"
    if nothing_heard or as_last_known(session, ACT_FEEDS, moment).missing:
        return None
    levels = [act.level for act in acts_of(Facts(session, clock, policy, counting=True))]
    return levels.count("act"), levels.count("watch")
