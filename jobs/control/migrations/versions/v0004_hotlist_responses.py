"""What was done about hot-list hits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "hotlist_responses",
        sa.Column("response_id", sa.String(32), nullable=False),
        sa.Column("hit_id", sa.String(64), nullable=False),
        sa.Column("sighting_ids", sa.Text, nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("person", sa.String(20), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sa.Column("capture_date", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_hotlist_responses"),
    )
    op.create_index("ix_hotlist_responses_capture_date", "hotlist_responses", ["capture_date"])
