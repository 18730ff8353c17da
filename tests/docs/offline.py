"""Keeps code off the network: only loopback answers, any other host is an error that says so."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import pytest


class OffHost(OSError):
    """Code that must stay on this machine asks for another one."""


def refuse_other_hosts(patch: pytest.MonkeyPatch) -> None:
    """Lets sockets connect, and names resolve, on loopback only, until `patch` is undone."""
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    resolve = socket.getaddrinfo

    def getaddrinfo(host: bytes | str | None, *rest: object, **named: object) -> object:
        _prove_loopback(host)
        return _call(resolve, host, *rest, **named)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)


def _guarded(method: object) -> Callable[[socket.socket, object], object]:
    def call(sock: socket.socket, address: object) -> object:
        if isinstance(address, tuple):  # a path of a unix socket is on this machine
            _prove_loopback(address[0])
        return _call(method, sock, address)

    return call


def _call(function: object, *positional: object, **named: object) -> object:
    if not callable(function):
        raise TypeError(f"{function!r} was to be a function of the socket module")
    result: object = function(*positional, **named)
    return result


def _prove_loopback(host: object) -> None:
    text = host.decode() if isinstance(host, bytes) else host
    if text in {None, "", "localhost"}:
        return
    try:
        allowed = ipaddress.ip_address(str(text)).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise OffHost(
            f"asked for host {text!r}, but only loopback is reached here: use a scripted model or a trace"
        )
