"""Which agents a text names."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policies.selecting.groups import names
from typedagents.core.message import AgentName
from typedagents.policies.selecting.naming import answered, mentioned


@pytest.mark.parametrize(
    ("text", "known", "counts"),
    [
        ("Story_writer1", ["Story_writer1"], {"Story_writer1": 1}),
        ("Story writer1, then Story\\_writer1", ["Story_writer1"], {"Story_writer1": 2}),
        ("Story_Writer1 or story_writer1", ["Story_writer1"], {}),
        ("Story_writer12 MyStory_writer1", ["Story_writer1"], {}),
        ("**ann**: (ann), ann. 'ann'-ann", ["ann", "bob"], {"ann": 5}),
        ("anna, joann, ann_, ann1, \u00e9ann", ["ann"], {}),
        ("bob or ann", ["ann", "bob"], {"ann": 1, "bob": 1}),
        ("ann lee", ["ann", "ann lee"], {"ann": 1, "ann lee": 1}),
        ("a.c", ["a.c", "abc"], {"a.c": 1}),
        ("abc", ["a.c"], {}),
        ("", ["ann"], {}),
    ],
)
def test_a_name_counts_where_it_stands_by_itself(text: str, known: list[str], counts: dict[str, int]) -> None:
    assert mentioned(text, names(*known)) == counts


NAMES = st.text(st.sampled_from("ab_ .*"), min_size=1, max_size=6).filter(lambda name: name == name.strip())
AROUND = st.sampled_from(["", " ", "*", "(", "\n", ":", "\u2026"])
TEXTS = st.text(st.sampled_from("ab_ .*\\"), max_size=12)


@given(NAMES, AROUND, AROUND)
def test_every_name_is_found_in_all_its_forms(name: str, before: str, after: str) -> None:
    for form in filter(str.strip, (name, name.replace("_", " "), name.replace("_", r"\_"))):
        assert AgentName(name) in mentioned(f"{before}{form}{after}", names(name))


@given(NAMES, st.sampled_from("xy_9"))
def test_a_name_within_a_word_is_not_found(name: str, letter: str) -> None:
    # Only where the name ends in what words are made of: behind a star a letter begins a word of its own.
    word = name.isidentifier()

    assert not word or not mentioned(f"{letter}{name}", names(name))
    assert not word or not mentioned(f"{name}{letter}", names(name))


def stands_in(text: str, name: str) -> bool:
    """The same, said otherwise: at some place one of its forms, between what are no letters, digits, underscores."""

    def apart(place: int) -> bool:
        return not 0 <= place < len(text) or not (text[place].isalnum() or text[place] == "_")

    forms = (name, name.replace("_", " "), name.replace("_", r"\_"))
    return any(
        text.startswith(form, place) and apart(place - 1) and apart(place + len(form))
        for form in forms
        if form.strip()
        for place in range(len(text))
    )


@given(TEXTS, st.lists(NAMES, unique=True, max_size=4))
def test_what_is_found_does_not_depend_on_who_else_is_looked_for(text: str, known: list[str]) -> None:
    together = mentioned(text, names(*known))

    assert together == {
        name: count for one in names(*known) for name, count in mentioned(text, [one]).items()
    }
    assert set(together) == {name for name in names(*known) if stands_in(text, name)}


@given(st.lists(NAMES, unique=True, min_size=1, max_size=4), st.data())
@example(["a", "a b"], None)
def test_a_typed_answer_names_just_one_whatever_else_its_name_holds(
    known: list[str], data: st.DataObject | None
) -> None:
    chosen = known[-1] if data is None else data.draw(st.sampled_from(known))

    assert answered(json.dumps({"speaker": chosen}), names(*known)) == (chosen,)
    assert answered(json.dumps({"speaker": chosen}, indent=1), names(*known)) == (chosen,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"speaker": "bob"}', ("bob",)),
        ('{"speaker": "zoe"}', ()),
        ('{"speaker": "zoe", "instead": "ann"}', ("ann",)),
        ('{"speaker": 3}', ()),
        ('```json\n{"speaker": "bob"}\n```', ("bob",)),
        ('["ann"]', ("ann",)),
        ("ann, not bob", ("ann", "bob")),
        ("[" * 100_000, ()),
    ],
)
def test_an_answer_that_is_not_typed_is_read_as_text(text: str, found: tuple[str, ...]) -> None:
    assert answered(text, names("ann", "bob")) == found
