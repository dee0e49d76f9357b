"""Runs the steps in the transaction of `jobs/control/database.py`."""

from alembic import context

from jobs.control.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
