"""Cut-offs of a train, what each still blocks, and when its loading closes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from storage.figures.policy import DEFAULT, Policy
from storage.figures.registry import declare
from storage.models import TrainCutoff, table_of

declare(
    "next cut-off", "Next cut-off", "time",
    """The next cut-off ahead that still blocks a box: gate blocks boxes that are not received (reefers and dangerous
    goods by their own where the train has one), documents and VGM those without, customs those received without
    permission to leave. A past one that still blocks a box makes the train urgent and is named.""",
    "definition 5",
)  # fmt: skip
declare(
    "loading closes", "Loading closes", "time",
    """Its own time if the source gives one, else planned departure less the preparation time (30 min unless the site
    says otherwise). It moves with an estimate only where the site says so.""",
    "definition 6",
)  # fmt: skip


class Cutoff(NamedTuple):
    """A cut-off; `boxes` it still blocks, None where nothing here can tell."""

    name: str
    at: datetime
    words: str | None
    boxes: int | None = None


def cutoffs_of(session: Session, trains: Collection[str]) -> dict[str, list[Cutoff]]:
    """Train id to its cut-offs that have a time, earliest first."""
    found: dict[str, list[Cutoff]] = {train: [] for train in trains}
    for row in session.connection().execute(_CUTOFFS, {"ids": list(found)}):
        found[row.train_id].append(Cutoff(row.name, row.at, row.blocks))
    return found


def _statement() -> Select[Any]:
    cutoff = table_of(TrainCutoff).c
    return (
        select(cutoff.train_id, cutoff.name, cutoff.at, cutoff.blocks)
        .where(cutoff.train_id.in_(bindparam("ids", expanding=True)), cutoff.at.is_not(None))
        .order_by(cutoff.at, cutoff.name)
    )


_CUTOFFS = _statement()


def with_boxes(cutoffs: Sequence[Cutoff], blocks: Mapping[str, int]) -> list[Cutoff]:
    """The cut-offs with the boxes each still blocks, out of a train's readiness."""
    return [cutoff._replace(boxes=blocks.get(cutoff.name)) for cutoff in cutoffs]


def next_cutoff(cutoffs: Sequence[Cutoff], now: datetime) -> Cutoff | None:
    """The next one ahead that still blocks a box."""
    return next((cutoff for cutoff in cutoffs if cutoff.at >= now and cutoff.boxes), None)


def missed_cutoffs(cutoffs: Sequence[Cutoff], now: datetime) -> list[Cutoff]:
    """Those that are past and still block a box."""
    return [cutoff for cutoff in cutoffs if cutoff.at < now and cutoff.boxes]


def loading_closes(
    given: datetime | None, planned: datetime | None, estimated: datetime | None, policy: Policy = DEFAULT
) -> datetime | None:
    """When the last box can be loaded; None without a planned departure."""
    if given is not None:
        return given
    leaves = (estimated or planned) if policy.closes_with_estimate else planned
    return None if leaves is None else leaves - policy.preparation
