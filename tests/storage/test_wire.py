"""A record on the wire becomes a row: the same bounds as the feed's declaration, nothing hostile let in."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import BigInteger

from storage.models import FEEDS, LOCAL_COLUMNS, Container, Train, Wagon, table_of, to_ms
from storage.models.wire import record_type, wire, wire_fields

NOW = to_ms(datetime(2026, 11, 20, 2, 41, tzinfo=UTC))
BASE = {"id": "b1", "rev": 3, "changed_at": "2026-11-20T10:41:00.250+08:00"}


def row_of(model: type, **values: object) -> dict[str, object]:
    made = wire(model)
    record = made.one.decode(msgspec.json.encode({**BASE, **values}))
    return dict(zip(made.columns, made.row(record, "gateway", NOW), strict=True))


@pytest.mark.parametrize("model", FEEDS.values(), ids=FEEDS)
def test_every_feed_has_a_record_of_its_own_fields_less_the_local_ones(model: type) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(record_type(model))}
    assert names == set(table_of(model).columns.keys()) - set(LOCAL_COLUMNS) == set(wire_fields(model))


@pytest.mark.parametrize("model", FEEDS.values(), ids=FEEDS)
def test_an_integer_that_can_pass_31_bits_is_stored_as_a_big_one(model: type) -> None:
    for name, info in wire_fields(model).items():
        ceiling = [rule.le for rule in info.metadata if hasattr(rule, "le")]
        if info.annotation in (int, int | None) and (not ceiling or ceiling[0] > 2**31 - 1):
            assert isinstance(table_of(model).columns[name].type, BigInteger), name


def test_times_become_milliseconds_and_local_columns_are_added() -> None:
    row = row_of(Train, number="X9582", direction="departure", phase="working")
    assert row["changed_at"] == to_ms(datetime(2026, 11, 20, 2, 41, 0, 250_000, tzinfo=UTC))
    assert (row["source"], row["observed"]) == ("gateway", NOW)


def test_what_is_not_said_is_unknown() -> None:
    row = row_of(Train, number="X9582", direction="departure", phase="working", from_the_future=1)
    assert row["booked_boxes"] is None
    assert row["unknown_delay"] is None
    assert row["estimated_departure"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 81},
        {"rev": -1},
        {"rev": 2**53},
        {"rev": "3"},
        {"changed_at": "2026-11-20T10:41:00"},
        {"number": None},
        {"number": "x" * 41},
        {"booked_boxes": 10_001},
        {"booked_boxes": 1.5},
        {"booked_teu": "many"},
        {"ready": 1},
    ],
    ids=str,
)
def test_a_value_out_of_its_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        row_of(Train, **{"number": "X9582", "direction": "departure", "phase": "working", **wrong})


@pytest.mark.parametrize("year", ["0001", "1969", "2201", "9999"])
def test_a_year_the_cache_cannot_hold_is_refused_by_name(year: str) -> None:
    with pytest.raises(ValueError, match="ready_at is in the year"):
        row_of(Container, ready_at=f"{year}-06-01T00:00:00Z")


def test_text_that_a_terminal_could_act_on_is_made_safe() -> None:
    row = row_of(Container, remark="\x1b]52;c;eA==\x07 \u202e 重庆", number="CSQU3054383")
    assert row["remark"] == "␛]52;c;eA==␇ � 重庆"


def test_a_plain_page_gives_the_same_rows_without_looking_at_each_cell() -> None:
    made = wire(Container)
    record = made.one.decode(msgspec.json.encode({**BASE, "number": "CSQU3054383", "gross_kg": 24_100}))
    assert made.plain_row(record, "gateway", NOW) == made.row(record, "gateway", NOW)


def test_a_wrong_check_digit_is_kept_and_flagged() -> None:
    assert row_of(Container, number="CSQU3054384")["flags"] == "check_digit"
    assert row_of(Container, number="CSQU3054383")["flags"] is None
    assert row_of(Wagon, number="123456789012")["flags"] is not None
