import contextlib
import errno
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Queue

import pytest

from console import syncer, syncing
from console.settings import Choice, read_site
from console.site import Site
from console.syncer import Syncer, follow_arguments, is_led
from storage.locks import try_lock


class FakeChild:
    """A syncer that does nothing until it is ended; every one that was started is in `started`."""

    started: "Queue[FakeChild]"

    def __init__(self, arguments: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        self.arguments = arguments
        self.ended = threading.Event()
        self.started.put(self)

    def wait(self, seconds: float) -> bool:
        return self.ended.wait(seconds)

    def reason(self) -> str:
        return "no room on the disk"

    def close(self) -> None:
        self.ended.set()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> "Queue[FakeChild]":
    FakeChild.started = Queue()
    monkeypatch.setattr(syncer, "Child", FakeChild)
    monkeypatch.setattr(syncer, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(syncer, "FIRST_PAUSE_S", 0.01)
    return FakeChild.started


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = read_site(Choice(data_dir=tmp_path), {"DRYPORT_UPSTREAM": "http://127.0.0.1:1"})
    site.folder.mkdir(parents=True)
    return site


@pytest.fixture
def give_up(site: Site) -> Iterator[Callable[[], None]]:
    """Somebody else leads, until the test calls this."""
    handle = try_lock(site.cache_path.with_name("cache.db.leader"))
    assert handle is not None
    with contextlib.ExitStack() as held:
        held.callback(os.close, handle)
        yield held.close


def test_a_console_without_a_syncer_starts_one_and_ends_it(site: Site, started: "Queue[FakeChild]") -> None:
    with Syncer(site, Choice()):
        child = started.get(timeout=10)
        assert not child.ended.is_set()
    assert child.ended.is_set()


def test_while_another_leads_none_is_started_and_then_one_is(
    site: Site, give_up: Callable[[], None], started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: Queue[bool] = Queue()

    def looking(cache: Path) -> bool:
        looked.put(led := is_led(cache))
        return led

    monkeypatch.setattr(syncer, "is_led", looking)
    with Syncer(site, Choice()) as keeper:
        assert [looked.get(timeout=10) for _ in range(3)] == [True] * 3
        assert started.empty()
        assert keeper.words() is None
        give_up()
        started.get(timeout=10)


def test_a_syncer_that_dies_is_followed_by_another_later_each_time(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: Queue[float] = Queue()
    keeper = Syncer(site, Choice())

    class Recorded(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            pauses.put(timeout)
            return super().wait(0)

    monkeypatch.setattr(keeper, "_end", Recorded())
    with keeper:
        for _ in range(4):
            started.get(timeout=10).ended.set()
        assert [pauses.get(timeout=10) for _ in range(3)] == [0.01, 0.02, 0.04]
        assert "no room on the disk" in (keeper.words() or "")


def test_a_syncer_that_ran_well_for_long_is_followed_by_another_at_once(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncer, "SOUND_AFTER_S", -1.0)
    monkeypatch.setattr(syncer, "FIRST_PAUSE_S", 3600.0)
    with Syncer(site, Choice()) as keeper:
        for _ in range(3):
            started.get(timeout=10).ended.set()
        started.get(timeout=10)
        assert keeper.words() is None


def test_a_syncer_that_ends_for_want_of_room_is_told_by_that(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncer, "why_unwritable", lambda _cache: "The disk is full.")
    with Syncer(site, Choice()) as keeper:
        started.get(timeout=10).ended.set()
        started.get(timeout=10)
        assert keeper.words() == "The disk is full."


def test_a_syncer_goes_on_where_its_log_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    async def follow(*_: object, say: Callable[[str], None], **__: object) -> None:
        say("The disk is full.")

    monkeypatch.setattr(sys, "stderr", Full())
    monkeypatch.setattr(syncing, "sync_follow", follow)
    assert syncing.follow_site(read_site(Choice(), {"DRYPORT_UPSTREAM": "http://127.0.0.1:1"})) == 0


def test_of_many_consoles_one_starts_a_syncer_and_the_next_when_that_console_ends(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: Queue[str] = Queue()

    def looking(_cache: Path) -> bool:
        looked.put(threading.current_thread().name)
        return False

    monkeypatch.setattr(syncer, "is_led", looking)
    with Syncer(site, Choice()) as first:
        started.get(timeout=10)
        with Syncer(site, Choice()) as second:
            while not looked.empty():
                looked.get()
            for _ in range(5):
                looked.get(timeout=10)
            assert started.empty()
            assert second.words() is None
            first.stop()
            started.get(timeout=10)


def test_a_console_that_has_the_turn_and_does_not_use_it_keeps_the_others_waiting_for_a_moment_only(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncer, "PATIENCE_S", 0.1)
    handle = try_lock(site.folder / "syncer.turn")
    assert handle is not None
    with Syncer(site, Choice()):
        started.get(timeout=10)
    os.close(handle)


def test_a_syncer_that_cannot_be_started_says_why(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Syncer(site, Choice())
    said: Queue[str | None] = Queue()

    def refused(*_: object) -> None:
        said.put(keeper.words())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(syncer, "Child", refused)
    with keeper:
        assert said.get(timeout=10) is None
        assert "No space left on device" in (said.get(timeout=10) or "")


def test_a_leader_that_stands_still_counts_for_none(
    site: Site, give_up: Callable[[], None], started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = threading.Event()
    looked: Queue[bool] = Queue()

    class Beside:
        def __init__(self, place: Path) -> None:
            assert place == site.cache_path

        def is_silent(self) -> bool:
            looked.put(silent.is_set())
            return silent.is_set()

    monkeypatch.setattr("storage.sync.heart.Heart", Beside)
    with Syncer(site, Choice()):
        assert [looked.get(timeout=30) for _ in range(3)] == [False] * 3
        assert started.empty()
        silent.set()
        started.get(timeout=10)


def test_a_folder_that_cannot_be_looked_into_is_told_and_looked_at_again(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Syncer(site, Choice())
    said: Queue[str | None] = Queue()

    def refused(_cache: Path) -> bool:
        said.put(keeper.words())
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(syncer, "is_led", refused)
        keeper.start()
        said.get(timeout=10)
        assert "Too many open files" in (said.get(timeout=10) or "")
        assert started.empty()
    started.get(timeout=10)
    keeper.stop()


def test_a_syncer_gets_the_same_site_wherever_it_is_started(site: Site) -> None:
    choice = Choice(upstream="http://127.0.0.1:1")
    assert follow_arguments(site, choice)[2:] == [
        "--site", site.name, "--data-dir", str(site.data_dir), "--upstream", "http://127.0.0.1:1",
    ]  # fmt: skip
    again = read_site(Choice(site.name, site.data_dir, choice.upstream), {})
    assert again.cache_path == site.cache_path


def test_looking_for_a_leader_leaves_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert not is_led(folder / "cache.db")
    assert not folder.exists()


def test_what_keeps_anybody_from_writing_is_told_whoever_leads(
    site: Site, give_up: Callable[[], None], started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = ["The disk is full."]
    asked: Queue[Path] = Queue()

    def why(cache: Path) -> str:
        asked.put(cache)
        return trouble[0]

    def asked_again() -> None:
        while not asked.empty():
            asked.get()
        for _ in range(3):  # one may have begun before, and the last one's answer is yet to be taken
            asked.get(timeout=10)

    monkeypatch.setattr(syncer, "why_unwritable", why)
    with Syncer(site, Choice()) as keeper:
        asked_again()
        assert keeper.words() == "The disk is full."
        trouble[0] = ""
        asked_again()
        assert keeper.words() is None
    assert started.empty()


def test_a_writer_that_was_stopped_and_keeps_ours_waiting_is_named(
    site: Site, started: "Queue[FakeChild]", monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Queue[Path] = Queue()

    def stopped(cache: Path) -> str:
        asked.put(cache)
        return "pid 4121 on yard-2 holds the cache; it is stopped."

    monkeypatch.setattr(syncer, "why_unwritable", stopped)
    monkeypatch.setattr(FakeChild, "wait", lambda self, _seconds: self.ended.wait(0.01))
    with Syncer(site, Choice()) as keeper:
        started.get(timeout=10)
        assert [asked.get(timeout=10) for _ in range(2)] == [site.cache_path] * 2
        assert keeper.words() == "pid 4121 on yard-2 holds the cache; it is stopped."
