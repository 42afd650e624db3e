"""A yard small enough to be counted by hand, and what the lists of care say of it."""

from collections.abc import Sequence
from typing import Any

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import DEFAULT, Policy
from storage.models import Block, Container
from storage.queries.exceptions import EXCEPTIONS
from tests.scene import at
from tests.scenery.rows import Rows

HERE: dict[str, Any] = {"place": "yard", "block_id": "A", "size_type": "45G1", "received_at": at("06:00")}


def small_yard() -> Rows:
    """A block of each kind, without a box."""
    rows = Rows()
    rows.add(Block, id="A", name="A1", kind="stack", bays=5, rows=4, tiers=4)
    rows.add(Block, id="G", name="G1", kind="dangerous", bays=9, rows=4, tiers=3)
    rows.add(Block, id="R", name="R1", kind="reefer", bays=5, rows=4, tiers=3, plugs=4)
    return rows


def put(rows: Rows, key: str, bay: int | None = 2, row: int | None = 1, tier: int = 1, **more: Any) -> None:
    """A box that stands in block A, at the place given."""
    place = {"bay": bay, "row": row, "tier": tier}
    rows.add(Container, **({"id": key} | HERE | place | more))


def found(cache: Cache, clock: ManualClock, rows: Rows, name: str, policy: Policy = DEFAULT) -> Sequence[Any]:
    """What the list of this name says of these rows."""
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return EXCEPTIONS[name].page(session, clock, policy=policy).rows
