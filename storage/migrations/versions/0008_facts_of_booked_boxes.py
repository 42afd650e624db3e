"""Facts of booked boxes as an index; notes can be withdrawn; moves by train and time.

Generated from the models, but for the index of the facts: one of an expression is written by hand.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FACTS = """(
    CASE WHEN received_at IS NOT NULL OR state IN ('yard', 'loaded', 'departed') THEN 1 ELSE 0 END
    + CASE WHEN state IN ('loaded', 'departed') THEN 2 ELSE 0 END
    + CASE WHEN rolled THEN 4 ELSE 0 END
    + CASE WHEN holds <> '' THEN 8 ELSE 0 END
    + CASE WHEN NOT documents_complete THEN 16 ELSE 0 END
    + CASE WHEN vgm_kg IS NULL AND coalesce("full", TRUE) THEN 32 ELSE 0 END
    + CASE WHEN customs IN ('released', 'not needed') OR customs IS NULL AND NOT "full" THEN 64 ELSE 0 END
    + CASE WHEN customs = 'not declared' THEN 128 ELSE 0 END
    + CASE WHEN setpoint_c IS NOT NULL OR substr(size_type, 3, 1) = 'R' THEN 256 ELSE 0 END
    + CASE WHEN imdg_class IS NOT NULL OR un_number IS NOT NULL THEN 512 ELSE 0 END
    + 1024 * CASE WHEN size_type IN ('45HC', '45HQ', '45HR') THEN 5 ELSE
        CASE substr(size_type, 1, 1) WHEN '1' THEN 1 WHEN '2' THEN 2 WHEN '3' THEN 3 WHEN '4' THEN 4
        WHEN 'G' THEN 4 WHEN 'H' THEN 4 WHEN 'K' THEN 4 WHEN 'L' THEN 5 WHEN 'M' THEN 4 WHEN 'N' THEN 4 WHEN 'P' THEN 4
        WHEN 'A' THEN 3 WHEN 'B' THEN 3 WHEN 'C' THEN 3 WHEN 'D' THEN 3 WHEN 'E' THEN 3 WHEN 'F' THEN 3 ELSE 0 END END
)"""


def upgrade() -> None:
    op.drop_index(op.f("ix_containers_train_id"), table_name="containers")
    op.create_index(
        "ix_containers_train",
        "containers",
        ["train_id", sa.text(FACTS), "expected_at"],
        unique=False,
        sqlite_where=sa.text("train_id IS NOT NULL"),
        postgresql_where=sa.text("train_id IS NOT NULL"),
    )
    op.add_column("notes", sa.Column("withdrawn_at", sa.BigInteger(), nullable=True))
    op.add_column("notes", sa.Column("withdrawn_by", sa.String(length=120), nullable=True))
    op.drop_index(op.f("ix_work_instructions_train_id"), table_name="work_instructions")
    op.create_index("ix_work_instructions_train", "work_instructions", ["train_id", "done_at"], unique=False)
