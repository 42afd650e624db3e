from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from console import format as written
from console.format import Wall

CHONGQING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 2, 41, 30, tzinfo=UTC)
WALL = Wall(NOW, CHONGQING)


def test_the_clock_names_its_zone_once() -> None:
    assert WALL.face() == "Fri 20 Nov 10:41 UTC+8"
    assert WALL.face(short=True) == "Fri 20 10:41 UTC+8"
    assert WALL.stamp() == "2026-11-20 10:41 UTC+8"


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("A2-22-05-3", " at A2-22-05-3"), ("on X9581", ", on X9581"), ("truck 渝DB22GB", ", truck 渝DB22GB"),
        ("X9582 wagon 3", ", X9582 wagon 3"), ("road", ", road"), (None, ""),
    ],
)  # fmt: skip
def test_a_box_is_at_an_address_and_else_where_it_is_on_its_way(where: str | None, text: str) -> None:
    assert written.at(where) == text


@pytest.mark.parametrize(
    ("offset", "name"),
    [(0, "UTC"), (480, "UTC+8"), (330, "UTC+5:30"), (-210, "UTC-3:30"), (-480, "UTC-8")],
)
def test_zones_are_named_by_their_offset(offset: int, name: str) -> None:
    assert written.zone_name(NOW.astimezone(timezone(timedelta(minutes=offset)))) == name


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 20, 4, 22, tzinfo=UTC), "12:22"),
        (datetime(2026, 11, 19, 8, 10, tzinfo=UTC), "Thu 16:10"),
        (datetime(2026, 11, 20, 22, 0, tzinfo=UTC), "Sat 06:00"),
        (datetime(2026, 12, 1, 2, 0, tzinfo=UTC), "1 Dec 10:00"),
        (None, "--"),
    ],
)
def test_another_day_has_its_weekday_and_another_week_its_date(moment: datetime | None, text: str) -> None:
    assert WALL.time(moment) == text


def test_a_span_names_its_day_once() -> None:
    monday = datetime(2026, 11, 23, 0, 45, tzinfo=UTC)
    assert WALL.span(NOW, NOW + timedelta(hours=2)) == "10:41-12:41"
    assert WALL.span(monday, monday + timedelta(hours=2), " to ") == "Mon 08:45 to 10:45"
    assert WALL.span(NOW, monday) == "10:41-Mon 08:45"
    assert WALL.span(None, monday) == "--"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "10:41"), (NOW - timedelta(days=1), "Thu 10:41"), (NOW + timedelta(days=6), "Thu 10:41"),
        (NOW + timedelta(days=7), "27 Nov"), (NOW + timedelta(days=42), "Jan 2027"), (None, "--"),
    ],
)  # fmt: skip
def test_a_time_fits_nine_cells_however_far_it_is(moment: datetime | None, text: str) -> None:
    assert WALL.brief(moment) == text
    assert len(text) <= 9


def test_seconds_are_written_where_they_matter() -> None:
    assert WALL.seconds(datetime(2026, 11, 20, 2, 40, 52, tzinfo=UTC)) == "10:40:52"
    assert WALL.seconds(None) == "--"


def test_a_time_ahead_counts_down_and_one_behind_is_past() -> None:
    assert WALL.until(NOW + timedelta(minutes=19, seconds=40)) == "in 0:19"
    assert WALL.until(NOW - timedelta(seconds=1)) == "past"
    assert WALL.until(None) == "--"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (12, "+12m"), (-4, "-4m"), (0, "0m"), (99, "+99m"), (125, "+2h05"), (-605, "-10h"), (5999, "+99h"),
        (6000, "+4d"), (1_439_999, "+999d"), (-86_000_000, "-163y"), (None, "--"),
    ],
)  # fmt: skip
def test_lateness_has_a_sign_and_unknown_is_never_zero(minutes: int | None, text: str) -> None:
    assert written.late(minutes) == text


def test_margins_and_waits_are_hours_and_minutes() -> None:
    assert written.margin(timedelta(minutes=-305)) == "-5:05"
    assert written.margin(timedelta(minutes=13)) == "+0:13"
    assert written.margin(None) == "--"
    assert written.waited(timedelta(hours=8, minutes=12)) == "8:12"
    assert written.waited(timedelta(hours=101)) == "4d 05:00"
    assert written.waited(None) == "--"


def test_numbers_group_by_a_space_and_unknown_has_no_unit() -> None:
    assert written.number(2551, "TEU") == "2 551 TEU"
    assert written.number(24.6, "t") == "24.6 t"
    assert written.number(None, "TEU") == "--"
    assert written.number(float("nan")) == "--"
    assert written.of(40, None) == "40/--"


def test_container_numbers_are_written_as_people_read_them() -> None:
    assert written.box_number("CSQU3054383") == "CSQU 305438 3"
    assert written.box_number("ODD-17") == "ODD-17"
    assert written.box_number(None) == "(not named)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40 s"), (185, "3 min"), (66_660, "18 h 31 min"), (360_000, "4 d 4 h"), (-5, "0 s")],
)
def test_ages_have_their_unit(seconds: int, text: str) -> None:
    assert written.in_words(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("shown", "everything", "text"), [(8, 31, "8 of 31"), (12, 12, "12"), (40, 1693, "40 of 1 693")]
)
def test_what_is_in_sight_is_told_of_all_there_is_only_when_some_is_not(shown: int, everything: int, text: str) -> None:
    assert written.shown_of(shown, everything) == text


def test_one_box_is_not_boxes() -> None:
    assert [written.boxes(count) for count in (0, 1, 1693)] == ["0 boxes", "1 box", "1 693 boxes"]


def test_feeds_that_have_not_come_are_named_and_many_of_them_counted() -> None:
    assert written.not_come([]) == ""
    assert written.not_come(["designated_sites"]) == "designated sites have not come yet"
    assert written.not_come(["blocks", "containers"]) == "blocks and containers have not come yet"
    assert written.not_come(["seals", "trains", "wagons"]) == "seals and 2 more feeds have not come yet"


@pytest.mark.parametrize(
    ("feeds", "begun", "text"),
    [
        (["trains"], {"trains": (8, 31)}, "8 of 31 trains so far"),
        (["trains"], {"trains": (8, None)}, "8 trains so far"),
        (["trains"], {"seals": (8, 31)}, "trains have not come yet"),
        (["blocks", "containers"], {"containers": (846, 1693)}, "846 of 1 693 containers so far, blocks to come"),
        (
            ["blocks", "seals", "trains"],
            {"blocks": (3, 7), "seals": (1, 2)},
            "3 of 7 blocks so far, 2 more feeds to come",
        ),
        ([], {"trains": (8, 31)}, ""),
    ],
)
def test_of_a_feed_whose_rows_are_coming_it_is_told_how_much_is_here(
    feeds: list[str], begun: dict[str, tuple[int, int | None]], text: str
) -> None:
    assert written.not_come(feeds, begun) == text
