"""Data quality: the Great Expectations gate between write and publish."""
