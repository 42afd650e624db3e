"""A rake: wagons to the scale of their slots, and a cursor that goes over them."""

from textual.geometry import Size
from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets.rake import Rake, Wagon, rows_of

LOADED, FREE = ("#", "loaded"), (".", "dim")


def wagons(count: int, slots: int = 2) -> list[Wagon]:
    return [Wagon(f"w{place}", str(place), (LOADED,) * slots) for place in range(1, count + 1)]


async def shown(rake: Rake, pilot: Pilot[None], found: list[Wagon], empty: str = "") -> list[str]:
    rake.show(found, empty)
    await settle(pilot)
    return screen_text(pilot.app)  # type: ignore[arg-type]


def test_wagons_are_shared_out_over_as_few_lines_as_they_take_and_evenly() -> None:
    assert [len(row) for row in rows_of(wagons(50), 120)] == [25, 25]
    assert [len(row) for row in rows_of(wagons(50), 200)] == [50]
    assert [len(row) for row in rows_of(wagons(50), 80)] == [17, 17, 16]
    assert rows_of([], 80) == []


def test_a_line_of_unlike_wagons_never_passes_the_width() -> None:
    mixed = [Wagon(str(place), str(place), (LOADED,) * (1 + place % 12)) for place in range(40)]
    for width in (20, 37, 80, 120):
        for row in rows_of(mixed, width):
            drawn = sum(len(wagon.slots) + 1 for wagon in row) - 1
            assert drawn <= width - 13 or len(row) == 1


async def test_each_slot_is_a_character_and_the_wagon_under_the_cursor_in_brackets() -> None:
    rake = Rake()
    async with Host(rake).run_test(size=(40, 3)) as pilot:
        rake.focus()
        train = [*wagons(2), Wagon("flat", "3", (LOADED, FREE, FREE))]
        assert (await shown(rake, pilot, train))[0] == "loco   1[##]## #.. 3"
        await pilot.press("l")
        assert screen_text(pilot.app)[0] == "loco   1 ##[##]#.. 3"  # type: ignore[arg-type]
        await pilot.press("end")
        assert rake.cursor_key == "flat"
        assert screen_text(pilot.app)[0] == "loco   1 ## ##[#..]3"  # type: ignore[arg-type]


async def test_the_cursor_goes_line_by_line_and_its_line_stays_in_sight() -> None:
    rake = Rake()
    async with Host(rake).run_test(size=(40, 2)) as pilot:
        rake.focus()
        await shown(rake, pilot, wagons(40))
        assert rake.lines == 5
        await pilot.press("down", "down", "down", "down", "down")
        assert rake.cursor_key == "w33"
        assert screen_text(pilot.app)[1].startswith("      33[##]")  # type: ignore[arg-type]
        await pilot.press("home")
        assert screen_text(pilot.app)[0].startswith("loco   1[##]")  # type: ignore[arg-type]


async def test_new_wagons_leave_the_cursor_on_its_wagon_and_a_gone_one_sends_it_to_the_first() -> None:
    rake = Rake()
    async with Host(rake).run_test(size=(80, 2)) as pilot:
        rake.focus()
        await shown(rake, pilot, wagons(5))
        await pilot.press("right", "right")
        await shown(rake, pilot, list(reversed(wagons(5))))
        assert rake.cursor_key == "w3"
        await shown(rake, pilot, wagons(2))
        assert rake.cursor_key == "w1"


async def test_without_wagons_it_says_so_and_takes_every_key() -> None:
    rake = Rake()
    host = Host(rake)
    async with host.run_test(size=(40, 1), message_hook=host.hear) as pilot:
        rake.focus()
        assert await shown(rake, pilot, [], "no wagons given") == ["no wagons given"]
        await pilot.press("left", "right", "up", "down", "home", "end", "enter")
        assert rake.cursor_key is None
        assert host.heard == []


async def test_a_step_tells_its_wagon_enter_and_a_click_on_it_open_it() -> None:
    rake = Rake()
    host = Host(rake)
    async with host.run_test(size=(40, 1), message_hook=host.hear) as pilot:
        rake.focus()
        await shown(rake, pilot, wagons(3))
        await pilot.press("right", "enter")
        await pilot.click(rake, offset=(15, 0))
        await pilot.click(rake, offset=(15, 0))
        told = [(type(message).__name__, getattr(message, "key", "")) for message in host.heard]
        assert told == [("Moved", "w2"), ("Opened", "w2"), ("Moved", "w3"), ("Opened", "w3")]


async def test_a_step_repaints_the_two_wagons_and_the_same_again_nothing() -> None:
    rake = Rake()
    host = Host(rake)
    async with host.run_test(size=(120, 4)) as pilot:
        rake.focus()
        await shown(rake, pilot, wagons(50))
        host.sent.clear()
        await pilot.press("right")
        await settle(pilot)
        assert 0 < host.bytes_sent < 200
        host.sent.clear()
        await shown(rake, pilot, wagons(50))
        assert host.bytes_sent == 0
        assert rake.size == Size(120, 4)
