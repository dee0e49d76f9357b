"""`make bench-ocr`: how right and how fast plates are read; a module a part."""
