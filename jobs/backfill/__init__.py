"""Past nights computed anew: what that would change, and doing it."""
