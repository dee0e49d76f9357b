"""Retention: what has expired goes, truly, and the ledger says so."""
