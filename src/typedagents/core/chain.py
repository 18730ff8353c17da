"""A persistent append-only sequence with running digests and running folds.

Versions share one growing buffer: a version is (buffer, length), and appending to the longest one only lengthens the
buffer. Appending to an older version makes a branch: a new buffer whose *base* is that version, owning only what it
adds. ``fork`` gives such a branch beforehand, so that whoever is handed it cannot claim the main line's next place.

Beside its items a buffer keeps, per position, the digest of all items up to there and the state of every fold that
was ever asked for. Both are extended when asked, each item once: append, ``fold`` and ``head`` are O(1) an item, on
branches too. Old versions never change. Walks along bases are loops: branches of branches may go thousands deep.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Generic, Protocol, Self, TypeVar, cast

from attrs import frozen

T = TypeVar("T")
S = TypeVar("S")


@frozen(cache_hash=True)
class Fold(Generic[T, S]):
    """A running result over a sequence: ``start``, then ``step(state, item)`` for each item. Both hashable values.

    Two equal folds share their results, so build them from module functions or frozen values, not from lambdas made
    anew on each call.
    """

    start: S
    step: Callable[[S, T], S]


class _Folds(Protocol[T]):
    """The states of folds of many types, one a place; those under a fold were made by its own step."""

    def get(self, fold: Fold[T, S], /) -> list[S] | None: ...
    def __setitem__(self, fold: Fold[T, S], states: list[S], /) -> None: ...


class _Buffer(Generic[T]):
    __slots__ = ("base", "folds", "heads", "items")

    def __init__(self, base: Chain[T] | None) -> None:
        self.base = base
        self.items: list[T] = []
        self.heads: list[bytes] = []
        self.folds = cast("_Folds[T]", {})


def _run_on(fold: Fold[T, S], state: S, states: list[S], items: list[T], until: int) -> S:
    """Bring ``states`` up to the first ``until`` items; the last state."""
    step, add = fold.step, states.append
    for item in items[len(states) : until]:
        state = step(state, item)
        add(state)
    return state


class Chain(Generic[T]):
    """See the module's text. Compares by content; O(1) append, index and length."""

    __slots__ = ("_below", "_buffer", "_guest", "_length")
    _buffer: _Buffer[T]
    _length: int
    _below: int
    _guest: bool

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._buffer = _Buffer(None)
        self._buffer.items.extend(items)
        self._length = len(self._buffer.items)
        self._below = 0
        self._guest = False

    @staticmethod
    @abstractmethod
    def bytes_of(item: T) -> bytes:
        """An item's canonical bytes, for the digest."""

    def _version(self, buffer: _Buffer[T], length: int, below: int, *, guest: bool) -> Self:
        other = self.__class__.__new__(self.__class__)
        other._buffer, other._length, other._below, other._guest = buffer, length, below, guest
        return other

    def append(self, item: T) -> Self:
        """This sequence and one more; O(1)."""
        buffer, below = self._roomy()
        buffer.items.append(item)
        return self._version(buffer, self._length + 1, below, guest=False)

    def extend(self, items: Sequence[T]) -> Self:
        """This sequence and all of ``items``; O(what is added)."""
        if not items:
            return self
        buffer, below = self._roomy()
        buffer.items.extend(items)
        return self._version(buffer, self._length + len(items), below, guest=False)

    def _roomy(self) -> tuple[_Buffer[T], int]:
        """The buffer that takes what is appended, and how many items lie below it."""
        buffer, below = self._buffer, self._below
        if self._guest or below + len(buffer.items) != self._length:
            base = self if self._length > below or buffer.base is None else buffer.base
            return _Buffer(base), self._length
        return buffer, below

    def fork(self) -> Self:
        """The same items; what is appended to it grows a buffer of its own. Costs nothing until it grows."""
        return self if self._guest else self._version(self._buffer, self._length, self._below, guest=True)

    def detached(self) -> Self:
        """The same items in a buffer that is shared with nobody, so that another thread may grow it; O(n)."""
        buffer: _Buffer[T] = _Buffer(None)
        buffer.items.extend(self)
        return self._version(buffer, self._length, 0, guest=False)

    @property
    def head(self) -> bytes:
        """Digest of all items; each is hashed once in its life, when first asked for. Empty for no items."""
        head = b""
        missing: list[tuple[_Buffer[T], int]] = []
        here: Chain[T] | None = self
        while here is not None:
            buffer, own = here._buffer, here._length - here._below
            if own and own <= len(buffer.heads):
                head = buffer.heads[own - 1]
                break
            if own:
                missing.append((buffer, own))
            here = buffer.base
        for buffer, own in reversed(missing):
            heads = buffer.heads
            head = heads[-1] if heads else head
            for item in buffer.items[len(heads) : own]:
                head = sha256(head + self.bytes_of(item)).digest()
                heads.append(head)
        return head

    def fold(self, fold: Fold[T, S]) -> S:
        """The result of ``fold`` over all items: O(1) an item, once, for all versions and all askers together."""
        known = self._buffer.folds.get(fold)
        own = self._length - self._below
        if known and own:  # nearly always; what follows walks down to the first base that knows
            if own <= len(known):
                return known[own - 1]
            return _run_on(fold, known[-1], known, self._buffer.items, own)
        state = fold.start
        missing: list[tuple[_Buffer[T], int]] = []
        here: Chain[T] | None = self
        while here is not None:
            buffer, own = here._buffer, here._length - here._below
            known = buffer.folds.get(fold)
            if own and known:
                if own <= len(known):
                    state = known[own - 1]
                else:
                    state = _run_on(fold, known[-1], known, buffer.items, own)
                break
            if own:
                missing.append((buffer, own))
            here = buffer.base
        for buffer, own in reversed(missing):
            states: list[S] = []
            state = _run_on(fold, state, states, buffer.items, own)
            buffer.folds[fold] = states
        return state

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> T:
        if not -self._length <= index < self._length:
            raise IndexError(f"no item {index} in a sequence of {self._length}")
        index = index if index >= 0 else self._length + index
        here: Chain[T] = self
        while index < here._below and here._buffer.base is not None:
            here = here._buffer.base
        return here._buffer.items[index - here._below]

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def since(self, start: int) -> Iterator[T]:
        """Items from ``start`` on; O(what it yields), and the depth of branches."""
        pieces: list[tuple[_Buffer[T], int, int]] = []
        here: Chain[T] | None = self
        while here is not None and here._length > start:
            pieces.append((here._buffer, max(0, start - here._below), here._length - here._below))
            here = here._buffer.base
        for buffer, first, last in reversed(pieces):
            for i in range(first, last):
                yield buffer.items[i]

    def prefix(self, length: int) -> Self:
        """The first ``length`` items, as they were; O(depth of branches)."""
        if not 0 <= length <= self._length:
            raise IndexError(f"no prefix of {length} in a sequence of {self._length}")
        here: Chain[T] = self
        while length < here._below and here._buffer.base is not None:
            here = here._buffer.base
        return self._version(here._buffer, length, here._below, guest=self._guest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Chain) or type(other) is not type(self):
            return NotImplemented
        if self._length != other._length:
            return False
        return self._buffer is other._buffer or self.head == other.head

    def __hash__(self) -> int:
        return hash(self.head)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._length}, {self.head.hex()[:12] or 'empty'}>"
