"""Files of recordings: read as they are, added to line by line whatever crashes, and without secrets."""

from __future__ import annotations

import itertools
import multiprocessing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.recorded import CORPUS, MISSING
from typedagents.core.errors import ConfigError, TraceError
from typedagents.providers.recording import play, read_exchanges, record
from typedagents.providers.recording.endpoints import endpoint_of, model_of, provider_of
from typedagents.providers.recording.exchange import written
from typedagents.providers.recording.recorder import appended
from typedagents.providers.recording.scrubbing import hidden_body, path_of, scrubber

LINE = b'{"id":"p.e.1","endpoint":"e","response":{"status":200,"body":"x"}}\n'


def test_a_torn_line_is_cut_off_before_the_next_is_written(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(LINE * 2 + b'{"id":"x","end' + b"y" * 100_000)
    assert len(read_exchanges(file)) == 2

    appended(file, LINE)

    assert len(read_exchanges(file)) == 3


def test_a_file_of_nothing_but_a_torn_line_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    appended(file, b'{"id"')
    appended(file, b"{}\n")
    assert file.stat().st_mode & 0o077 == 0

    assert file.read_bytes() == b"{}\n"


def append_many(file: Path, name: str) -> None:
    for number in range(50):
        appended(file, f"{name} {number} {'x' * 5000}\n".encode())


def test_processes_that_write_one_file_wait_for_each_other(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=append_many, args=(file, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    lines = file.read_text().splitlines()
    assert sorted(line[:4].strip() for line in lines) == sorted(
        f"{n} {i}"[:4].strip() for n in "ab" for i in range(50)
    )
    assert all(line.endswith("x" * 5000) for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON\n",
        b"{}\n",
        b'{"id":"x","endpoint":"y","response":{"status":200,"encoding":"base64","body":"?"}}\n',
    ],
)
def test_a_damaged_line_is_named(line: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(line + LINE)

    with pytest.raises(TraceError, match="line 1"):
        play(file)


def test_chunks_that_do_not_fit_the_body_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"id":"x","endpoint":"y","response":{"status":200,"body":"abc","chunks":[1]}}\n')

    with pytest.raises(TraceError, match="chunks of 1 bytes in a body of 3"):
        read_exchanges(file)


def test_a_missing_file_or_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make it with transport=record"):
        play(tmp_path / "none.jsonl")
    for wrong in (tmp_path, tmp_path / "none" / "a.jsonl"):
        with pytest.raises(ConfigError, match="in a folder that exists"):
            record(wrong)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "none" / "b.jsonl")

    with pytest.raises(ConfigError, match="name another file"):
        appended(file, b"{}\n")


# --- names and secrets ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_paths_of_the_corpus_have_their_endpoint_and_model() -> None:
    different = [
        (exchange.request.path, exchange.endpoint)
        for file in sorted(CORPUS.glob("*.jsonl"))
        for exchange in read_exchanges(file)
        if endpoint_of(exchange.request.path, exchange.provider) != exchange.endpoint
        or path_of(f"https://x{exchange.request.path}") != exchange.request.path
    ]

    assert different == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_lines_of_the_corpus_are_read_and_written_as_they_are() -> None:
    for file in sorted(CORPUS.glob("*.jsonl")):
        for exchange, line in zip(read_exchanges(file), file.read_bytes().splitlines(), strict=True):
            assert msgspec.json.decode(written(exchange)) == msgspec.json.decode(line), exchange.id


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.openai.com", "openai"),
        ("mine.openai.azure.com", "azure-openai"),
        ("us-central1-aiplatform.googleapis.com", "google-vertex"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock"),
        ("models.example", "unknown"),
        ("localhost", "local"),
    ],
)
def test_services_are_known_by_their_host(host: str, name: str) -> None:
    assert provider_of(host) == name


def test_a_model_may_stand_in_the_path() -> None:
    assert model_of("/v1beta/models/gem-1:generateContent", None) == "gem-1"
    assert model_of("/model/a.b-v1%3A0/converse", {}) == "a.b-v1:0"
    assert model_of("/v1/chat/completions", {"model": "m"}) == "m"


def test_accounts_and_unknown_parameters_are_not_written() -> None:
    assert (
        path_of(
            "https://me:pw@x.example/client/v4/accounts/canary/ai/v1/chat/completions?key=canary&api-version=1"
        )
        == "/client/v4/accounts/ACCOUNT/ai/v1/chat/completions?key=[secret]&api-version=1"
    )


KEYS = (
    "sk-abcdefghijklmnop0123",
    "AIza" + "x" * 35,
    "AKIA" + "Z" * 16,
    "ghp_" + "a" * 36,
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2ln",
    "hf_" + "b" * 34,
)


@given(
    st.lists(st.one_of(st.sampled_from(["Secret/key+1", *KEYS]), st.text("ab \n", max_size=6)), max_size=6),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_what_is_hidden_is_gone_however_the_answer_was_cut(words: list[str], places: list[int]) -> None:
    body = " ".join(words).encode()
    at = sorted({0, len(body), *(min(place, len(body)) for place in places)})
    pieces = [body[a:b] for a, b in itertools.pairwise(at)]
    scrubbed, sizes = hidden_body(scrubber(["Secret/key+1"]), pieces)

    assert not [key for key in ("Secret/key+1", *KEYS) if key.encode() in scrubbed]
    assert sum(sizes) == len(scrubbed)
    assert all(size >= 0 for size in sizes)
    assert len(sizes) == len(pieces)


def test_signatures_are_no_keys() -> None:
    signature = b"AbC+/sk-" + b"x" * 40
    assert hidden_body(scrubber([]), [signature])[0] == signature


def test_one_services_name_for_chat_completions_is_anothers_own() -> None:
    assert endpoint_of("/v1/chat", "writer") == "chat.completions"
    assert endpoint_of("/v1/chat", "cohere") == "v1.chat"
