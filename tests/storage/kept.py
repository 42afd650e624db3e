"""A small cache of each schema there ever was, kept in `tests/data/caches` so that every later Dryport is held to it.

`python -m tests.storage.kept` adds that of the newest schema, before it is released: synced twice, with a change, a
deletion and a record set aside in between, so that feeds, history, runs and quarantine all have rows.
"""

import asyncio
import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel

from storage.cache import Cache, schema_version
from storage.migrations import comparable, with_conditions
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
from tests.storage.gateway import Gateway

FOLDER = Path(__file__).parents[1] / "data" / "caches"
REMARKS = {"b1": "changed", "b2": "as it was", "b4": "came later"}
"""The boxes of a kept cache and what is remarked on each; before, b1 was `as it was` and there was a b3."""


def differences(session: Session) -> list[Any]:
    """What the schema has that the models have not, and the other way round."""
    migrations = MigrationContext.configure(session.connection(), opts={"include_object": comparable})
    return list(compare_metadata(migrations, with_conditions(SQLModel.metadata)))


async def fill(path: Path) -> None:
    """Make the cache at `path`."""
    gateway = Gateway()
    gateway.put("trains", "t1", number="X9568", direction="arrival", phase="inbound")
    for key in ("b1", "b2", "b3"):
        gateway.box(key, remark="as it was")
    async with gateway.serve() as server:
        settings = [UpstreamSettings(name="gateway", url=server.url)]
        await sync_once(path, settings)
        gateway.box("b1", remark="changed")
        gateway.box("b4", remark="came later")
        gateway.box("bad", bay=-1)
        gateway.remove("containers", "b3")
        await sync_once(path, settings)


def pack(path: Path, to: Path) -> None:
    """Write the closed cache at `path` to the packed file `to`; the same bytes for the same cache."""
    cache = Cache.open(path, role="writer")
    with cache.database.copied(schema_version()):
        copy = path.with_name(f"{path.name}.schema{schema_version()}")
    cache.close()
    to.write_bytes(gzip.compress(copy.read_bytes(), 9, mtime=0))


def unpack(packed: Path, folder: Path) -> Path:
    """The kept cache as a file in `folder`, which nobody else can write."""
    folder.mkdir(mode=0o700)
    path = folder / "cache.db"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    path.chmod(0o600)
    return path


def main() -> None:
    """Add the newest schema's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "site", "cache.db")
        asyncio.run(fill(path))
        to = FOLDER / f"{schema_version():04}.db.gz"
        pack(path, to)
    sys.stdout.write(f"wrote {to.name}\n")


if __name__ == "__main__":
    main()
