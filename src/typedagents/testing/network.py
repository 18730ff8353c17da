"""No network while a recording replays: what is in it was recorded, and nothing else may be asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from typedagents.core.errors import PolicyError

DOORS = ("connect", "connect_ex", "sendto")


class NetworkBlocked(PolicyError):
    """Something reached for the network while a recording was replayed."""


@contextmanager
def blocked_network() -> Iterator[None]:
    """Inside, opening a connection or looking up a host raises ``NetworkBlocked``, in every thread.

    ``with blocked_network(): world.replay(team, file)``
    """
    doors: list[tuple[object, str, object]] = [
        (socket.socket, name, getattr(socket.socket, name)) for name in DOORS
    ]
    doors.append((socket, "getaddrinfo", socket.getaddrinfo))
    for owner, name, _ in doors:
        setattr(owner, name, _closed(name))
    try:
        yield
    finally:
        for owner, name, door in doors:
            setattr(owner, name, door)


def _closed(name: str) -> object:
    def refuse(*arguments: object, **options: object) -> NoReturn:
        del options
        where = next((argument for argument in arguments if isinstance(argument, tuple | str)), "somewhere")
        raise NetworkBlocked(
            f"{name} to {where!r} while a recording was replayed; nothing in it may reach the network: a policy asks for "
            "what it needs with an effect"
        )

    return refuse
