"""What people decide, in a database of its own, and a log of it that nobody can rewrite."""
