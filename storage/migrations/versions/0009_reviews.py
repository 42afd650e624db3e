"""When each feed was last compared with its source, and what was put right then. Generated from the models."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed_states", sa.Column("reviewed_at", sa.BigInteger(), nullable=True))
    op.add_column("feed_states", sa.Column("mended_at", sa.BigInteger(), nullable=True))
    op.add_column("feed_states", sa.Column("mended", sa.String(length=400), nullable=True))
