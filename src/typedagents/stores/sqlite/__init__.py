"""Runs in one SQLite file: see ``sqlite_runs``."""

from .store import SqliteRuns, Standing, StoredRun, sqlite_runs

__all__ = ["SqliteRuns", "Standing", "StoredRun", "sqlite_runs"]
