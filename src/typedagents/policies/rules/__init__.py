"""Rules that end conversations."""
