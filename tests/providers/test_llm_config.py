"""The models of agents as one dict."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from typedagents.autogen import AssistantAgent, ConversableAgent, using
from typedagents.providers import LLMConfig
from typedagents.testing import scripted_model

KEY = "sk-not-to-be-seen"
LIST: list[dict[str, object]] = [{"model": "a", "tags": ["cheap"], "api_key": KEY}, {"model": "b"}]


def test_it_is_the_dict_that_agents_take() -> None:
    one = LLMConfig(*LIST, temperature=0)
    assert one == {"config_list": LIST, "temperature": 0} == LLMConfig(config_list=LIST, temperature=0)
    assert one == LLMConfig({"config_list": LIST}, temperature=0) == copy.deepcopy(one)
    assert one.config_list == LIST
    assert KEY not in repr(one)
    single = LLMConfig(model="a", api_key=KEY)
    assert (single.config_list, KEY in repr(single)) == ([{"model": "a", "api_key": KEY}], False)
    agent = ConversableAgent("agent", llm_config=one)
    with using(store=None, models=scripted_model("hello")):
        assert agent.generate_reply([{"content": "hi"}]) == "hello"


def test_others_become_one() -> None:
    single = LLMConfig(model="a", api_key=KEY)
    for one in (single, LLMConfig(*LIST, temperature=0)):
        assert LLMConfig.ensure_config(one) == one
        assert LLMConfig.ensure_config(one) is not one
    assert LLMConfig.ensure_config({"model": "a"}) == {"config_list": [{"model": "a"}]}
    with pytest.raises(ValueError, match="config_list is a list of dicts"):
        LLMConfig.ensure_config(["a"])  # type: ignore[list-item]  # what a program does wrong
    assert LLMConfig.ensure_config(LIST) == LLMConfig.ensure_config({"config_list": LIST}) == LLMConfig(*LIST)


def test_entries_are_chosen() -> None:
    one = LLMConfig(*LIST, temperature=0)
    assert one.where(tags=["cheap"]) == {"config_list": LIST[:1], "temperature": 0}
    assert one.where(exclude=True, tags=["cheap"]) == {"config_list": LIST[1:], "temperature": 0}
    with pytest.raises(ValueError, match="no entry with model='c'"):
        one.where(model="c")
    with pytest.raises(ValueError, match=r"no entry but those with model=\['a', 'b'\]"):
        one.where(exclude=True, model=["a", "b"])


def test_lists_are_read_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[{"model": "a", "tags": ["cheap"]}, {"model": "b"}]'
    (tmp_path / "list.json").write_text(text)
    monkeypatch.setenv("MY_MODELS", text)
    wanted = {"config_list": [{"model": "b"}], "timeout": 9}
    for found in (
        LLMConfig.from_json(json=text, filter_dict={"model": "b"}, timeout=9),
        LLMConfig.from_json(env="MY_MODELS", filter_dict={"model": "b"}, timeout=9),
        LLMConfig.from_json(
            path="list.json", file_location=str(tmp_path), filter_dict={"model": "b"}, timeout=9
        ),
    ):
        assert found == wanted
    with pytest.raises(ValueError, match="no entry matches"):
        LLMConfig.from_json(json=text, filter_dict={"model": "c"})
    with pytest.raises(ValueError, match="one of json, env and path; found 2"):
        LLMConfig.from_json(json=text, env="MY_MODELS")
    with pytest.raises(FileNotFoundError):
        LLMConfig.from_json(json="no JSON")


def test_agents_made_in_its_block_have_it() -> None:
    outer, inner = LLMConfig(model="a"), LLMConfig(model="b")
    assert LLMConfig.get_current_llm_config() is None
    with outer:
        with inner, inner:
            assert ConversableAgent("agent").llm_config == {"model": "b"}
        assert AssistantAgent("assistant").llm_config == {"model": "a"}
        assert ConversableAgent("agent", llm_config=False).llm_config is False
    assert ConversableAgent("agent").llm_config is False


def test_bad_ones_are_named() -> None:
    with pytest.raises(ValueError, match="at least one model"):
        LLMConfig()
    with pytest.raises(ValueError, match="at least one model"):
        LLMConfig(config_list=[])
    with pytest.raises(ValueError, match="found both"):
        LLMConfig(*LIST, config_list=LIST)
