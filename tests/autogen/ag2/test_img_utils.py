"""Pictures that texts name, and pictures of all kinds as data."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.autogen.ag2.pictures_for_tests import B64, PNG, URI, gallery, png
from typedagents.autogen.agentchat.contrib.img_utils import (
    convert_base64_to_data_uri,
    extract_img_paths,
    get_image_data,
    get_pil_image,
    gpt4v_formatter,
    llava_formatter,
    message_formatter_pil_to_b64,
    num_tokens_from_gpt_image,
    pil_to_data_uri,
)
from typedagents.autogen.agentchat.contrib.multimodal_conversable_agent import MultimodalConversableAgent
from typedagents.autogen.exception_utils import NotInstalled

WORDS = st.text(st.characters(exclude_characters="<>", codec="utf-8"), max_size=8)


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words}


def shown(url: object) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": url}}


@given(st.lists(st.tuples(WORDS, st.sampled_from(["a.png", "http://x.y/b.jpg", URI]))), WORDS)
def test_a_text_is_its_words_and_its_pictures(parts: list[tuple[str, str]], rest: str) -> None:
    prompt = "".join(f"{words}<img {source}>" for words, source in parts) + rest
    items = [item for words, source in parts for item in (text(words), shown(source))]
    assert gpt4v_formatter(prompt, "url") == [*items, text(rest)]
    inline = prompt.replace("a.png", URI).replace("http://x.y/b.jpg", URI)
    assert llava_formatter(inline) == (
        "".join(f"{words}<image>" for words, _ in parts) + rest,
        [B64] * len(parts),
    )


def test_pictures_are_read_where_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    with gallery() as address:
        for source in (f"{address}/a.png", str(file), URI, B64):
            assert get_image_data(source, use_b64=False) == PNG
            assert gpt4v_formatter(f"one <img {source}> two") == [text("one "), shown(URI), text(" two")]
            assert llava_formatter(f"<img {source}>", order_image_tokens=True) == ("<image 0>", [B64])
        lost = f"<img {address}/none.png> <img nowhere.png> <img data:image/png;base64,x>"
        assert gpt4v_formatter(lost) == [text(lost)]
        assert llava_formatter(lost) == (lost, [])
    with pytest.raises(ValueError, match="img_format is one of uri, url, pil; found 'jpg'"):
        gpt4v_formatter("x", "jpg")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point


def test_a_message_can_name_any_file_and_pictures_alone_are_read(tmp_path: Path) -> None:
    secret = tmp_path / "a.png"
    secret.write_text("sk-very-secret")
    for place in (str(secret), "/dev/zero", "/etc/passwd", str(tmp_path)):
        tag = f"<img {place}>"
        assert gpt4v_formatter(tag) == [text(tag)]
        assert llava_formatter(tag) == (tag, [])
        assert MultimodalConversableAgent._message_to_dict(tag) == {"content": [text(tag)]}
    with pytest.raises(ValueError, match=r"a\.png' is no picture, by its first bytes"):
        get_image_data(str(secret))
    for start in (b"RIFF\0\0\0\0WEBP", b"\0\0\0\x1cftypavif", b"II*\0", b"BM"):
        secret.write_bytes(start + PNG * 5)
        assert get_image_data(str(secret), use_b64=False) == start + PNG * 5


def test_kinds_are_told_by_first_bytes() -> None:
    gif = base64.b64encode(b"GIF89a").decode()
    assert convert_base64_to_data_uri(gif) == f"data:image/gif;base64,{gif}"
    assert convert_base64_to_data_uri("AAAA") == "data:image/jpeg;base64,AAAA"


def test_pictures_are_found_by_name() -> None:
    assert extract_img_paths("See a.png, http://x.y/b.JPG and c.txt") == ["a.png", "http://x.y/b.JPG"]


def test_pictures_that_pillow_opens(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    picture = get_pil_image(URI)
    assert picture.size == (1, 1)
    assert get_pil_image(picture) is picture
    assert get_pil_image(pil_to_data_uri(picture)).size == (1, 1)
    (words, item, rest) = gpt4v_formatter(f"See <img {URI}>!", "pil")
    assert (words, rest) == (text("See "), text("!"))
    messages: list[dict[str, object]] = [
        {"content": "x"},
        {"content": [words, item, shown("http://x.y/b.jpg"), "no item"]},
    ]
    (plain, told) = message_formatter_pil_to_b64(messages)
    assert plain == {"content": "x"}
    content = told["content"]
    assert isinstance(content, list)
    assert content[0::2] == [words, shown("http://x.y/b.jpg")]
    assert str(content[1]).startswith("{'type': 'image_url', 'image_url': {'url': 'data:image/png;base64,")
    no_picture = tmp_path / "a.png"
    no_picture.write_bytes(b"words")
    assert gpt4v_formatter(f"<img {no_picture}>", "pil") == [text(f"<img {no_picture}>")]


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((1, 1), 255), ((512, 512), 255), ((513, 512), 425), ((1024, 1024), 765), ((2048, 4096), 1105)],
)
def test_tokens_are_counted_as_openai_does(size: tuple[int, int], tokens: int) -> None:
    pytest.importorskip("PIL.Image")
    picture = base64.b64encode(png(*size)).decode()
    assert num_tokens_from_gpt_image(picture) == tokens
    assert num_tokens_from_gpt_image(picture, low_quality=True) == 85
    assert num_tokens_from_gpt_image(picture, model="gpt-4o-mini") == 2833 + (tokens - 85) // 170 * 5667


def test_without_pillow_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(NotInstalled, match=r"pip install 'typedagents\[images\]'"):
        get_pil_image(URI)
    with pytest.raises(NotInstalled):
        gpt4v_formatter(f"<img {URI}>", "pil")
    assert gpt4v_formatter(f"<img {URI}>")[1] == shown(URI)
