"""Caches of every schema there ever was open, are migrated, and hold what they held."""

from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from storage import history
from storage.cache import Cache, schema_version
from storage.models import Container, Quarantine, SyncRun, Train
from tests.storage.kept import FOLDER, REMARKS, differences, unpack

KEPT = sorted(FOLDER.glob("*.db.gz"))


def remarks(session: Session) -> dict[str, str | None]:
    return dict(session.exec(select(Container.id, Container.remark)).all())


def test_there_is_a_kept_cache_of_every_schema() -> None:
    assert [path.name for path in KEPT] == [f"{number:04}.db.gz" for number in range(1, schema_version() + 1)]


@pytest.mark.parametrize("packed", KEPT, ids=lambda packed: str(packed.name))
def test_a_kept_cache_is_migrated_and_holds_what_it_held(packed: Path, tmp_path: Path) -> None:
    cache = Cache.open(unpack(packed, tmp_path / "site"), role="writer")
    with cache.read() as session:
        assert differences(session) == []
        assert remarks(session) == REMARKS
        assert session.exec(select(Train.number)).all() == ["X9568"]
        assert session.exec(select(Quarantine.record)).all() == ["bad"]
        loaded = session.exec(select(SyncRun.started).order_by(col(SyncRun.started))).first()
        assert loaded is not None
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        first = session.exec(select(Container.observed).where(Container.id == "b2")).one()
    past = history.at(cache, first)
    with past.read() as session:
        assert remarks(session) == {"b1": "as it was", "b2": "as it was", "b3": "as it was"}
    past.close()
    cache.close()
