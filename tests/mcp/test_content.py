"""What goes over the wire and back: content, names, hints."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)

from typedagents.core.errors import ConfigError, ToolError
from typedagents.core.parts import Audio, File, Image, Inline, Link, Media, ResultContent, Text, ToolResult
from typedagents.interpreter.secrets import HIDDEN, Secret
from typedagents.mcp.content import content_of, contents_part
from typedagents.mcp.endpoints import Http
from typedagents.mcp.hidden import Hidden, scrubbed
from typedagents.mcp.showing import shown
from typedagents.mcp.tool import names_for_models, repetition_of
from typedagents.tools.functions.options import tool_name

DATA = b64encode(b"data").decode()


def media(*kinds: str) -> st.SearchStrategy[Media]:
    inline = st.builds(Inline, st.binary(max_size=40), st.sampled_from(kinds))
    return inline | st.builds(Link, st.just("https://example.org/a%20b"), st.sampled_from(kinds))


def _link(part: ResultContent) -> ResultContent:
    """The same, where MCP has links to resources of no kind."""
    match part:
        case Image(Link() as link) | Audio(Link() as link):
            return File(link, link.url)
        case File(Link() as link, ""):
            return File(link, link.url)
        case File(Inline() as inline, name):
            return File(inline, f"file:///{name or 'file'}")
        case _:
            return part


CONTENT: st.SearchStrategy[ResultContent] = (
    st.builds(Text, st.text())
    | st.builds(Image, media("image/png", "image/jpeg"))
    | st.builds(Audio, media("audio/wav"))
    | st.builds(File, media("application/pdf", "text/plain"), st.sampled_from(["", "a.pdf"]))
)


@given(st.lists(CONTENT), st.booleans())
def test_what_is_sent_comes_back(content: list[ResultContent], failed: bool) -> None:  # noqa: FBT001  # Hypothesis draws it by position
    wire = shown(ToolResult("c", "t", tuple(content), failed)).model_dump_json(by_alias=True)
    back = CallToolResult.model_validate_json(wire)

    assert content_of(back) == tuple(map(_link, content))
    assert back.is_error == failed


def test_each_kind_of_content_has_its_part() -> None:
    result = CallToolResult(
        content=[
            TextContent(text="words"),
            ImageContent(data=DATA, mime_type="image/png"),
            AudioContent(data=DATA, mime_type="audio/wav"),
            EmbeddedResource(resource=TextResourceContents(uri="a://b", text="more words")),
            EmbeddedResource(resource=BlobResourceContents(uri="a://c", blob=DATA)),
            ResourceLink(uri="a://d", name="d"),
        ],
        structured_content={"never": "shown"},
    )

    assert content_of(result) == (
        Text("words"),
        Image(Inline(b"data", "image/png")),
        Audio(Inline(b"data", "audio/wav")),
        Text("more words"),
        File(Inline(b"data", "application/octet-stream"), "a://c"),
        File(Link("a://d"), "d"),
    )


@pytest.mark.parametrize(
    ("mime", "kind"), [("image/png", Image), ("audio/mpeg", Audio), ("application/pdf", File), (None, File)]
)
def test_the_kind_of_a_resource_says_what_it_is(mime: str | None, kind: type) -> None:
    assert type(contents_part(BlobResourceContents(uri="a://b", blob=DATA, mime_type=mime))) is kind


@pytest.mark.parametrize("structured", [{"a": [1, None]}, [1], 5, False])
def test_structured_content_is_json_where_no_text_says_it(structured: object) -> None:
    image = ImageContent(data=DATA, mime_type="image/png")
    content = content_of(CallToolResult(content=[image], structured_content=structured))

    assert isinstance(content[1], Text)
    assert json.loads(content[1].text) == structured


def test_data_that_are_no_base64_are_refused() -> None:
    with pytest.raises(ToolError, match="sent an image whose data are no base64"):
        content_of(CallToolResult(content=[ImageContent(data="a!", mime_type="image/png")]))


# --- names and hints --------------------------------------------------------------------------------------------

NAMES = st.lists(st.text("ab_-./ ß", max_size=6) | st.text("xy.", min_size=60, max_size=70), unique=True)


@given(NAMES)
def test_names_become_what_every_provider_takes_and_stay_apart(names: list[str]) -> None:
    told = names_for_models(names)

    assert [tool_name(name) for name in told] == told
    assert len(set(told)) == len(names)


@given(st.lists(st.text("ab_-1", min_size=1, max_size=64)))
def test_names_that_are_taken_stay_as_they_are(names: list[str]) -> None:
    assert names_for_models(names) == names


def test_names_that_would_be_alike_get_a_number() -> None:
    assert names_for_models(["a.b", "a_b", "a/b", "a b"]) == ["a_b_2", "a_b", "a_b_3", "a_b_4"]


def test_hints_of_a_trusted_server_say_what_may_be_repeated() -> None:
    read = ToolAnnotations(read_only_hint=True)
    put = ToolAnnotations(idempotent_hint=True, destructive_hint=True)
    post = ToolAnnotations(read_only_hint=False, destructive_hint=False)

    assert [repetition_of(said, trusted=True) for said in (read, put, post, None)] == [
        "pure",
        "idempotent",
        "at_most_once",
        "at_most_once",
    ]
    assert {repetition_of(said, trusted=False) for said in (read, put, post, None)} == {"at_most_once"}


# --- secrets ----------------------------------------------------------------------------------------------------

VALUES = st.text("abcdefgh", min_size=8, max_size=12)


@given(VALUES, VALUES, st.text("abcdefgh "))
def test_no_value_is_left_in_a_text(secret: str, plain: str, around: str) -> None:
    hidden = Hidden.of({"A": Secret(secret), "B": f"Bearer {plain}"})
    text = scrubbed(f"{around}{secret} {plain}{around}", hidden.secrets(), hidden.plain())

    assert secret not in text.replace(HIDDEN, "\n")
    assert plain not in text.replace(HIDDEN, "\n")
    assert secret not in repr(hidden)
    assert plain not in repr(hidden)


def test_short_plain_values_stay_in_texts() -> None:
    hidden = Hidden.of({"DEBUG": "1", "MODE": "on"})
    assert scrubbed("1 on 1", hidden.secrets(), hidden.plain()) == "1 on 1"


def test_an_address_is_shown_without_its_query() -> None:
    endpoint = Http("https://example.org/mcp?api_key=abcdefgh")

    assert endpoint.label == "https://example.org/mcp"
    assert "abcdefgh" not in repr(endpoint)
    assert endpoint.story().told("asked https://example.org/mcp?api_key=abcdefgh") == (
        f"asked https://example.org/mcp?{HIDDEN}"
    )


@pytest.mark.parametrize(
    "url", ["example.org/mcp", "ftp://example.org", "http://", "http://a:99999/", "http://a:0"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="address"):
        Http(url)


def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError) as caught:
        Http("https://me:abcdefgh@example.org/mcp")
    assert "abcdefgh" not in str(caught.value)
