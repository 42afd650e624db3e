"""The page of one thing."""

from typing import Any

import pytest
from sqlmodel import Session, select

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import (
    FEEDS,
    Container,
    Declaration,
    DeclarationBox,
    FeedState,
    Inspection,
    Quarantine,
    SourceState,
    Train,
    TrainStop,
    Wagon,
)
from storage.queries.details import KINDS, Detail, Line, Link, detail
from storage.queries.find import find
from tests.scene import SOURCE, at
from tests.scenery.rows import Rows


class Pages:
    """Asks for pages of the scene."""

    def __init__(self, session: Session, clock: ManualClock, policy: Policy) -> None:
        self.session, self.clock, self.policy = session, clock, policy

    def __call__(self, kind: str, identity: str) -> Detail:
        page = detail(self.session, self.clock, kind, identity, policy=self.policy)
        assert page is not None
        return page

    def found(self, text: str) -> Detail:
        hit = find(self.session, self.clock, text)[0]
        return self(hit.kind, hit.id)


@pytest.fixture
def pages(session: Session, clock: ManualClock, policy: Policy) -> Pages:
    return Pages(session, clock, policy)


def lines(page: Detail, title: str) -> tuple[Line, ...]:
    return next((section.lines for section in page.sections if section.title == title), ())


def line(page: Detail, title: str, label: str) -> Line:
    return next(line for line in lines(page, title) if line.label == label)


def value(page: Detail, title: str, label: str) -> Any:
    return line(page, title, label).value


def test_a_train_s_page_tells_times_risk_and_readiness(pages: Pages) -> None:
    page = pages("train", "X9582")
    assert page.title == "X9582 to Qinzhou"
    assert (value(page, "Visit", "Late"), line(page, "Visit", "Late").unit) == (12, "min")
    assert value(page, "Readiness", "loaded") == 31
    assert value(page, "Readiness", "no ETA, TEU") == 5.0
    assert line(page, "Risk", "cut-off").level == "act"
    assert (value(page, "Cut-offs", "gate"), value(page, "Cut-offs", "gate blocks")) == (at("11:00"), 8)
    assert line(page, "Cut-offs", "vgm").level == "act"
    assert (value(page, "Consist", "Wagons"), value(page, "Consist", "Length")) == (50, 673.3)
    assert value(page, "Stops", "Qinzhou arr") == at("18:50", day=1)


def test_a_train_s_page_lists_every_named_box_that_is_not_ready_and_leads_to_it(pages: Pages) -> None:
    found = lines(pages("train", "X9582"), "Boxes that are not ready")
    assert len(found) == 13
    words = {each.label: each.value for each in found}
    assert words["WLMU 612093 8"] == "held: damage hold: terminal"
    assert words["CQIU 730051 3"] == "held: VGM missing: broker"
    assert words["QZHU 128745 4"] == "late: expected after its cut-off: haulier"
    links = [each.link for each in found]
    assert all(link is not None and pages.session.get(Container, link.id) for link in links)


def test_an_arrival_s_page_tells_what_it_carries(pages: Pages) -> None:
    page = pages("train", "X9581")
    assert page.title == "X9581 from Qinzhou"
    assert (value(page, "Readiness", "Done"), value(page, "Readiness", "Boxes")) == (0, 48)
    assert lines(page, "Boxes that are not ready") == ()


def test_a_declaration_s_page_tells_margin_and_boxes(pages: Pages) -> None:
    page = pages.found("041220718")
    assert line(page, "Tightest box", "Margin").level == "act"
    assert line(page, "Tightest box", "Train").link == Link("train", "X9582")
    assert value(page, "Inspections", "bay 2, waiting") == at("11:00")
    assert [each.label for each in lines(page, "Boxes")] == ["LSTU 813364 9"]


def test_a_block_s_page_tells_how_full_it_is_and_with_what(pages: Pages) -> None:
    page = pages("block", "I1")
    assert (value(page, "Block", "TEU"), value(page, "Block", "Full")) == (18, 90)
    assert len(lines(page, "Boxes")) == 12
    assert {each.label: each.value for each in lines(page, "Booked on")} == {"X9582": 1, "X8086": 1}
    assert value(pages("block", "R1"), "Plugs", "Plugs free") == 11


def test_the_page_of_a_large_block_counts_what_it_does_not_list(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pages("block", "B3")
    monkeypatch.setattr("storage.queries.details.yard.MOST_BOXES", 2)
    page = pages("block", "B3")
    assert lines(page, "Booked on") == lines(whole, "Booked on")
    assert len(lines(page, "Boxes")) == 2
    assert value(page, "Not listed", "more") == value(page, "Block", "Boxes") - 2
    assert lines(whole, "Not listed") == ()


def test_seal_wagon_booking_and_feed_have_pages(pages: Pages) -> None:
    seal = pages.found("88200")
    assert (line(seal, "Seal", "State").level, value(seal, "Seal", "Box")) == ("act", "QZHU 305438 5")
    wagon = pages("wagon", "X9582-3")
    assert (value(wagon, "Wagon", "Train"), len(lines(wagon, "Boxes"))) == ("X9582", 1)
    booking = pages.found("BK20611")
    assert (value(booking, "Booking", "Boxes"), line(booking, "Booking", "Train").link) == (1, Link("train", "X9582"))
    feed = pages("feed", f"{SOURCE}/trains")
    assert (value(feed, "Freshness", "State"), value(feed, "Rows", "Rows")) == ("LIVE <15 s", 31)


@pytest.mark.parametrize("kind", [*KINDS, "unicorn"])
def test_what_is_not_there_has_no_page(kind: str, session: Session, clock: ManualClock) -> None:
    assert detail(session, clock, kind, "nobody") is None


def test_pages_name_the_feeds_they_are_made_of(pages: Pages) -> None:
    for kind, identity in (("train", "X9582"), ("block", "I1"), ("feed", f"{SOURCE}/trains"), ("wagon", "X9582-3")):
        assert set(pages(kind, identity).feeds) <= set(FEEDS)


def test_every_thing_of_the_scene_has_a_page_that_links_to_things_that_are_there(pages: Pages) -> None:
    train_ids = pages.session.exec(select(Train.id)).all()
    boxes = set(pages.session.exec(select(Container.id)).all())
    for kind, ids in (("train", train_ids[::4]), ("block", ("I1", "B3"))):
        for identity in ids:
            for section in pages(kind, identity).sections:
                assert section.lines
                for link in (each.link for each in section.lines if each.link is not None):
                    assert link.id in boxes if link.kind == "box" else pages(*link).title


def test_pages_of_things_that_make_no_sense(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    rows = Rows()
    rows.add(Train, id="T", number="T", direction="departure", phase="working", turned_from="U")
    rows.add(TrainStop, train_id="T", sequence=1, place_code="XX", cancelled=True)
    rows.add(TrainStop, train_id="T", sequence=2, unknown_delay=True)
    rows.add(Wagon, id="W", train_id="T", number="*****", length_m=None, flags="check_digit")
    rows.add(Wagon, train_id="T", length_m=13.0)
    rows.add(
        Container, id="wrong", number="MSKU1234567", size_type="40HC", train_id="T", rolled=True, setpoint_c=-20.0,
        un_number="1263",
    )  # fmt: skip
    rows.add(Container, id="weak", number="CMAU1639120", size_type="ZZ")
    rows.add(Container, id="odd", number="[bold]X[/]", state="loaded", train_id="T", holds="damage")
    rows.add(Container, id="none")
    rows.add(
        Declaration, id="D", number="D", state="inspection", transit_document="TIR 1", carnet_vouchers=6,
        lane="red", laned_at=at("09:00"),
    )  # fmt: skip
    rows.add(DeclarationBox, declaration_id="D", container_id="unknown")
    rows.add(Inspection, declaration_id="D", result="damaged seal")
    with cache.write() as session:
        rows.insert(session)
        session.add(SourceState(source="s", attribution="Somebody", failures=2, error="no answer"))
        session.add(FeedState(source="s", feed="trains", loaded=True))
        session.add(FeedState(source="t", feed="trains"))
        session.add(Quarantine(source="s", feed="trains", record="7", reason="gross weight is not a number", raw="{}"))
    with cache.read() as session:
        pages = Pages(session, clock, policy)
        train = pages("train", "T")
        assert [each.value for each in lines(train, "Stops")] == ["cancelled", "late, no estimate"]
        assert value(train, "Consist", "Length") is None
        assert value(train, "Readiness", "must come off") == 1
        assert line(train, "Boxes that are not ready", "[bold]X[/]").value == (
            "held, on the train, must come off: damage hold: terminal; VGM and weight missing: broker; "
            "customs permission unknown"
        )
        declaration = pages("declaration", "D")
        assert value(declaration, "Boxes", "unknown") == "not known in the yard"
        assert value(declaration, "Transit", "Vouchers") == 6
        assert value(declaration, "Inspections", "result") == "damaged seal"
        assert value(pages("feed", "s/trains"), "Set aside", "7") == "gross weight is not a number"
        assert value(pages("feed", "s/trains"), "Source", "Attribution") == "Somebody"
        assert lines(pages("feed", "t/trains"), "Source") == ()
        assert pages("wagon", "W").title == "wagon *****"
