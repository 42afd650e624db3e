"""Every query runs unchanged on a past state, and answers what it answered then."""

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from sqlmodel import Session, select

import storage.queries
from storage import history
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.figures.policy import Policy
from storage.models import HISTORY, Block, Container, Declaration, Feed, FeedState, SourceState, Train
from storage.queries.board import board
from storage.queries.details import detail
from storage.queries.details.parts import Kind
from storage.queries.feeds import FEEDS
from storage.queries.find import find
from storage.queries.views import View
from storage.runs import log_runs
from tests.scene import NOW, at, build_scene
from tests.scenery.rows import ZONE

POLICY = Policy(zone=ZONE)
CLOCK = PinnedClock(NOW)
Ask = Callable[[Session], Any]


def views() -> dict[str, View[Any]]:
    """Every view there is, by where it is declared."""
    found: dict[str, View[Any]] = {}
    for module in walk_packages(storage.queries.__path__, "storage.queries."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, View) and value is not FEEDS and value not in found.values():
                found[f"{module.name}.{name}"] = value
    return found


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, empty_cache_file: Path) -> dict[str, tuple[Any, Any]]:
    """What each query answered at the scene's moment, and what of its past state after much has changed since."""
    folder = tmp_path_factory.mktemp("past")
    folder.chmod(0o700)
    cache = Cache.open(shutil.copy(empty_cache_file, folder / "cache.db"), role="writer")
    build_scene(cache)
    with cache.write() as session:
        log_runs(session, NOW)
    then = {name: asked(cache, ask) for name, ask in ASKS.items()}
    move_on(cache)
    past = history.at(cache, NOW)
    found = {name: (then[name], asked(past, ask)) for name, ask in ASKS.items()}
    past.close()
    cache.close()
    return found


def asked(cache: Cache, ask: Ask) -> Any:
    with cache.read() as session:
        return ask(session)


def move_on(cache: Cache) -> None:
    """Half of the boxes go, the trains are late, and nobody has answered since; all of it through the history."""
    later = at("13:00")
    with cache.write() as session:
        for model in (Container, Train):
            for nth, row in enumerate(session.exec(select(model))):
                close = HISTORY[str(model.__tablename__)].insert()
                session.connection().execute(close, {**row.model_dump(), "until": later})
                if nth % 2:
                    session.delete(row)
                else:
                    row.observed, row.rev, row.remark = later, row.rev + 1, "later"
        for source in session.exec(select(SourceState)):
            source.failures, source.error_code, source.error = 9, "offline", "It is down."
        for state in session.exec(select(FeedState)):
            state.loading = True
        log_runs(session, later)


def ask_view(view: View[Any]) -> Ask:
    return lambda session: view.page(session, CLOCK, policy=POLICY).rows


def ask_detail(kind: Kind, model: type[Feed]) -> Ask:
    def ask(session: Session) -> Any:
        first = session.exec(select(model.id).order_by(model.id).limit(1)).one()
        return detail(session, CLOCK, kind, first, policy=POLICY)

    return ask


ASKS: dict[str, Ask] = {
    **{name: ask_view(view) for name, view in views().items()},
    "page of a train": ask_detail("train", Train),
    "page of a declaration": ask_detail("declaration", Declaration),
    "page of a block": ask_detail("block", Block),
    "board": lambda session: board(session, CLOCK, policy=POLICY),
    "find": lambda session: find(session, CLOCK, "QZHU", 20),
    "feeds": lambda session: [
        (row.id, row.state, row.word, row.rows) for row in FEEDS.page(session, CLOCK, policy=POLICY).rows
    ],
}


def test_there_are_views_of_every_pane() -> None:
    assert {view.name for view in views().values()} >= {"trains", "yard", "containers", "customs"}


def test_what_is_asked_has_answers(answers: dict[str, tuple[Any, Any]]) -> None:
    """Only lists of what went wrong may be empty."""
    empty = {name for name, (then, _) in answers.items() if not then}
    assert len(empty) < len(answers) / 2
    assert {"board", "find", "feeds", "page of a train", "page of a declaration"} & empty == set()


@pytest.mark.parametrize("name", ASKS)
def test_a_query_of_a_past_state_answers_what_it_answered_then(answers: dict[str, tuple[Any, Any]], name: str) -> None:
    then, past = answers[name]
    assert past == then
