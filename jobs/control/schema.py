"""The tables of the control database; `migrations/` brings a database of before to this."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(column_0_label)s"})

PEOPLE = Table(
    "people", METADATA,
    Column("staff_no", String(16), primary_key=True),
    Column("rank", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("until", Date, nullable=False),
    Column("reviewed_on", Date, nullable=False),
    Column("ended_on", Date),
)  # fmt: skip
"""Who may decide: staff number, rank, role, the last day on which they may, and when that was last looked at."""

LOG = Table(
    "log", METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("kind", String(32), nullable=False, index=True),
    Column("expires_on", Date),
    Column("digest", LargeBinary(32), nullable=False),
    Column("salt", LargeBinary(32)),
    Column("payload", Text),
)  # fmt: skip
"""What was decided and done: `jobs/control/log.py`. Salt and payload go when the row expires; all else stays."""

TREE = Table(
    "log_tree", METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)  # fmt: skip
"""One row: what the log's Merkle tree needs to grow."""

HEADS = Table(
    "log_heads", METADATA,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)  # fmt: skip
"""Signed heads of the log, by the number of its rows then."""

PURGE_REQUESTS = Table(
    "purge_requests", METADATA,
    Column("plan", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("requested_by", String(16), nullable=False),
    Column("approved_by", String(16)),
)  # fmt: skip
"""Plans of purges that need approval: what may go, who asked for it, and who approved it."""

HOLDS = Table(
    "holds", METADATA,
    Column("hold_id", String(16), primary_key=True),
    Column("case_ref", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("authoriser", String(16), nullable=False),
    Column("second_authoriser", String(16)),
    Column("everything", Boolean, nullable=False),
    Column("since", String(32)),
    Column("until", String(32)),
    Column("review_on", Date, nullable=False),
    Column("placed_at", String(32), nullable=False),
    Column("release_asked_by", String(16)),
    Column("release_reason", Text),
    Column("case_state", Text),
    Column("released_by", String(16)),
    Column("released_at", String(32)),
)  # fmt: skip
"""Legal holds, those that were released too: `jobs/control/holds.py`."""

HOLD_SCOPES = Table(
    "hold_scopes", METADATA,
    Column("hold_id", String(16), ForeignKey("holds.hold_id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("value", String(64), primary_key=True),
)  # fmt: skip
"""Vehicles, cameras and findings of holds in force: it names vehicles, and goes with the hold's release."""

DESTRUCTIONS = Table(
    "destructions", METADATA,
    Column("place", String(64), primary_key=True),
    Column("until", Date, nullable=False),
)  # fmt: skip
"""Up to which day of capture a purge has begun to destroy a place: what a later hold cannot keep any more."""

SUPPRESSIONS = Table(
    "suppressions", METADATA,
    Column("suppression_id", String(24), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("key_fingerprint", String(32), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("why", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(16), nullable=False),
    Column("hold_id", String(16)),
    Column("placed_at", String(32), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("lifted_at", String(32)),
    Column("done_at", String(32)),
)  # fmt: skip
"""Vehicles of which nothing may come back, as keyed tokens: `jobs/control/suppressions.py`."""

HOTLIST_RESPONSES = Table(
    "hotlist_responses", METADATA,
    Column("response_id", String(32), primary_key=True),
    Column("hit_id", String(64), nullable=False),
    Column("sighting_ids", Text, nullable=False),
    Column("entry_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", Text),
    Column("person", String(20), nullable=False),
    Column("recorded_at", String(32), nullable=False),
    Column("capture_date", Date, nullable=False, index=True),
)  # fmt: skip
"""What was done about hits, `jobs/control/responses.py`: rows are added, never changed, and end as their reads do."""

ENTRY_DECISIONS = Table(
    "entry_decisions", METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", String(64), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("person", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("weed_date", Date, nullable=False),
    Column("until", Date),
)  # fmt: skip
"""What was decided about hot-list entries, `jobs/control/weeding.py`, by the row of the log that says so."""

CORRECTIONS = Table(
    "corrections", METADATA,
    Column("sighting_id", String(32), primary_key=True),
    Column("capture_date", Date, nullable=False, index=True),
    Column("vrm", String(64)),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(16), nullable=False),
    Column("corrected_at", String(32), nullable=False),
    Column("done_at", String(32)),
    Column("position", Integer, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("salt", String(64)),
)  # fmt: skip
"""The right marks of sightings, `jobs/control/corrections.py`: they name vehicles, and end as the sightings do."""
