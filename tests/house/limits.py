"""The limits of the house that no linter knows: `python tests/house/limits.py` prints what breaks them.

Length of modules and functions; ways around the type checker (none in the pure layers and the interpreter, each with
its reason elsewhere); reasons beside every silenced rule; no path of somebody's own machine in a committed file.
Complexity is ruff's (C901), layers are import-linter's.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES = 400  # aim at 300
FUNCTION_LINES = 50  # aim at 40
STRICT_LAYERS = ("core", "policies", "tools", "trace", "interpreter")

# The casts of the kernel that the type system cannot express, at most three: (file, the call as written) -> why it is
# true. An entry that matches nothing any more is an error too.
CHAIN = "src/typedagents/core/chain.py"
ALLOWED_CASTS: Mapping[tuple[str, str], str] = {
    (
        CHAIN,
        "cast('_Folds[T]', {})",
    ): "one dictionary holds the states of folds of many types; those under a fold were made by its own step",
}
MOST_CASTS = 3

# Layers that are to stay thin: their folders, and how many lines of code they stay under (no imports, blank lines,
# comments and docstrings).
FAMILIAR = ("src/typedagents/autogen/agentchat/", "src/typedagents/autogen/layer/agentchat/")
THIN: Mapping[tuple[str, ...], int] = {
    FAMILIAR: 3000,
    ("src/typedagents/durable/dbos/",): 400,
    ("src/typedagents/durable/temporal/",): 400,
}
# What AG2 added to AutoGen 0.2 stands beside it: most of it is names, one class for each.
BESIDE = ("src/typedagents/autogen/agentchat/group/", "src/typedagents/autogen/agentchat/contrib/")

# What silences a rule, with the rules it names; what is left of the comment is the reason.
SILENCER = re.compile(
    r"type:\s*ignore(?P<a>\[[\w\s,-]*\])?"
    r"|pyright:\s*ignore(?P<b>\[[\w\s,-]*\])?"
    r"|noqa(?P<c>:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?"
    r"|pragma:\s*no\s*(?P<d>cover|branch)"
)


def python_problems(path: str, text: str) -> Iterator[str]:
    """Says what one Python file breaks; `path` is relative to the root, with forward slashes."""
    try:
        tree = ast.parse(text, path)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: does not parse: {error.msg}"
        return
    strict = path.startswith(tuple(f"src/typedagents/{layer}/" for layer in STRICT_LAYERS))
    yield from _too_long(path, text, tree)
    yield from _silenced(path, text, strict=strict)
    if strict:
        yield from _escapes(path, tree)


def _only_lists(tree: ast.Module) -> bool:
    """Whether a module only says what a package offers: it holds no idea, however long the list is."""
    return all(
        isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__"))
        for node in tree.body
    )


def _too_long(path: str, text: str, tree: ast.Module) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > MODULE_LINES and not _only_lists(tree):
        yield f"{path}: {lines} lines, the limit is {MODULE_LINES}; give the second idea in it a file of its own"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, the limit is {FUNCTION_LINES}"


def _silenced(path: str, text: str, *, strict: bool) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        found = list(SILENCER.finditer(token.string))
        where = f"{path}:{token.start[0]}"
        if strict and any("ignore" in match[0] for match in found):
            yield f"{where}: a checker is silenced in a layer that must prove its types; prove the value instead"
        if any(not any(match.group("a", "b", "c", "d")) for match in found):
            yield f"{where}: {token.string!r} silences every rule; name the one that is meant"
        if found and len(SILENCER.sub("", token.string).replace("#", " ").split()) < 2:
            yield f"{where}: {token.string!r} has no reason; write it behind, after another #"


def _escapes(path: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="Any", ctx=ast.Load()) | ast.Attribute(attr="Any"):
                yield f"{path}:{node.lineno}: Any in a layer that must prove its types; take `object` and prove it"
            case ast.Call(func=ast.Name(id="cast") | ast.Attribute(attr="cast")):
                call = ast.unparse(node)
                if (path, call) not in ALLOWED_CASTS:
                    yield f"{path}:{node.lineno}: {call} is not among the {len(ALLOWED_CASTS)} allowed casts"
            case ast.ImportFrom(names=names):
                if any(name.name in {"Any", "cast"} and name.asname for name in names):
                    yield f"{path}:{node.lineno}: Any or cast under another name"
            case _:
                pass


def allowed_problems(allowed: Mapping[tuple[str, str], str], sources: Mapping[str, str]) -> Iterator[str]:
    """Says what is wrong with the list of allowed casts itself."""
    if len(allowed) > MOST_CASTS:
        yield f"tests/house/limits.py: {len(allowed)} casts are allowed, at most {MOST_CASTS} may be"
    for (path, call), reason in allowed.items():
        if not path.startswith("src/typedagents/core/"):
            yield f"tests/house/limits.py: {path} is outside core, where no cast is allowed"
        if path not in sources or call not in {
            ast.unparse(node) for node in ast.walk(ast.parse(sources[path]))
        }:
            yield f"tests/house/limits.py: {path} has no {call} any more; take it off the list"
        if len(reason.split()) < 4:
            yield f"tests/house/limits.py: {path}: say why {call} is true"


def thin_problems(sources: Mapping[str, str]) -> Iterator[str]:
    """Says where a layer that is to be thin has more lines of code than it may."""
    for folders, most in THIN.items():
        lines = sum(
            code_lines(text)
            for path, text in sources.items()
            if path.startswith(folders) and not path.startswith(BESIDE)
        )
        if lines >= most:
            yield f"{', '.join(folders)}: {lines} lines of code, to stay under {most}; let what stands below do more"


def code_lines(text: str) -> int:
    """Counts the lines that say something to Python but for imports and docstrings."""
    tree = ast.parse(text)
    told: set[int] = set()
    for node in ast.walk(tree):
        body = (
            node.body
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            else []
        )
        first = body[0] if body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            told.update(_span(first))
    for node in tree.body:
        for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if for_types or isinstance(node, ast.Import | ast.ImportFrom):
            told.update(_span(node))
    lines = enumerate((line.strip() for line in text.splitlines()), 1)
    return sum(1 for number, line in lines if line and not line.startswith("#") and number not in told)


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def machine_paths(root: Path) -> tuple[str, ...]:
    """Returns the paths that belong to this machine only: the checkout, the folder around it, home, the interpreter."""
    places = {root, root.parent, Path.home(), Path(sys.base_prefix)} if len(root.parts) > 2 else {Path.home()}
    shared = ("/usr", "/opt", "/tmp", "/private", "/root")  # names that every machine has
    return tuple(sorted(str(p) for p in places if len(p.parts) > 1 and not str(p).startswith(shared)))


def path_problems(path: str, text: str, places: Iterable[str]) -> Iterator[str]:
    """Says where a file names a folder of the machine it was written on."""
    for place in places:
        pattern = re.compile(rf"(?<![\w./~-]){re.escape(place)}(?=[/\\])")
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{path}:{number}: names {place}, a path of this machine"


def committed_files(root: Path) -> Iterator[Path]:
    """Yields the files that git has or would take; without git, those of the folders we write."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        folders = (root / name for name in ("src", "tests", "stubs", "docs"))
        yield from (
            file for folder in folders for file in folder.rglob("*") if "__pycache__" not in file.parts
        )
        return
    yield from (root / name for name in sorted(set(listed.split("\0"))) if name)


def problems(root: Path) -> Iterator[str]:
    """Says everything that breaks a limit under `root`."""
    places = machine_paths(root)
    sources: dict[str, str] = {}
    for file in committed_files(root):
        path = file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):  # gone from the work tree, a folder, or not a text
            continue
        yield from path_problems(path, text, places)
        if file.suffix == ".py":
            sources[path] = text
            yield from python_problems(path, text)
    yield from allowed_problems(ALLOWED_CASTS, sources)
    yield from thin_problems(sources)


def main() -> int:
    """Prints every problem; returns 1 where there is one."""
    found = list(problems(ROOT))
    print("\n".join(found) if found else "limits: nothing breaks them")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
