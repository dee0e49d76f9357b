"""Trains the small networks of `ocr/weights`: data recipe, networks, seeds; nothing here runs in a night."""
