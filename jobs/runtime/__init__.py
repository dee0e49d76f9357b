"""What every job runs in: its night, its session, its workers, what may be said of an error, and the stages' names."""
