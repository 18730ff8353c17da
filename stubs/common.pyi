"""The part of the benchmark harness that tests/bench/contestant.py uses; the harness puts the module on the path."""

from collections.abc import Awaitable, Iterable

KEY: str
TEXT: str
URL: str

async def gather(coros: Iterable[Awaitable[object]]) -> dict[str, float]: ...
def main(ns: dict[str, object]) -> None: ...
