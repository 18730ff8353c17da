"""Calls of tools: what answers them, in one turn or over several, and conversations that are called as tools."""
