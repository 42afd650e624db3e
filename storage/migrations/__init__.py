"""The schema and its changes: Alembic revisions, numbered 0001, 0002, ... Only the leader imports this package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

HERE = Path(__file__).parent


def alembic_config(connection: Connection, folder: Path = HERE) -> Config:
    """Alembic's configuration for the revisions in `folder`, working on `connection` and inside its transaction."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest revision, all in the caller's transaction: a failure leaves nothing behind."""
    command.upgrade(alembic_config(connection), "head")
