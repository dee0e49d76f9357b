"""The tables: what they are (`tables`), how they are read and written (`store`)."""
