"""Exchanges with a service, kept in a file and answered from it: for tests that need no key, no network and no luck.

record(file)         a transport that asks the service and writes down what was asked and answered, without secrets
play(file)           a transport that answers from such a file, and never asks anybody
read_exchanges(file) what is in it
"""

from .exchange import Exchange, read_exchanges
from .player import Order, play
from .recorder import record

__all__ = ["Exchange", "Order", "play", "read_exchanges", "record"]
