"""Tools to be served, and a program that serves them over its standard streams."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event

import anyio
from attrs import frozen

from typedagents.core.handler import Call
from typedagents.core.parts import Image, Inline, Text
from typedagents.mcp import ToolProgress, serve
from typedagents.tools.functions.decorator import tool
from typedagents.tools.functions.injection import FromWorld
from typedagents.tools.toolset import toolset


@frozen
class Point:
    """A place."""

    x: int
    y: int = 0


@frozen
class Prices:
    """What the world is given."""

    usd: float


@tool(repeats="pure")
def add(a: int, b: int = 1) -> int:
    """Adds two numbers."""
    return a + b


@tool(repeats="idempotent")
async def later(text: str) -> str:
    """Says it, after a while."""
    await anyio.lowlevel.checkpoint()
    return f"later: {text}"


def steps(emit: Callable[[object], None]) -> str:
    sys.stdout.write("this goes to stderr, and to no client\n")
    for step in (1, 2, 3):
        emit(ToolProgress("", step, 3, f"step {step}"))
    return "done"


@tool
def steps_here(call: Call) -> str:
    """Shows progress."""
    return steps(call.emit)


@tool(blocking=True)
def steps_there(call: Call) -> str:
    """Shows progress from a thread."""
    return steps(call.emit)


@tool
def picture() -> list[Text | Image]:
    """Gives a picture, and says of what."""
    return [Text("a cat"), Image(Inline(b"meow", "image/png"))]


@tool
def nothing() -> None:
    """Does nothing."""


@tool
def fails() -> str:
    """Always fails."""
    raise ValueError("there is no such thing")


@tool
def leaves() -> str:
    """Tries to end the process."""
    raise SystemExit(3)


@tool
def mirrored(at: Point) -> Point:
    """Mirrors a point."""
    return Point(at.y, at.x)


@tool
def price(prices: FromWorld[Prices]) -> float:
    """The price of everything."""
    return prices.usd


GIVEN_UP = Event()


@tool
async def hang(call: Call) -> str:
    """Never ends."""
    call.emit(ToolProgress("", 1))
    try:
        await anyio.sleep_forever()
    finally:
        GIVEN_UP.set()
    return "never"


TOOLS = toolset(add, later, steps_here, steps_there, picture, nothing, fails, leaves) | toolset(
    mirrored, price, hang
)
GIVEN = (Prices(9.5),)
SERVED = serve(TOOLS, GIVEN, name="ours", version="7", instructions="Add, and mirror.")

if __name__ == "__main__":
    SERVED.run_stdio()
