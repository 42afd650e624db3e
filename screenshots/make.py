"""Draws the pictures of the console again: `make screenshots`, or `make screenshots ARGS="board find"` for some scenes.

Writes an SVG for each picture, which is committed and compared by the tests, and a PNG beside it to look at.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import resvg_py

from screenshots.pictures import FOLDER, PICTURES, SCENES, Picture, draw, scene_cache

MONOSPACE = "DejaVuSansMono.ttf"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


def main(arguments: Sequence[str]) -> int:
    unknown = set(arguments) - set(SCENES)
    if unknown:
        print(f"There is no scene {', '.join(sorted(unknown))}: choose among {', '.join(SCENES)}.", file=sys.stderr)
        return 2
    with_png = has_font()
    if not with_png:
        print("No PNG is drawn: they need the font DejaVu Sans Mono, install fonts-dejavu-core.", file=sys.stderr)
    with scene_cache() as path:
        for picture in PICTURES:
            if not arguments or picture.scene in arguments:
                made = write(picture, path, with_png=with_png)
                print(f"screenshots/{made.name}")
    return 0


def write(picture: Picture, path: Path, *, with_png: bool) -> Path:
    """Draw one picture into the folder of the pictures; its SVG."""
    svg = asyncio.run(draw(picture, path))
    file = FOLDER / f"{picture.name}.svg"
    file.write_text(svg, "utf-8")
    if with_png:
        file.with_suffix(".png").write_bytes(png(svg))
    return file


def png(svg: str) -> bytes:
    """The picture in pixels; resvg keeps every cell in its column, which other converters do not."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            monospace_family="DejaVu Sans Mono",
            sans_serif_family="DejaVu Sans",
        )
    )


def has_font() -> bool:
    return any(next(folder.rglob(MONOSPACE), None) for folder in FONT_FOLDERS if folder.is_dir())


if __name__ == "__main__":
    # The person's own settings must not show in a picture.
    for name in [name for name in os.environ if name in ("NO_COLOR", "COLORTERM") or name.startswith("TEXTUAL_")]:
        del os.environ[name]
    os.environ.update(TERM="xterm-256color", TZ="Asia/Shanghai")
    time.tzset()
    sys.exit(main(sys.argv[1:]))
