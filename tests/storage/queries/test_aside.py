"""What was set aside, what is flagged, and where it came from."""

from datetime import timedelta
from typing import Any

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Container, Quarantine, Wagon
from storage.queries.aside import FLAGS, aside, told
from tests.scene import NOW


def test_records_set_aside_come_first_and_the_latest_of_them_at_the_top(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        for minutes, feed in ((5, "trains"), (2, "containers"), (9, "containers")):
            at = NOW - timedelta(minutes=minutes)
            name = f"r{minutes}"
            session.add(
                Quarantine(
                    source="gateway", feed=feed, record=name, reason="gross_kg: expected an int", raw='{"id": 1}',
                    seen=minutes, first_at=at - timedelta(days=1), last_at=at,
                )
            )  # fmt: skip
        box: dict[str, Any] = {"rev": 1, "changed_at": NOW, "source": "gateway", "observed": NOW}
        session.add(Container(id="c1", number="CSQU3054384", flags="check_digit size_type", **box))
        session.add(Container(id="c2", number="CSQU3054383", **box))
        session.add(Wagon(id="w1", train_id="t", position=1, number="318445670017", flags="check_digit", **box))
    with cache.read() as session:
        found = aside(session, clock)
    assert [(row.what, row.feed, row.name) for row in found] == [
        ("set aside", "containers", "r2"),
        ("set aside", "trains", "r5"),
        ("set aside", "containers", "r9"),
        ("flagged", "containers", "CSQU3054384"),
        ("flagged", "wagons", "318445670017"),
    ]
    assert (found[0].source, found[0].why, found[0].seen) == ("gateway", "gross_kg: expected an int", 2)
    assert found[0].raw == '{"id": 1}'
    assert found[3].why == f"{FLAGS['check_digit']}, {FLAGS['size_type']}"
    assert [(row.page, row.key) for row in found[2:]] == [(None, None), ("box", "c1"), ("wagon", "w1")]


def test_a_terminal_without_faults_has_none(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        assert aside(session, clock) == ()


def test_a_reason_is_told_with_its_field_first() -> None:
    assert told("Expected `int`, got `str` - at `$.gross_kg`") == "gross_kg: expected int, got str"
    assert told("Expected `object` - at `$`") == "Expected `object` - at `$`"
    assert told("the year 1 is out of bounds") == "the year 1 is out of bounds"
