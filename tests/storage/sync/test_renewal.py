"""A gateway that was set up anew: what is as it was keeps its version, what differs gets one."""

from sqlalchemy import select
from sqlmodel import select as select_models

from storage import history
from storage.models import HISTORY, Container
from tests.storage.gateway import later
from tests.storage.sync.conftest import Harness

CLOSED = HISTORY["containers"]


def closed(harness: Harness) -> list[str]:
    """The ids of the versions that ended."""
    with harness.cache.read() as session:
        return list(session.connection().execute(select(CLOSED.c.id).order_by(CLOSED.c.vid)).scalars())


def set_up_anew(harness: Harness, **remarks: str) -> None:
    """The same boxes in another order, so under other revisions, and with these remarks."""
    gateway = harness.gateway
    gateway.begin_anew("second")
    gateway.now = later(hours=1)
    for key in reversed(gateway.feeds["containers"]):
        gateway.box(key, **({"remark": remarks[key]} if key in remarks else {}))


def fill(harness: Harness) -> None:
    for key in ("b1", "b2", "b3", "b4"):
        harness.gateway.box(key, remark="重庆", gross_kg=24_100, setpoint_c=-18.5, read_at="2026-11-20T01:00:00Z")
        harness.gateway.box(key)


async def test_a_new_epoch_closes_no_row_that_is_as_it_was(harness: Harness) -> None:
    fill(harness)
    await harness.sync()
    before, gen = harness.rows(field="observed"), harness.feed().gen
    set_up_anew(harness)
    await harness.sync()
    assert closed(harness) == []
    assert harness.rows(field="observed") == before
    assert harness.rows() == harness.served(), "the revisions are the new ones"
    assert (harness.feed().epoch, harness.feed().gen) == ("second", gen)


async def test_a_new_epoch_closes_the_rows_that_differ_come_or_go(harness: Harness) -> None:
    fill(harness)
    await harness.sync()
    first = max(harness.rows(field="observed").values())
    set_up_anew(harness, b2="moved")
    harness.gateway.box("b9")
    harness.gateway.remove("containers", "b3")
    await harness.sync()
    assert sorted(closed(harness)) == ["b2", "b3"]
    assert harness.rows(field="remark") == {"b1": "重庆", "b2": "moved", "b4": "重庆", "b9": None}
    past = history.at(harness.cache, first)
    with past.read() as session:
        then = {box.id: box.remark for box in session.exec(select_models(Container))}
    past.close()
    assert then == dict.fromkeys(("b1", "b2", "b3", "b4"), "重庆")


async def test_changes_after_a_new_epoch_follow_its_revisions(harness: Harness) -> None:
    fill(harness)
    await harness.sync()
    set_up_anew(harness)
    await harness.sync()
    harness.gateway.box("b4", remark="after")
    await harness.sync()
    assert harness.rows(field="remark")["b4"] == "after"
    assert closed(harness) == ["b4"]


async def test_every_column_a_source_gives_is_compared(harness: Harness) -> None:
    """A type that the driver gives back differently would make every row look changed, or none."""
    harness.gateway.box(
        "b1", size_type="45G1", full=True, damaged=False, gross_kg=24_100, reading_c=-17.75, setpoint_c=-18, remark="x",
        ready_at="2026-11-20T01:00:00.125Z", bay=3,
    )  # fmt: skip
    await harness.sync()
    set_up_anew(harness)
    await harness.sync()
    assert closed(harness) == []
    for number, (field, value) in enumerate({"full": False, "bay": 4, "ready_at": None}.items(), 1):
        harness.gateway.begin_anew(f"epoch-{number}")
        harness.gateway.box("b1", **{field: value})
        await harness.sync()
        assert len(closed(harness)) == number, field
