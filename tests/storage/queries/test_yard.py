"""The yard and its boxes on the hand-made terminal."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Block, Container, Crane, Wagon
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.yard import BLOCKS, yard_by_kind
from tests.scene import at
from tests.scenery.rows import NOW, Rows
from tests.storage.queries.places import place_of


def box(session: Session, clock: ManualClock, number: str) -> ContainerRow:
    (row,) = CONTAINERS.page(session, clock, CONTAINERS.filter(f"number={number}")).rows
    return row


def test_blocks_come_in_the_order_of_the_map_with_their_figures(session: Session, clock: ManualClock) -> None:
    rows = BLOCKS.page(session, clock).rows
    assert [(row.name, row.teu, row.working_teu, row.percent) for row in rows] == [
        ("A1", 283, 480, 59),
        ("A2", 350, 480, 73),
        ("A3", 264, 480, 55),
        ("B1", 245, 480, 51),
        ("B2", 360, 480, 75),
        ("B3", 341, 480, 71),
        ("R1", 148, 180, 82),
        ("G1", 23, 100, 23),
        ("I1", 18, 20, 90),
        ("E1", 283, 480, 59),
        ("E2", 236, 428, 55),
    ]


def test_a_block_knows_its_slots_plugs_and_cranes(session: Session, clock: ManualClock) -> None:
    rows = {row.name: row for row in BLOCKS.page(session, clock).rows}
    assert (rows["B3"].raw_teu, rows["B3"].factor, rows["B3"].free_teu) == (600, 0.8, 139)
    assert (rows["R1"].plugs, rows["R1"].plugs_used, rows["R1"].plugs_free) == (60, 49, 11)
    assert rows["B3"].plugs_free is None
    assert rows["B3"].cranes == ("RMG-3 auto",)


def test_blocks_are_filtered_and_sorted_like_any_list(session: Session, clock: ManualClock) -> None:
    page = BLOCKS.page(session, clock, BLOCKS.filter("kind:stack percent>55"), BLOCKS.sort("-percent"))
    assert [row.name for row in page.rows] == ["B2", "A2", "B3", "A1"]
    assert BLOCKS.page(session, clock, BLOCKS.filter("rmg-3")).rows[0].name == "B3"


def test_the_yard_by_kind_and_all_of_it(session: Session, clock: ManualClock) -> None:
    kinds, everything = yard_by_kind(session, clock)
    assert [(row.kind, row.percent) for row in kinds] == [
        ("stack", 64),
        ("reefer", 82),
        ("dangerous", 23),
        ("empty", 57),
        ("inspection", 90),
    ]
    assert (everything.teu, everything.working_teu, everything.percent) == (2551, 4088, 62)
    assert everything.plugs_free == 11


def test_a_block_of_unknown_capacity_makes_its_kind_unknown_and_a_new_kind_is_shown(
    cache: Cache, clock: ManualClock
) -> None:
    rows = Rows()
    rows.add(Block, id="X", name="X", kind="silo", bays=10)
    rows.add(Block, id="Y", name="Y", kind="silo", stated_teu=50.0)
    rows.add(Container, block_id="X", size_type="45G1")
    rows.add(Container, block_id="Y", size_type="45G1")
    rows.add(Crane, name="RS-1", block_id="X")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        (kind,), _ = yard_by_kind(session, clock)
        first, second = BLOCKS.page(session, clock).rows
    assert (kind.kind, kind.teu, kind.percent, kind.plugs_free) == ("silo", 4, None, None)
    assert (first.percent, first.free_teu, first.cranes) == (None, None, ("RS-1",))
    assert second.percent == 4


# ------------------------------------------------------------------------------------------------------------- boxes
def test_a_box_says_where_it_is_and_what_it_waits_for(session: Session, clock: ManualClock) -> None:
    row = box(session, clock, "LSTU8133649")
    assert (row.where, row.train, row.readiness, row.customs) == ("I1-04-01-1", "X9582", "customs", "inspection")
    assert (row.teu, row.booking, row.bill, row.seal) == (2, "BK20588", "DB-7714", "88214")
    assert row.age == timedelta(hours=16, minutes=21)


@pytest.mark.parametrize(
    ("number", "where", "readiness"),
    [
        ("WLMU6120938", "B3-06-01-1", "held"),
        ("CQIU7300513", "B3-12-01-4", "held"),
        ("LSTU2044185", "B2-18-03-2", "customs"),
        ("CQIU3907746", "B3-06-02-4", "ready"),
        ("QZHU1287454", "road", "late"),
        ("LSTU9190242", "B3-05-05-2", None),
    ],
)
def test_each_box_has_its_place_and_class(
    session: Session, clock: ManualClock, number: str, where: str, readiness: str | None
) -> None:
    row = box(session, clock, number)
    assert (row.where, row.readiness) == (where, readiness)


def test_a_box_on_a_wagon_or_a_train_says_which(session: Session, clock: ManualClock) -> None:
    loaded = CONTAINERS.page(
        session, clock, CONTAINERS.filter("train:X9582 readiness:loaded"), CONTAINERS.sort("where")
    )
    assert loaded.total == 31
    assert loaded.rows[0].where == "X9582 wagon 1"
    coming = CONTAINERS.page(session, clock, CONTAINERS.filter("inbound:84409"))
    assert {row.where for row in coming.rows} == {"on 84409"}
    assert (coming.total, coming.rows[0].inbound_id) == (24, "84409")


def test_boxes_of_a_train_are_those_of_its_readiness(session: Session, clock: ManualClock) -> None:
    counted = {
        name: CONTAINERS.page(session, clock, CONTAINERS.filter(["train=X9582", f"readiness={name}"])).total
        for name in ("loaded", "ready", "customs", "held", "due", "no ETA", "late")
    }
    assert counted == {"loaded": 31, "ready": 9, "customs": 4, "held": 2, "due": 3, "no ETA": 2, "late": 2}


def test_a_box_in_an_odd_place_is_shown_as_far_as_it_is_known(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, number="A", block_id="nowhere", bay=3)
    rows.add(Container, number="B", place="truck", vehicle="渝A 12345")
    rows.add(Container, number="C", place="wagon", wagon_id="gone")
    rows.add(Container, number="D", place="moon", rolled=True, train_id="T", received_at=at("10:00"))
    rows.add(Container, number="E", place="yard", received_at=at("10:00"), departed_at=at("10:30"))
    rows.add(Container, number="F", block_id="B", bay=103, row=2, tier=10)
    rows.add(Wagon, id="W", train_id="inbound", position=7)
    rows.add(Container, number="G", place="wagon", wagon_id="W", train_id="T", state="inbound")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.number: row for row in CONTAINERS.page(session, clock).rows}
    assert [found[name].where for name in "ABCDEFG"] == [
        "nowhere", "truck 渝A 12345", "wagon", "moon", "yard", "B-103-02-10", "inbound wagon 7",
    ]  # fmt: skip
    assert (found["D"].readiness, found["D"].age) == ("rolled", timedelta(minutes=41))
    assert found["E"].age is None


def test_a_box_in_a_block_whose_place_is_left_out_is_in_the_yard(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Block, id="1", name="A", kind="stack")
    rows.add(Container, id="said", block_id="1", place="yard")
    rows.add(Container, id="left out", block_id="1")
    rows.add(Container, id="on a truck", block_id="1", place="truck")
    rows.add(Container, id="gone", block_id="1", departed_at=NOW)
    rows.add(Container, id="nowhere")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        there = CONTAINERS.page(session, clock, CONTAINERS.filter("block=A place:yard"), CONTAINERS.sort("id")).rows
        assert [(box.id, box.place) for box in there] == [("left out", "yard"), ("said", "yard")]
        (counted,) = BLOCKS.page(session, clock).rows
        assert counted.boxes == len(there)


def test_boxes_are_sorted_by_where_as_the_yard_is_walked(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Block, id="1", name="A", kind="stack")
    places = {
        "far": (103, 1, 1),
        "near": (9, 1, 1),
        "beside": (9, 10, 1),
        "above": (9, 1, 2),
        "row unknown": (9, None, 1),
    }
    for key, (bay, row, tier) in places.items():
        rows.add(Container, id=key, block_id="1", bay=bay, row=row, tier=tier)
    rows.add(Container, id="bay unknown", block_id="1")
    rows.add(Container, id="truck", place="truck", vehicle="X")
    rows.add(Container, id="nowhere")
    walked = ["row unknown", "near", "above", "beside", "far", "bay unknown", "truck", "nowhere"]
    turned = ["truck", "far", "beside", "above", "near", "row unknown", "bay unknown", "nowhere"]
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        for text, order in (("where", walked), ("-where", turned)):
            sort = CONTAINERS.sort(text)
            paged = [CONTAINERS.page(session, clock, sort=sort, offset=nth, limit=1).rows[0].id for nth in range(8)]
            assert paged == order
            assert [place_of(CONTAINERS, session, clock, key, sort=sort) for key in order] == list(range(8))
