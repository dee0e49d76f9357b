"""What people type: each command parses, opens the lake and calls one job; a file a group."""
