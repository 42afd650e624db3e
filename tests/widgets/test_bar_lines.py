"""The title bar, the key line and the lines of text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.widget import Widget

from tests.widgets.host import Host, screen_text, settle
from widgets import glyphs
from widgets.badge import badge_span
from widgets.keyline import KeyLine
from widgets.textlines import TextLines, changed_stretch
from widgets.titlebar import TitleBar

MODES = ("Board", "Trains", "Yard", "Customs", "Feeds")
KEYS = [("↑↓", "move"), ("Enter", "open"), ("f", "find"), ("/", "filter")]


@pytest.fixture
def ascii_signs() -> Iterator[None]:
    glyphs.choose(glyphs.ASCII)
    yield
    glyphs.choose(glyphs.UNICODE)


async def title_line(width: int, **shown: object) -> str:
    bar = TitleBar()
    app = Host(bar)
    async with app.run_test(size=(width, 3)) as pilot:
        facts = {"modes": MODES, "badge": ("LIVE <15 s", "ok"), "risks": (4, 5), **shown}
        bar.show(**facts)  # type: ignore[arg-type]
        await settle(pilot)
        return screen_text(app)[0]


async def test_the_title_bar_reads_as_in_the_wide_wireframe() -> None:
    line = await title_line(120, site="Chongqing Tuanjiecun", current="Board", clock="Fri 20 Nov 10:41 UTC+8")
    assert line.startswith(" Chongqing Tuanjiecun  [1 Board]  2 Trains   3 Yard   4 Customs   5 Feeds  ")
    assert line.endswith("  LIVE <15 s  Fri 20 Nov 10:41 UTC+8  ▲4 ◆5")


async def test_the_title_bar_reads_as_in_the_narrow_wireframe() -> None:
    line = await title_line(80, site="Tuanjiecun", current="Trains", clock="Fri 20 10:41 UTC+8")
    assert line.startswith(" Tuanjiecun  1 [2 Trains] 3  4  5  ")
    assert line.endswith("  LIVE <15 s  Fri 20 10:41 UTC+8  ▲4 ◆5")


async def test_on_a_pushed_screen_the_way_there_stands_instead_of_the_modes() -> None:
    line = await title_line(120, site="Tuanjiecun", crumbs=("Trains", "X9582 to Qinzhou"))
    assert line.startswith(" Tuanjiecun ▸ Trains ▸ X9582 to Qinzhou  ")


async def test_a_long_way_gives_room_to_freshness_and_clock() -> None:
    line = await title_line(80, site="[b]Tuanjiecun", crumbs=("[/x]" * 40,), clock="10:41 UTC+8")
    assert "…" in line
    assert line.endswith("LIVE <15 s  10:41 UTC+8  ▲4 ◆5")


async def test_a_way_for_which_there_is_no_room_gives_up_the_site_first() -> None:
    line = await title_line(
        80, site="Tuanjiecun", crumbs=("Trains", "X9582", "Substitutes"), clock="Fri 20 10:41 UTC+8"
    )
    assert line.startswith(" Trains ▸ X9582 ▸ Substitutes  ")


async def test_modes_for_which_there_is_no_room_give_up_their_names() -> None:
    badge, clock = ("OFFLINE 3 h", "late"), "Fri 20 Nov 10:41 UTC+8"
    line = await title_line(112, site="Chongqing Tuanjiecun", current="Trains", badge=badge, clock=clock)
    assert line.startswith(" Chongqing Tuanjiecun  1 [2 Trains] 3  4  5  ")


async def test_risks_that_are_not_known_are_not_zero() -> None:
    assert (await title_line(80, site="T", risks=None)).endswith("▲? ◆?")


@pytest.mark.usefixtures("ascii_signs")
async def test_the_title_bar_has_an_ascii_form() -> None:
    assert (await title_line(80, site="T", crumbs=("A", "B"))).isascii()


async def key_line(width: int, notice: str = "") -> str:
    line = KeyLine()
    app = Host(line)
    async with app.run_test(size=(width, 3)) as pilot:
        line.show(KEYS, notice=notice)
        await settle(pilot)
        return screen_text(app)[2]


async def test_the_key_line_shows_keys_and_words() -> None:
    assert await key_line(80) == " ↑↓ move  Enter open  f find  / filter"


@pytest.mark.parametrize("width", [38, 37, 20, 9, 8])
async def test_keys_that_do_not_fit_drop_from_the_right_whole(width: int) -> None:
    whole = " ↑↓ move  Enter open  f find  / filter"
    shown = await key_line(width)
    assert len(shown) <= width
    assert whole.startswith(shown)
    assert not whole[len(shown) :].strip() or whole[len(shown) :].startswith("  ")


async def test_a_notice_comes_before_the_keys() -> None:
    assert (await key_line(60, "[/b] copied 3 rows")).startswith(" [/b] copied 3 rows  ↑↓ move")


async def test_a_long_notice_is_read_to_its_end_and_gives_its_lines_back() -> None:
    line = KeyLine()
    app = Host(line)
    async with app.run_test(size=(40, 5)) as pilot:
        for notice in ("", "The disk is full: make room on that of /srv/dryport/tuanjiecun, or move the cache.", ""):
            line.show(KEYS, notice=notice)
            await settle(pilot)
            shown = [text.strip() for text in screen_text(app) if text.strip()]
            assert " ".join(shown).startswith(notice)
            assert len(shown) == (3 if notice else 1)
        assert shown == ["↑↓ move  Enter open  f find  / filter"]


@pytest.mark.usefixtures("ascii_signs")
async def test_the_key_line_has_an_ascii_form() -> None:
    assert await key_line(80) == " ^v move  Enter open  f find  / filter"


async def test_lines_are_literal_and_cut_to_the_width() -> None:
    lines = TextLines([[("[/foo] ", ""), ("a long line that does not fit", "act")], [("渝新欧", "dim")]])
    await _shows(lines, ["[/foo] a long line t…", "渝新欧", ""], size=(21, 3))


async def test_a_shorter_text_leaves_nothing_of_the_longer_one() -> None:
    lines = TextLines([[("one", "")], [("two", "")]])
    app = Host(lines)
    async with app.run_test(size=(20, 3)) as pilot:
        lines.show([[("1", "")]])
        await settle(pilot)
        assert screen_text(app) == ["1", "", ""]


async def _shows(widget: Widget, expected: list[str], size: tuple[int, int]) -> None:
    app = Host(widget)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert screen_text(app) == expected


def test_the_stretch_that_changed_counts_wide_characters_twice() -> None:
    assert changed_stretch([("渝a新", "")], [("渝b新", "")]) == (2, 3)
    assert changed_stretch([("ab", "act")], [("ab", "watch")]) == (0, 2)
    assert changed_stretch([("a ", "act")], [("a", "act"), (" ", "")]) is None


def test_the_badge_has_its_word_at_every_level() -> None:
    assert badge_span("STALE 14 min", "act") == ("STALE 14 min", "stale")
    assert badge_span("AS OF Thu 14:20", "something new") == ("AS OF Thu 14:20", "")
