"""What works on this machine, and how to get the rest."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from attrs import frozen

from typedagents import ConfigError, TraceFiles, __version__
from typedagents.executors import (
    probe_bubblewrap,
    probe_engine,
    probe_jupyter,
    probe_kubernetes,
    probe_monty,
    probe_wasi,
)
from typedagents.providers import Configuration, provider_of
from typedagents.providers.configuration.places import KEYS, Absent, look_around
from typedagents.providers.local import QWEN_CODER, find_weights

from .closing import BETWEEN, counted
from .page import Page, Span

# By the names of pyproject.toml, with the modules that each brings. `bwrap` brings a program: see `executors`.
EXTRAS = {
    "cli": (("cyclopts", "rich"), "this command line"),
    "httpx2": (("httpx2",), "HTTP at less cost"),
    "prices": (("genai_prices",), "prices of many models"),
    "tokens": (("bpe_openai",), "exact token counts for OpenAI's models"),
    "local": (("xllamacpp",), "a server for the embedded model"),
    "jupyter": (("ipykernel",), "code blocks that share variables"),
    "dbos": (("dbos",), "conversations on DBOS"),
    "temporal": (("temporalio", "cryptography"), "conversations on Temporal"),
    "k8s": (("httpx_ws", "yaml"), "programs in pods of a cluster"),
    "monty": (("pydantic_monty",), "a part of Python that starts at once"),
    "wasi": (("wasmtime",), "Python and JavaScript in WebAssembly"),
    "mcp": (("mcp",), "tools of MCP servers, and ours as one"),
    "redis": (("redis",), "a cache of answers for several machines"),
    "schema": (("jsonschema_rs",), "proof of arguments by a schema of one's own"),
    "websockets": (("websockets",), "a console of the familiar API over a web socket"),
    "images": (("PIL",), "pictures in the familiar API"),
    "testing": (("hypothesis", "pytest"), "properties of one's own agents"),
}
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "TYPEDAGENTS_MODEL")
"""Those that are told of where they are not set, too; of keys of other services, only those that are."""
NAME_COLUMNS = 18


@frozen
class Finding:
    """Something that was looked at. ``remedy`` is how to get it, where it is missing."""

    name: str
    there: bool
    text: str
    remedy: str = ""


def executors() -> Iterator[Finding]:
    """Where code can run."""
    engines = (probe_engine("docker"), probe_engine("podman"))
    others = (probe_jupyter(), probe_kubernetes(), probe_wasi(), probe_monty())
    for probe in (probe_bubblewrap(), *engines, *others):
        text, _, remedy = probe.text.partition("; ")
        yield Finding(probe.name, probe.works, text, "" if probe.works else remedy)
    yield Finding("local", hasattr(os, "fork"), "without isolation, by accept_no_isolation=True")


def extras() -> Iterator[Finding]:
    """What pip can add."""
    for extra, (modules, purpose) in EXTRAS.items():
        there = all(find_spec(module) is not None for module in modules)
        yield Finding(extra, there, purpose, "" if there else f"pip install 'typedagents[{extra}]'")


def model() -> Iterator[Finding]:
    """The weights of the embedded model."""
    try:
        weights = find_weights()
    except ConfigError as error:
        usual = str(error).startswith("no weights")
        yield Finding(
            "weights",
            False,
            "491 MB to download, or TYPEDAGENTS_MODEL=FILE.gguf" if usual else str(error),
            QWEN_CODER.install if usual else "",
        )
    else:
        yield Finding("weights", True, f"{weights.name} at {weights.path}")


def models() -> Iterator[Finding]:
    """What is configured, in the order in which it is looked. Nobody is asked, and no key is shown."""
    use = "used where no model is named; "
    for found in look_around():
        match found:
            case Absent(where, broken):
                yield Finding("broken" if broken else "-", False, where)
            case Configuration(entries, source):
                for entry in entries:
                    yield _usable(entry, f"{use}{source}")
                use = ""


def _usable(entry: Mapping[str, object], text: str) -> Finding:
    name = str(entry.get("name") or entry.get("model") or "local")
    try:
        provider_of(entry)
    except ConfigError as error:
        return Finding(name, False, f"{text}: {error}")
    return Finding(name, True, text)


def variables() -> Iterator[Finding]:
    """Variables of the environment, by name: their values stay where they are."""
    others = (name for names in KEYS.values() for name in names if os.environ.get(name))
    for name in dict.fromkeys((*VARIABLES, *others)):
        yield Finding(name, name in os.environ, "set" if name in os.environ else "")


def traces() -> Iterator[Finding]:
    """Where runs are recorded."""
    folder = TraceFiles().folder.absolute()
    number = len(list(folder.glob("*.jsonl")))
    yield Finding(counted(number, "trace"), True, str(folder))


SECTIONS = (
    ("code runs in", executors),
    ("extras", extras),
    ("embedded model", model),
    ("models", models),
    ("environment", variables),
    ("recorded runs", traces),
)


def report(page: Page) -> None:
    """Print all findings."""
    system = f"{platform.system()} {platform.machine()}"
    page.line(
        0,
        Span(f"typedagents {__version__}", "strong"),
        Span(f"{BETWEEN}Python {platform.python_version()}{BETWEEN}{system}", "dim"),
    )
    for title, findings in SECTIONS:
        page.line(0, Span(title, "strong"))
        for found in findings():
            mark = Span("yes " if found.there else "no  ", "good" if found.there else "dim")
            page.line(1, mark, Span(f"{found.name:<{NAME_COLUMNS}}"), Span(found.text, "dim"))
            if found.remedy:
                page.verbatim(3, found.remedy)
