"""All cases over all exchanges, and a count for each service."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from typedagents.providers.recording import Exchange

from .cases import goes_back, of_one
from .formats import FORMATS
from .reading import Read, read


@frozen
class Finding:
    """Something that does not hold."""

    case: int
    id: str
    problem: str


@define
class Tally:
    """What was looked at of one service: exchanges, checks by case, failures, and endpoints without a codec."""

    exchanges: int = 0
    failures: int = 0
    checked: Counter[int] = field(factory=Counter)
    unknown: Counter[str] = field(factory=Counter)
    unanswered: int = 0


@define
class Report:
    """What was checked so far, by service."""

    tallies: defaultdict[str, Tally] = field(factory=lambda: defaultdict(Tally))

    @property
    def failures(self) -> int:
        return sum(tally.failures for tally in self.tallies.values())

    def take(self, exchange: Exchange, case: int, problems: Iterable[str]) -> Iterator[Finding]:
        """Count a check; what it found."""
        tally = self.tallies[exchange.provider]
        tally.checked[case] += 1
        for problem in problems:
            tally.failures += 1
            yield Finding(case, exchange.id, problem)


def check(exchanges: Iterable[Exchange], report: Report) -> Iterator[Finding]:
    """What does not hold of these exchanges; ``report`` counts what was checked."""
    groups: dict[tuple[str, str], dict[int, tuple[Exchange, Read]]] = defaultdict(dict)
    for exchange in exchanges:
        tally = report.tallies[exchange.provider]
        tally.exchanges += 1
        form = FORMATS.get(exchange.endpoint)
        if form is None:
            tally.unknown[exchange.endpoint] += 1
            continue
        if not exchange.status:
            tally.unanswered += 1
            continue
        codec = form.codec(exchange.provider)
        found = read(exchange, codec)
        for case, problems in of_one(exchange, form, codec, found):
            yield from report.take(exchange, case, problems)
        if exchange.group:
            groups[exchange.group, exchange.endpoint][exchange.turn] = (exchange, found)
    for turns in groups.values():
        yield from _told_again(turns, report)


def _told_again(turns: dict[int, tuple[Exchange, Read]], report: Report) -> Iterator[Finding]:
    for turn, (exchange, found) in turns.items():
        if turn + 1 in turns:
            form = FORMATS[exchange.endpoint]
            codec = form.codec(exchange.provider)
            problems = goes_back(exchange, turns[turn + 1][0], form, codec, found)
            if problems is not None:
                yield from report.take(exchange, 8, problems)
