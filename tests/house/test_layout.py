"""Where things are: what CONTRIBUTING.md says of the folders is what there is, in the order of the layers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/typedagents"


def told() -> dict[str, set[str]]:
    """The folders by their layers, as the page lists them."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = page.split("## Where things are", 1)[1].split("```", 2)[1]
    rows = [line.split(maxsplit=1) for line in listed.strip().splitlines()]
    return {layer: set(words.rpartition(": ")[2].split() if ": " in words else ()) for layer, words in rows}


def folders(under: Path) -> set[str]:
    return {one.parent.name for one in under.glob("*/__init__.py")}


def test_each_folder_is_where_the_page_says() -> None:
    assert {layer: folders(SOURCE / layer) for layer in told() if layer != "autogen"} == {
        layer: inner for layer, inner in told().items() if layer != "autogen"
    }
    assert set(told()) == folders(SOURCE)


def test_they_are_listed_from_the_bottom_up() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = configuration["tool"]["importlinter"]["contracts"][0]["layers"]
    height = {name: -level for level, row in enumerate(layers) for name in re.findall(r"\w+", row)}
    assert [height[layer] for layer in told()] == sorted(height[layer] for layer in told())
