"""Groups: who may speak next (candidates), and who of them does (selectors)."""
