"""Tracks over time as people ask: who stands where, what collides, where is the free track at 15:00."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.format import Wall
from console.panes.trains.track_rows import Asked, hours_free, read_asked
from storage.errors import UsageError
from storage.figures.free_tracks import Answer, State
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import NOW, at
from tests.scenery.rows import ZONE

WALL = Wall(NOW, ZONE)


async def test_one_key_shows_the_tracks_from_anywhere_and_the_same_key_goes_back(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        for place, mode in enumerate(("board", "trains", "yard", "customs", "feeds"), 1):
            await stage.press(str(place))
            assert "one character is 5 min" in await stage.press("v")
            await stage.press("v")
            assert stage.app.current_mode == mode
            assert len(stage.app.screen_stack) == 1


async def test_where_the_free_track_is_at_15_is_told_by_one_key(scene_file: Path) -> None:
    """By the hour, at once; which it is in full, with its metres, after the time is typed."""
    async with staged(scene_file, "v", size=LARGE) as stage:
        ruler, free = stage.line("11:00       12:00"), stage.line("free for 2:00")
        assert free[ruler.index("15:00") :].startswith("1 7 ")
        assert "free at 11:00 2:00, or at:" in await stage.press("F")
        await stage.press("escape")
        text = await stage.press("F", *"15", "enter")
        assert "tracks free at 15:00 for 2:00" in text
        assert "Free: track 1 (880 m, crane, from 14:38), track 7 (850 m, no crane)" in text
        assert "Cannot tell: track 6, 84409 has no estimate" in text


@pytest.mark.parametrize(
    ("states", "room", "said"),
    [
        ("-f-f-f-", 5, "2 4 6"), ("ffffff-", 5, "1-6"), ("f-fffff", 5, "1 3-7"), ("ff-ffff", 5, "6 trk"),
        ("ff-ffff", 11, "1 2 4 5 6 7"), ("-------", 5, "none"), ("--?----", 5, "?"),
    ],
)  # fmt: skip
def test_the_free_tracks_of_an_hour_are_named_as_far_as_there_is_room(states: str, room: int, said: str) -> None:
    state: dict[str, State] = {"f": "free", "-": "taken", "?": "cannot tell"}
    answers = [
        Answer(f"track-{nth}", str(nth), state[each], "", 850.0, crane=True) for nth, each in enumerate(states, 1)
    ]
    answers.sort(key=lambda answer: answer.state != "free")  # as they come: free ones first
    assert hours_free([(NOW, answers)], room) == {NOW: said}


async def test_a_long_train_with_a_crane_wants_another_track(scene_file: Path) -> None:
    async with staged(scene_file, "v") as stage:
        text = await stage.enter("colon", "free 15:00 2:00 860 m crane", "enter")
        assert "tracks free at 15:00 for 2:00, 860 m, crane" in text
        assert "Free: track 1 (880 m, crane, from 14:38)" in text
        assert "track 7 (no crane)" in text


async def test_a_conflict_is_seen_and_enter_opens_its_train(scene_file: Path) -> None:
    async with staged(scene_file, "v") as stage:
        assert "1 conflict" in stage.text()
        assert "XXX" in stage.line("4  880 m crane")
        assert "▲ Track 4  12:21 to 12:32, 0:11: X9581 is in before X9582 is clear.  Track 3 is free" in stage.text()
        await stage.press("tab", "down", "enter")
        assert "X9581" in stage.text().splitlines()[0]


async def test_of_which_visit_nobody_can_tell_and_why_is_said_below(scene_file: Path) -> None:
    async with staged(scene_file, "5", "v") as stage:
        assert "? Track 6  84409: no estimate" in stage.text()
        await stage.press("tab", "down", "down", "enter")
        assert "84409" in stage.text().splitlines()[0]


async def test_the_cursor_goes_over_the_visits_and_says_when_each_is_clear(scene_file: Path) -> None:
    async with staged(scene_file, "5", "v") as stage:
        assert "X8071 from Alashankou: in 11:08, clear 14:38" in stage.text()
        assert "X8086 to Duisburg: in 09:58, clear 15:50" in await stage.press("down")
        await stage.press("enter")
        assert "X8086" in stage.text().splitlines()[0]
        await stage.press("escape")
        assert "X8086 to Duisburg" in stage.text()


async def test_the_tracks_open_at_the_train_one_came_from(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        assert "X9582 to Qinzhou: in 08:55, clear 12:32" in await stage.press("v")
        await stage.press("v", "enter")
        assert "X9582 to Qinzhou: in 08:55, clear 12:32" in await stage.press("v")


async def test_an_act_about_a_track_opens_the_tracks_at_that_train(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        stage.app.do_tracks("X9581")
        await stage.settle()
        assert "X9581 from Qinzhou: in 12:21" in stage.text()


async def test_eighty_columns_have_ten_minutes_a_character_and_no_plan(scene_file: Path) -> None:
    async with staged(scene_file, "v", size=SMALL) as stage:
        text = stage.text()
        assert "one character is 10 min" in text
        assert "plan" not in text.partition("▒ estimate")[0]
        assert "XX" in stage.line("4 880m")
        assert "? 84409" in stage.line("6 650m")
        assert "/ closed" in text


async def test_scrolling_and_zooming_show_another_time_and_0_is_now_again(scene_file: Path) -> None:
    async with staged(scene_file, "v") as stage:
        assert "Tracks, 08:00 to" in await stage.press("h", "left")
        assert "XXX" in stage.line("4  880 m crane")
        assert "one character is 10 min" in await stage.press("minus")
        assert "Tracks, 10:00 to" in await stage.press("plus", "0")
        assert "Tracks, Sat 10:00 to" in await stage.press(*["l"] * 24)


async def test_a_time_that_is_none_is_refused_in_one_sentence(scene_file: Path) -> None:
    async with staged(scene_file, "v") as stage:
        await stage.enter("colon", "free tomorrowish", "enter")
        assert stage.notice == "'tomorrowish' says nothing about a free track: write 15:00 2:00 600 m crane."


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("15", Asked(at("15:00"))),
        ("15:30 2:30", Asked(at("15:30"), timedelta(hours=2, minutes=30))),
        ("at 15:00 for 3 h, 600 m, crane", Asked(at("15:00"), timedelta(hours=3), 600.0, crane=True)),
        ("9:00", Asked(at("09:00", day=1))),
        ("sat 9:00 45 min", Asked(at("09:00", day=1), timedelta(minutes=45))),
        ("Friday 09:00", Asked(at("09:00", day=7))),
        ("700m", Asked(length_m=700.0)),
        ("", Asked()),
    ],
)
def test_what_is_typed_is_a_time_how_long_how_many_metres_and_a_crane(typed: str, asked: Asked) -> None:
    assert read_asked(typed, WALL) == asked


def test_what_is_not_typed_stays_as_it_was() -> None:
    before = Asked(at("15:00"), timedelta(hours=3), 600.0, crane=True)
    assert read_asked("16", WALL, before) == before._replace(at=at("16:00"))
    assert read_asked("700 m", WALL, before) == before._replace(length_m=700.0)
    assert read_asked("any", WALL, before) == Asked(at("15:00"), timedelta(hours=3))
    assert read_asked("", WALL, before) == before._replace(at=None)


@pytest.mark.parametrize("typed", ["25:00", "15:00 0:00", "15:00 200 h", "[red]", "15:00 x"])
def test_what_is_no_such_question_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        read_asked(typed, WALL)


@pytest.mark.parametrize("asked", [Asked(), Asked(at("15:00"), timedelta(hours=3), 600.0, crane=True)])
def test_a_question_is_written_as_it_can_be_typed(asked: Asked) -> None:
    again = read_asked(asked.words(WALL), WALL)
    assert again._replace(at=None) == asked._replace(at=None)
    assert again.begins(WALL) == asked.begins(WALL)


def test_without_a_time_the_next_full_hour_is_meant() -> None:
    assert Asked().begins(WALL) == at("11:00")
    past: datetime = at("09:00")
    assert Asked(past).begins(WALL) == at("11:00")
