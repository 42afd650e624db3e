"""Yard: what stands, comes, is planned, needs care: as indexes. Generated from the models, as long as that takes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_containers_position"), table_name="containers")
    op.create_index(
        "ix_containers_coming",
        "containers",
        ["expected_at"],
        unique=False,
        sqlite_where=sa.text("block_id IS NULL AND departed_at IS NULL"),
        postgresql_where=sa.text("block_id IS NULL AND departed_at IS NULL"),
    )
    op.create_index(
        "ix_containers_dangerous",
        "containers",
        ["imdg_class"],
        unique=False,
        sqlite_where=sa.text("imdg_class IS NOT NULL OR un_number IS NOT NULL"),
        postgresql_where=sa.text("imdg_class IS NOT NULL OR un_number IS NOT NULL"),
    )
    op.create_index(
        "ix_containers_flags",
        "containers",
        ["flags"],
        unique=False,
        sqlite_where=sa.text("flags IS NOT NULL"),
        postgresql_where=sa.text("flags IS NOT NULL"),
    )
    op.create_index(
        "ix_containers_holds",
        "containers",
        ["holds"],
        unique=False,
        sqlite_where=sa.text("holds IS NOT NULL"),
        postgresql_where=sa.text("holds IS NOT NULL"),
    )
    op.create_index(
        "ix_containers_planned",
        "containers",
        ["planned_block_id", "size_type"],
        unique=False,
        sqlite_where=sa.text("planned_block_id IS NOT NULL AND (block_id IS NULL OR block_id <> planned_block_id)"),
        postgresql_where=sa.text("planned_block_id IS NOT NULL AND (block_id IS NULL OR block_id <> planned_block_id)"),
    )
    op.create_index(
        "ix_containers_reefers",
        "containers",
        ["setpoint_c"],
        unique=False,
        sqlite_where=sa.text("setpoint_c IS NOT NULL"),
        postgresql_where=sa.text("setpoint_c IS NOT NULL"),
    )
    op.create_index(
        "ix_containers_standing",
        "containers",
        ["block_id", "bay", "size_type", "plugged", "row", "tier", "customs", "full", "received_at", "owner"],
        unique=False,
        sqlite_where=sa.text("block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"),
        postgresql_where=sa.text("block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"),
    )
