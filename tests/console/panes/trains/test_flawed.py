"""What cannot be right is shown and flagged, never hidden, never a crash and never a wrong per cent."""

from pathlib import Path

import pytest

from storage.cache import Cache
from tests.console.panes.trains.flawed import add_flawed_trains
from tests.console.stage import LARGE, SMALL, staged

ONE_PAGE: dict[str, list[str]] = {
    "NOSTOPS": ["no stops known"],
    "DISORDER": ["stops out of order: Nanning is planned before Guiyang", "departure is before arrival"],
    "BACKWARD": ["planned departure is before its arrival"],
    "TWIN": ["track conflict"],
    "NOROOM": ["capacity is 0 TEU", "no bookings"],
    "TWICE": ["CQIU5529080 is named 2 times"],
    "FAROFF": ["planned departure is over 60 days off"],
    "NOTIME": ["--"],
    "SIDEWAYS": ["SIDEWAYS"],
}


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory, scene_file: Path) -> Path:
    path = tmp_path_factory.mktemp("flawed") / "cache.db"
    path.write_bytes(scene_file.read_bytes())
    cache = Cache.open(path, role="writer")
    add_flawed_trains(cache)
    cache.close()
    return path


@pytest.mark.parametrize(
    ("size", "trains"), [(SMALL, tuple(ONE_PAGE)), (LARGE, ("DISORDER", "TWICE", "SIDEWAYS"))], ids=str
)
async def test_every_flawed_train_has_a_page_that_says_what_is_wrong(
    flawed: Path, size: tuple[int, int], trains: tuple[str, ...]
) -> None:
    async with staged(flawed, "2", size=size) as stage:
        for train in trains:
            stage.app.open_detail("train", train)
            await stage.settle()
            seen = stage.text() + await stage.press("tab", "tab")
            assert [words for words in ONE_PAGE[train] if words not in seen] == [], train
            await stage.press("escape")


async def test_the_list_shows_them_all_and_no_per_cent_of_nothing(flawed: Path) -> None:
    async with staged(flawed, "2", "a", size=(120, 60)) as stage:
        text = stage.text()
        assert [train for train in ONE_PAGE if train[:5] not in text] == []
        assert "no bookings" in stage.line("NOROO")
        assert not [train for train in ONE_PAGE if "%" in stage.line(train[:5])]


async def test_wagon_numbers_are_shown_as_they_are_and_only_uic_numbers_are_checked(flawed: Path) -> None:
    async with staged(flawed, "2") as stage:
        stage.app.open_detail("train", "TWICE")
        await stage.settle()
        stage.app.screen.query_one("#rake").focus()
        seen = [await stage.press("home"), await stage.press("right"), await stage.press("right")]
        assert "31 81 665 0 286-1" in seen[0]
        assert "UIC check digit is wrong" in seen[0]
        assert "****0042" in seen[1]
        assert "WLMU 612093 8" in seen[1]
        assert "4 odd" in seen[1]
        assert "5274419" in seen[2]
        assert "1 odd" in seen[2]
        assert "UIC" not in seen[1] + seen[2]
        stage.app.screen.query_one("#note-lines").focus()
        notes = await stage.press("tab", "shift+tab")
        for odd in ("WLMU6120938 is not on its list", "2 TEU on 1 slots", "place in the train not known"):
            assert odd in notes


@pytest.mark.parametrize("train", ["NOTIME", "FAROFF", "SIDEWAYS", "NOROOM"])
async def test_questions_about_a_flawed_train_are_answered_or_refused_in_one_line(flawed: Path, train: str) -> None:
    async with staged(flawed, "2") as stage:
        stage.app.open_detail("train", train)
        await stage.settle()
        for question in ("b", "u", "o"):
            await stage.press(question)
            assert stage.notice or train in stage.text().splitlines()[0]
            if len(stage.app.screen_stack) > 2:
                await stage.press("escape")
        stage.app.type_command("whatif 14:00")
        await stage.settle()
        assert f"If {train} leaves at 14:00" in stage.text() or "only a departure has" in stage.notice
