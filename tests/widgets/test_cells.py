"""Text in cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from widgets.cells import Cell, fit_cell, fit_line, fit_text, literal, to_strip, width_of

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


def test_a_short_text_is_padded_on_its_right() -> None:
    assert fit_text("X9582", 8) == "X9582   "


def test_a_number_is_padded_on_its_left() -> None:
    assert fit_text("54", 5, "right") == "   54"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert fit_text("Alashankou", 6) == "Alash…"


def test_a_wide_character_is_never_halved() -> None:
    assert fit_text("渝新欧班列", 6) == "渝新 …"
    assert cell_len(fit_text("渝新欧班列", 6)) == 6


@given(TEXT, st.integers(0, 20))
def test_every_text_comes_out_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit_text(text, width)) == width


@given(st.lists(st.tuples(TEXT, st.sampled_from(["", "act"])), max_size=5), st.integers(1, 30))
def test_every_line_of_spans_comes_out_as_wide_as_asked(line: list[tuple[str, str]], width: int) -> None:
    assert width_of(fit_line(line, width)) == width


def test_a_line_that_is_cut_between_spans_still_says_so() -> None:
    assert "".join(text for text, _ in fit_line([("abc", ""), ("def", "act")], 3)) == "ab…"


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\n", "\x9b", "\u202e", "\u200b", "\x7f", "\ud800"])
def test_what_could_steer_a_terminal_is_shown_not_sent(character: str) -> None:
    assert literal(f"a{character}b") == "a\ufffdb"


def test_blanks_of_other_scripts_stay() -> None:
    assert literal("重庆\u3000团结村\xa01") == "重庆\u3000团结村\xa01"


def test_a_cell_of_spans_is_aligned_like_a_text() -> None:
    cell = Cell(spans=(("██", "loaded"), ("c", "customs")))
    assert fit_cell(cell, 5, "right") == [("  ", ""), ("██", "loaded"), ("c", "customs")]
    assert cell.plain == "██c"


def test_blanks_share_the_escape_sequence_of_the_word_before() -> None:
    strip = to_strip([("late", "act"), ("   ", ""), ("x", "act"), ("", ""), ("y", "")], lambda _: Style())
    assert [segment.text for segment in strip] == ["late   x", "y"]


def test_what_is_struck_is_not_struck_beyond_its_words() -> None:
    strip = to_strip([("wrong", "struck"), ("   ", ""), ("x", "")], lambda _: Style())
    assert [segment.text for segment in strip] == ["wrong", "   x"]
