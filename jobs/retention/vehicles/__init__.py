"""One vehicle erased, restricted from use or put right."""
