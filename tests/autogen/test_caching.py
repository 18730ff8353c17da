"""Caches: what was asked once is not asked again, in the next run of a program neither."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.providers.loopback import Loopback, said, serving, whole
from typedagents.autogen import (
    AssistantAgent,
    Cache,
    ConversableAgent,
    GroupChat,
    GroupChatManager,
    OpenAIWrapper,
    UserProxyAgent,
    using,
)
from typedagents.autogen.agentchat import initiate_chats
from typedagents.autogen.cache import AbstractCache, DiskCache, InMemoryCache
from typedagents.autogen.cache.cache_factory import CacheFactory
from typedagents.autogen.layer.caching import store_of
from typedagents.core.errors import ConfigError
from typedagents.providers import sqlite_store
from typedagents.testing import scripted_model


def entries(server: Loopback, **more: object) -> list[dict[str, object]]:
    return [{"model": "m", "base_url": server.url, "api_key": "k-0123456789", **more}]


def asking(server: Loopback, **more: object) -> tuple[UserProxyAgent, AssistantAgent]:
    """The two of a program, made anew as in its next run."""
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    return user, AssistantAgent("assistant", llm_config={"config_list": entries(server, **more)})


def chat(server: Loopback, **more: object) -> list[object]:
    """What is said when a program is run: its chat."""
    cache = more.pop("cache", None)
    user, assistant = asking(server, **more)
    with using(store=None):
        result = user.initiate_chat(assistant, message="hi", max_turns=1, silent=True, cache=cache)  # type: ignore[arg-type]  # of any kind here
    paid = result.cost["usage_excluding_cached_inference"]
    return [message["content"] for message in result.chat_history] + [len(paid) > 1]


def test_a_second_run_asks_nobody(tmp_path: Path) -> None:
    with serving(whole(said("once")), whole(said("twice"))) as server:
        for paid in (True, False, False):
            with Cache.disk(cache_path_root=str(tmp_path)) as cache:
                assert chat(server, cache=cache) == ["hi", "once", paid]
        assert len(server.asked) == 1
        assert [one.name for one in tmp_path.iterdir()] == ["42"]
        assert [one.name for one in (tmp_path / "42").iterdir()] == ["answers.sqlite"]
        with Cache.disk(43, str(tmp_path)) as other:
            assert chat(server, cache=other) == ["hi", "twice", True]


def test_a_seed_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(whole(said("once")), whole(said("twice"))) as server:
        assert chat(server, cache_seed=41) == ["hi", "once", True]
        assert chat(server, cache_seed=41, api_key="another-key", timeout=9) == ["hi", "once", False]
        assert (tmp_path / ".cache" / "41" / "answers.sqlite").is_file()
        assert chat(server, cache_seed=None) == ["hi", "twice", True]  # without a seed nothing is kept
        assert chat(server, cache_seed=41, temperature=1) == ["hi", "twice", True]  # that is another request
        with pytest.raises(ConfigError, match=r"cache_seed names a folder in \.cache: .*'\.\./up'"):
            chat(server, cache_seed="../up")
        assert chat(server, cache_seed=f"{tmp_path}/mine") == ["hi", "twice", True]
        assert (tmp_path / ".cache" / tmp_path.relative_to("/") / "mine" / "answers.sqlite").is_file()


@pytest.mark.parametrize("kind", ["cache", "in memory", "store", "using"])
def test_caches_of_all_kinds(kind: str, tmp_path: Path) -> None:
    cache: object = {
        "cache": DiskCache(tmp_path / "a"),
        "in memory": InMemoryCache(7),
        "store": sqlite_store(tmp_path / "b"),
        "using": None,
    }[kind]
    chosen = DiskCache(tmp_path / "c")
    with serving(whole(said("once")), whole(said("twice"))) as server:
        for paid in (True, False):
            with using(cache=chosen):
                assert chat(server, cache=cache) == ["hi", "once", paid]


def test_async_chats_and_queues(tmp_path: Path) -> None:
    memory = InMemoryCache()
    with serving(whole(said("once")), whole(said("twice"))) as server, using(store=None):
        for _ in range(2):
            user, assistant = asking(server)

            async def main(one: ConversableAgent = user, other: ConversableAgent = assistant) -> str:
                result = await one.a_initiate_chat(
                    other, message="hi", max_turns=1, silent=True, cache=memory
                )
                return result.summary

            assert anyio.run(main) == "once"
            entry = {"sender": user, "recipient": assistant, "message": "hi", "max_turns": 1, "silent": True}
            assert [one.summary for one in initiate_chats([{**entry, "cache": memory}])] == ["once"]
        assert len(server.asked) == 1


def test_a_group_is_answered_by_the_cache_its_selection_too() -> None:
    memory = InMemoryCache()
    with serving(whole(said("b")), whole(said("It is b."))) as server, using(store=None):
        for _ in range(2):
            user, b = asking(server)
            b = AssistantAgent("b", llm_config=b.llm_config)
            group = GroupChat([user, b], messages=[], max_round=2, allow_repeat_speaker=True)
            manager = GroupChatManager(group, llm_config=b.llm_config)
            result = user.initiate_chat(manager, message="hi", silent=True, cache=memory)
            assert [one["content"] for one in result.chat_history] == ["hi", "It is b."]
        assert len(server.asked) == 2


def test_one_question_without_an_agent(tmp_path: Path) -> None:
    hi = [{"role": "user", "content": "hi"}]
    with serving(whole(said("once")), whole(said("twice"))) as server:
        for cached in (False, True):
            asker = OpenAIWrapper(config_list=entries(server), cache=DiskCache(tmp_path))
            assert asker.create(messages=hi).choices[0].message.content == "once"
            assert (asker.actual_usage_summary is None) is cached
        assert (
            OpenAIWrapper(config_list=entries(server)).create(messages=hi).choices[0].message.content
            == "twice"
        )


def test_a_provider_of_ones_own_is_told_by_its_class_and_model(tmp_path: Path) -> None:
    for text in ("once", "twice"):
        entry = {"provider": scripted_model(text), "model": "mine"}
        asker = OpenAIWrapper(config_list=[entry], cache=DiskCache(tmp_path))
        answer = asker.create(messages=[{"role": "user", "content": "hi"}], response_format=dict)
        assert answer.choices[0].message.content == "once"


# --- values of the program's own --------------------------------------------------------------------------------


def test_values_are_kept_in_a_folder(tmp_path: Path) -> None:
    with Cache.disk("seed", str(tmp_path)) as cache:
        cache.set("a", {"b": [1, None]})
    again = Cache({"cache_seed": "seed", "cache_path_root": str(tmp_path)})
    assert again.get("a") == {"b": [1, None]}
    assert again.get("other", "nothing") == "nothing"
    again.set("a", 2)
    again.close()
    assert again.get("a") == 2
    with pytest.raises(ConfigError, match="object cannot be written as JSON"):
        again.set("a", object())


def test_values_in_a_server_are_not_looked_for_before_they_are_wanted() -> None:
    pytest.importorskip("redis", reason="redis is not installed: pip install 'typedagents[redis]'")
    with Cache.redis(7, "redis://127.0.0.1:1/0") as cache:
        assert isinstance(cache, AbstractCache)
    assert Cache.redis(7).config == {"cache_seed": 7, "redis_url": "redis://localhost:6379/0"}


def test_what_a_description_means(tmp_path: Path) -> None:
    assert isinstance(CacheFactory.cache_factory(1, cache_path_root=None), InMemoryCache)
    assert isinstance(CacheFactory.cache_factory(1, cache_path_root=str(tmp_path)), DiskCache)
    with pytest.raises(ConfigError, match="no cache in Cosmos DB here"):
        Cache({"cosmos_db_config": {"database_id": "d", "cache_seed": 1}})
    with pytest.raises(ValueError, match="no option seed; it has: cache_seed"):
        Cache({"seed": 1})
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="name another folder"):
        DiskCache(tmp_path / "file")
    with pytest.raises(TypeError, match="an object with get and set; found int"):
        store_of(3)
    assert store_of(None) is None
