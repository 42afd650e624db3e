"""How many declarations have data that cannot be right, each counted once, and which codes nobody has mapped."""

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import parameters
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import Declaration, table_of
from storage.models.customs import STATES
from storage.queries.customs import is_flagged

_decl = table_of(Declaration).c


class CustomsQuality(msgspec.Struct, frozen=True, kw_only=True):
    """`flagged` declarations; `unmapped`: word that is no state of the console, to how many declarations have it."""

    flagged: int
    unmapped: dict[str, int]


def customs_quality(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> CustomsQuality:
    """Of every declaration in the cache, released ones too."""
    given, run = parameters(Moment.of(clock, policy)), session.connection().execute
    flagged = select(func.count()).select_from(table_of(Declaration)).where(is_flagged)
    unmapped = select(_decl.state, func.count()).where(_decl.state.not_in(STATES)).group_by(_decl.state)
    return CustomsQuality(
        flagged=int(run(flagged, given).scalar_one()), unmapped=dict(run(unmapped.order_by(_decl.state)).all())
    )
