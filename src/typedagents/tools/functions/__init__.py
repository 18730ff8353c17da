"""Functions as tools: what they are called with, what they are given besides, and how a call becomes effects."""
