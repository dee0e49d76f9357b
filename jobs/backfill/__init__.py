"""Days of capture built anew: what that would change, and doing it."""
