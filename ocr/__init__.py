"""Reads number plates from archived video files and from photos; knows nothing of Spark or of the lake."""
