"""Draws the pictures of the console again: `make screenshots`, or `make screenshots ARGS="board find"` for some scenes.

Writes an SVG for each picture, which is committed and compared by the tests, and a PNG beside it to look at.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import resvg_py

from screenshots.pictures import FOLDER, PICTURES, SCENES, draw, scene_cache

FONT = "DejaVuSansMono.ttf"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


def main(arguments: Sequence[str]) -> int:
    unknown = [scene for scene in arguments if scene not in SCENES]
    if unknown:
        print(f"There is no scene {', '.join(unknown)}: choose among {', '.join(SCENES)}.", file=sys.stderr)
        return 2
    os.environ.pop("NO_COLOR", None)
    with_png = any(next(folder.rglob(FONT), None) for folder in FONT_FOLDERS)
    if not with_png:
        print("No PNGs: they are drawn with the font DejaVu Sans Mono, install fonts-dejavu-core.", file=sys.stderr)
    with scene_cache() as path:
        for picture in PICTURES:
            if not arguments or picture.scene in arguments:
                file = FOLDER / f"{picture.name}.svg"
                file.write_text(asyncio.run(draw(picture, path)), "utf-8")
                if with_png:
                    file.with_suffix(".png").write_bytes(png(file))
                print(f"screenshots/{file.name}")
    return 0


def png(file: Path) -> bytes:
    """The picture in pixels; resvg keeps every cell in its column, which other converters do not."""
    return resvg_py.svg_to_bytes(
        svg_path=str(file), monospace_family="DejaVu Sans Mono", sans_serif_family="DejaVu Sans"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
