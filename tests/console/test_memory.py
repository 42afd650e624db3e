"""What keeps a console small."""

import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from console import memory


@pytest.fixture
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Node:
    def __init__(self) -> None:
        self.itself = self


def test_what_lives_when_the_console_stands_is_not_looked_at_again(collector: None) -> None:
    memory.settle()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == memory.QUIET_GC


def test_what_was_dropped_of_late_is_collected_though_the_collector_does_not_hurry(collector: None) -> None:
    memory.settle()
    dropped = weakref.ref(Node())
    assert dropped() is not None
    memory.tidy()
    assert dropped() is None


def test_what_was_on_its_way_then_is_cleared_out_later(collector: None) -> None:
    memory.settle()
    node = Node()
    memory.tidy()
    dropped = weakref.ref(node)
    del node
    memory.tidy()
    assert dropped() is not None
    memory.clear_out()
    assert dropped() is None


def test_openssl_stays_where_it_was_loaded_before(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = object()
    monkeypatch.setitem(sys.modules, "_ssl", loaded)
    monkeypatch.delitem(sys.modules, "_hashlib", raising=False)
    memory.leave_openssl_out()
    assert sys.modules["_ssl"] is loaded
    assert sys.modules["_hashlib"] is None
