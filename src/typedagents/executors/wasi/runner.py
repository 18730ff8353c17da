"""Runs one WebAssembly program for the WASI executor, in a process of its own that can be ended at any moment.

A script, with the standard library and wasmtime alone. Its one argument is a JSON order: to compile a module, or to run
one under its limits. What the program may touch is opened first; then this process gives up what rights it has.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wasmtime import Exports, Store

PR_SET_PDEATHSIG = 1
BEGUN = b"1"
OVERFLOWS = ("call stack exhausted", "out of bounds memory access")

SCRIPT = """\
import * as std from "qjs:std";
import * as os from "qjs:os";
const waiting = new Set();
globalThis.setTimeout = (call, ms = 0, ...given) => {
  const timer = os.setTimeout(() => { waiting.delete(timer); call(...given); }, ms);
  waiting.add(timer);
  return timer;
};
globalThis.clearTimeout = timer => { if (waiting.delete(timer)) os.clearTimeout(timer); };
console.error = (...given) => std.err.puts(given.join(" ") + "\\n");
await import("./" + FILE);
do await new Promise(done => os.setTimeout(done, 1)); while (waiting.size);
"""
"""What QuickJS runs: the file as a module, and then whatever that left to be done."""


def confine(limits: Mapping[str, int], user: int | None) -> None:
    """Bound this process, and leave it no rights; it ends with its parent."""
    import resource  # not on every system on which this file may be looked at

    for name, value in limits.items():
        which = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(
            which, (most, hard if name == "CPU" else most)
        )  # its signal is sent at the lower one
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def evaluate(found: Exports, store: Store, file: str) -> int:
    """Have QuickJS run a file; its exit code, unless it says another one itself."""

    def put(data: bytes) -> int:
        place = found["malloc"](store, len(data))
        found["memory"].write(store, data, place)
        return place

    words = ("qjs", "-m", "-e", SCRIPT.replace("FILE", json.dumps(file)))
    places = [put(word.encode() + b"\0") for word in words]
    line = put(struct.pack(f"<{len(places) + 1}I", *places, 0))
    return 1 if found["qjs_init_argv"](store, len(places), line) else 0


def end_by_trap(text: str) -> None:
    """End as a program does that the processor stopped: of a bad address, or because it gave up."""
    os.write(2, text.encode("utf-8", "replace") + b"\n")
    number = signal.SIGSEGV if any(word in text for word in OVERFLOWS) else signal.SIGABRT
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def compile_module(source: str, target: str) -> None:
    """Compile for this machine; takes seconds. The file appears when it is whole."""
    import wasmtime

    engine = wasmtime.Engine(wasmtime.Config())
    made = f"{target}.{os.getpid()}"
    with open(made, "wb") as file:
        file.write(wasmtime.Module.from_file(engine, source).serialize())
    os.replace(made, target)


def run(
    module: str, work: str, argv: Sequence[str], env: Mapping[str, str], bounds: Mapping[str, object]
) -> int:
    """Run a program over the work folder, which is all that it sees; its exit code."""
    import wasmtime

    engine = wasmtime.Engine(wasmtime.Config())
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    memory, limits, user, told = (bounds[name] for name in ("memory", "limits", "user", "told"))
    assert isinstance(memory, int)
    assert isinstance(limits, dict)
    assert isinstance(user, int | None)
    assert isinstance(told, int)
    store.set_limits(memory_size=memory)
    wasi = wasmtime.WasiConfig()
    wasi.argv, wasi.env = list(argv), list(env.items())
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.preopen_dir(work, "/")
    store.set_wasi(wasi)
    instance = linker.instantiate(store, wasmtime.Module.deserialize_file(engine, module))
    script = argv[0] == "node"
    begin = instance.exports(store)["_initialize" if script else "_start"]
    confine(limits, user)
    os.write(told, BEGUN)
    os.close(told)
    try:
        begin(store)
        if script:
            return evaluate(instance.exports(store), store, argv[-1])
    except wasmtime.ExitTrap as end:
        return end.code
    except (wasmtime.Trap, wasmtime.WasmtimeError) as trap:
        end_by_trap(str(trap).strip().rpartition("\n")[2].strip())
    return 0


def main() -> None:
    """Carry out the order."""
    order = json.loads(sys.argv[1])
    sys.path.insert(0, order["packages"])
    if "target" in order:
        compile_module(order["module"], order["target"])
    else:
        code = run(order["module"], order["work"], order["argv"], order["env"], order)
        os._exit(code & 0xFF)  # at once: what the engine keeps in threads of its own is not waited for


if __name__ == "__main__":
    main()
