"""What people agreed that a purge may remove."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "purge_requests",
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(16), nullable=False),
        sa.Column("approved_by", sa.String(16)),
        sa.PrimaryKeyConstraint("plan", name="pk_purge_requests"),
    )
