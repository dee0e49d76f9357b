"""People, and the log of what they decide."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "people",
        sa.Column("staff_no", sa.String(16), nullable=False),
        sa.Column("rank", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("reviewed_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.PrimaryKeyConstraint("staff_no", name="pk_people"),
    )
    op.create_table(
        "log",
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(32)),
        sa.Column("payload", sa.Text),
        sa.PrimaryKeyConstraint("position", name="pk_log"),
    )
    op.create_index("ix_log_kind", "log", ["kind"])
    op.create_table(
        "log_tree",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("peaks", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_tree"),
    )
    op.execute(sa.text("INSERT INTO log_tree (id, size, peaks) VALUES (1, 0, '')"))
    op.create_table(
        "log_heads",
        sa.Column("size", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_heads"),
    )
