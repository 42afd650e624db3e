"""Run by Alembic: which tables are meant, and how their types are written into a revision."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

import storage.models  # noqa: F401  # its tables are the target
from storage.migrations import comparable, with_conditions
from storage.models.base import EpochMs


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own types as plain SQLAlchemy ones: a revision must not change when our classes do."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, EpochMs):
        return "sa.BigInteger()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=with_conditions(SQLModel.metadata),
    render_item=render_item,
    include_object=comparable,
)
context.run_migrations()
