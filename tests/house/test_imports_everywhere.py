"""Every module imports where Linux's modules, unix sockets or the extras are missing."""

from __future__ import annotations

import pytest

from tests.house.distribution import EXTRAS, NEEDS_EXTRAS, module_names, printed_by

# Hidden from our modules only: what other packages import on Linux is their business. Third-party packages that look
# for unix sockets while they are imported are imported before the sockets go.
HIDE = """
import builtins, importlib, signal, socket, sys
import asyncio, anyio, attrs, cattrs, httpx, msgspec, tenacity
import hypothesis, trio

hidden, names = sys.argv[1].split(","), sys.argv[2].split(",")
original = builtins.__import__

def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {}).get("__name__", "")
    if name.partition(".")[0] in hidden and importer.partition(".")[0] == "typedagents":
        raise ImportError(f"{importer} imports {name} at its top; import it in the function that needs it")
    return original(name, globals, locals, fromlist, level)

builtins.__import__ = guarded
if "fcntl" in hidden:
    del socket.AF_UNIX
    del signal.SIGKILL
for name in names:
    importlib.import_module(name)
print(len(names))
"""
POSIX_ONLY = ("fcntl", "grp", "pwd", "pty", "resource", "termios", "tty")


@pytest.mark.skipif("sys.platform == 'win32'", reason="here they are missing already, for every test")
def test_every_module_imports_where_posix_modules_and_unix_sockets_are_missing() -> None:
    names = list(module_names())

    assert printed_by(HIDE, ",".join(POSIX_ONLY), ",".join(names)) == f"{len(names)}\n"


def test_every_module_below_the_command_line_and_testing_imports_without_extras() -> None:
    names = [name for name in module_names() if not name.startswith(NEEDS_EXTRAS)]

    assert printed_by(HIDE, ",".join(EXTRAS), ",".join(names)) == f"{len(names)}\n"


def test_an_import_at_the_top_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("seeded") / "typedagents"
    folder.mkdir()
    (folder / "__init__.py").write_text("import fcntl\n", encoding="utf-8")
    program = f"import sys; sys.path.insert(0, {str(folder.parent)!r})\n{HIDE}"

    with pytest.raises(AssertionError, match="typedagents imports fcntl at its top"):
        printed_by(program, "fcntl", "typedagents")
