"""Finding anything by a number."""

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Booking, Container, GateVisit, Train, Wagon
from storage.queries.containers import CONTAINERS
from storage.queries.find import FEEDS, Hit, doubt, find
from tests.scenery.rows import Rows


def first(session: Session, clock: ManualClock, text: str) -> Hit:
    return find(session, clock, text)[0]


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("X9582", "train", "X9582"),
        ("x9582", "train", "X9582"),
        ("LSTU 813364 9", "box", "LSTU 813364 9"),
        ("lstu-813364", "box", "LSTU 813364 9"),
        ("041220718", "declaration", "041220718"),
        ("BK20611", "booking", "BK20611"),
        ("88200", "seal", "88200"),
        ("5200003", "wagon", "5200003"),
        ("DB-7714", "box", "LSTU 813364 9"),
        ("BK20677", "box", "LSTU 400629 9"),
        ("ＬＳＴＵ　８１３３６４－９", "box", "LSTU 813364 9"),
        ("x 9582", "train", "X9582"),
        ("bk-20611", "booking", "BK20611"),
        ("db 7714", "box", "LSTU 813364 9"),
        ("DB7714", "box", "LSTU 813364 9"),
        ("52 000 03", "wagon", "5200003"),
        ("0412 20718", "declaration", "041220718"),
    ],
)
def test_every_kind_of_number_is_found(session: Session, clock: ManualClock, text: str, kind: str, title: str) -> None:
    hit = first(session, clock, text)
    assert hit.kind == kind
    if text != "BK20677":
        assert hit.title == title
    assert hit.match in ("exact", "prefix")


def test_a_hit_says_what_it_is_now_and_why_it_was_found(session: Session, clock: ManualClock) -> None:
    box = first(session, clock, "DB-7714")
    assert (box.about, box.why) == ("I1-04-01-1, X9582, customs", "bill DB-7714")
    assert first(session, clock, "X9582").about == "departure, Qinzhou, working"
    assert first(session, clock, "88200").about == "opened unauthorised, I1-08-01-1"


def test_the_thing_itself_comes_before_what_carries_its_number(session: Session, clock: ManualClock) -> None:
    assert [(hit.kind, hit.why) for hit in find(session, clock, "88200")] == [("seal", "number"), ("box", "seal 88200")]


def test_exact_comes_before_prefix_before_part(session: Session, clock: ManualClock) -> None:
    hits = find(session, clock, "X958")
    assert [(hit.title, hit.match) for hit in hits[:3]] == [
        ("X9581", "prefix"),
        ("X9582", "prefix"),
        ("X9584", "prefix"),
    ]
    assert find(session, clock, "9582")[0].match == "part"


def test_a_wrong_check_digit_says_what_it_should_be(session: Session, clock: ManualClock) -> None:
    hit = first(session, clock, "LSTU 813364 8")
    assert (hit.title, hit.match) == ("LSTU 813364 9", "did you mean")
    assert hit.why.endswith("The check digit should be 9")


@pytest.mark.parametrize("text", ["LSTU 8I3364 9", "lstu 8l3364 9", "L5TU 813364 9", "LSTU 8I3364"])
def test_letters_and_digits_that_look_alike_find_the_number_that_was_meant(
    session: Session, clock: ManualClock, text: str
) -> None:
    hit = first(session, clock, text)
    assert (hit.title, hit.match) == ("LSTU 813364 9", "did you mean")
    assert hit.why.endswith("O and 0, I and 1 look alike")


def test_the_boxes_of_a_pasted_message_are_found(session: Session, clock: ManualClock) -> None:
    hits = find(session, clock, "LSTU 813364 9 45G1 red lane; shpu604319-2 late, X9582")
    assert [hit.title for hit in hits] == ["LSTU 813364 9", "SHPU 604319 2"]


def test_trains_are_found_by_where_they_go_or_come_from(session: Session, clock: ManualClock) -> None:
    hits = find(session, clock, "vientiane")
    assert {(hit.kind, hit.why) for hit in hits} == {("train", "place Vientiane")}
    assert {"X2011", "X2012"} <= {hit.title for hit in hits}
    over = [hit.about.endswith(("departed", "closed")) for hit in hits]
    assert over == sorted(over)
    assert any(over)


def test_swapped_digits_find_the_number_that_was_meant(session: Session, clock: ManualClock) -> None:
    assert first(session, clock, "LSTU 183364 9").title == "LSTU 813364 9"


def test_a_right_number_that_exists_raises_no_doubt(session: Session, clock: ManualClock) -> None:
    assert [hit.match for hit in find(session, clock, "LSTU8133649")] == ["exact"]


@pytest.mark.parametrize(
    ("text", "words", "meant"),
    [
        ("LSTU 813364 8", "the check digit of LSTU 813364 8 should be 9", ["LSTU8133649"]),
        ("LSTU 183364 9", "the check digit of LSTU 183364 9 should be 0", ["LSTU8133649"]),
        ("CMAU 163912 0", "CMAU 163912 0 is weak: swapped digits pass its check", []),
    ],
)
def test_what_is_doubtful_about_a_number_is_said_with_those_that_may_be_meant(
    session: Session, text: str, words: str, meant: list[str]
) -> None:
    found = doubt(session, text)
    assert found is not None
    assert found.words == words
    assert [number for _, number in found.meant] == meant
    assert not found.known


@pytest.mark.parametrize("asked", ["CQIU 390774 6", "CQIU 390774 2"])
def test_a_box_whose_digit_the_feed_has_wrong_is_found_by_its_right_number(
    cache: Cache, clock: ManualClock, asked: str
) -> None:
    rows = Rows()
    rows.add(Container, id="c", number="CQIU3907745")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        hits = find(session, clock, asked)
    assert [(hit.title, hit.match) for hit in hits] == [("CQIU 390774 5", "did you mean")]


@pytest.mark.parametrize("text", ["LSTU 813364 9", "LSTU 813364", "X9582", ""])
def test_nothing_is_doubtful_about_a_known_number_or_what_is_none(session: Session, text: str) -> None:
    assert doubt(session, text) is None


@pytest.mark.parametrize("text", ["", " ", "X", "%", "__", "[/x]", "zzzz", "'; --", "CSQU 305438 3"])
def test_what_names_nothing_finds_nothing(session: Session, clock: ManualClock, text: str) -> None:
    assert find(session, clock, text) == []


def test_no_more_is_answered_than_asked(session: Session, clock: ManualClock) -> None:
    assert len(find(session, clock, "LSTU", 5)) == 5
    assert set(FEEDS) >= {"containers", "seals"}


def test_a_number_in_part_is_found_however_many_bookings_hold_it(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for nth in range(30):
        rows.add(Container, id=f"{nth:02}", number=f"AAAU{nth:07}", booking=f"BK98765{nth}")
    rows.add(Container, id="last", number="ZZZU3987650")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        hits = find(session, clock, "98765", 10)
    assert (hits[0].id, hits[0].why, len(hits)) == ("last", "number holds it", 10)


def test_for_the_whole_number_of_a_box_nothing_that_merely_holds_it_is_looked_for(
    cache: Cache, clock: ManualClock
) -> None:
    rows = Rows()
    rows.add(Container, id="it", number="CSQU3054383")
    rows.add(Container, id="other", number="MSKU0000001", bill="OF CSQU3054383")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        assert [hit.id for hit in find(session, clock, "CSQU 305438 3")] == ["it"]
        assert {hit.id for hit in find(session, clock, "CSQU 305438")} == {"it"}
        assert {hit.id for hit in find(session, clock, "OF CSQU")} == {"other"}


@pytest.mark.parametrize("text", ["渝A 12345", "渝A12345", "渝a·12345", "渝Ａ１２３４５", "a12345"])
def test_a_truck_finds_the_boxes_it_brought_however_its_plate_is_written(
    cache: Cache, clock: ManualClock, text: str
) -> None:
    rows = Rows()
    rows.add(Container, id="on it", number="CSQU3054383", vehicle="渝A12345")
    rows.add(Container, id="stacked", number="MSKU0000001")
    rows.add(GateVisit, id="in", plate="渝A 12345", container_id="stacked")
    rows.add(GateVisit, id="empty-handed", plate="渝A12345")
    rows.add(GateVisit, id="long ago", plate="渝A12345", container_id="gone")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        hits = find(session, clock, text)
    assert {(hit.kind, hit.id, hit.why.partition(" ")[0]) for hit in hits} == {
        ("box", "on it", "truck"),
        ("box", "stacked", "truck"),
    }


def test_a_box_whose_check_digit_is_wrong_says_what_it_should_be(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="it", number="CSQU3054384")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        (hit,) = find(session, clock, "CSQU 305438 4")
    assert (hit.id, hit.why) == ("it", "number, whose check digit should be 3")


def test_a_position_finds_its_bay_and_what_stands_there(session: Session, clock: ManualClock) -> None:
    bay, *boxes = find(session, clock, "b3-06")
    assert (bay.kind, bay.id, bay.title, bay.match) == ("bay", "B3-6", "B3-06", "exact")
    assert bay.about == f"stack, {len(boxes)} boxes"
    assert {hit.about.split(", ")[0][:5] for hit in boxes} == {"B3-06"}
    bay, box = find(session, clock, "B3-06-01-1")
    assert (bay.id, bay.title, bay.about) == ("B3-6", "B3-06-01-1", "stack, 1 box")
    assert (box.title, box.why) == ("WLMU 612093 8", "at B3-06-01-1")


@pytest.mark.parametrize("text", ["40HC", "45g1", "４５Ｇ１"])
def test_a_size_type_finds_how_many_boxes_there_are_of_it(session: Session, clock: ManualClock, text: str) -> None:
    hit = first(session, clock, text)
    alike = CONTAINERS.page(session, clock, CONTAINERS.filter("size_type:45G1")).total
    here = CONTAINERS.page(session, clock, CONTAINERS.filter("size_type:45G1 place:yard -block:--")).total
    assert (hit.kind, hit.id) == ("size-type", "45G1")
    assert hit.about.startswith(f"{alike} boxes, {here} in the yard, ")


@pytest.mark.parametrize(
    ("text", "precise"),
    [
        ("empty", "full:no"),
        ("Damaged", "damaged:yes"),
        ("damage", "damaged:yes"),
        ("ｄａｎｇｅｒｏｕｓ", "dangerous:yes"),
        ("reefer", '-reefer:-- -reefer:"not running"'),
        ("held", "readiness:held"),
        ("40HC empty", "size_type:45G1 full:no"),
        ("empty 40hc storage", "size_type:45G1 full:no category:storage"),
    ],
)
def test_words_that_tell_what_a_box_is_find_how_many_are_so(
    session: Session, clock: ManualClock, text: str, precise: str
) -> None:
    hit = first(session, clock, text)
    count = CONTAINERS.page(session, clock, CONTAINERS.filter(precise)).total
    assert count
    assert (hit.kind, hit.match, hit.about.split(" box")[0].replace(" ", "")) == ("boxes", "exact", str(count))
    assert CONTAINERS.page(session, clock, CONTAINERS.filter(hit.id)).total == count


@pytest.mark.parametrize("text", ["em", "empt", "emptyish", "40HC empt", "e", "X9582 empty", "sound damaged"])
def test_words_of_which_one_tells_nothing_of_boxes_find_none_by_what_they_are(
    session: Session, clock: ManualClock, text: str
) -> None:
    assert "boxes" not in {hit.kind for hit in find(session, clock, text)}


def test_what_only_looks_like_a_position_or_a_size_type_finds_none(session: Session, clock: ManualClock) -> None:
    hits = [hit for text in ("ZZ-06", "10P0", "DB-771") for hit in find(session, clock, text)]
    assert {hit.kind for hit in hits} & {"bay", "size-type"} == set()


def test_boxes_are_said_to_stand_at_the_position_as_the_block_is_called(session: Session, clock: ManualClock) -> None:
    assert {hit.why for hit in find(session, clock, "b3-6") if hit.kind == "box"} == {"at B3-06"}


def test_a_wagon_and_a_booking_say_the_number_of_their_train(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Train, id="id of it", number="X9582", direction="departure", phase="created")
    rows.add(Wagon, id="w", number="5597520", train_id="id of it", wagon_type="X70")
    rows.add(Booking, id="b", number="BK20611", train_id="id of it")
    rows.add(Wagon, id="lost", number="5597521", train_id="nobody")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        told = [first(session, clock, text).about for text in ("5597520", "BK20611", "5597521")]
    assert told == ["X9582, X70", "X9582", "nobody"]


def test_a_position_in_a_block_that_nobody_knows_finds_the_boxes_there(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="lost", number="CQIU1000041", block_id="ZZ", place="yard", bay=1, row=1, tier=1)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        assert [(hit.kind, hit.id) for hit in find(session, clock, "zz-01")] == [("box", "lost")]
