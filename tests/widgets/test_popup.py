"""What opens over a screen has a frame of the chosen set."""

import pytest

from tests.widgets.host import Host, screen_text
from widgets import glyphs
from widgets.popup import Popup


@pytest.mark.parametrize(("chosen", "corner"), [(glyphs.UNICODE, "╭"), (glyphs.ASCII, "+")])
async def test_a_frame_is_drawn_with_the_chosen_signs(chosen: glyphs.Glyphs, corner: str) -> None:
    glyphs.choose(chosen)
    try:
        app = Host(Popup())
        async with app.run_test(size=(20, 4)):
            assert screen_text(app)[0].startswith(corner)
    finally:
        glyphs.choose(glyphs.UNICODE)
