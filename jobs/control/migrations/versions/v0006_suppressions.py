"""Suppressions of vehicles that were erased or restricted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", sa.String(24), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("key_fingerprint", sa.String(32), nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(16), nullable=False),
        sa.Column("hold_id", sa.String(16)),
        sa.Column("placed_at", sa.String(32), nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("lifted_at", sa.String(32)),
        sa.Column("done_at", sa.String(32)),
        sa.PrimaryKeyConstraint("suppression_id", name="pk_suppressions"),
    )
