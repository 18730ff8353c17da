"""Things that outlive the event loop they were opened in: a session's sandbox, from one run to the next.

What ``@asynccontextmanager`` makes is an asynchronous generator, and a loop that ends closes all those that were begun
in it, wherever they are held. One that is begun while the loop does not look is left alone; and when nobody holds it any
more, it is not closed either, since no loop is there for that: folders and processes have finalizers of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Generator
from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


def _left_alone(generator: object) -> None:
    """Does nothing with a generator that nobody holds."""


@frozen
class Unseen(Generic[T]):
    """``await Unseen(work)`` is ``await work``, but for the generators that it begins, which no loop is told of."""

    work: Coroutine[object, object, T]

    def __await__(self) -> Generator[object, object, T]:
        steps = self.work.__await__()
        came: object = None
        error: BaseException | None = None
        while True:
            hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(firstiter=None, finalizer=_left_alone)
            try:
                awaited = steps.send(came) if error is None else steps.throw(error)
            except StopIteration as stopped:
                result: T = stopped.value
                return result
            finally:
                sys.set_asyncgen_hooks(*hooks)
            try:
                error = None
                came = yield awaited
            except (
                BaseException
            ) as thrown:  # whatever it is, a cancellation above all, it is meant for the work
                error = thrown
