"""The residue scan: reads what a purge could have missed, and says what it found."""
