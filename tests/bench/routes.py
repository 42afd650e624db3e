"""The routes a sync is measured against: the floor the hardware allows, and what one would write first.

The floor asks for identity-coded pages over a raw socket, decodes with orjson and inserts with sqlite3, with the table
and the indexes of our schema, and checks nothing: times stay text. The naive route is httpx, `model_validate` and
`session.merge`.
"""

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import create_model
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Session, create_engine

from storage.databases.sqlite import DRIVER
from storage.models import Container, Feed, table_of
from storage.models.base import LOCAL_COLUMNS

COMMIT_ROWS = 5_000


def floor(port: int, folder: Path) -> float:
    """Rows a second of the floor."""
    table = table_of(Container)
    names = [column.name for column in table.columns]
    given = [name for name in names if name not in LOCAL_COLUMNS]
    marks = ", ".join("?" * len(given))
    insert = f"INSERT INTO containers ({', '.join(_quoted(given))}, source, observed) VALUES ({marks}, '', 0)"
    started = time.perf_counter()
    database = DRIVER.connect(str(folder / "floor.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    _create(database)
    rows: list[tuple[Any, ...]] = []
    count = 0
    for body in _pages_by_socket(port):
        for item in orjson.loads(body)["items"]:
            rows.append(tuple(map(item.get, given)))
        if len(rows) >= COMMIT_ROWS:
            count += _insert(database, insert, rows)
    count += _insert(database, insert, rows)
    database.close()
    return count / (time.perf_counter() - started)


def naive(port: int, folder: Path, rows: int) -> float:
    """Rows a second of httpx, model_validate and merge, over the first `rows` records."""
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    table_of(Container).create(engine)
    checked = _validating(Container)
    started = time.perf_counter()
    done = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        page = 1
        while done < rows:
            answer = client.get("/v1/feeds/containers/snapshot", params={"page": page}).json()
            with Session(engine) as session:
                for item in answer["items"]:
                    observed = {"source": "bench", "observed": datetime.now(UTC)}
                    session.merge(Container(**checked.model_validate({**item, **observed}).model_dump()))
                session.commit()
            done += len(answer["items"])
            page += 1
    engine.dispose()
    return done / (time.perf_counter() - started)


def _validating(model: type[Feed]) -> type[Feed]:
    """A table model validates nothing: its parent with the same fields does."""
    fields: dict[str, Any] = {
        name: (info.annotation, info.default if not info.is_required() else ...)
        for name, info in model.model_fields.items()
        if name not in Feed.model_fields
    }
    made: type[Feed] = create_model("Checked", __base__=Feed, **fields)
    made.area = model.area
    return made


def _pages_by_socket(port: int) -> Iterator[bytes]:
    with socket.create_connection(("127.0.0.1", port)) as line:
        stream = line.makefile("rb")
        page, pages = 1, 1
        while page <= pages:
            target = f"/v1/feeds/containers/snapshot?page={page}"
            line.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            length = 0
            while (header := stream.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            body = stream.read(length)
            if page == 1:
                pages = json.loads(body)["pages"]
            yield body
            page += 1


def _create(database: sqlite3.Connection) -> None:
    table = table_of(Container)
    dialect = sqlite.dialect()
    database.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in table.indexes:
        database.execute(str(CreateIndex(index).compile(dialect=dialect)))


def _insert(database: sqlite3.Connection, statement: str, rows: list[tuple[Any, ...]]) -> int:
    database.execute("BEGIN IMMEDIATE")
    database.executemany(statement, rows)
    database.execute("COMMIT")
    count = len(rows)
    rows.clear()
    return count


def _quoted(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in names]
