"""Pictures in words, what users teach, agents that are groups inside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.autogen.ag2.patterns_for_tests import MODEL, thinker
from tests.autogen.ag2.pictures_for_tests import PNG, URI
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import managed, speaker, speakers
from typedagents.autogen import ChatResult, ConversableAgent, replaying, using
from typedagents.autogen.agentchat.contrib.capabilities.teachability import MemoStore, Teachability
from typedagents.autogen.agentchat.contrib.capabilities.vision_capability import VisionCapability
from typedagents.autogen.agentchat.contrib.img_utils import (
    gpt4v_formatter,
)
from typedagents.autogen.agentchat.contrib.multimodal_conversable_agent import MultimodalConversableAgent
from typedagents.autogen.agentchat.contrib.society_of_mind_agent import SocietyOfMindAgent
from typedagents.autogen.io import IOStream
from typedagents.autogen.layer.ag2.memos import distance
from typedagents.core.parts import Image, Inline, Link
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import ScriptedModel, scripted_model


@pytest.fixture(autouse=True)
def console() -> Iterator[Typing]:
    out = Typing()
    with using(store=TraceMemory()), IOStream.set_default(out):
        yield out


def last_words(model: ScriptedModel) -> list[str]:
    """The last message of each call of a model."""
    return [one.transcript[-1].text for one in model.asked]


# --- agents that see --------------------------------------------------------------------------------------------


def test_a_model_is_shown_the_pictures_that_a_text_names() -> None:
    agent = MultimodalConversableAgent("agent", llm_config=MODEL, human_input_mode="NEVER")
    user = speaker("user")
    model = scripted_model("I see.")
    with using(models=model):
        user.initiate_chat(agent, message=f"Look: <img {URI}>", max_turns=1, silent=True)
    assert [part for part in model.asked[0].transcript[0].parts if isinstance(part, Image)] == [
        Image(Inline(PNG, "image/png"))
    ]
    assert agent._message_to_dict("<img http://x/y.png>")["content"] == gpt4v_formatter(
        "<img http://x/y.png>", "url"
    )  # as programs call it
    assert agent._message_to_dict([{"type": "text", "text": "x"}]) == {
        "content": [{"type": "text", "text": "x"}]
    }  # the same
    assert isinstance(Image(Link("x")), Image)


def test_pictures_are_told_in_words_by_a_model_that_sees() -> None:
    agent, user = thinker("agent"), speaker("user")
    VisionCapability(MODEL).add_to_agent(agent)
    for begin in ("sync", "async"):
        sees, model = scripted_model("a cat"), scripted_model("I see.")
        with using(models={"vision": sees, "agent": model}, name=begin):
            if begin == "sync":
                user.initiate_chat(agent, message=f"Look: <img {URI}>", max_turns=1, silent=True)
            else:
                asyncio.run(
                    user.a_initiate_chat(agent, message=f"Look: <img {URI}>", max_turns=1, silent=True)
                )
        assert last_words(model) == [f"Look: <img {URI}> (In words, for those who cannot see it: a cat)\n"]
        assert [type(part) for part in sees.asked[0].transcript[0].parts][1] is Image
        with replaying(begin):
            again = user.initiate_chat(agent, message=f"Look: <img {URI}>", max_turns=1, silent=True)
        assert again.summary == "I see."
    assert "described to you in words" in agent.system_message


def test_pictures_are_told_in_words_by_a_function() -> None:
    def caption(url: str, picture: object, client: object) -> str:
        return f"{url[:4]} {picture}"

    vision = VisionCapability(None, custom_caption_func=caption)
    picture = {"type": "image_url", "image_url": {"url": URI}}
    told = vision.process_last_received_message([{"type": "text", "text": "See "}, picture])
    assert isinstance(told, str)
    assert told.startswith(f"See <img {URI}> (In words, for those who cannot see it: data ")
    assert vision.process_last_received_message(None) is None
    assert vision.process_last_received_message("no picture") == "no picture"
    with pytest.raises(AssertionError, match="an lmm_config, or a custom_caption_func"):
        VisionCapability(None)


# --- agents that are taught -------------------------------------------------------------------------------------


def test_memos_are_found_by_their_words(tmp_path: Path, console: Typing) -> None:
    store = MemoStore(1, reset=True, path_to_db_dir=str(tmp_path))
    assert store.get_nearest_memo("anything") is None
    store.prepopulate()
    store.add_input_output_pair("What is the capital of France?", "Paris")
    nearest = store.get_nearest_memo("Tell me France's capital")
    assert nearest is not None
    assert nearest[1] == "Paris"
    again = MemoStore(path_to_db_dir=str(tmp_path))
    assert [one[1] for one in again.get_related_memos("the capital of France", 10, 1.5)] == ["Paris"]
    assert again.get_related_memos("the capital of France", 10, 0.01) == []
    assert again.get_related_memos("?!", 10, 2) == []
    again.list_memos()
    assert "3. What is the capital of France?\n   Paris" in console.printed
    assert MemoStore(0, reset=True, path_to_db_dir=str(tmp_path)).get_nearest_memo("France") is None
    assert distance("a cat", "a cat") == pytest.approx(0)
    assert distance("", "a cat") == 2


def test_an_agent_remembers_what_it_was_taught(tmp_path: Path) -> None:
    def taught(text: str, reads: Sequence[str], *, is_async: bool = False) -> str:
        agent, user = thinker("agent"), speaker("user")
        Teachability(path_to_db_dir=str(tmp_path)).add_to_agent(agent)
        model = scripted_model("Done.")
        with using(models={"analyzer": scripted_model(*reads), "agent": model}):
            if is_async:
                asyncio.run(user.a_initiate_chat(agent, message=text, max_turns=1, silent=True))
            else:
                user.initiate_chat(agent, message=text, max_turns=1, silent=True)
        return last_words(model)[0]

    fact = ["no", "yes", "What is the user's name?", "The user is called Ann."]
    assert taught("My name is Ann.", fact) == "My name is Ann."
    expected = "What is my name?\n\nWhat you remember of this:\n- The user is called Ann."
    assert taught("What is my name?", ["no", "no"]) == expected
    task = ["yes", "Sum 1 and 2.", "adding numbers", "Use fingers.", "no"]
    assert taught("Sum 1 and 2, use fingers.", task, is_async=True) == "Sum 1 and 2, use fingers."
    again = taught("Sum 3 and 4.", ["yes", "Sum 3 and 4.", "adding numbers", "none", "no"])
    assert again.endswith("- Use fingers.")


def test_what_teaching_needs(tmp_path: Path) -> None:
    taught = Teachability(path_to_db_dir=str(tmp_path), recall_threshold=None, llm_config=MODEL)
    with pytest.raises(AssertionError, match="added to no agent yet"):
        taught.process_last_received_message("x")
    with pytest.raises(AssertionError, match="'a' has none; give it an llm_config"):
        Teachability(path_to_db_dir=str(tmp_path)).add_to_agent(speaker("a"))
    agent = speaker("a")
    taught.add_to_agent(agent)
    taught.prepopulate_db()
    picture = {"type": "image_url", "image_url": {"url": "x"}}
    assert taught.process_last_received_message([picture]) == [picture]
    asked = [picture, {"type": "text", "text": "Do additions of whole numbers"}]
    with using(models=scripted_model("no", "no")):
        found = taught.process_last_received_message(asked)
    assert isinstance(found, list)
    assert (found[:2], "add from the right" in str(found[2])) == (asked, True)


# --- agents that are groups -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_society_answers_with_what_its_group_comes_to(is_async: bool) -> None:  # noqa: FBT001  # it is given by name
    inner, user = managed(speakers("a", "b"), max_round=3), speaker("user")
    society = SocietyOfMindAgent("society", inner, human_input_mode="NEVER")

    def held() -> ChatResult:
        if is_async:
            return asyncio.run(user.a_initiate_chat(society, message="hello", max_turns=2, silent=True))
        return user.initiate_chat(society, message="hello", max_turns=2, silent=True)

    with using(name="it"):
        result = held()
    said = [one["content"] for one in result.chat_history]
    assert said == ["hello", "This is b.", "This is user.", "This is b."]
    assert [one["name"] for one in inner.groupchat.messages] == ["society", "a", "b"]
    (a, b) = inner.groupchat.agents
    assert [one["content"] for one in a.chat_messages[inner]][:2] == ["hello", "This is b."]
    assert len(b.chat_messages[inner]) == 5  # what was said around it, too
    with replaying("it"):
        assert held().chat_history == result.chat_history
    assert society.chat_manager is inner


def test_a_society_that_has_nobody_does_not_answer() -> None:
    society = SocietyOfMindAgent("society", None, human_input_mode="NEVER", default_auto_reply="nobody")
    assert society.generate_reply([{"content": "hello", "role": "user"}]) == "nobody"
    assert asyncio.run(society.a_generate_reply([{"content": "hello", "role": "user"}])) == "nobody"
    society.update_chat_manager(managed(speakers("a", "b"), max_round=2))
    assert society.generate_reply([{"content": "hello", "role": "user"}]) == "This is a."


def test_what_a_society_says_is_prepared() -> None:
    def last_speaker(agent: ConversableAgent, messages: Sequence[Mapping[str, object]]) -> str:
        return f"{agent.name}: {messages[-1]['name']}"

    user, inner = speaker("user"), managed(speakers("a", "b"), max_round=2)
    society = SocietyOfMindAgent("society", inner, last_speaker, human_input_mode="NEVER")
    assert user.initiate_chat(society, message="hello", max_turns=1, silent=True).summary == "society: a"
    model = scripted_model("It was a.", "It was a.")
    thinks = SocietyOfMindAgent("society", inner, "Who spoke?", human_input_mode="NEVER", llm_config=MODEL)
    with using(models={"society": model}):
        assert user.initiate_chat(thinks, message="hello", max_turns=1, silent=True).summary == "It was a."
        result = asyncio.run(user.a_initiate_chat(thinks, message="hello", max_turns=1, silent=True))
    assert result.summary == "It was a."
    assert last_words(model)[0].endswith("society: hello\n\na: This is a.\n\nWho spoke?")
