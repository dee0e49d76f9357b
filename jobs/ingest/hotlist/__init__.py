"""Hot-lists: their files, their lines, and which version is in force."""
