"""The schema and its changes: Alembic revisions, numbered 0001, 0002, ... Only the leader imports this package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Connection, Index, MetaData, text

HERE = Path(__file__).parent


def alembic_config(connection: Connection, folder: Path = HERE) -> Config:
    """Alembic's configuration for the revisions in `folder`, working on `connection` and inside its transaction."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def comparable(found: object, _name: str | None, _kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether models and schema can be compared in it, as Alembic asks: not in an index of an expression.

    A server gives an expression back in words of its own, and SQLite none; the revision of such an index is written by
    hand.
    """
    return not isinstance(found, Index) or all(isinstance(each, Column) for each in found.expressions)


def with_conditions(tables: MetaData) -> MetaData:
    """The tables, their partial indexes with a condition for PostgreSQL too; see `index_where`."""
    for index in (index for table in tables.tables.values() for index in table.indexes if "where" in index.info):
        index.dialect_options["postgresql"]["where"] = text(index.info["where"])
    return tables


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest revision, all in the caller's transaction: a failure leaves nothing behind."""
    command.upgrade(alembic_config(connection), "head")
