"""Yard tally. Generated from the models, with as many lines as that takes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "yard_tally",
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("block_id", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("bay", sa.Integer(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("by", "block_id", "key", "bay"),
        sqlite_with_rowid=False,
    )
    op.drop_index(
        op.f("ix_containers_standing"),
        table_name="containers",
        sqlite_where=sa.text("block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"),
    )
    op.create_index(
        "ix_containers_standing",
        "containers",
        ["block_id", "bay", "size_type", "plugged", "row", "tier", "received_at"],
        unique=False,
        sqlite_where=sa.text("block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"),
        postgresql_where=sa.text("block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"),
    )
    op.add_column("feed_states", sa.Column("tallied", sa.BigInteger(), nullable=True))
