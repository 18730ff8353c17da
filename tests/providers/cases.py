"""The cases that any provider layer should hold, by number, and the tests that hold them.

Those that name a number in their docstring are in ``test_cases``; ``test_case_ledger`` makes sure that none is missing.
Each holds sync and async: the codecs are pure, and ``SAME`` holds that a provider says what its codec says in each way it
can be asked; the tests of what is no codec's take ``way``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CORPUS: Final = "test_conformance.py::test_the_corpus_holds"
ALWAYS: Final = "test_conformance.py::test_what_is_always_here_holds"

SAME: Final = (
    "test_ways.py::test_what_is_always_here_comes_to_the_same",
    "test_ways.py::test_the_corpus_comes_to_the_same",
    "test_ways.py::test_what_is_sent_is_what_the_codec_writes",
)
OF_CODECS: Final = range(1, 37)

CASES: Final[Mapping[int, str]] = {
    1: "each whole chat-completions answer decodes",
    2: "each whole answer of other formats decodes",
    3: "each stream comes to the same, however it is cut",
    4: "what was shown comes to what the reply says",
    5: "each recorded error has a kind and words",
    6: "the 50 hand-made faults",
    7: "a recorded request is read and sent again",
    8: "an answer goes back as the next recorded request sent it",
    9: "separators of lines that are none in a stream of events",
    10: "the rules of such streams",
    11: "two parallel calls in a stream",
    12: "interleaved fragments",
    13: "a call without index and type",
    14: "a repeated fragment",
    15: "null and empty arguments",
    16: "a forced call that ends with stop",
    17: "a blank id of a call",
    18: "an error event in the middle of a stream",
    19: "several ends, and an error behind them",
    20: "a first event without choices",
    21: "an empty reason to end",
    22: "a stream without a mark at its end",
    23: "streams that are cut",
    24: "content in lists",
    25: "content that is an object",
    26: "refusals",
    27: "arguments that were cut",
    28: "a thought and a call in a stream",
    29: "thoughts go back before their call",
    30: "a model that begins, roles that repeat",
    31: "signatures on the parts they came on",
    32: "an empty text with a signature",
    33: "a stream that is an array",
    34: "blocked and empty answers",
    35: "tokens add up",
    36: "frames, and a byte that was changed",
    37: "how long a retry waits",
    38: "a deadline over all attempts",
    39: "another service after quota",
    40: "what was recorded plays, without network and secrets",
}

ELSEWHERE: Final[Mapping[int, tuple[str, ...]]] = {
    1: (CORPUS, ALWAYS),
    2: (CORPUS,),
    3: (CORPUS, "test_conformance.py::test_where_a_stream_is_cut_changes_nothing"),
    4: (CORPUS,),
    5: (CORPUS,),
    6: (ALWAYS,),
    7: ("test_rereading.py::test_what_was_recorded_is_sent_again",),
    8: (CORPUS,),
    9: ("test_recorded_answers.py::test_unicode_line_separators_do_not_end_a_line",),
    10: ("test_sse.py::test_lines_become_events", "test_sse.py::test_cuts_change_nothing"),
    12: ("test_recorded_answers.py::test_interleaved_fragments_go_to_their_calls",),
    14: ("test_recorded_answers.py::test_repeated_and_null_fragments_are_one_call_without_arguments",),
    23: (
        "test_recorded_answers.py::test_a_cut_stream_says_what_came_before",
        "test_anthropic_answers.py::test_a_stream_that_breaks_off_says_what_came_before",
    ),
    30: (
        "test_anthropic.py::test_roles_alternate_and_a_user_begins_and_ends",
        "test_anthropic.py::test_results_follow_their_calls_before_any_words",
    ),
    35: (CORPUS,),
    36: (
        "test_bedrock_answers.py::test_a_byte_that_was_changed_is_seen",
        "test_bedrock_answers.py::test_a_recorded_stream_with_the_service_s_own_tool_and_each_of_its_bytes",
    ),
    37: (
        "wrappers/test_retry.py::test_what_the_service_says_decides_on_the_wait",
        "wrappers/test_retry.py::test_a_wait_that_is_too_long_is_told",
        "wrappers/test_retry.py::test_a_date_is_told_in_seconds",
    ),
    38: ("wrappers/test_retry.py::test_the_second_wait_is_not_started_when_it_would_end_after_the_deadline",),
    39: (
        "wrappers/test_fallback.py::test_after_quota_the_next_service_is_asked_once_without_the_firsts_state",
    ),
    40: (
        "test_recording.py::test_what_was_recorded_plays_as_it_came",
        "test_recording.py::test_one_other_word_is_an_error_that_shows_it",
    ),
}
