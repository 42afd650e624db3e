from itertools import combinations
from typing import ClassVar

import pytest

from console.commands import COMMANDS, MODES, Command, key_line, offered, parse
from storage.errors import UsageError

TAKEN = {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z"}
"""tmux, screen, flow control and job control own these."""


class Place:
    def __init__(self) -> None:
        self.done: list[str] = []

    def do_copy(self, argument: str) -> None:
        self.done.append(f"copy {argument}")

    def do_mode(self, mode: str, argument: str) -> None:
        self.done.append(f"{mode}: {argument}")


def test_no_key_stands_for_two_commands() -> None:
    for one, other in combinations(COMMANDS.values(), 2):
        assert not set(one.keys) & set(other.keys), f"{one.id} and {other.id}"


def test_no_default_key_is_one_that_a_multiplexer_or_flow_control_owns() -> None:
    assert not {key for command in COMMANDS.values() for key in command.keys} & TAKEN


def test_a_command_is_offered_only_where_somebody_can_do_it() -> None:
    place = Place()
    assert [command.id for command in offered([place])] == [*MODES, "copy"]
    assert key_line([place]) == [("y", "copy")]


def test_a_place_says_which_of_its_keys_it_wants_shown_first() -> None:
    class Map(Place):
        hints: ClassVar = {"columns": "colour"}
        ranks: ClassVar = {"columns": 1}

        def do_columns(self, argument: str) -> None:
            self.done.append(argument)

    assert key_line([Map()]) == [("c", "colour"), ("y", "copy")]


def test_a_command_takes_its_argument_from_the_typed_line() -> None:
    place = Place()
    command, argument = parse(":yard B12")
    command.run(place, argument)
    command, argument = parse("copy")
    command.run(place, argument)
    assert place.done == ["yard: B12", "copy "]


@pytest.mark.parametrize(("typed", "found"), [("q", "quit"), ("q!", "exit"), ("cust", "customs"), (" help ", "help")])
def test_commands_go_by_short_names_and_beginnings(typed: str, found: str) -> None:
    assert parse(typed)[0].id == found


def test_an_unknown_command_names_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="'trians': did you mean trains"):
        parse("trians")
    with pytest.raises(UsageError, match="shows them all"):
        parse("")


def test_the_first_key_is_written_as_on_the_keyboard() -> None:
    assert COMMANDS["filter"].shown_key == "/"
    assert Command("x", "X").shown_key == ""
