"""No key in any order ends the console, breaks a reading, or leaves a screen that cannot be drawn."""

import random
from pathlib import Path

import pytest

from console.commands import COMMANDS
from console.screens import base, grids
from console.watch import explained
from storage.errors import DryportError
from tests.console.stage import Stage, staged

MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "escape", "tab", "shift+tab")
KEYS = [key for command in COMMANDS.values() for key in command.keys if command.id != "quit"]
WORDS = (
    "qzhu", "LSTU 813364 9", "place:yard", "late>15", "-holds:--", "40HC", "B3-06", "nowhere", "age>7d", "customs=",
    "x2011", "\u202egnitset", "[bold]", "%", "'", "+2h", "14:20", "number", "-where", "full", "board", "trains",
)  # fmt: skip
SIZES = ((80, 24), (120, 36), (200, 60), (40, 12), (100, 30))


async def press_one(stage: Stage, draw: random.Random) -> str:
    """What a person may do next, in one step; what it was."""
    kind = draw.choices(("move", "key", "line", "command", "size"), (10, 12, 3, 3, 1))[0]
    if kind == "move":
        done = draw.choice(MOVES)
        await stage.press(done)
    elif kind == "key":
        done = draw.choice(KEYS)
        await stage.press(done)
    elif kind == "size":
        size = draw.choice(SIZES)
        done = f"resize {size}"
        await stage.pilot.resize_terminal(*size)
        await stage.settle()
    else:
        line = draw.choice(WORDS)
        if kind == "command":
            line = f"{draw.choice([name for name in COMMANDS if name not in ('quit', 'exit')])} {line}"
        done = f"{kind} {line!r}"
        await stage.enter("colon" if kind == "command" else "slash", line, "enter")
    return done


async def wander(path: Path, seed: int, steps: int, broken: list[Exception]) -> None:
    """Do so many things; nothing breaks. A failure says what was done last."""
    draw, done = random.Random(seed), []
    async with staged(path) as stage:
        for _ in range(steps):
            done.append(await press_one(stage, draw))
            assert stage.app._exception is None, done[-20:]
            assert stage.app.is_running, done[-20:]
            assert not broken, done[-20:]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What a screen had to explain that is nobody's input and no upstream's doing: a fault of ours."""
    found: list[Exception] = []

    def explain(error: Exception) -> str:
        if not isinstance(error, DryportError):
            found.append(error)
        return explained(error)

    for module in (base, grids):
        monkeypatch.setattr(module, "explained", explain)
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_any_keys_in_any_order_break_nothing(scene_path: Path, broken: list[Exception], seed: int) -> None:
    await wander(scene_path, seed, 60, broken)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 130))
async def test_hours_of_any_keys_break_nothing(scene_path: Path, broken: list[Exception], seed: int) -> None:
    await wander(scene_path, seed, 300, broken)
