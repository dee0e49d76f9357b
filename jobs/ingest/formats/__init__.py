"""The formats of the feeds: each from lines to text fields; what a supplier must know stands at the top of each."""
