"""Booked boxes not declared. Generated from the models, with as many lines as that takes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_containers_undeclared",
        "containers",
        ["train_id"],
        unique=False,
        sqlite_where=sa.text("customs = 'not declared' AND train_id IS NOT NULL"),
        postgresql_where=sa.text("customs = 'not declared' AND train_id IS NOT NULL"),
    )
