"""Of all rules, over logs of anything: they form a Boolean algebra, cannot raise, and remember nothing."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from typedagents.core.context import Variable, is_set
from typedagents.core.log import Entry, Log, Opened
from typedagents.core.rule import AlwaysHolds, NeverHolds, Rule
from typedagents.policies.rules.events import (
    handed_over,
    human_spoke,
    plain_words,
    timed_out,
    tool_called,
    tool_returned,
)
from typedagents.policies.rules.said import (
    decision_count,
    ends_with,
    mentions,
    message_count,
    says_exactly,
    spoke,
)
from typedagents.policies.rules.spending import cost_reached, tokens_used
from typedagents.testing.strategies import entries

SIMPLE: list[Rule] = [
    mentions("a"),
    mentions("0", by="a"),
    says_exactly("0"),
    ends_with("0"),
    message_count(1),
    message_count(3),
    decision_count(2),
    spoke("a"),
    handed_over(),
    handed_over("a"),
    human_spoke(),
    plain_words(),
    timed_out(0.5),
    tool_called("0"),
    tool_called("0", by="a"),
    tool_returned("0"),
    is_set(Variable("0", int)),
    tokens_used(10),
    tokens_used(10, of="output", unknown="ignored"),
    cost_reached(1),
    cost_reached(1, unknown="ignored", by="a"),
]


def rules() -> SearchStrategy[Rule]:
    return st.recursive(
        st.sampled_from(SIMPLE),
        lambda inner: st.one_of(
            st.builds(lambda a, b: a & b, inner, inner),
            st.builds(lambda a, b: a | b, inner, inner),
            inner.map(lambda a: ~a),
        ),
        max_leaves=5,
    )


logs = st.lists(entries(), max_size=8).map(Log)


@given(rules(), rules(), rules(), logs)
def test_rules_obey_boolean_algebra(a: Rule, b: Rule, c: Rule, log: Log) -> None:
    def same(one: Rule, other: Rule) -> None:
        assert one(log) is other(log)

    same(a & b, b & a)
    same(a | b, b | a)
    same((a & b) & c, a & (b & c))
    same((a | b) | c, a | (b | c))
    same(a & (b | c), (a & b) | (a & c))
    same(a | (b & c), (a | b) & (a | c))
    same(a & (a | b), a)
    same(a | (a & b), a)
    same(~(a & b), ~a | ~b)
    same(~(a | b), ~a & ~b)
    same(~~a, a)
    same(a & ~a, NeverHolds())
    same(a | ~a, AlwaysHolds())
    same(a & AlwaysHolds(), a)
    same(a | NeverHolds(), a)


@given(rules(), st.lists(entries(), max_size=8))
def test_a_rule_says_the_same_of_a_log_that_grew_and_of_one_that_was_read(
    rule: Rule, given_entries: list[Entry]
) -> None:
    grown = Log()
    for entry in given_entries:
        grown = grown.append(entry)
        assert rule(grown.fork().append(Opened("elsewhere"))) in (True, False)
        assert rule(grown) is rule(grown.detached()) is rule(grown)
    assert rule(grown) is rule(Log(given_entries))
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert str(rule)


@given(st.sampled_from(SIMPLE), st.lists(entries(), max_size=8))
def test_only_what_happened_since_the_opening_counts(rule: Rule, earlier: list[Entry]) -> None:
    about_the_context = str(rule) in ("0 is 0", ' is "x"')
    opened = [*earlier, Opened("next")]

    assert about_the_context or rule(Log(opened)) is rule(Log([Opened("next")]))
