"""What waits lane by lane. Generated from the models."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_declarations_waiting"), table_name="declarations")
    op.create_index(
        "ix_declarations_waiting",
        "declarations",
        ["released_at", "lane", "priority", "laned_at", "id", "submitted_at", "turn", "state", "advance"],
        unique=False,
    )
