"""Classic dicts come back as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen.layer.messages import Plain, classic, message_of, normalized
from typedagents.core.message import agent_name

A = agent_name("a")
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NAMES = st.text("abcxyz_", min_size=1, max_size=6)
FUNCTION = st.fixed_dictionaries({"name": NAMES, "arguments": WORDS})
CALL = st.fixed_dictionaries({"id": NAMES, "type": st.just("function"), "function": FUNCTION})
ITEM = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": WORDS}),
    st.fixed_dictionaries(
        {
            "type": st.just("image_url"),
            "image_url": st.fixed_dictionaries(
                {"url": st.sampled_from(["http://h/p.png", "data:image/png;base64,AAAA", "data:,x"])},
                optional={"detail": st.sampled_from(["low", "high"])},
            ),
        }
    ),
)
RESPONSE = st.fixed_dictionaries({"tool_call_id": NAMES, "role": st.just("tool"), "content": WORDS})
CONTENT = st.one_of(WORDS, st.lists(ITEM, min_size=1, max_size=3))
MESSAGE = st.fixed_dictionaries(
    {"content": CONTENT},
    optional={
        "name": NAMES,
        "function_call": FUNCTION,
        "tool_calls": st.lists(CALL, max_size=2),
        "tool_responses": st.lists(RESPONSE, max_size=2),
        "tool_call_id": NAMES,
        "context": st.dictionaries(NAMES, st.integers(), max_size=2),
        "role": st.sampled_from(["function", "tool", "user", "assistant"]),
        "override_role": st.just("system"),
    },
)


@given(MESSAGE)
def test_a_dict_comes_back(message: Plain) -> None:
    kept = normalized(message)
    back = classic(message_of(message, A), "a")
    calls = bool(kept.get("function_call") or kept.get("tool_calls"))
    if not calls and "name" not in kept:
        assert back.pop("name") == "a"
    role = back.pop("role")
    if calls:
        assert role == "assistant"
        kept.pop("role", None)
    else:
        assert role == kept.pop("role", "assistant")
    assert back == kept


@given(MESSAGE)
def test_a_dict_that_came_back_stays(message: Plain) -> None:
    once = classic(message_of(message, A), "a")
    assert classic(message_of({**once, "override_role": once["role"]}, A), "a") == once


@given(MESSAGE)
def test_both_sides_differ_by_role_alone(message: Plain) -> None:
    said = message_of(message, A)
    mine, theirs = classic(said, "a"), classic(said, "b")
    del mine["role"], theirs["role"]
    assert mine == theirs
