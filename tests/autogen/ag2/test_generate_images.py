"""Pictures that agents have made: by services that speak OpenAI's format, and by generators of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from attrs import define, field

from tests.autogen.ag2.patterns_for_tests import MODEL, thinker
from tests.autogen.ag2.pictures_for_tests import B64, PNG, URI, gallery
from tests.autogen.consoles_for_tests import Typing
from tests.autogen.groups_for_tests import speaker
from tests.providers.loopback import refusing, serving, whole
from typedagents.autogen import Cache, ConversableAgent, replaying, using
from typedagents.autogen.agentchat.contrib.capabilities.generate_images import (
    DalleImageGenerator,
    ImageGeneration,
)
from typedagents.autogen.agentchat.contrib.img_utils import Picture
from typedagents.autogen.agentchat.contrib.text_analyzer_agent import TextAnalyzerAgent
from typedagents.autogen.io import IOStream
from typedagents.core.errors import ProviderError
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

SAID = "Here is a picture of: a cat on a mat"


@pytest.fixture(autouse=True)
def console() -> Iterator[Typing]:
    out = Typing()
    with using(store=TraceMemory()), IOStream.set_default(out):
        yield out


@define
class Painted:
    """A picture, without Pillow."""

    size: tuple[int, int] = (1, 1)

    def save(self, fp: IO[bytes], format: str | None = None) -> None:
        assert format == "PNG"
        fp.write(PNG)


@define
class Painter:
    """Paints, and remembers what."""

    prompts: list[str] = field(factory=list)

    def generate_image(self, prompt: str) -> Picture:
        self.prompts.append(prompt)
        return Painted()

    def cache_key(self, prompt: str) -> str:
        return f"painter:{prompt}"


def pictures_of(agent: ConversableAgent, other: ConversableAgent) -> list[object]:
    """What the last message of their chat holds, by type."""
    content = agent.chat_messages[other][-1]["content"]
    assert isinstance(content, list)
    return [item["text"] if item["type"] == "text" else item["image_url"]["url"] for item in content]


# --- services ---------------------------------------------------------------------------------------------------


def generator(*urls: str, **options: object) -> DalleImageGenerator:
    entries = [{"model": "dall-e-3", "api_key": "secret-key", "base_url": url} for url in urls]
    return DalleImageGenerator(
        {"config_list": entries},
        **options,  # type: ignore[arg-type]  # as the tests give them
    )


def size_of(picture: Picture) -> tuple[int, int]:
    written = BytesIO()
    picture.save(written, format="PNG")
    return picture.size


def test_a_service_is_asked_for_a_picture() -> None:
    pytest.importorskip("PIL.Image")
    with serving(whole({"data": [{"b64_json": B64}, {"b64_json": "x"}]})) as server:
        made = generator(server.url, resolution="1792x1024", quality="hd", num_images=2).generate_image(
            "a cat"
        )
        (asked,) = server.asked
    assert size_of(made) == (1, 1)
    assert asked.line.startswith("POST /v1/images/generations ")
    assert asked.headers["authorization"] == "Bearer secret-key"
    assert asked.json == {
        "model": "dall-e-3",
        "prompt": "a cat",
        "size": "1792x1024",
        "quality": "hd",
        "n": 2,
        "response_format": "b64_json",
    }


def test_other_models_are_not_told_what_they_do_not_know() -> None:
    pytest.importorskip("PIL.Image")
    with gallery() as address, serving(whole({"data": [{"url": f"{address}/a.png"}]})) as server:
        entry = {"model": "gpt-image-1", "api_key": "k", "base_url": server.url}
        made = DalleImageGenerator(entry).generate_image("a cat")
        (asked,) = server.asked
    assert size_of(made) == (1, 1)
    assert asked.json == {"model": "gpt-image-1", "prompt": "a cat", "size": "1024x1024", "n": 1}


def test_azure_has_pictures_at_its_deployments() -> None:
    pytest.importorskip("PIL.Image")
    with serving(whole({"data": [{"b64_json": B64}]})) as server:
        address = server.url.removesuffix("/v1")
        entry = {
            "model": "dalle3",
            "api_key": "k",
            "api_type": "azure",
            "base_url": address,
            "api_version": "1",
        }
        DalleImageGenerator(entry).generate_image("a cat")
        (asked,) = server.asked
    assert asked.line.startswith("POST /openai/deployments/dalle3/images/generations?api-version=1 ")
    assert asked.headers["api-key"] == "k"


def test_the_next_service_is_asked_where_one_fails() -> None:
    pytest.importorskip("PIL.Image")
    with (
        serving(refusing("no more", "429 Too Many Requests")) as full,
        serving(whole({"data": []})) as empty,
        serving(whole({"data": [{"b64_json": B64}]})) as good,
    ):
        assert size_of(generator(full.url, empty.url, good.url).generate_image("a cat")) == (1, 1)


def test_what_went_wrong_is_told_without_the_key() -> None:
    with (
        serving(refusing("secret-key is wrong", "401 Unauthorized")) as wrong,
        serving(whole({"data": [{}]})) as none,
        pytest.raises(ProviderError, match="without a picture in `data`") as failed,
    ):
        generator("http://127.0.0.1:9", wrong.url, none.url).generate_image("a cat")
    assert failed.value.kind == "protocol"
    assert "is wrong" in failed.value.text
    assert "could not connect" in failed.value.text
    assert "secret-key" not in failed.value.text


def test_what_may_not_be_painted_is_told_to_nobody_else() -> None:
    with (
        serving(refusing("no", "400 Bad Request", code="content_policy_violation")) as strict,
        serving() as other,
        pytest.raises(ProviderError) as failed,
    ):
        generator(strict.url, other.url).generate_image("a cat")
    assert failed.value.kind == "content_filter"
    assert other.asked == []


def test_a_key_that_cannot_be_had_is_a_failure_like_others() -> None:
    def key() -> str:
        raise OSError("no vault")

    with pytest.raises(ProviderError, match="the key function") as failed:
        DalleImageGenerator({"model": "dall-e-3", "api_key": key}).generate_image("a cat")
    assert failed.value.kind == "auth"


def test_settings_are_looked_at_when_they_are_given() -> None:
    with pytest.raises(
        ValueError, match="resolution is width and height, such as '1024x1024'; found 'large'"
    ):
        generator(resolution="large")
    with pytest.raises(ValueError, match="num_images is a number from 1; found 0"):
        generator(num_images=0)
    with pytest.raises(ValueError, match="in OpenAI's format, which AnthropicMessages does not speak"):
        DalleImageGenerator({"model": "m", "api_key": "k", "api_type": "anthropic"})


def test_keys_of_caches_tell_settings_apart() -> None:
    url = "http://127.0.0.1:9"
    plans: list[dict[str, object]] = [{}, {"resolution": "256x256"}, {"quality": "hd"}, {"num_images": 2}]
    keys = {generator(url, **plan).cache_key(words) for plan in plans for words in ("a", "b")}
    assert len(keys) == 8
    assert generator(url).cache_key("a") == generator(url).cache_key("a")


# --- agents -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_agent_answers_with_a_picture_that_it_is_asked_for(way: str, console: Typing) -> None:
    agent, user, painter = thinker("agent"), speaker("user"), Painter()
    ImageGeneration(painter, verbosity=2).add_to_agent(agent)
    reads = scripted_model("Yes.", "a cat on a mat", "No.")
    for name, words in (("painting", "Paint a cat, on a mat!"), ("greeting", "Hi!")):
        with using(models={"analyzer": reads, "agent": scripted_model("Hello.")}, name=name):
            if way == "sync":
                user.initiate_chat(agent, message=words, max_turns=1)
            else:
                asyncio.run(user.a_initiate_chat(agent, message=words, max_turns=1))
        if name == "painting":
            assert pictures_of(agent, user) == [SAID, URI]
    assert agent.chat_messages[user][-1]["content"] == "Hello."
    assert painter.prompts == ["a cat on a mat"]
    assert "Paint a cat, on a mat!" in reads.asked[0].transcript[-1].text
    for words in (
        "asked for: True",
        "to show: a cat on a mat",
        "is made of: a cat on a mat",
        "asked for: False",
    ):
        assert words in console.printed
    with replaying("painting"):
        user.initiate_chat(agent, message="Paint a cat, on a mat!", max_turns=1, silent=True)
    assert pictures_of(agent, user) == [SAID, URI]
    assert painter.prompts == ["a cat on a mat"]


def test_a_picture_is_made_once(tmp_path: Path) -> None:
    user, cache = speaker("user"), Cache.disk(cache_path_root=str(tmp_path))
    painters = (Painter(), Painter())
    for painter in painters:
        agent = speaker("agent")
        ImageGeneration(painter, cache, MODEL).add_to_agent(agent)
        with using(models=scripted_model("yes", "a cat on a mat")):
            user.initiate_chat(agent, message="Paint!", max_turns=1, silent=True)
        assert pictures_of(agent, user) == [SAID, URI]
    assert [painter.prompts for painter in painters] == [["a cat on a mat"], []]


def test_whoever_reads_messages_needs_a_model() -> None:
    agent = speaker("agent")
    ImageGeneration(Painter()).add_to_agent(agent)
    assert agent.generate_reply([{"role": "user", "content": ""}]) == "This is agent."
    assert "Has pictures made" in agent.description
    with pytest.raises(AssertionError, match="give text_analyzer_llm_config"):
        agent.generate_reply([{"role": "user", "content": "Paint!"}])


def test_texts_are_analyzed_without_tools() -> None:
    analyzer = TextAnalyzerAgent(llm_config={**MODEL, "tools": [], "functions": []})
    assert analyzer.llm_config == MODEL
    reads = scripted_model("seven")
    with using(models=reads):
        assert analyzer.analyze_text("a b c d e f g", "How many letters?") == "seven"
    assert reads.asked[0].transcript[-1].text == "The text:\na b c d e f g\n\nHow many letters?"
