"""Legal holds with their scopes, and what purges are about to destroy."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.String(16), nullable=False),
        sa.Column("case_ref", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("authoriser", sa.String(16), nullable=False),
        sa.Column("second_authoriser", sa.String(16)),
        sa.Column("everything", sa.Boolean, nullable=False),
        sa.Column("since", sa.String(32)),
        sa.Column("until", sa.String(32)),
        sa.Column("review_on", sa.Date, nullable=False),
        sa.Column("placed_at", sa.String(32), nullable=False),
        sa.Column("release_asked_by", sa.String(16)),
        sa.Column("release_reason", sa.Text),
        sa.Column("case_state", sa.Text),
        sa.Column("released_by", sa.String(16)),
        sa.Column("released_at", sa.String(32)),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_table(
        "hold_scopes",
        sa.Column("hold_id", sa.String(16), sa.ForeignKey("holds.hold_id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", "kind", "value", name="pk_hold_scopes"),
    )
    op.create_table(
        "destructions",
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_destructions"),
    )
