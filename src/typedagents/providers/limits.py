"""What a service says of its limits in the headers of an answer."""

from __future__ import annotations

from attrs import frozen

from typedagents.interpreter.notices import Notice
from typedagents.interpreter.ports import Headers

from .loose import header


@frozen
class UsedUp(Notice):
    """The service says that one of its limits is used up, and in these words when it is renewed."""

    resets: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"a limit of the service is used up; renewed: {', '.join(self.resets)}"


def used_up(headers: Headers) -> UsedUp | None:
    """What an answer says of limits of which nothing remains; None where all have something left, or no end."""
    spent = [name.lower() for name, value in headers if value.strip() == "0" and "ratelimit" in name.lower()]
    resets = (header(headers, name.replace("remaining", "reset")) for name in spent if "remaining" in name)
    found = tuple(reset for reset in resets if reset)
    return UsedUp(found) if found else None
