"""What AutoGen 0.2, AG2 0.9 and AutoGen 0.7 were seen to do, by number, and where a test of ours holds it.

The numbers are those of a study of these systems, and have gaps. A *case* is an input and what comes of it; a *defect* is
what they do wrong, or what their users complain of: ours is the sane way, and the test says so; a *row* is the exact
meaning of a capability. Each number is held by a test of this folder that names it, or by tests elsewhere (``*_ELSEWHERE``),
or left, for a reason (``*_LEFT``). ``test_ledger`` makes sure of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from attrs import frozen

Words: TypeAlias = Mapping[int, str]
Places: TypeAlias = Mapping[int, tuple[str, ...]]


@frozen
class Ledger:
    """What there is of one kind, in words; where it is held elsewhere, and why it is left."""

    kind: str
    all: Words
    elsewhere: Places
    left: Words


CASES: Final = Ledger(
    "case",
    {
        1: "limits on automatic replies, and how many messages they allow",
        2: "max_turns, and what it leaves to sum up",
        3: "the word TERMINATE: as a reply, as an opening, behind other words; no reply at all",
        7: "a limit begins anew with each chat, and may be one for each partner",
        9: "a human who answers in every turn",
        10: "triggers: by name, by function, by list; what is none; async replies in sync chats",
        12: "a call of add_num(5) that adds 10",
        13: "texts carried over, to words and to parts",
        17: "a nested chat is one answer outside, also in a group",
        19: "round robin for 1, 2, 3, 5 messages",
        21: "a graph that ends; a group that a word ends",
        24: "names found in a text",
        26: "functions that choose the speaker",
        27: "after a call the agent that runs it speaks; without one it is an error",
        29: "introductions",
        32: "checks of graphs; groups in groups",
        33: "a swarm by default, after work, by a model's call",
        34: "a swarm by a condition",
        39: "the schema of a signature",
        40: "the schema of a pydantic model",
        41: "parameters without a type",
        43: "calls: of an unknown tool, with bad arguments, of a bound method",
        47: "results as JSON",
        48: "tools made of partials; strict tools with defaults",
        49: "configurations chosen by tags",
        52: "a cached call",
        53: "calls that arrive in fragments",
        54: "costs gathered over agents",
        55: "code blocks in a text, and their languages",
        59: "commands on a deny list",
        60: "pip told to be quiet",
        61: "what is said of code that was run, and how far back it is looked for",
        62: "whether to use docker, from the environment",
        64: "names in front of messages",
    },
    {
        40: (
            "tests/tools/test_function.py::test_the_currency_calculator_of_models_is_told_as_it_should_be",
            "tests/tools/test_schema.py::test_schema_of_a_pydantic_parameter_is_the_promised_one",
        ),
        53: (
            "tests/providers/test_streams_equal_wholes.py::test_fragments_come_to_the_whole",
            "tests/providers/test_odd_answers.py::test_fragments_find_their_call",
        ),
        55: (
            "tests/policies/test_fences.py::test_the_language_is_the_first_word_of_the_info_string",
            "tests/policies/test_languages.py::test_code_without_a_label_is_known_by_its_first_line",
        ),
        61: (
            "tests/policies/test_code.py::test_the_result_is_said_with_its_exit_code",
            "tests/policies/test_code.py::test_code_may_be_so_many_messages_old",
            "tests/policies/test_code.py::test_a_window_without_messages_is_refused",
        ),
    },
    {
        49: "configuration of AutoGen's clients",
        52: "caches of model calls",
        59: "ours isolates, lists nothing",
        60: "ours runs code unchanged",
        62: "configuration by environment variables",
    },
)

DEFECTS: Final = Ledger(
    "defect",
    {
        1: "agents with nothing to say go on for 201 messages",
        2: "TERMINATE behind other words ends nothing",
        3: "max_turns ignores the limit of the recipient",
        4: "a limit begins anew when it is reached",
        5: "the history of a result is that of the next chat",
        6: "lists and maps are shared, and change under everybody",
        7: "a sequence held twice carries over twice",
        8: "arguments of the first summary stick",
        9: "hooks do not run in async chats",
        10: "sync and async chats differ",
        11: "functions as content crash the check for the end",
        12: "results are torn from their calls",
        13: "a chat with tools in it cannot be resumed",
        14: "speakers are chosen by free text",
        15: "an empty list of transitions means everyone",
        16: "a circle of prerequisites comes to nothing",
        25: "old code is run again",
        26: "docker is wanted when an agent is made",
        27: "human input blocks the loop",
        32: "an agent at its limit ends the whole group",
        34: "conditions have a state, raise, and must be reset",
        35: "several handoffs in one reply are not defined",
    },
    {},
    {},
)

ROWS: Final = Ledger(
    "row",
    {
        33: "never ask",
        34: "ask at the end: within the limit",
        35: "ask at the end: at the limit",
        36: "ask at the end: a last message",
        37: "always ask",
        38: "a limit of 0 with a prompt",
        39: "the word exit",
        40: "a stop",
        41: "prompts and inputs",
        42: "a chat without max_turns",
        43: "max_turns",
        44: "how a chat is opened",
        45: "carryover",
        46: "summaries",
        47: "results of chats",
        48: "sequences",
        49: "graphs of chats",
        50: "nested chats",
        51: "clearing history",
        52: "runs that are followed",
        53: "the loop of a group",
        54: "selectors",
        55: "the next in order",
        56: "a human chooses",
        57: "a model chooses",
        58: "names in a text",
        59: "transitions",
        60: "checks of transitions",
        61: "agents that run what is called",
        62: "groups of one and of two",
        63: "introductions",
        64: "an admin who interrupts",
        65: "clearing history by a message",
        66: "going on from messages",
        67: "groups in groups; what a selector is shown",
        68: "limits of agents in a group",
        69: "patterns of swarms",
        70: "who comes next in a swarm",
        71: "handoffs",
        72: "targets",
        73: "tools that hand over",
        74: "context variables",
        75: "guardrails",
        76: "teams in order and by a model",
        77: "teams by the last handoff",
        78: "teams along a graph",
        79: "a team with a ledger of tasks",
        80: "the life of a team",
        81: "what ends a team",
        82: "networks",
        120: "transforms",
    },
    {
        52: (
            "tests/interpreter/test_watching.py::test_a_run_can_be_followed",
            "tests/interpreter/test_watching.py::test_watchers_see_everything_in_order",
        ),
        78: (
            "tests/policies/flows/test_flows.py::test_it_follows_the_edges_and_joins_wait_for_all",
            "tests/policies/flows/test_flows.py::test_where_one_is_enough_a_node_speaks_each_time_that_one_arrives",
            "tests/policies/flows/test_flows.py::test_a_condition_is_a_text_a_function_or_a_rule",
            "tests/policies/flows/test_flow_checks.py::test_what_cannot_be_is_refused_by_name",
        ),
    },
    {
        51: "a history is a value: nothing to clear",
        64: "AutoGen's own way to interrupt",
        65: "no commands within messages",
        79: "not among our patterns yet",
        82: "a system of its own",
    },
)

LEDGERS: Final = (CASES, DEFECTS, ROWS)
