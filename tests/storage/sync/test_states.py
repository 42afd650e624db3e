"""A declaration whose state leads back is flagged as it comes, whatever its history forgets."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from typing import Any

from sqlmodel import select

from storage.cache import Cache
from storage.figures.declared import WENT_BACK, is_backward
from storage.models import Declaration, to_ms
from storage.models.customs import STATES
from storage.models.wire import wire
from storage.sync import apply
from storage.upstreams.base import Part

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
STEPS = list(product((*STATES, "melting"), repeat=2))


def come(cache: Cache, rev: int, states: Iterable[str], *, anew: bool = False) -> None:
    """The declarations in these states come, one of each; `anew` with a snapshot that begins from nothing."""
    record: Any = wire(Declaration).record
    records = [
        record(id=f"d{number}", rev=rev, changed_at=NOON, number=f"{number}", state=state)
        for number, state in enumerate(states)
    ]
    rows = apply.to_rows(Part(feed="declarations", records=records), "site", to_ms(NOON))
    with cache.write() as session:
        apply.write_rows(session, "site", rows, any_rev=anew)


def flags(cache: Cache) -> dict[str, str | None]:
    with cache.read() as session:
        return {f"d{number}": flag for number, flag in session.exec(select(Declaration.number, Declaration.flags))}


def test_each_step_that_leads_back_is_flagged_and_no_other(cache: Cache) -> None:
    come(cache, 1, (before for before, _ in STEPS))
    assert set(flags(cache).values()) == {None}
    come(cache, 2, (after for _, after in STEPS))
    assert flags(cache) == {
        f"d{number}": WENT_BACK if is_backward(*step) else None for number, step in enumerate(STEPS)
    }


def test_a_flag_stays_until_the_source_begins_anew(cache: Cache) -> None:
    for rev, state in enumerate(("released", "inspection", "released", "closed")):
        come(cache, rev, [state])
    assert flags(cache) == {"d0": WENT_BACK}
    come(cache, 0, ["submitted"], anew=True)
    assert flags(cache) == {"d0": None}
