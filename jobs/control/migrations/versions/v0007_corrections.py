"""Corrections of sightings that were read wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "corrections",
        sa.Column("sighting_id", sa.String(32), nullable=False),
        sa.Column("capture_date", sa.Date, nullable=False),
        sa.Column("vrm", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(16), nullable=False),
        sa.Column("corrected_at", sa.String(32), nullable=False),
        sa.Column("done_at", sa.String(32)),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("salt", sa.String(64)),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_capture_date", "corrections", ["capture_date"])
