"""Holds codecs to recorded exchanges: ``python -m typedagents.providers.conformance FILE...``.

check(exchanges)   what is wrong, and how much was checked
FORMATS            what is checked, by endpoint
"""

from .checking import Finding, Report, check
from .formats import FORMATS, Format

__all__ = ["FORMATS", "Finding", "Format", "Report", "check"]
