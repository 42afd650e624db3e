"""What in the yard needs care."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Moment, Policy
from storage.models import (
    FEEDS,
    Booking,
    Container,
    Crane,
    FeedState,
    Wagon,
    WorkInstruction,
    closing,
    table_of,
    to_ms,
)
from storage.queries.containers import CONTAINERS
from storage.queries.exceptions import EXCEPTIONS, counts, reefers
from storage.queries.exceptions.empties import EMPTIES, by_type
from storage.queries.yard import BLOCKS
from tests.scene import NOW, SOURCE, at
from tests.scenery.rows import Rows
from tests.storage.queries.places import place_of
from tests.storage.queries.small_yard import HERE, found, put, small_yard


@pytest.fixture
def rows() -> Rows:
    return small_yard()


def change(cache: Cache, key: str, when: datetime, **values: Any) -> None:
    table = table_of(Container)
    with cache.write() as session:
        connection = session.connection()
        connection.execute(closing(Container, table.c.id == key), {"until": to_ms(when)})
        connection.execute(update(table).where(table.c.id == key).values(observed=when, **values))


# ------------------------------------------------------------------------------------------------------------- reefers
def test_reefers_that_are_not_well_come_first_with_their_deviation(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    cold: dict[str, Any] = {
        "block_id": "R", "size_type": "45R1", "setpoint_c": -18.0, "plugged": True, "read_at": at("10:36"),
    }  # fmt: skip
    put(rows, "well", 2, **cold, reading_c=-17.2)
    put(rows, "warm", 2, 2, **cold, reading_c=-14.8)
    put(rows, "unread", 2, 3, **(cold | {"read_at": None}))
    put(rows, "unplugged", 2, 4, **(cold | {"plugged": False}), reading_c=-17.9)
    put(rows, "old", 4, 1, **(cold | {"read_at": at("06:40")}), reading_c=-18.0)
    put(rows, "older and warm", 4, 2, **(cold | {"read_at": at("05:00")}), reading_c=-11.0)
    put(rows, "undated", 4, 3, **(cold | {"read_at": None}), reading_c=-18.0)
    put(rows, "dry", 6, block_id="R", size_type="45R1")
    listed = {row.id: (row.risk, row.state, row.deviation) for row in found(cache, clock, rows, "reefers")}
    assert listed == {
        "unplugged": ("act", "not plugged in", 0.1),
        "warm": ("act", "off set-point", 3.2),
        "older and warm": ("act", "off set-point", 7.0),
        "old": ("unknown", "no reading since", 0.0),
        "undated": ("unknown", "undated reading", 0.0),
        "unread": ("unknown", "never read", None),
        "well": ("calm", "at set-point", 0.8),
    }
    assert (list(listed)[3], list(listed)[-1]) == ("old", "well")
    with cache.read() as session:
        said = reefers.remarks(session, Moment.of(clock))
    assert said == (
        "1 not plugged in", "2 off set-point", "1 not read for 4 h", "1 never read", "1 undated",
    )  # fmt: skip


def test_a_site_says_for_how_long_a_reading_counts(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "one", block_id="R", setpoint_c=-18.0, reading_c=-18.0, plugged=True, read_at=at("08:12"))
    (row,) = found(cache, clock, rows, "reefers")
    assert (row.state, row.since, row.read_age) == ("at set-point", None, timedelta(hours=2, minutes=29))
    (row,) = found(cache, clock, Rows(), "reefers", Policy(reefer_silent=timedelta(hours=2)))
    assert (row.state, row.since, row.risk) == ("no reading since", at("08:12"), "unknown")
    with cache.read() as session:
        chosen = CONTAINERS.filter('reefer:"no reading"')
        assert CONTAINERS.page(session, clock, chosen, policy=Policy(reefer_silent=timedelta(hours=2))).total == 1
        assert CONTAINERS.page(session, clock, chosen).total == 0


def test_a_reefer_is_off_since_the_first_reading_that_was_and_none_since_was_good(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    cold: dict[str, Any] = {"block_id": "R", "size_type": "45R1", "setpoint_c": -18.0, "plugged": True}
    put(rows, "warm", **cold, reading_c=-12.0, observed=at("05:00"))
    with cache.write() as session:
        rows.insert(session)
    for when, reading in (("06:00", -18.0), ("07:00", -15.0), ("08:00", -14.0), ("09:00", -13.0)):
        change(cache, "warm", at(when), reading_c=reading)
    (row,) = found(cache, clock, Rows(), "reefers")
    assert (row.reading_c, row.since) == (-13.0, at("07:00"))


def test_plugs_that_are_free_are_told_with_the_blocks(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "one", block_id="R", size_type="45R1", setpoint_c=-18.0, plugged=True)
    found(cache, clock, rows, "reefers")
    with cache.read() as session:
        block = next(row for row in BLOCKS.page(session, clock).rows if row.id == "R")
    assert (block.plugs, block.plugs_used, block.plugs_free) == (4, 1, 3)


# --------------------------------------------------------------------------------------------------------------- boxes
def test_long_stays_are_over_their_free_time_or_their_days(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "free", free_until=at("09:00"))
    put(rows, "old", received_at=NOW - timedelta(days=8))
    put(rows, "new", received_at=NOW - timedelta(days=6), free_until=at("12:00"))
    put(rows, "empty", received_at=NOW - timedelta(days=8), full=False)
    put(rows, "rusty", received_at=NOW - timedelta(days=31), full=False)
    put(rows, "left", received_at=NOW - timedelta(days=9), place="gone", departed_at=NOW)
    assert [(row.id, row.what) for row in found(cache, clock, rows, "long stays")] == [
        ("rusty", "here over 30 days"),
        ("old", "here over 7 days"),
        ("free", "free time is over"),
    ]


def test_boxes_that_stand_elsewhere_than_planned_are_told_and_whether_a_move_is_ordered(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    put(rows, "right", planned_block_id="A", planned_bay=2, planned_row=1, planned_tier=1)
    put(rows, "block", 6, planned_block_id="G")
    put(rows, "slot", 6, 2, planned_block_id="A", planned_bay=2, planned_row=3, planned_tier=1)
    put(rows, "ordered", 6, 3, planned_block_id="R")
    rows.add(WorkInstruction, kind="rehandle", state="planned", container_id="ordered")
    rows.add(WorkInstruction, kind="rehandle", state="done", container_id="block")
    assert [(row.id, row.risk, row.what) for row in found(cache, clock, rows, "wrong places")] == [
        ("block", "watch", "planned in G1"),
        ("slot", "watch", "planned A1-02-03-1"),
        ("ordered", "calm", "planned in R1, move ordered"),
    ]


def test_goods_in_a_block_that_is_not_for_them_are_in_the_wrong_place(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    put(rows, "acid", imdg_class="8")
    put(rows, "warm", 6, size_type="45R1", setpoint_c=-18.0, plugged=False)
    put(rows, "cold", 6, 2, size_type="45R1", setpoint_c=-18.0, plugged=True)
    put(rows, "home", 6, block_id="G", imdg_class="8")
    assert [(row.id, row.what) for row in found(cache, clock, rows, "wrong places")] == [
        ("acid", "dangerous goods in a stack block"),
        ("warm", "a working reefer in a stack block"),
    ]


def test_boxes_that_are_too_heavy_or_weigh_otherwise_than_declared(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    put(rows, "heavy", vgm_kg=32_600, gross_kg=32_600)
    put(rows, "short", 1, size_type="22G1", gross_kg=30_500)
    put(rows, "differs", 6, vgm_kg=22_000, gross_kg=20_000)
    put(rows, "near", 6, 2, vgm_kg=20_900, gross_kg=20_000)
    put(rows, "unknown", 6, 3)
    assert {row.id: (row.risk, row.what) for row in found(cache, clock, rows, "overweight")} == {
        "heavy": ("act", "32.6 t, at most 32.5 t"),
        "short": ("act", "30.5 t, at most 30.5 t"),
        "differs": ("watch", "weighed 22.0 t, declared 20.0 t"),
    }


def test_holds_are_told_with_whose_turn_it_is_and_since_when(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "one", observed=at("05:00"), train_id="T")
    put(rows, "two", 6, holds="damage payment", observed=at("06:00"))
    with cache.write() as session:
        rows.insert(session)
    change(cache, "one", at("07:00"), holds="damage")
    change(cache, "one", at("09:00"), remark="survey")
    listed = found(cache, clock, Rows(), "holds")
    assert [(row.id, row.what, row.turn, row.since, row.risk) for row in listed] == [
        ("one", "damage hold", "terminal", at("07:00"), "watch"),
        ("two", "damage, payment holds", None, at("06:00"), "calm"),
    ]


# ------------------------------------------------------------------------------------------------------------- empties
def pool(rows: Rows, boxes: int, owner: str, **more: Any) -> None:
    for _ in range(boxes):
        rows.add(Container, **(HERE | {"full": False, "owner": owner, "size_type": "45G1"} | more))


def test_empties_that_are_short_take_from_the_shared_pool_soonest_wanted_first(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    pool(rows, 3, "Qinzhou Lines")
    pool(rows, 2, "Wuling Box", damaged=True)
    pool(rows, 1, "Wuling Box")
    pool(rows, 4, "Pool", shared=True)
    pool(rows, 9, "Qinzhou Lines", size_type="22G1")
    pool(rows, 2, "Qinzhou Lines", train_id="T")
    for owner, boxes, wanted in (
        ("Qinzhou Lines", 2, at("12:00")), ("Qinzhou Lines", 4, at("18:00")), ("Wuling Box", 3, at("13:00")),
        (None, 1, at("20:00")), ("Wuling Box", 50, NOW + timedelta(hours=73)),
    ):  # fmt: skip
        rows.add(Booking, number="B", size_type="45G1", owner=owner, empties_wanted=boxes, wanted_at=wanted)
    rows.add(Booking, number="B", size_type="45G1", owner="Wuling Box", empties_wanted=9, wanted_at=NOW, cancelled=True)
    listed = found(cache, clock, rows, "empties")
    assert {
        (row.size_type, row.owner): (row.sound, row.damaged, row.wanted, row.from_pool, row.short, row.surplus)
        for row in listed
    } == {
        ("45G1", "Qinzhou Lines"): (3, 0, 6, 3, 0, 0),
        ("45G1", "Wuling Box"): (1, 2, 3, 0, 2, 0),
        ("45G1", "shared pool"): (4, 0, 1, 3, 0, 0),
        ("22G1", "Qinzhou Lines"): (9, 0, 0, 0, 0, 9),
    }
    first = listed[0]
    assert (first.owner, first.risk, first.by) == ("Wuling Box", "watch", at("13:00"))


@pytest.mark.parametrize(
    ("feed", "figures", "rows_of_it"),
    [("bookings", (2, 1, None), 1), ("containers", (None, None, 3), None)],
)
def test_nothing_is_left_over_or_short_before_both_boxes_and_bookings_have_come(
    cache: Cache, clock: ManualClock, rows: Rows, feed: str, figures: tuple[int | None, ...], rows_of_it: int | None
) -> None:
    if feed == "bookings":
        pool(rows, 2, "Wuling Box")
        pool(rows, 1, "Wuling Box", damaged=True)
    else:
        rows.add(Booking, number="B", size_type="45G1", owner="Wuling Box", empties_wanted=3, wanted_at=at("13:00"))
    for name in FEEDS:
        rows.add(FeedState, source=SOURCE, feed=name, loaded=name != feed)
    (row,) = found(cache, clock, rows, "empties")
    assert (row.sound, row.damaged, row.wanted) == figures
    assert (row.from_pool, row.short, row.surplus, row.by, row.risk) == (None, None, None, None, "unknown")
    with cache.read() as session:
        assert [(of.short, of.surplus) for of in by_type([row])] == [(None, None)]
        (count,) = counts(session, clock, names=["empties"])
    assert (count.wanting, count.rows, count.level) == (None, rows_of_it, "unknown")


def test_a_local_size_type_counts_as_the_one_it_is_read_as(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    pool(rows, 2, "Wuling Box")
    pool(rows, 3, "Wuling Box", size_type="40HC")
    pool(rows, 1, "Wuling Box", size_type="20DV")
    rows.add(Booking, number="B", size_type="40HC", owner="Wuling Box", empties_wanted=4, wanted_at=at("13:00"))
    listed = {row.size_type: (row.sound, row.wanted, row.short) for row in found(cache, clock, rows, "empties")}
    assert listed == {"45G1": (5, 4, 0), "20DV": (1, 0, 0)}


def test_empties_by_type_add_up_over_their_owners(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    pool(rows, 3, "Qinzhou Lines", size_type="22G1")
    pool(rows, 2, "Wuling Box")
    rows.add(Booking, number="B", size_type="45G1", owner="Wuling Box", empties_wanted=14, wanted_at=at("13:00"))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        types = by_type(EMPTIES.page(session, clock).rows)
    assert [(row.size_type, row.sound, row.wanted, row.short, row.surplus, row.by) for row in types] == [
        ("45G1", 2, 14, 12, 0, at("13:00")),
        ("22G1", 3, 0, 0, 3, None),
    ]


# --------------------------------------------------------------------------------------------------------------- dwell
def test_age_and_dwell_are_told_by_flow_and_never_mixed(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    for hours in (1, 2, 10):
        put(rows, f"here {hours}", category="import", received_at=NOW - timedelta(hours=hours))
    put(rows, "unknown", category="import", received_at=None)
    for hours, ago in ((5, 1), (9, 23), (50, 25)):
        left = NOW - timedelta(hours=ago)
        rows.add(Container, category="export", received_at=left - timedelta(hours=hours), departed_at=left,
                 place="gone")  # fmt: skip
    listed = {row.flow: row for row in found(cache, clock, rows, "dwell")}
    here, left_ = listed["import"], listed["export"]
    assert (here.here, here.age_p50, here.age_p90) == (3, timedelta(hours=2), timedelta(hours=10))
    assert (here.left, here.dwell_p50) == (0, None)
    assert (left_.here, left_.left, left_.dwell_p50, left_.dwell_p90) == (
        0, 2, timedelta(hours=5), timedelta(hours=9),
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- data quality
def test_what_cannot_be_right_is_listed_with_where_it_came_from(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    rows.add(Wagon, id="W", train_id="T", position=1)
    put(rows, "right", 2)
    put(rows, "on it", 2, tier=2)
    put(rows, "twice", 6, number="CQIU3907746")
    put(rows, "short", 7, size_type="22G1")
    put(rows, "beside", 5, 2, size_type="22G1")
    put(rows, "its pair", 7, 2, size_type="22G1")
    put(rows, "long over", 6, 2, 2)
    put(rows, "hangs", 6, 3, 3)
    put(rows, "half", 2, 2, 2)
    put(rows, "under half", 1, 2, size_type="22G1")
    put(rows, "beyond", 9, 5, size_type="22G1")
    put(rows, "nowhere", 9, block_id="Z")
    put(rows, "odd", 1, 3)
    put(rows, "digit", 1, 4, size_type="22G1", number="CQIU3907745")
    put(rows, "local", 4, 3, number="CQIU4819022", size_type="40HC")
    put(rows, "both", 8, 4, wagon_id="W")
    listed = {(row.box_id, row.what): row for row in found(cache, clock, rows, "data quality")}
    assert set(listed) == {
        ("twice", "two in one slot"),
        ("short", "two in one slot"),
        ("hangs", "floating"),
        ("half", "floating"),
        ("beyond", "outside its block"),
        ("nowhere", "unknown block"),
        ("odd", "bay for another length"),
        ("digit", "check digit wrong"),
        ("local", "size-type not of ISO 6346"),
        ("both", "on a wagon and in the yard"),
    }
    assert listed["short", "two in one slot"].how == "with CQIU3907746"
    assert listed["digit", "check digit wrong"].how == "should end in 6"
    assert listed["beyond", "outside its block"].how == "the block is 1-1-1 to 9-4-4"
    assert listed["local", "size-type not of ISO 6346"].how == "read as 45G1"
    assert {row.source for row in listed.values()} == {"chongqing-gateway"}
    assert {row.seen for row in listed.values()} == {NOW}


def test_every_total_counts_a_doubtful_box_once(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "twice", 2)
    put(rows, "again", 2)
    put(rows, "both", 6, wagon_id="W")
    found(cache, clock, rows, "data quality")
    with cache.read() as session:
        block = next(row for row in BLOCKS.page(session, clock).rows if row.id == "A")
    assert (block.boxes, block.teu) == (3, 6)


# -------------------------------------------------------------------------------------------------------------- counts
def test_how_many_want_somebody_is_told_for_every_list(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "one", holds="damage", train_id="T")
    put(rows, "two", 6, holds="damage")
    rows.add(Crane, id="1", name="RMG-1", mode="fault")
    found(cache, clock, rows, "holds")
    with cache.read() as session:
        told = {count.name: (count.wanting, count.rows, count.level) for count in counts(session, clock)}
        assert [count.name for count in counts(session, clock, names=("cranes",))] == ["cranes"]
    assert list(told) == list(EXCEPTIONS)
    assert (told["holds"], told["cranes"], told["reefers"]) == ((1, 2, "watch"), (1, 1, "act"), (0, 0, "calm"))


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_list_has_its_columns_and_can_be_filtered_and_sorted(
    cache: Cache, clock: ManualClock, rows: Rows, name: str
) -> None:
    view = EXCEPTIONS[name]
    put(rows, "one", 1, 9, 3, holds="damage", imdg_class="1.1", received_at=NOW - timedelta(days=9), vgm_kg=90_000,
        setpoint_c=1.0, full=True)  # fmt: skip
    put(rows, "two", 1, 9, 3, imdg_class="3")
    rows.add(Container, **(HERE | {"full": False}))
    rows.add(Crane, name="RMG-1")
    rows.add(WorkInstruction, kind="load", state="planned")
    (first, *_) = found(cache, clock, rows, name)
    for column in view.columns:
        assert hasattr(first, column.key)
    with cache.read() as session:
        for preset in view.presets:
            view.page(session, clock, view.filter(preset.filter), view.sort(preset.sort))
        assert view.page(session, clock, view.filter([f"id={first.id}"])).total == 1


def test_long_stays_are_paged_sorted_and_counted_among_many_others(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    for day in range(1, 21):
        put(rows, f"day {day:02}", 2, 1 + day % 4, 1 + day // 4, received_at=NOW - timedelta(days=day))
    found(cache, clock, rows, "long stays")
    view = EXCEPTIONS["long stays"]
    with cache.read() as session:
        page = view.page(session, clock, view.filter(""), view.sort("-age"), offset=2, limit=3)
        assert place_of(view, session, clock, "day 18", view.filter(""), view.sort("-age")) == 2
        assert place_of(view, session, clock, "day 03") is None
        (told,) = counts(session, clock, names=("long stays",))
    assert (page.total, [row.id for row in page.rows]) == (13, ["day 18", "day 17", "day 16"])
    assert (told.wanting, told.level) == (13, "watch")
