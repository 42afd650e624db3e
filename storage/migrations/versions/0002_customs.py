"""Customs: who, offices, vouchers, sites; indexes of what waits. Generated from the models, as long as that takes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_containers_booked",
        "containers",
        ["id", "train_id", "rolled"],
        unique=False,
        sqlite_where=sa.text("train_id IS NOT NULL"),
        postgresql_where=sa.text("train_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_declaration_boxes_declaration_id"), table_name="declaration_boxes")
    op.create_index(
        "ix_declaration_boxes_declaration", "declaration_boxes", ["declaration_id", "container_id"], unique=False
    )
    op.add_column("declarations", sa.Column("officer", sa.String(length=120), nullable=True))
    op.add_column("declarations", sa.Column("vouchers_used", sa.Integer(), nullable=True))
    op.add_column("declarations", sa.Column("office_departure", sa.String(length=120), nullable=True))
    op.add_column("declarations", sa.Column("office_destination", sa.String(length=120), nullable=True))
    op.create_index(
        "ix_declarations_waiting",
        "declarations",
        ["released_at", "state", "lane", "laned_at", "submitted_at", "turn", "priority", "advance", "id"],
        unique=False,
    )
    op.add_column("declarations_history", sa.Column("officer", sa.String(length=120), nullable=True))
    op.add_column("declarations_history", sa.Column("vouchers_used", sa.Integer(), nullable=True))
    op.add_column("declarations_history", sa.Column("office_departure", sa.String(length=120), nullable=True))
    op.add_column("declarations_history", sa.Column("office_destination", sa.String(length=120), nullable=True))
    op.add_column("designated_sites", sa.Column("bays_taken", sa.Integer(), nullable=True))
    op.add_column("designated_sites", sa.Column("temperature_c", sa.Float(), nullable=True))
    op.add_column("designated_sites_history", sa.Column("bays_taken", sa.Integer(), nullable=True))
    op.add_column("designated_sites_history", sa.Column("temperature_c", sa.Float(), nullable=True))
