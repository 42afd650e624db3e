"""Segments as text for the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich._palettes import EIGHT_BIT_PALETTE
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.text import Text

from widgets.pen import PALETTE, PLAIN, Pen, change, ink_of

STYLES = st.builds(
    Style,
    color=st.sampled_from([None, "red", "#102030"]),
    bgcolor=st.sampled_from([None, "blue", "#405060"]),
    bold=st.booleans(),
    dim=st.booleans(),
    italic=st.booleans(),
    underline=st.booleans(),
    reverse=st.booleans(),
    strike=st.booleans(),
)


def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={})


def drawn(sequence: str) -> list[tuple[str, Style]]:
    """What a terminal shows for a sequence, as Rich reads it: each character with its style."""
    text = Text.from_ansi(sequence)
    return [(character, text.get_style_at_offset(console(), place)) for place, character in enumerate(text.plain)]


@given(st.lists(STYLES, min_size=1, max_size=6))
def test_it_draws_what_rich_draws(styles: list[Style]) -> None:
    segments = [Segment(chr(ord("a") + place), style) for place, style in enumerate(styles)]
    pen = Pen(console())
    ours = drawn(pen.write(segments) + pen.lift() + "z")
    theirs = drawn("".join(style.render(text) for text, style, _ in segments if style is not None) + "z")
    colors = ColorSystem.TRUECOLOR
    assert [text for text, _ in ours] == [text for text, _ in theirs]
    assert [ink_of(style, colors) for _, style in ours] == [ink_of(style, colors) for _, style in theirs]


def test_a_style_is_said_once_for_what_it_draws() -> None:
    red = Style(color="red")
    assert Pen(console()).write([Segment("a", red), Segment("b", Style(color="red"))]) == "\x1b[31mab"


def test_only_what_differs_is_said() -> None:
    loud, calm = Style(color="red", bgcolor="blue", bold=True), Style(color="green", bgcolor="blue")
    assert Pen(console()).write([Segment("a", loud), Segment("b", calm)]) == "\x1b[1;31;44ma\x1b[22;32mb"


def test_dim_stays_when_bold_ends() -> None:
    both, dim = ink_of(Style(bold=True, dim=True), ColorSystem.STANDARD), ink_of(Style(dim=True), ColorSystem.STANDARD)
    assert change(both, dim) == "\x1b[22;2m"


def test_it_leaves_the_terminal_plain() -> None:
    pen = Pen(console())
    pen.write([Segment("a", Style(bold=True))])
    assert pen.lift() == "\x1b[0m"
    assert pen.lift() == ""


@pytest.mark.parametrize(("system", "code"), [("truecolor", "38;2;250;0;0"), ("256", "38;5;196"), ("standard", "31")])
def test_colours_are_those_the_terminal_has(system: str, code: str) -> None:
    target = Console(file=io.StringIO(), force_terminal=True, color_system=system, _environ={})  # type: ignore[arg-type]
    assert Pen(target).write([Segment("a", Style(color="#fa0000"))]) == f"\x1b[{code}ma"


def test_a_colour_of_the_palette_is_named_by_its_number() -> None:
    target = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={})
    style = Style(color="#ffffff", bgcolor="#005f87")
    assert Pen(target).write([Segment("a", style)]) == "\x1b[38;5;231;48;5;24ma"
    assert all(EIGHT_BIT_PALETTE[number] == triplet for triplet, number in PALETTE.items())


def test_a_link_and_a_control_pass_whole() -> None:
    pen = Pen(console())
    link = Style(bold=True, link="https://example.org")
    written = pen.write(
        [Segment("a", Style(bold=True)), Segment("b", link), Segment("\x07", None, [(ControlType.BELL,)])]
    )
    assert written.startswith("\x1b[1ma\x1b[0m\x1b]8;")
    assert written.endswith("\x1b]8;;\x1b\\\x07")
    assert change(PLAIN, PLAIN) == ""
