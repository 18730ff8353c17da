"""Single messages between agents. A mixin of ``ConversableAgent``.

Where a subclass has its own ``send`` or ``receive``, each message of a chat passes through it, by an effect; what it hands on
to these methods is what is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        me = self._me()
        if not passed_on(me, recipient, message):
            me.hold(sending(me, message, recipient, request_reply, silent=silent))

    async def a_send(
        self,
        message: Said,
        recipient: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """``send`` in the current event loop."""
        me = self._me()
        if not passed_on(me, recipient, message):
            await me.a_hold(sending(me, message, recipient, request_reply, silent=silent))

    def receive(
        self,
        message: Said,
        sender: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """Take a message of ``sender``, and answer it where asked to, or where a chat left it so."""
        me = self._me()
        if not passed_on(sender, me, message):
            sender.hold(sending(sender, message, me, request_reply, silent=silent, received=True))

    async def a_receive(
        self,
        message: Said,
        sender: ConversableAgent,
        request_reply: bool | None = None,
        silent: bool | None = False,
    ) -> None:
        """``receive`` in the current event loop."""
        me = self._me()
        if not passed_on(sender, me, message):
            await sender.a_hold(sending(sender, message, me, request_reply, silent=silent, received=True))


def passed_on(sender: ConversableAgent, recipient: ConversableAgent, message: Said) -> bool:
    """Whether this is a message of a chat on its way through the program's own ``send`` or ``receive``."""
    now = current.get()
    if now is None or now.passing is None or now.running.agents.get(now.whose) is not sender:
        return False
    if now.partner != recipient.name:
        return False
    now.passing.append(message if isinstance(message, str) else normalized(message))
    return True


def sending(
    sender: ConversableAgent,
    message: Said,
    recipient: ConversableAgent,
    request_reply: bool | None,
    *,
    silent: bool | None,
    received: bool = False,
) -> Chat:
    """The chat that ``send`` begins, or goes on with: as long as the two answer each other unasked."""
    asked = recipient.reply_at_receive.get(sender, False)
    back = sender.reply_at_receive.get(recipient, False)
    answers = asked if request_reply is None else request_reply
    most = None if answers and asked and back else 1 + answers + (answers and back)
    return Chat(
        sender,
        recipient,
        normalized(message),
        clear_history=False,
        silent=bool(silent),
        summary_method=None,
        most_messages=most,
        counts_on=True,
        passed=("send", "receive") if received else ("send",),
    )
