"""``LLMConfig``: the models that agents answer with, as one dict, in which keys are not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

from .choosing import Acceptable, chosen
from .errors import InvalidValue
from .hidden import hidden
from .lists import config_list_from_json, is_json, json_entries
from .options import dicts_in

LIST = "config_list"


class LLMConfig(dict[str, object]):
    """``LLMConfig({"model": ...}, {"model": ...}, temperature=0)``: entries to be asked in turn, and options for all.

    ``LLMConfig(model=..., api_key=...)`` is one entry, ``LLMConfig(config_list=[...])`` the older form. It is the dict that
    agents take as ``llm_config``. Agents that are made within ``with config:`` and are given none have this one.
    """

    def __init__(self, *entries: Mapping[str, object], **options: object) -> None:
        whole = dict(options)
        if len(entries) == 1 and LIST in entries[0]:
            whole = {**entries[0], **options}
        elif entries:
            if LIST in options:
                raise InvalidValue(
                    "LLMConfig takes its entries one by one, or as config_list=[...]; found both"
                )
            whole[LIST] = [dict(one) for one in entries]
        if not whole or whole.get(LIST) == []:
            raise InvalidValue("LLMConfig holds at least one model: LLMConfig(model='...', api_key='...')")
        super().__init__(hidden(whole))
        self._tokens: list[Token[LLMConfig | None]] = []

    @classmethod
    def ensure_config(cls, config: Mapping[str, object] | Sequence[Mapping[str, object]], /) -> Self:
        """``config``, an entry, or several of them, as one of these."""
        if isinstance(config, LLMConfig):
            return cls(**config)
        given: object = config
        return cls(given) if isinstance(given, Mapping) else cls(*dicts_in({LIST: given}, LIST))

    @classmethod
    def from_json(
        cls,
        *,
        json: str | None = None,
        env: str | None = None,
        path: str | None = None,
        file_location: str | None = None,
        filter_dict: Mapping[str, Acceptable] | None = None,
        **options: object,
    ) -> Self:
        """The list in the text ``json``, in the environment variable ``env``, or in the file ``path``: one of them."""
        given = [one for one in (json, env, path) if one is not None]
        if len(given) != 1:
            raise InvalidValue(f"LLMConfig.from_json takes one of json, env and path; found {len(given)}")
        if json is not None and is_json(json.strip()):
            found: Sequence[Mapping[str, object]] = chosen(json_entries(json, "json"), filter_dict)
        else:
            found = config_list_from_json(given[0], file_location, filter_dict)
        if not found:
            raise InvalidValue(f"no entry matches filter_dict={filter_dict!r}")
        return cls(config_list=list(found), **options)

    def where(self, *, exclude: bool = False, **fields: Acceptable) -> LLMConfig:
        """The same with those entries of which all these fields hold; with ``exclude``, with the others."""
        those = chosen(self.config_list, fields, exclude=exclude)
        if not those:
            asked = ", ".join(f"{name}={value!r}" for name, value in fields.items())
            raise InvalidValue(f"there is no entry {'but those ' if exclude else ''}with {asked}")
        return LLMConfig(**{**self, LIST: those})

    @property
    def config_list(self) -> list[Mapping[str, object]]:
        """Its entries."""
        return dicts_in(self, LIST) or [self]

    @staticmethod
    def get_current_llm_config() -> LLMConfig | None:
        """The one of the block that this stands in."""
        return _chosen.get()

    def __enter__(self) -> Self:
        self._tokens.append(_chosen.set(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _chosen.reset(self._tokens.pop())


_chosen: ContextVar[LLMConfig | None] = ContextVar("typedagents.llm_config", default=None)
current_config = LLMConfig.get_current_llm_config
