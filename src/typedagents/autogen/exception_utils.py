"""The errors of AutoGen's names, and ours in classes that its programs catch.

What is wrong with a plan is a ``ConfigError`` everywhere in this package. Where AutoGen 0.2 raises ``ValueError`` or
another of Python's own classes, so that programs catch that, the error here is both.
"""

from __future__ import annotations

from typedagents.core.errors import ConfigError
from typedagents.providers.configuration.errors import InvalidType, InvalidValue, NotFound

__all__ = [
    "AgentNameConflict",
    "AgentNameConflictError",
    "FailedAssertion",
    "InvalidCarryOverType",
    "InvalidCarryOverTypeError",
    "InvalidType",
    "InvalidValue",
    "NoEligibleSpeaker",
    "NoEligibleSpeakerError",
    "NotFound",
    "NotInstalled",
    "NotRegistered",
    "SenderRequired",
    "SenderRequiredError",
    "UndefinedNextAgent",
    "UndefinedNextAgentError",
]


class AgentNameConflict(ConfigError):
    """Several agents have the same name."""

    def __init__(self, msg: str = "several agents have the same name; give each its own") -> None:
        super().__init__(msg)


class NoEligibleSpeaker(ConfigError):
    """Nobody may speak."""

    def __init__(self, message: str = "nobody may speak next") -> None:
        super().__init__(message)


class SenderRequired(ConfigError):
    """A trigger asks who sent a message, and nobody did."""

    def __init__(self, message: str = "a sender is needed, and there is none; give sender=") -> None:
        super().__init__(message)


class InvalidCarryOverType(ConfigError):
    """What is carried over into a chat is no text and no list."""

    def __init__(self, message: str = "carryover is a text or a list of texts") -> None:
        super().__init__(message)


class UndefinedNextAgent(ConfigError):
    """None of the agents named is in the group."""

    def __init__(self, message: str = "none of the agents named is in the group") -> None:
        super().__init__(message)


class NotRegistered(ConfigError, RuntimeError):
    """Something was named that has to be registered first."""


class NotInstalled(NotRegistered, ImportError):
    """A package is needed that is not installed."""


class FailedAssertion(ConfigError, AssertionError):
    """What AutoGen asserts of its arguments does not hold."""


# As AG2 calls them.
AgentNameConflictError = AgentNameConflict
InvalidCarryOverTypeError = InvalidCarryOverType
NoEligibleSpeakerError = NoEligibleSpeaker
SenderRequiredError = SenderRequired
UndefinedNextAgentError = UndefinedNextAgent
