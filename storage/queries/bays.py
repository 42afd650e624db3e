"""One bay in cross-section, rows by tiers, with what must move first; and a block from the side."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.occupancy import stands
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import held, is_dangerous, is_reefer
from storage.figures.rehandles import Stacked, bays_of, rehandles
from storage.models import Container, table_of
from storage.queries.containers import ContainerRow, standing_in
from storage.queries.yard import BlockRow, block_row

FEEDS = ("containers", "blocks", "trains", "train_cutoffs", "wagons", "cranes")

Fault = Literal["two in one slot", "floating", "outside the block", "wrong bay for its length"]

_box = table_of(Container).c


class BayBox(msgspec.Struct, frozen=True, kw_only=True):
    """A box in the bay. `forty`: it takes two 20-foot bays. `first`: ids of those to be moved before it, in order.

    `faults`: what cannot be right in its position.
    """

    box: ContainerRow
    forty: bool
    first: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def rehandles(self) -> int:
        """How many must be moved first."""
        return len(self.first)


class BaySection(msgspec.Struct, frozen=True, kw_only=True):
    """A cross-section. `bays` are the 20-foot bays it cuts: one, or for an even bay the two beside it.

    `boxes` by row, tier and bay; in a slot of an even bay's section two 20-foot boxes may stand. `slots` are taken of
    `raw`. `rows` and `tiers` reach as far as boxes stand, even where the block should end before.
    """

    block: BlockRow
    bay: int
    bays: tuple[int, ...]
    rows: int
    tiers: int
    boxes: tuple[BayBox, ...]
    slots: int
    raw: int

    def at(self, row: int, tier: int) -> tuple[BayBox, ...]:
        """What stands in a slot."""
        return tuple(each for each in self.boxes if each.box.row == row and each.box.tier == tier)

    def first(self, box: str) -> tuple[BayBox, ...]:
        """The boxes to be moved before this one, in order."""
        wanted = next((each.first for each in self.boxes if each.box.id == box), ())
        return tuple(each for key in wanted for each in self.boxes if each.box.id == key)


class SideBay(msgspec.Struct, frozen=True, kw_only=True):
    """A 20-foot bay from the side: its highest tier, slots taken of `raw`, and its boxes by what they are."""

    bay: int
    highest: int
    slots: int
    raw: int
    full: int
    empty: int
    reefers: int
    dangerous: int
    held: int


class BlockSide(msgspec.Struct, frozen=True, kw_only=True):
    """A block from the side, bay by bay; none for a heap. `elsewhere`: boxes in it without a bay of it."""

    block: BlockRow
    bays: tuple[SideBay, ...]
    elsewhere: int


def bay_section(session: Session, clock: Clock, block: str, bay: int, *, policy: Policy = DEFAULT) -> BaySection | None:
    """The section of a block (its id) at a bay, odd or even; None for no such block, and before boxes are known."""
    moment = Moment.of(clock, policy)
    found = block_row(session, moment, block)
    if found is None or found.boxes is None:
        return None
    near = standing_in(session, moment, block, bay - 4, bay + 4)
    cut = bays_of(bay)
    shown = [row for row in near if row.bay is not None and bays_of(row.bay) & cut]
    shown.sort(key=lambda row: (row.row or 0, row.tier or 0, row.bay or 0, row.id))
    faults = _faults(shown, near, found)
    stacked = [each for row in near if (each := stacked_of(row)) is not None]
    places = {each.id: each for each in stacked}
    boxes = tuple(
        BayBox(
            box=row, forty=row.bay is not None and row.bay % 2 == 0, faults=tuple(faults[row.id]),
            first=tuple(each.id for each in rehandles(places[row.id], stacked)) if row.id in places else (),
        )
        for row in shown
    )  # fmt: skip
    return BaySection(
        block=found, bay=bay, bays=tuple(sorted(cut)), boxes=boxes,
        rows=max((found.rows or 0, *(row.row or 0 for row in shown))),
        tiers=max((found.tiers or 0, *(row.tier or 0 for row in shown))),
        slots=sum(len(bays_of(row.bay or 0) & cut) for row in shown),
        raw=(found.rows or 0) * (found.tiers or 0) * len(cut),
    )  # fmt: skip


def stacked_of(row: ContainerRow) -> Stacked | None:
    """A standing box as rehandles are counted of it; None where its place is not wholly known."""
    if row.bay is None or row.row is None or row.tier is None:
        return None
    return Stacked(row.id, row.bay, row.row, row.tier, row.departs, row.readiness == "ready", row.train_id)


def _faults(boxes: Iterable[ContainerRow], near: Sequence[ContainerRow], block: BlockRow) -> dict[str, list[Fault]]:
    """Box id to what cannot be right in its position, as far as its neighbours tell."""
    stacked = stacking_faults((row.id, row.bay, row.row, row.tier) for row in near)
    found: dict[str, list[Fault]] = {}
    for row in boxes:
        faults = found[row.id] = []
        if outside(row.bay, row.row, row.tier, block):
            faults.append("outside the block")
        if wrong_bay(row.bay, row.teu):
            faults.append("wrong bay for its length")
        faults += (fault for fault, _ in stacked.get(row.id, ()))
    return found


def stacking_faults(
    places: Iterable[tuple[str, int | None, int | None, int | None]],
) -> dict[str, list[tuple[Fault, str | None]]]:
    """Box id to what is wrong with how it stands on others, and with which; of (id, bay, row, tier) of one block."""
    known = [(key, bay, row, tier) for key, bay, row, tier in places if None not in (bay, row, tier)]
    taken: defaultdict[tuple[int, int, int], list[str]] = defaultdict(list)
    for key, bay, row, tier in known:
        for each in bays_of(bay or 0):
            taken[each, row or 0, tier or 0].append(key)
    found: defaultdict[str, list[tuple[Fault, str | None]]] = defaultdict(list)
    for key, bay, row, tier in known:
        own = bays_of(bay or 0)
        others = [other for each in own for other in taken[each, row or 0, tier or 0] if other != key]
        if others:
            found[key].append(("two in one slot", min(others)))
        if (tier or 0) > 1 and not all((each, row, (tier or 0) - 1) in taken for each in own):
            found[key].append(("floating", None))
    return found


def outside(bay: int | None, row: int | None, tier: int | None, block: BlockRow) -> bool:
    """A position that the block does not have; a heap and a block of unknown size have any."""
    last = None if block.bays is None else 2 * block.bays - 1
    limits = ((bay, last), (row, block.rows), (tier, block.tiers))
    return any(place is not None and most is not None and not 1 <= place <= most for place, most in limits)


def wrong_bay(bay: int | None, teu: float | None) -> bool:
    """A 40-foot box in an odd bay, or a 20-foot one in an even bay."""
    return bay is not None and teu is not None and (teu > 1.0) != (bay % 2 == 0)


# ---------------------------------------------------------------------------------------------------------- the side
def block_side(session: Session, clock: Clock, block: str, *, policy: Policy = DEFAULT) -> BlockSide | None:
    """A block (its id) from the side; None for one that is not, or no longer, there, and before boxes are known."""
    found = block_row(session, Moment.of(clock, policy), block)
    if found is None or found.boxes is None:
        return None
    boxes = session.connection().execute(_SIDE.where(_box.block_id == block)).all()
    by_bay: defaultdict[int, list[Any]] = defaultdict(list)
    elsewhere = 0
    for box in boxes:
        bays = set() if box.bay is None else bays_of(box.bay) & set(range(1, 2 * (found.bays or 0), 2))
        elsewhere += not bays
        for bay in bays:
            by_bay[bay].append(box)
    raw = (found.rows or 0) * (found.tiers or 0)
    side = tuple(_side(bay, by_bay[bay], raw) for bay in range(1, 2 * (found.bays or 0), 2))
    return BlockSide(block=found, bays=side, elsewhere=elsewhere)


_SIDE = select(
    _box.bay, _box.tier, _box.full, is_reefer().label("reefer"), is_dangerous().label("dangerous"),
    held().label("held"),
).where(stands())  # fmt: skip


def _side(bay: int, boxes: Collection[Any], raw: int) -> SideBay:
    return SideBay(
        bay=bay, highest=max((box.tier or 0 for box in boxes), default=0), slots=len(boxes), raw=raw,
        full=sum(box.full is True for box in boxes), empty=sum(box.full is False for box in boxes),
        reefers=sum(bool(box.reefer) for box in boxes), dangerous=sum(bool(box.dangerous) for box in boxes),
        held=sum(bool(box.held) for box in boxes),
    )  # fmt: skip
