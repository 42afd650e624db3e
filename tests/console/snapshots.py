"""What screens look like, as text in the repository: `python -m tests.console.snapshots [NAME ...]` takes them again.

To add a screen, add a `Snapshot` to `SNAPSHOTS`: a name, the keys from the start to it (Textual's names), and, where
the hand-made terminal of `tests.scene` has not what it shows, `extend`, which adds rows to that terminal. Take it, look
at the files that came, and commit them; `test_snapshots` compares them with the console as it is.

A file holds one screen at one size: its text, which is the same in every look, then for each look which style stands
where. `0: a12 b3` says that on the first line 12 cells are drawn in style `a` and 3 in style `b`; `4-9: a80` that the
lines 4 to 9 are all in style `a`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from string import ascii_letters
from tempfile import TemporaryDirectory
from unittest.mock import patch

from rich.segment import Segment
from rich.style import Style
from sqlmodel import select

from console.site import Appearance
from screenshots.pictures import IN_COLOUR, Picture, rest, scene_cache, staged
from storage.cache import Cache
from storage.models import Container, FeedState, Quarantine
from storage.runs import log_runs
from tests.scene import NOW, SOURCE, hold_back

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 36), (200, 60))
LOOKS: Mapping[str, Appearance] = {
    "default": IN_COLOUR,
    "16 colours": Appearance(color="16"),
    "no colour": Appearance(color="none"),
}
Size = tuple[int, int]
Screen = list[list[Segment]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A screen: `keys` lead to it from the start, in a terminal to which `extend` has added."""

    name: str
    keys: tuple[str, ...]
    extend: Callable[[Cache], None] = lambda _: None

    def file(self, size: Size) -> Path:
        """Where its look at this size is kept."""
        return FOLDER / f"{self.name}-{size[0]}x{size[1]}.txt"


def extend_feeds(cache: Cache) -> None:
    """A box whose weight is no number, another with a wrong check digit, cranes whose data stands still."""
    with cache.write() as session:
        session.add(
            Quarantine(
                source=SOURCE, feed="containers", record="box 17", reason="Expected `int`, got `str` - at `$.gross_kg`",
                raw='{"id": "box 17", "gross_kg": "heavy"}', seen=3, first_at=NOW, last_at=NOW,
            )
        )  # fmt: skip
        session.get_one(FeedState, (SOURCE, "containers")).set_aside = 1
        session.get_one(FeedState, (SOURCE, "cranes")).lag_ms = 43 * 60_000
        session.exec(select(Container).where(Container.number == "QZHU3054385")).one().flags = "check_digit"
        log_runs(session, NOW - timedelta(hours=3))


def hold_customs_back(cache: Cache) -> None:
    """Trains and boxes have come, nothing of customs has."""
    hold_back(cache, "declarations", "declaration_boxes", "inspections", "seals", "designated_sites")


SNAPSHOTS: tuple[Snapshot, ...] = (
    Snapshot("board", ()),
    Snapshot("board-first", (), hold_back),
    Snapshot("board-without-customs", (), hold_customs_back),
    Snapshot("trains", ("2",)),
    Snapshot("train", ("2", "enter")),
    Snapshot("train-consist", ("2", "enter", *("tab",) * 5, "right")),
    Snapshot("arrival", ("2", "j", "enter")),
    Snapshot("what-if", ("2", "w", "enter")),
    Snapshot("substitutes", ("2", "u")),
    Snapshot("tracks", ("2", "v")),
    Snapshot("yard", ("3",)),
    Snapshot("yard-bay", ("3", "j", *("right_square_bracket",) * 2, "home", "right", "enter", "down", "down")),
    Snapshot("yard-by-train", ("3", "c", "down", "down", "enter")),
    Snapshot("blocks", ("3", "a")),
    Snapshot("customs", ("4",)),
    Snapshot("customs-first", ("4",), hold_customs_back),
    Snapshot("customs-seals", ("4", "tab", "tab", "tab")),
    Snapshot("declaration", ("4", "down", "down", "down", "enter")),
    Snapshot("feeds", ("5", *("down",) * 8), extend_feeds),
    Snapshot("feeds-aside", ("5", "d"), extend_feeds),
)


@lru_cache
def _scene() -> bytes:
    """A closed cache with the scene: migrated and filled once."""
    with scene_cache() as path:
        return path.read_bytes()


@contextmanager
def terminal(snapshot: Snapshot) -> Iterator[Path]:
    """The cache of its terminal, in a folder of its own."""
    with TemporaryDirectory(prefix="dryport-snapshot-") as folder:
        path = Path(folder) / "cache.db"
        path.write_bytes(_scene())
        cache = Cache.open(path, role="writer")
        snapshot.extend(cache)
        cache.close()
        yield path


async def take(snapshot: Snapshot) -> dict[Path, str]:
    """What its files hold when they are taken now."""
    seen: dict[str, dict[Size, Screen]] = {}
    with terminal(snapshot) as path:
        for look, appearance in LOOKS.items():
            with _wish(appearance):
                seen[look] = await _sizes(Picture(snapshot.name, snapshot.keys, SIZES[0], appearance), path)
    return {snapshot.file(size): _written({look: seen[look][size] for look in LOOKS}) for size in SIZES}


@contextmanager
def _wish(appearance: Appearance) -> Iterator[None]:
    """The environment of a person who wants this look, whatever the tester's is."""
    with patch.dict(os.environ):
        os.environ.pop("NO_COLOR", None)
        if appearance.color == "none":
            os.environ["NO_COLOR"] = "1"
        yield


async def _sizes(picture: Picture, path: Path) -> dict[Size, Screen]:
    """The screen at every size; it is drawn once and then resized, as a person's terminal is."""
    found: dict[Size, Screen] = {}
    async with staged(picture, path) as (app, pilot):
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await rest(app, pilot)
            found[size] = [list(Segment.simplify(strip)) for strip in app.screen._compositor.render_strips()]
    return found


def _written(screens: Mapping[str, Screen]) -> str:
    texts = {look: "\n".join(_text(line) for line in screen) for look, screen in screens.items()}
    text = next(iter(texts.values()))
    for look, other in texts.items():
        assert other == text, f"in the look '{look}' the screen says something else"
    return "\n".join([text, *(line for look, screen in screens.items() for line in _styles(look, screen))]) + "\n"


def _text(line: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in line).rstrip()


def _styles(look: str, screen: Screen) -> Iterator[str]:
    """Every style under a letter, then where it stands; lines that follow each other and look alike are one."""
    letters: dict[Style, str] = {}
    lines: list[str] = []
    for line in screen:
        cells = [(segment.style or Style.null(), segment.cell_length) for segment in line]
        spans = [(style, sum(width for _, width in group)) for style, group in groupby(cells, lambda each: each[0])]
        for style, _ in spans:
            letters.setdefault(style, ascii_letters[len(letters) % len(ascii_letters)])
        lines.append(" ".join(f"{letters[style]}{width}" for style, width in spans))
    yield f"=== {look}"
    yield from (f"{letter} = {style}" for style, letter in letters.items())
    y = 0
    for line_styles, alike in groupby(lines):
        last = y + len(list(alike)) - 1
        yield f"{y}: {line_styles}" if last == y else f"{y}-{last}: {line_styles}"
        y = last + 1


def main(names: Sequence[str]) -> int:
    known = [snapshot.name for snapshot in SNAPSHOTS]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no snapshot {', '.join(unknown)}: choose among {', '.join(known)}.", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    for snapshot in SNAPSHOTS:
        if not names or snapshot.name in names:
            for file, text in asyncio.run(take(snapshot)).items():
                file.write_text(text, "utf-8")
                print(file.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
