"""``python -m typedagents.providers.conformance FILE...``: one JSON line a failure, and a closing count a service."""

from __future__ import annotations

import json
import sys

from typedagents.core.errors import TypedAgentsError
from typedagents.providers.recording import read_exchanges

from .checking import Report, check

USAGE = "usage: python -m typedagents.providers.conformance FILE...  (files that record writes, or of that format)"


def main(files: list[str]) -> int:
    """0: all holds; 1: something failed; 2: there was nothing to check."""
    if not files:
        print(USAGE, file=sys.stderr)
        return 2
    report, unread = Report(), 0
    for file in files:
        try:
            for finding in check(read_exchanges(file), report):
                _say(file=file, id=finding.id, case=finding.case, problem=finding.problem)
        except TypedAgentsError as error:
            unread += 1
            _say(file=file, problem=str(error))
    for provider, tally in sorted(report.tallies.items()):
        _say(
            provider=provider,
            exchanges=tally.exchanges,
            failures=tally.failures,
            checked={str(case): number for case, number in sorted(tally.checked.items())},
            **({"unknown_endpoints": dict(sorted(tally.unknown.items()))} if tally.unknown else {}),
            **({"unanswered": tally.unanswered} if tally.unanswered else {}),
        )
    return 1 if report.failures or unread else 0


def _say(**fields: object) -> None:
    print(json.dumps(fields, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
