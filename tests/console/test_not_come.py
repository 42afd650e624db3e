"""A first start, feed by feed: what has not come yet is shown as unknown, never as none."""

import json
import re
from pathlib import Path

import pytest
from sqlmodel import Session, select

from console.answers import answer_view
from console.headless import write
from console.site import Site
from storage.cache import Cache
from storage.models import FEEDS, FeedState, table_of
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import SOURCE, hold_back

CUSTOMS = ("declarations", "declaration_boxes", "inspections", "seals", "designated_sites")
SIZES = [SMALL, LARGE]


def path_of(cache: Cache) -> Path:
    assert isinstance(cache.place, Path)
    return cache.place


def figures(text: str) -> list[str]:
    """The numbers on a screen below its title and above its keys, but for those of rules, times and names."""
    return re.findall(r"(?<![\w:.+])0(?![\w:.])", "\n".join(text.splitlines()[1:-1]))


def rows_of(stage: Stage, *names: str) -> list[list[str]]:
    """What stands behind a name at the beginning of a line, word by word."""
    lines = [re.sub("[│─┤├]", " ", line).split() for line in stage.text().splitlines()]
    return [line for line in lines if line and line[0] in names]


# ------------------------------------------------------------------------------------------------------------ customs
@pytest.mark.parametrize("size", SIZES)
async def test_before_declarations_have_come_customs_says_so_and_counts_none(
    scene_cache: Cache, size: tuple[int, int]
) -> None:
    hold_back(scene_cache, *CUSTOMS)
    async with staged(path_of(scene_cache), "4", size=size) as stage:
        text = stage.text()
        assert "-- open" in text
        assert "declarations have not come yet" in text
        assert figures(text) == []
        for name, *said in rows_of(stage, "Green", "Yellow", "Red"):
            assert name in ("Green", "Yellow", "Red")
            assert set(said) == {"--"}
        assert rows_of(stage, "Green", "Yellow", "Red")


async def test_what_nobody_has_declared_is_told_before_any_declaration_has_come(scene_cache: Cache) -> None:
    hold_back(scene_cache, *CUSTOMS)
    async with staged(path_of(scene_cache), "4") as stage:
        assert "4 boxes: 4 on X8086" in stage.line("Not declared")


@pytest.mark.parametrize(
    ("tabs", "words"),
    [(2, "inspections have not come yet"), (3, "seals have not come yet"), (4, "designated sites have not come yet")],
)
async def test_what_stands_beside_the_queue_says_what_has_not_come(scene_cache: Cache, tabs: int, words: str) -> None:
    hold_back(scene_cache, *CUSTOMS)
    async with staged(path_of(scene_cache), "4", *["tab"] * tabs, size=SMALL) as stage:
        assert words in stage.text()
        assert figures(stage.text()) == []


@pytest.mark.parametrize("size", SIZES)
async def test_declarations_that_came_and_are_none_are_zero(scene_cache: Cache, size: tuple[int, int]) -> None:
    with scene_cache.write() as session:
        session.execute(table_of(FEEDS["declarations"]).delete())
    async with staged(path_of(scene_cache), "4", size=size) as stage:
        assert "0 open" in stage.text()
        assert "have not come yet" not in stage.text()


async def test_the_board_counts_no_declarations_before_they_have_come_and_does_once_they_have(
    scene_cache: Cache,
) -> None:
    hold_back(scene_cache, *CUSTOMS)
    async with staged(path_of(scene_cache), size=SMALL) as stage:
        assert "Customs, -- open" in stage.text()
        assert "declarations have not come yet" in stage.text()
        with scene_cache.write() as session:
            for feed in CUSTOMS:
                come(session, feed)
        text = await stage.until(lambda pulse: pulse.overall.word == "LIVE <15 s")
        assert "Customs, 0 open" in text
        assert "have not come yet" not in text


def come(session: Session, feed: str) -> None:
    """It came, and is empty."""
    state = session.get_one(FeedState, (SOURCE, feed))
    state.loaded, state.as_of = True, session.get_one(FeedState, (SOURCE, "trains")).as_of


# ------------------------------------------------------------------------------------------------------ all of it
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1", "trains have not come yet"),
        ("2", "trains have not come yet"),
        ("3", "have not come yet"),
        ("4", "declarations have not come yet"),
    ],
)
async def test_before_anything_has_come_no_screen_shows_a_zero(
    scene_cache: Cache, size: tuple[int, int], key: str, words: str
) -> None:
    hold_back(scene_cache)
    async with staged(path_of(scene_cache), key, size=size) as stage:
        assert words in stage.text()
        assert figures(stage.text()) == []


async def test_before_any_source_has_answered_the_feeds_are_not_none(scene_cache: Cache) -> None:
    with scene_cache.write() as session:
        session.execute(table_of(FeedState).delete())
    async with staged(path_of(scene_cache), "5") as stage:
        assert "no source has answered yet" in stage.text()


async def test_before_boxes_have_come_no_train_is_said_to_have_none_ready(scene_cache: Cache) -> None:
    hold_back(scene_cache, "containers")
    async with staged(path_of(scene_cache), "2") as stage:
        assert "--/54" in stage.line("X9582")
        assert "no ETA" not in stage.text()
        page = await stage.press("G", "g", "g", *["j"] * places(stage, "X9582"), "enter")
        assert "Readiness, -- of 54 boxes" in page
        assert "containers have not come yet" in page


def places(stage: Stage, number: str) -> int:
    """How far down the list a train stands."""
    trains = [line for line in stage.text().splitlines() if re.search(r" (dep|arr) ", line)]
    return next(place for place, line in enumerate(trains) if number in line)


async def test_before_boxes_have_come_no_bay_looks_empty(scene_cache: Cache) -> None:
    hold_back(scene_cache, "containers")
    async with staged(path_of(scene_cache), "3") as stage:
        assert "A1 -- ???" in stage.line("A1 ")
        assert "containers have not come yet" in stage.text()
        assert "of 24 TEU" not in stage.text()
        assert "no block will be full" not in stage.text()


async def test_before_trains_have_come_no_box_is_said_to_be_in_nobodys_way(scene_cache: Cache) -> None:
    async with staged(path_of(scene_cache), "3") as stage:
        assert "rehandles 12 h: " in stage.text()
    hold_back(scene_cache, "trains")
    async with staged(path_of(scene_cache), "3") as stage:
        assert "rehandles 12 h: " not in stage.text()
        assert "in 12 h" not in stage.text()
    async with staged(path_of(scene_cache)) as stage:
        assert "Rehandles --" in stage.text()


async def test_before_trains_have_come_no_track_is_said_to_be_free(scene_cache: Cache) -> None:
    hold_back(scene_cache, "trains")
    async with staged(path_of(scene_cache), "2", "v") as stage:
        assert "Free: none" in stage.text()
        assert "no conflict" not in stage.text()
        assert "trains have not come yet" in stage.text()


async def test_what_needs_care_is_not_counted_before_boxes_have_come(scene_cache: Cache) -> None:
    hold_back(scene_cache, "containers")
    async with staged(path_of(scene_cache), "3", "p") as stage:
        assert "-- of --" in stage.line("Reefers")
        assert "1 of 6" in stage.line("Cranes")


async def test_what_is_not_found_may_not_have_come_yet(scene_cache: Cache) -> None:
    hold_back(scene_cache, "containers")
    async with staged(path_of(scene_cache)) as stage:
        text = await stage.enter("f", "WLMU6120938")
        assert "nothing matches 'WLMU6120938'; containers have not come yet" in text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [("1",), ("2",), ("2", "enter"), ("3",), ("3", "a"), ("4",), ("4", "enter"), ("5",)])
async def test_no_screen_has_the_name_of_nothing_on_it(
    scene_cache: Cache, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    hold_back(scene_cache, "containers", "seals", "work_instructions")
    async with staged(path_of(scene_cache), *keys, size=size) as stage:
        assert "None" not in stage.text()
        assert stage.notice == ""


async def test_a_list_that_is_still_being_loaded_says_that_there_may_be_more(scene_cache: Cache) -> None:
    with scene_cache.write() as session:
        state = session.get_one(FeedState, (SOURCE, "trains"))
        state.loaded, state.loading = False, True
    async with staged(path_of(scene_cache), "2") as stage:
        assert "8 of 31 so far" in stage.text()


# --------------------------------------------------------------------------------------------------- without a screen
def held_back(site: Site, *feeds: str) -> Site:
    cache = Cache.open(site.cache_path, role="writer")
    hold_back(cache, *feeds)
    cache.close()
    return site


def test_lanes_are_null_in_json_and_empty_in_csv_before_declarations_have_come(
    scene_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_view(held_back(scene_site, *CUSTOMS), "lanes")
    write(answer, "json")
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    figures = ("declarations", "boxes", "oldest", "in_per_hour", "out_per_hour", "over_sla", "at_risk")
    assert {rows[lane][figure] for lane in ("no lane", "green", "yellow", "red") for figure in figures} == {None}
    assert rows["not declared"]["boxes"] == 4
    write(answer, "csv")
    out, words = capsys.readouterr()
    assert "red,,,,,,,,,,,,\n" in out
    assert "have not come yet" in words


@pytest.mark.parametrize(
    "view", ["trains", "containers", "customs", "inspections", "seals", "sites", "reefers", "tracks", "yard"]
)
def test_before_anything_has_come_no_list_is_said_to_be_empty(
    scene_site: Site, capsys: pytest.CaptureFixture[str], view: str
) -> None:
    answer = answer_view(held_back(scene_site), view)
    write(answer, "json")
    assert json.loads(capsys.readouterr().out)["total"] is None
    write(answer, "table")
    words = capsys.readouterr().err
    assert "-- rows" in words
    assert "have not come yet" in words


def test_a_list_of_which_a_part_has_come_says_so(scene_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    cache = Cache.open(scene_site.cache_path, role="writer")
    with cache.write() as session:
        state = session.get_one(FeedState, (SOURCE, "seals"))
        state.loaded, state.loaded_rows = False, 3
    cache.close()
    write(answer_view(scene_site, "seals"), "table")
    assert "rows; 3 seals so far" in capsys.readouterr().err


def test_acts_are_unknown_while_a_feed_is_awaited_and_none_is_waited_for_that_no_source_has(
    scene_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    write(answer_view(held_back(scene_site), "acts"), "table")
    assert "-- rows" in capsys.readouterr().err
    cache = Cache.open(scene_site.cache_path, role="writer")
    with cache.write() as session:
        session.delete(session.get_one(FeedState, (SOURCE, "seals")))
        for state in session.exec(select(FeedState)):
            state.loaded = True
    cache.close()
    write(answer_view(scene_site, "acts"), "table")
    words = capsys.readouterr().err
    assert "0 rows" in words
    assert "have not come yet" not in words


def test_a_block_has_no_figures_in_json_before_boxes_have_come(
    scene_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    write(answer_view(held_back(scene_site, "containers"), "yard"), "json")
    (said, *_) = json.loads(capsys.readouterr().out)["rows"]
    assert said["name"] == "A1"
    assert said["working_teu"] == 480
    figures = ("boxes", "teu", "percent", "free_teu", "reserved_teu", "low_12", "expected_24", "high_24", "full_at")
    assert {said[figure] for figure in figures} == {None}


def test_lists_that_have_come_say_nothing_of_it(scene_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    for view in ("trains", "containers", "customs", "yard", "lanes"):
        write(answer_view(scene_site, view, limit=1), "table")
        assert "have not come yet" not in capsys.readouterr().err
