"""No key in any order, whatever the data and however they change, ends the console or breaks a reading."""

import random

import pytest
from sqlalchemy import delete, func, select, update
from sqlmodel import col
from sqlmodel import select as rows_of

from console import watch
from console.commands import COMMANDS
from console.screens import base, grids
from console.watch import explained
from storage.cache import Cache
from storage.errors import DryportError
from storage.models import FEEDS, FeedState, table_of
from tests.console.stage import Stage, staged

MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "escape", "tab", "shift+tab")
KEYS = [key for command in COMMANDS.values() for key in command.keys if command.id != "quit"]
WORDS = (
    "qzhu", "LSTU 813364 9", "place:yard", "late>15", "-holds:--", "40HC", "B3-06", "nowhere", "age>7d", "customs=",
    "x2011", "\u202egnitset", "[bold]", "%", "'", "+2h", "14:20", "number", "-where", "full", "board", "trains",
)  # fmt: skip
SIZES = ((80, 24), (120, 36), (200, 60), (40, 12), (100, 30))


async def do_something(stage: Stage, cache: Cache, draw: random.Random) -> str:
    """What may happen next: a key, a line, another size, time that passes, data that change; what it was."""
    kinds = ("move", "key", "burst", "line", "command", "size", "time", "change")
    kind = draw.choices(kinds, (10, 12, 3, 3, 3, 1, 1, 4))[0]
    if kind == "move":
        done = draw.choice(MOVES)
        await stage.press(done)
    elif kind == "key":
        done = draw.choice(KEYS)
        await stage.press(done)
    elif kind == "burst":
        keys = draw.choices((*MOVES, *KEYS, *"b2x"), k=draw.randrange(2, 9))
        done = f"at once {keys}"
        await stage.press_at_once("", *keys)
    elif kind == "size":
        size = draw.choice(SIZES)
        done = f"resize {size}"
        await stage.pilot.resize_terminal(*size)
    elif kind == "time":
        done = "time passes"
        stage.clock.advance(minutes=draw.choice((1, 10, 100)))
    elif kind == "change":
        done, feed, gen = change(cache, draw)
        stage.app._cache_watch._woken.set()
        await stage.until(lambda pulse: pulse.gens.get(feed) == gen)
    else:
        line = draw.choice(WORDS)
        if kind == "command":
            line = f"{draw.choice([name for name in COMMANDS if name not in ('quit', 'exit')])} {line}"
        done = f"{kind} {line!r}"
        await stage.enter("colon" if kind == "command" else "slash", line, "enter")
    await stage.settle()
    return done


def change(cache: Cache, draw: random.Random) -> tuple[str, str, int]:
    """Take away a record, what one of its fields says, or a tenth of all; what it was, of which feed, its new `gen`."""
    feed = draw.choice(list(FEEDS))
    table = table_of(FEEDS[feed])
    optional = [column for column in table.columns if column.nullable]
    some = func.abs(func.random()) % 10 == 0
    with cache.write() as session:
        ids = session.connection().execute(select(table.c.id).order_by(table.c.id)).scalars().all()
        one = table.c.id == (draw.choice(ids) if ids else "")
        which = draw.choice((one, one, some))
        if optional and draw.random() < 0.8:
            column = draw.choice(optional)
            done = f"no {feed}.{column.name}"
            session.connection().execute(update(table).where(which).values({column.name: None}))
        else:
            done = f"fewer {feed}"
            session.connection().execute(delete(table).where(which))
        states = session.exec(rows_of(FeedState).where(col(FeedState.feed) == feed)).all()
        gen = max(state.gen for state in states) + 1
        for state in states:
            state.gen = gen
            session.add(state)
    return done, feed, gen


async def wander(cache: Cache, seed: int, steps: int, broken: list[Exception]) -> None:
    """Do so many things; nothing breaks. A failure says what was done last."""
    draw, done = random.Random(seed), []
    async with staged(cache.path) as stage:
        for _ in range(steps):
            done.append(await do_something(stage, cache, draw))
            assert stage.app._exception is None, done[-20:]
            assert stage.app.is_running, "; ".join(done[-12:])
            assert not broken, done[-20:]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What a screen had to explain that is nobody's input and no upstream's doing: a fault of ours."""
    found: list[Exception] = []

    def explain(error: Exception) -> str:
        if not isinstance(error, DryportError):
            found.append(error)
        return explained(error)

    for module in (base, grids, watch):
        monkeypatch.setattr(module, "explained", explain)
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_any_keys_in_any_order_break_nothing(scene_cache: Cache, broken: list[Exception], seed: int) -> None:
    await wander(scene_cache, seed, 60, broken)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 130))
async def test_hours_of_any_keys_break_nothing(scene_cache: Cache, broken: list[Exception], seed: int) -> None:
    await wander(scene_cache, seed, 300, broken)
