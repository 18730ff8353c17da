"""Single messages between agents. A mixin of ``ConversableAgent``.

Where a subclass has its own ``send`` or ``receive``, each message of a chat passes through it, by an effect; what it hands on
to these methods is what is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from typedagents.autogen.layer.messages import Said, normalized

from .calling import current
from .chats import Chat
from .describing import Described

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class Speaking(Described):
    """See the module's text."""

    def send(
        self,
        message: Said,
        recipient: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """Say something to ``recipient``, who answers where asked to, or where a chat left it so; it goes on from there."""
        for chat in said_to(recipient, self._me(), message, request_reply, silent=silent):
            chat.starter.hold(chat)

    async def a_send(
        self,
        message: Said,
        recipient: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """``send`` in the current event loop."""
        for chat in said_to(recipient, self._me(), message, request_reply, silent=silent):
            await chat.starter.a_hold(chat)

    def receive(
        self,
        message: Said,
        sender: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """Take a message of ``sender``, and answer it where asked to, or where a chat left it so."""
        for chat in said_to(self._me(), sender, message, request_reply, silent=silent, received=True):
            sender.hold(chat)

    async def a_receive(
        self,
        message: Said,
        sender: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """``receive`` in the current event loop."""
        for chat in said_to(self._me(), sender, message, request_reply, silent=silent, received=True):
            await sender.a_hold(chat)


def said_to(
    recipient: ConversableAgent,
    sender: ConversableAgent,
    message: Said,
    request_reply: bool | None,
    *,
    silent: bool | None,
    received: bool = False,
) -> Sequence[Chat]:
    """The chat that ``send`` begins, or goes on with: as long as the two answer each other unasked.

    None where this is a message of a chat on its way through the program's own ``send`` or ``receive``.
    """
    now = current.get()
    passes = now is not None and now.running.agents.get(now.whose) is sender and now.partner == recipient.name
    if now is not None and now.passing is not None and passes:
        now.passing.append(message if isinstance(message, str) else normalized(message))
        return ()
    asked = recipient.reply_at_receive.get(sender, False)
    back = sender.reply_at_receive.get(recipient, False)
    answers = asked if request_reply is None else request_reply
    most = None if answers and asked and back else 1 + answers + (answers and back)
    ways = ("send", "receive") if received else ("send",)
    chat = Chat(
        sender, recipient, normalized(message), clear_history=False, silent=bool(silent), counts_on=True
    )
    return (evolve(chat, summary_method=None, most_messages=most, passed=ways),)
