"""Agents and capabilities beside the common ones."""
