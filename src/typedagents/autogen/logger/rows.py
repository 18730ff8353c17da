"""What is logged, as rows by the names of their columns; where they are kept is another's matter."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from uuid import UUID, uuid4

from typedagents.autogen.agentchat.agent import Agent
from typedagents.autogen.layer.python import Python

from .base_logger import BaseLogger
from .logger_utils import SECRET, get_current_ts, safe_serialize, to_dict


def named(source: object) -> object:
    """The name of an agent; of a text, itself."""
    return getattr(source, "name", source)


class RowLogger(BaseLogger):
    """Makes rows. ``keep`` never raises: a program does not end because its log does."""

    def __init__(self) -> None:
        self.session_id = str(uuid4())

    @abstractmethod
    def keep(self, table: str, row: Mapping[str, object]) -> None:
        """Keeps a row of this table."""

    def log_chat_completion(
        self,
        invocation_id: UUID | str,
        client_id: int,
        wrapper_id: int,
        source: object,
        request: Mapping[str, object],
        response: object,
        is_cached: int,
        cost: float | None,
        start_time: str,
    ) -> None:
        row = {
            "invocation_id": f"{invocation_id}",
            "client_id": client_id,
            "wrapper_id": wrapper_id,
            "session_id": self.session_id,
            "source_name": named(source),
            "request": to_dict(request, SECRET),
            "response": to_dict(response, SECRET),
            "is_cached": is_cached,
            "cost": cost,
            "start_time": start_time,
            "end_time": get_current_ts(),
        }
        self.keep("chat_completions", row)

    def log_new_agent(self, agent: object, init_args: Mapping[str, object] | None = None) -> None:
        row = {
            "agent_id": id(agent),
            "wrapper_id": id(agent),
            "session_id": self.session_id,
            "name": named(agent),
            "class": type(agent).__name__,
            "init_args": to_dict(init_args or {}, SECRET, Agent),
            "timestamp": get_current_ts(),
        }
        self.keep("agents", row)

    def log_event(self, source: object, name: str, **kwargs: object) -> None:
        row: dict[str, object] = {
            "event_name": name,
            "source_id": id(source),
            "source_name": named(source),
            "json_state": safe_serialize(kwargs),
            "timestamp": get_current_ts(),
        }
        if isinstance(source, Agent):
            row |= {"agent_module": type(source).__module__, "agent_class_name": type(source).__name__}
        self.keep("events", row)

    def log_new_wrapper(self, wrapper: object, init_args: Mapping[str, object] | None = None) -> None:
        self.keep("oai_wrappers", {"wrapper_id": id(wrapper), **self._made(init_args)})

    def log_new_client(self, client: object, wrapper: object, init_args: Mapping[str, object]) -> None:
        row = {"client_id": id(client), "wrapper_id": id(wrapper), "class": type(client).__name__}
        self.keep("oai_clients", {**row, **self._made(init_args)})

    def _made(self, init_args: Mapping[str, object] | None) -> dict[str, object]:
        told = to_dict(init_args or {}, SECRET)
        return {"session_id": self.session_id, "init_args": told, "timestamp": get_current_ts()}

    def log_function_use(
        self, source: object, function: Python, args: Mapping[str, object], returns: object
    ) -> None:
        row = {
            "source_id": id(source),
            "source_name": named(source),
            "function_name": getattr(function, "__name__", type(function).__name__),
            "args": safe_serialize(args),
            "returns": safe_serialize(returns),
            "timestamp": get_current_ts(),
        }
        self.keep("function_calls", row)
