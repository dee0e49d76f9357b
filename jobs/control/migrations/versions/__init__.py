"""Steps from one schema of the control database to the next (Alembic)."""
