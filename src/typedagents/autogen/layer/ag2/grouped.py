"""What an agent has for AG2's group chats: context variables, hand-overs and guardrails. A mixin of ``ConversableAgent``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.agentchat.group.handoffs import Handoffs, proved
from typedagents.autogen.layer.agentchat.describing import Described
from typedagents.autogen.layer.python import Python

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.group.guardrails import Guardrail
    from typedagents.autogen.tools.tool import Tool


class Grouped(Described):
    """See the module's text."""

    context_variables: ContextVariables
    handoffs: Handoffs
    _told: dict[str, Tool]

    def _begin_grouped(
        self,
        context_variables: ContextVariables | Mapping[str, object] | None,
        handoffs: Handoffs | None,
        functions: object,
        hooks: Python | Sequence[Python] | None,
    ) -> None:
        """Have these, tell of the functions and call them, and call the hooks."""
        given = context_variables
        self.context_variables = given if isinstance(given, ContextVariables) else ContextVariables(given)
        self.handoffs = Handoffs() if handoffs is None else handoffs
        self._told = {}
        self.input_guardrails: list[Guardrail] = []
        self.output_guardrails: list[Guardrail] = []
        me = self._me()
        for function in functions if isinstance(functions, list) else ():
            if callable(function):
                words = str(getattr(function, "description", None) or function.__doc__ or function.__name__)
                me.register_for_execution()(me.register_for_llm(description=words.strip())(function))
        for hook in (hooks,) if callable(hooks) else hooks or ():
            self.register_hook("update_agent_state_before_reply", hook)

    @property
    def tools(self) -> list[Tool]:
        """The functions that its model was told of by ``register_for_llm``, in their order; a copy."""
        return list(self._told.values())

    # --- context variables --------------------------------------------------------------------------------------

    def get_context(self, key: str, default: object = None) -> object:
        """A context variable."""
        return self.context_variables.get(key, default)

    def set_context(self, key: str, value: object) -> None:
        """Set a context variable."""
        self.context_variables.set(key, value)

    def update_context(self, context_variables: Mapping[str, object]) -> None:
        """Set several context variables."""
        self.context_variables.update(context_variables)

    def pop_context(self, key: str, default: object = None) -> object:
        """Take a context variable away, and return it."""
        found = self.context_variables.get(key, default)
        self.context_variables.remove(key)
        return found

    # --- guardrails ---------------------------------------------------------------------------------------------

    def register_input_guardrail(self, guardrail: Guardrail) -> None:
        """Look at what it is told, in group chats of patterns."""
        self.register_input_guardrails([guardrail])

    def register_input_guardrails(self, guardrails: Sequence[Guardrail]) -> None:
        """Look at what it is told by each of these."""
        self.input_guardrails += _guardrails(guardrails)

    def register_output_guardrail(self, guardrail: Guardrail) -> None:
        """Look at what it is about to say, in group chats of patterns."""
        self.register_output_guardrails([guardrail])

    def register_output_guardrails(self, guardrails: Sequence[Guardrail]) -> None:
        """Look at what it is about to say by each of these."""
        self.output_guardrails += _guardrails(guardrails)


def _guardrails(given: Sequence[Guardrail]) -> Sequence[Guardrail]:
    from typedagents.autogen.agentchat.group.guardrails import Guardrail

    return proved(given, Guardrail)
