"""Certificates: what a purge did, signed; one changed byte, another key, or anything left, and it is none."""
