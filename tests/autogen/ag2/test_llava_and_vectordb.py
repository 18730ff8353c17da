"""LLaVA's workers, Replicate, and what vector databases found."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from tests.autogen.ag2.pictures_for_tests import B64, URI
from tests.autogen.groups_for_tests import speaker
from tests.providers.loopback import refusing, serving, whole
from typedagents.autogen import using
from typedagents.autogen.agentchat.contrib.llava_agent import LLaVAAgent, llava_call, llava_call_binary
from typedagents.autogen.agentchat.contrib.vectordb.utils import (
    chroma_results_to_query_results,
    filter_results_by_distance,
)
from typedagents.autogen.exception_utils import NotInstalled
from typedagents.core.errors import ProviderError
from typedagents.interpreter.traces import TraceMemory

WORKING = b'{"text": "###Human: Hi\\n###Assistant: A"}\0{"text": "###Human: Hi\\n###Assistant: A cat."}\0'


@pytest.fixture(autouse=True)
def traces() -> Iterator[None]:
    with using(store=TraceMemory()):
        yield


def config(*places: str, **more: object) -> dict[str, object]:
    return {"config_list": [{"model": "llava", "base_url": place} for place in places], **more}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_llava_is_shown_the_pictures_of_messages(way: str) -> None:
    user = speaker("user")
    with serving(whole(WORKING)) as server:
        agent = LLaVAAgent(
            "llava",
            "You see.",
            human_input_mode="NEVER",
            llm_config=config(server.url, max_new_tokens=9, seed=7),
        )
        message = {
            "content": [{"type": "text", "text": "Who is "}, {"type": "image_url", "image_url": {"url": URI}}]
        }
        if way == "sync":
            result = user.initiate_chat(agent, message=message, max_turns=1, silent=True)
        else:
            result = asyncio.run(user.a_initiate_chat(agent, message=message, max_turns=1, silent=True))
        (asked,) = server.asked
    assert result.summary == "A cat."
    assert asked.line == "POST /v1/worker_generate_stream HTTP/1.1"
    assert asked.json == {
        "model": "llava",
        "prompt": "You see.\n###Human: Who is <image>\n###Assistant: ",
        "max_new_tokens": 9,
        "temperature": 0.5,
        "stop": "###",
        "images": [B64],
    }


def test_the_next_worker_is_asked_where_one_fails() -> None:
    with (
        serving(refusing("busy", "503 Busy")) as busy,
        serving(whole(b"")) as mute,
        serving(whole(WORKING)) as good,
    ):
        assert llava_call("Hi", config(busy.url, mute.url, good.url.removeprefix("http://"))) == "A cat."
    with (
        serving(whole(b'{"text": 1}\0')) as odd,
        pytest.raises(ProviderError, match="answered without a text"),
    ):
        llava_call("Hi", config(odd.url))


def test_other_places_are_models_at_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Mapping[str, object]]] = []

    def run(model: str, input: Mapping[str, object]) -> list[str]:
        asked.append((model, input))
        return ["A ", "cat."]

    package = ModuleType("replicate")
    monkeypatch.setattr(package, "run", run, raising=False)
    monkeypatch.setitem(sys.modules, "replicate", package)
    entries = [{"base_url": "owner/llava:1"}]
    assert llava_call_binary("See <image>!", [B64], config_list=entries, seed=3) == "A cat."
    assert llava_call_binary("Hi", [], config_list=entries) == "A cat."
    assert asked == [
        ("owner/llava:1", {"image": f"data:image/jpeg;base64,{B64}", "prompt": "See  !", "seed": 3}),
        ("owner/llava:1", {"prompt": "Hi", "seed": 1}),
    ]
    monkeypatch.setitem(sys.modules, "replicate", None)
    with pytest.raises(NotInstalled, match="'owner/llava:1' is no address on this machine"):
        llava_call("Hi", {"config_list": entries})


def test_llava_needs_places() -> None:
    plans: list[dict[str, object]] = [{}, {"config_list": []}, {"config_list": [{"model": "llava"}]}]
    for wrong in plans:
        with pytest.raises(ValueError, match="each with a base_url"):
            LLaVAAgent("llava", llm_config=wrong)


def test_what_is_near_is_kept() -> None:
    found = [[("a", 1.0), ("b", 2.0)], [("c", 3.0)], []]
    assert filter_results_by_distance(found, 2.0) == [[("a", 1.0)], [], []]
    assert filter_results_by_distance(found) == found


def test_columns_become_rows() -> None:
    columns: dict[str, list[list[object]] | None] = {
        "ids": [["a", "b"], []],
        "documents": [["A", "B"], []],
        "embeddings": None,
        "distances": [[0.5, 1], []],
    }
    assert chroma_results_to_query_results(columns) == [
        [({"id": "a", "document": "A"}, 0.5), ({"id": "b", "document": "B"}, 1.0)],
        [],
    ]
    assert chroma_results_to_query_results({"ids": [["a"]]}) == []
