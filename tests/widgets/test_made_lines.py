"""Lines that are made for the width there is."""

from tests.widgets.host import Host, screen_text, settle
from widgets.textlines import MadeLines


async def test_lines_are_made_again_for_another_width_and_only_then() -> None:
    lines = MadeLines()
    host = Host(lines)
    widths: list[int] = []

    def made(width: int) -> list[list[tuple[str, str]]]:
        widths.append(width)
        return [[("#" * width, "")], [(f"{width} cells", "")]]

    async with host.run_test(size=(20, 3)) as pilot:
        lines.show(made)
        await settle(pilot)
        assert screen_text(host) == ["#" * 20, "20 cells", ""]
        await pilot.resize_terminal(30, 3)
        await settle(pilot)
        assert screen_text(host) == ["#" * 30, "30 cells", ""]
        host.sent.clear()
        lines.show(made)
        await settle(pilot)
        assert host.bytes_sent == 0
        assert set(widths) == {20, 30}
