"""Conversations on DBOS: a library that keeps workflows in SQLite or PostgreSQL; no server. Needs ``typedagents[dbos]``."""

from importlib.util import find_spec

from typedagents.core.errors import ConfigError

if find_spec("dbos") is None:
    raise ConfigError("conversations on DBOS need the package dbos; pip install 'typedagents[dbos]'")

from .client import DbosClient
from .plan import DbosPlan
from .worker import dbos_worker

__all__ = ["DbosClient", "DbosPlan", "dbos_worker"]
