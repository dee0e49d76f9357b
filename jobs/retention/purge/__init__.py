"""The purge of what has expired: who must agree, what went, and what cannot."""
