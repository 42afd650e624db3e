"""Notes: written with `n` on whatever the cursor or the page is about, shown there, and never lost on the way."""

from __future__ import annotations

import getpass
import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from console.screens.grids import GridScreen
from storage import notes
from storage.cache import Cache
from storage.errors import CacheFull
from storage.models import Note
from tests.console.stage import SMALL, staged


@pytest.fixture
def terminal(tmp_path: Path, scene_file: Path) -> Path:
    """A cache of its own to write into."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    return Path(shutil.copy(scene_file, folder / "cache.db"))


@pytest.fixture(autouse=True)
def chen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "chen")


def kept(path: Path) -> list[tuple[str, str, str, str]]:
    cache = Cache.open(path)
    with cache.read() as session:
        found = [(note.kind, note.object_id, note.author, note.text) for note in session.exec(select(Note))]
    cache.close()
    return found


@pytest.mark.parametrize(
    ("keys", "kind", "identity"),
    [
        (("2",), "train", "X9582"),
        (("2", "enter"), "train", "X9582"),
        (("3", "b"), "box", None),
        (("4",), "declaration", None),
        (("5",), "feed", None),
        (("tab",), "train", "X9582"),
        (("5", "v"), "train", "X8071"),
        (("v", "G"), "track", "track-7"),
    ],
)
async def test_n_writes_a_note_on_what_the_row_or_the_page_is_about(
    terminal: Path, keys: tuple[str, ...], kind: str, identity: str | None
) -> None:
    async with staged(terminal, *keys) as stage:
        await stage.enter("n", "called the broker", "enter")
        assert stage.notice.startswith("Noted on ")
    ((noted, on, author, text),) = kept(terminal)
    assert (noted, author, text) == (kind, "chen", "called the broker")
    assert identity in (None, on)


async def test_a_note_is_shown_on_the_page_with_its_author_and_time(terminal: Path) -> None:
    async with staged(terminal, "4", "enter") as stage:
        text = await stage.enter("n", "asks for the early slot", "enter")
    assert "asks for the early slot" in text
    assert "chen" in text
    assert "10:41" in text


async def test_a_row_with_a_note_on_it_has_a_sign_before_it(terminal: Path) -> None:
    async with staged(terminal, "2") as stage:
        assert "n▲" not in stage.line("X9582")
        await stage.enter("n", "crew is late", "enter")
        assert "n▲" in stage.line("X9582")
        assert "n▲" not in stage.line("X9581")
        assert "✓▲" in await stage.press("space")


async def test_the_boxes_of_a_train_have_the_sign_of_their_notes_wherever_they_are_listed(terminal: Path) -> None:
    async with staged(terminal, "2", "b") as stage:
        answer = stage.app.screen
        assert isinstance(answer, GridScreen)
        thing = answer.thing()
        assert thing is not None
        assert "n▲" not in stage.line(thing.name)
        await stage.enter("n", "asks for the early slot", "enter")
        assert "n▲" in stage.line(thing.name)
        await stage.press("escape", "enter")
        assert "n▲" in stage.line(thing.name)
        await stage.press("escape", "b", "N", "enter")
        assert "n▲" not in stage.line(thing.name)


async def test_a_note_on_a_track_is_shown_where_the_track_is(terminal: Path) -> None:
    async with staged(terminal, "v", "G") as stage:
        text = await stage.enter("n", "points frozen", "enter")
    assert "1 noted, chen 10:41: points frozen" in text


async def test_its_writer_withdraws_a_note_with_a_choice_and_only_what_stands_has_a_sign(terminal: Path) -> None:
    async with staged(terminal, "2") as stage:
        await stage.enter("n", "crew is late", "enter")
        await stage.enter("n", "no, the engine", "enter")
        assert "Withdraw which of your notes?" in await stage.press("N")
        await stage.press("2")
        assert stage.notice == "Withdrawn: the note on X9582 stays, struck."
        assert "n▲" in stage.line("X9582")
        await stage.press("N", "escape", "N", "enter")
        assert "n▲" not in stage.line("X9582")
        await stage.press("N")
        assert stage.notice == "There is no note of yours on X9582 to withdraw."
    cache = Cache.open(terminal)
    with cache.read() as session:
        found = {note.text: note.withdrawn_by for note in session.exec(select(Note))}
    cache.close()
    assert found == {"crew is late": "chen", "no, the engine": "chen"}


@pytest.mark.parametrize("keys", [("2", "enter"), ("3", "b", "enter"), ("5", "enter")], ids=["train", "box", "feed"])
async def test_a_withdrawn_note_says_who_withdrew_it_and_when(terminal: Path, keys: tuple[str, ...]) -> None:
    async with staged(terminal, *keys, size=(200, 60)) as stage:
        await stage.enter("n", "wrong train", "enter")
        text = await stage.press("N", "enter")
        assert "withdrawn" in text
        assert "by chen" in text
        assert stage.notice.startswith("Withdrawn: the note on ")


async def test_a_long_note_to_withdraw_is_cut_to_what_fits(terminal: Path) -> None:
    async with staged(terminal, "2", "enter", size=SMALL) as stage:
        await stage.enter("n", "the broker's papers " * 20, "enter")
        text = await stage.press("N")
        assert "the broker's papers the broker's papers the broker's papers…" in text
        assert max(map(len, text.splitlines())) <= SMALL[0]


async def test_where_nothing_can_have_a_note_there_is_none_to_withdraw(terminal: Path) -> None:
    async with staged(terminal, "5", "d", "N") as stage:
        assert stage.notice == "There is nothing here to have a note on: choose a row, or open a page."


async def test_what_is_typed_survives_esc_and_another_place(terminal: Path) -> None:
    async with staged(terminal, "2", size=SMALL) as stage:
        await stage.enter("n", "half a sent", "escape")
        assert stage.notice == "Not written; n goes on with the note on X9582."
        await stage.press("4", "2")
        assert "note on X9582: half a sent" in await stage.press("n")
        await stage.press(*"ence", "enter")
    assert [text for *_, text in kept(terminal)] == ["half a sentence"]


async def test_the_next_note_on_the_same_thing_begins_empty(terminal: Path) -> None:
    async with staged(terminal, "2") as stage:
        await stage.enter("n", "first", "enter")
        assert stage.text().splitlines()[-1].strip() != "note on X9582: first"
        assert "first" not in (await stage.press("n")).splitlines()[-1]


async def test_when_the_cache_cannot_be_written_it_is_said_and_the_draft_is_kept(
    terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Note:
        raise CacheFull("Cannot write the cache: make room; nothing was lost.")

    async with staged(terminal, "2") as stage:
        with monkeypatch.context() as broken:
            broken.setattr(notes, "add", full)
            await stage.enter("n", "broker called", "enter")
        assert stage.notice == (
            "Cannot write the cache: make room; nothing was lost. What you typed is kept: n goes on with it."
        )
        assert "broker called" in (await stage.press("n")).splitlines()[-1]
        await stage.press("enter")
    assert [text for *_, text in kept(terminal)] == ["broker called"]


async def test_an_empty_note_is_none(terminal: Path) -> None:
    async with staged(terminal, "2", "n", "enter") as stage:
        assert stage.notice == "The note is empty: write what others should know."
    assert kept(terminal) == []


async def test_a_note_can_be_written_as_a_command(terminal: Path) -> None:
    async with staged(terminal, "2", "enter") as stage:
        await stage.enter("colon", "note crew is 20 min late [sic]", "enter")
    assert [text for *_, text in kept(terminal)] == ["crew is 20 min late [sic]"]


async def test_where_there_is_nothing_to_note_on_it_says_so(terminal: Path) -> None:
    async with staged(terminal, "5", "d", "n") as stage:
        assert stage.notice == "There is nothing here to write a note on: choose a row, or open a page."
        await stage.press("escape", "question_mark", "n")
        assert "has nothing to do here" in stage.notice
