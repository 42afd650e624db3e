"""How many declarations have data that cannot be right, each counted once, and which codes nobody has mapped."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Engine, func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import parameters
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import Declaration, table_of
from storage.models.customs import STATES
from storage.queries.customs import is_flagged
from storage.queries.feeds import generations

FEEDS = ("declarations", "declaration_boxes")
_decl = table_of(Declaration).c


class CustomsQuality(msgspec.Struct, frozen=True, kw_only=True):
    """`flagged` declarations; `unmapped`: word that is no state of the console, to how many declarations have it."""

    flagged: int
    unmapped: dict[str, int]


_KEPT: WeakKeyDictionary[Engine | Connection, tuple[Hashable, CustomsQuality]] = WeakKeyDictionary()


def customs_quality(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> CustomsQuality:
    """Of every declaration in the cache, released ones too; counted again when one of them has changed."""
    state, bind = (generations(session, FEEDS), frozenset(policy.sla)), session.get_bind()
    kept = _KEPT.get(bind)
    if kept is None or kept[0] != state:
        kept = _KEPT[bind] = state, _counted(session, Moment.of(clock, policy))
    return kept[1]


def _counted(session: Session, moment: Moment) -> CustomsQuality:
    given, run = parameters(moment), session.connection().execute
    flagged = select(func.count()).select_from(table_of(Declaration)).where(is_flagged)
    unmapped = select(_decl.state, func.count()).where(_decl.state.not_in(STATES)).group_by(_decl.state)
    return CustomsQuality(
        flagged=int(run(flagged, given).scalar_one()), unmapped=dict(run(unmapped.order_by(_decl.state)).all())
    )
