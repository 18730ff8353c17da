"""The trace of a run: its codec, its format, its digests. Reading and writing bytes is the store's work."""
