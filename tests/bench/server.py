"""What a cache on a database server costs whoever looks back: the state at a past moment, and a step on from there.

    python -m tests.bench.server [--containers 100000] [--versions 500000]

The server is the tests' own, on this machine; its tables are copied from a file made as for the benchmark of history.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlmodel import SQLModel

from storage import history
from storage.cache import Cache
from storage.models import FEEDS, HISTORY, FeedState, SourceState, SyncRun, table_of
from tests.bench.history import Figure, timed
from tests.bench.past import NOW, build
from tests.storage.server import Server, running_server

DATA = "server"


def figures(containers: int, versions: int) -> Iterator[Figure]:
    """Fill a server and measure."""
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder, running_server() as server:
        file = build(Path(folder) / "cache.db", containers, versions, skewed=False)
        took, cache = timed(partial(copied, server, file))
        file.close()
        yield Figure(DATA, "copying it there", took, "s")
        for words, back in (
            ("a minute", timedelta(minutes=1)),
            ("a day", timedelta(days=1)),
            ("13 days", timedelta(13)),
        ):
            took, scratch = timed(partial(history.at, cache, NOW - back))
            yield Figure(DATA, f"first state of all feeds, {words} back", took * 1000, "ms", 2000)
            steps = [timed(partial(scratch.move_to, scratch.moment + timedelta(minutes=10)))[0] for _ in range(10)]
            yield Figure(DATA, "10 minutes on, median of 10", statistics.median(steps) * 1000, "ms")
            scratch.close()
        cache.close()


def copied(server: Server, file: Cache) -> Cache:
    """The cache in `file` in a new database of the server, its statistics up to date."""
    place = server.new()
    cache = Cache.open(place, role="writer")
    models: list[type[SQLModel]] = [*FEEDS.values(), FeedState, SourceState, SyncRun]
    tables = [table_of(model) for model in models]
    with file.read() as source, server.connect(place) as target:
        for table in (*tables, *HISTORY.values()):
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = source.connection().connection.cursor().execute(f'SELECT {names} FROM "{table.name}"')
            booleans = [at for at, column in enumerate(table.columns) if column.type.python_type is bool]
            with target.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row([bool(v) if v is not None and at in booleans else v for at, v in enumerate(row)])
        target.execute("VACUUM ANALYZE")  # as the server does by itself in a while
    return cache


def main() -> None:
    """Measure and print; ends with 1 when a figure is past its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=100_000)
    parser.add_argument("--versions", type=int, default=500_000)
    arguments = parser.parse_args()
    missed = 0
    for figure in figures(arguments.containers, arguments.versions):
        print(figure, flush=True)
        missed += figure.most is not None and figure.value > figure.most
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
