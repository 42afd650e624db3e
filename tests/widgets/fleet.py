"""Trains for the grid's tests: a source that can change, fail and wait, and counts how often it was asked."""

from __future__ import annotations

import threading
from functools import cache

from widgets.cells import Cell
from widgets.columns import Column
from widgets.rows import Found, ListSource, Page, Row

COLUMNS = (
    Column("risk", "", 1, gap=0),
    Column("train", "Train", 7),
    Column("to", "To", 12, grow=True),
    Column("corridor", "Corridor", 10, rank=1),
    Column("late", "Late", 5, "right"),
    Column("ready", "Ready", 14),
    Column("boxes", "boxes", 7, "right"),
)
BAR = (("███████", "loaded"), ("▓▓", "ready"), ("c", "customs"), ("h", "held"), ("d", "due"), ("x", "missed"))


def train(number: int, to: str = "Qinzhou", late: str = "+12m") -> Row:
    cells = (
        Cell("▲", "act"),
        Cell(f"X{number:05d}"),
        Cell(to),
        Cell("ILSTC", "dim"),
        Cell(late, "late"),
        Cell(spans=BAR),
        Cell("40/54"),
    )
    return Row(f"X{number:05d}", cells)


@cache
def _trains(count: int) -> tuple[Row, ...]:
    return tuple(train(number) for number in range(count))


class Fleet:
    """A list of trains as a database would give it; `gate` closed makes every reading wait until it is opened."""

    def __init__(self, count: int) -> None:
        self.trains = list(_trains(count))
        self.error: Exception | None = None
        self.readings = 0
        self.threads: set[int] = set()
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def page(self, offset: int, limit: int) -> Page:
        self.readings += 1
        self.threads.add(threading.get_ident())
        self.entered.set()
        self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return Page(len(self.trains), self.trains[offset : offset + limit])

    def around(self, key: str, above: int, limit: int) -> Found | None:
        found = ListSource(self.trains).around(key, above, limit)
        return found and found._replace(page=self.page(found.offset, limit))
