"""Where people write to each other, as tools of agents: each service posts a message, and reads what was written.

Discord, Slack, Telegram    one place of a service: a channel or a chat, and who posts there
Posted                      a message as it stands there

    team = chat(assistant("bot", tools=toolset(*slack.tools)), ...)

Each talks to the service's own HTTP interface. A token is a ``Secret``: no model is told of it, no trace holds it.
"""

from .discord import Discord
from .platform import Platform, Posted
from .slack import Slack
from .telegram import Telegram

__all__ = ["Discord", "Platform", "Posted", "Slack", "Telegram"]
