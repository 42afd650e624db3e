"""Where a box is, as SQL says it: in its block, on a wagon, a truck or a train; and what to sort by for that.

The other tables of a list of boxes are joined to it here under names of their own.
"""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, not_, select

from storage.figures.occupancy import stands
from storage.models import Block, Container, Train, Wagon, table_of
from storage.queries.grouped import Share

BOXES = table_of(Container)
_box = BOXES.c
BLOCKS = table_of(Block).alias("block")
INBOUND = table_of(Train).alias("inbound")
WAGONS = table_of(Wagon).alias("wagon")
CARRIER = table_of(Train).alias("carrier")

BLOCK_NAME = func.coalesce(BLOCKS.c.name, _box.block_id)
CAME_BY = func.coalesce(INBOUND.c.number, _box.inbound_train_id)


def _two_digits(number: ColumnElement[Any]) -> ColumnElement[str]:
    text = cast(number, String)
    return case((number < 10, literal("0").concat(text)), else_=text)


_dash = literal("-")
_address = func.coalesce(
    BLOCK_NAME.concat(_dash).concat(_two_digits(_box.bay)).concat(_dash).concat(_two_digits(_box.row)).concat(_dash)
    .concat(cast(_box.tier, String)),
    BLOCK_NAME,
)  # fmt: skip
_on_wagon = (
    func.coalesce(CARRIER.c.number, WAGONS.c.train_id)
    .concat(literal(" wagon "))
    .concat(cast(WAGONS.c.position, String))
)
_its_wagon = (
    select(_on_wagon)
    .select_from(WAGONS.outerjoin(CARRIER, CARRIER.c.id == WAGONS.c.train_id))
    .where(WAGONS.c.id == _box.wagon_id)
    .correlate(BOXES)
    .scalar_subquery()
)
_its_train = func.coalesce(
    select(INBOUND.c.number).where(INBOUND.c.id == _box.inbound_train_id).correlate(BOXES).scalar_subquery(),
    _box.inbound_train_id,
)
_in_block = and_(_box.block_id.is_not(None), func.coalesce(_box.place, "yard") == "yard")

PLACE = func.coalesce(_box.place, case((stands(), "yard")))
"""Some feeds leave out where a box is that stands in a block: only for those is that looked at."""


def _located(
    in_block: ColumnElement[str], on_wagon: ColumnElement[str], by_train: ColumnElement[str]
) -> ColumnElement[str]:
    """Where a box is; the others say it of one in its block, on a wagon and on the train that brings it."""
    return case(
        (_in_block, in_block),
        (_box.place == "wagon", func.coalesce(on_wagon, "wagon")),
        (_box.place == "truck", func.coalesce(literal("truck ").concat(_box.vehicle), "truck")),
        (_box.place == "train", func.coalesce(literal("on ").concat(by_train), "train")),
        else_=_box.place,
    )


WHERE = _located(_address, _on_wagon, CAME_BY)
WHERE_IN_ORDER = _located(BLOCK_NAME, _its_wagon, _its_train)
"""To sort by: wagons and trains are looked up for the few boxes on them, not joined to every box."""
SLOT = case((_in_block, _box.bay * 100_000 + func.coalesce(_box.row, 0) * 100 + func.coalesce(_box.tier, 0)))
"""Bay, row and tier as one number: half the time of sorting by the address in full, and bay 9 comes before bay 100."""


def counted_by(label: ColumnElement[str]) -> tuple[Share, Share]:
    """Boxes by a label that is the block's name of all that stand: those by the index of what stands, then the rest."""
    standing = select(_box.block_id, func.count().label("rows")).where(stands()).group_by(_box.block_id).subquery()
    names = func.coalesce(BLOCKS.c.name, standing.c.block_id)
    rest = select(label.label("label"), label.label("key"), func.count().label("rows")).group_by(label)
    return (
        Share(
            select(names.label("label"), standing.c.block_id.label("key"), standing.c.rows)
            .select_from(standing.outerjoin(BLOCKS, BLOCKS.c.id == standing.c.block_id)),
            stands(),
            _box.block_id,
            {"place": "yard"},
        ),
        Share(
            rest.select_from(BOXES.outerjoin(BLOCKS, BLOCKS.c.id == _box.block_id)).where(not_(stands())),
            not_(stands()),
            label,
        ),
    )  # fmt: skip
