"""The child's side: a llama.cpp server on a loopback port, for the one process that started it.

The parent writes one line of JSON to stdin (``Orders``) and keeps the pipe open; the child prints one line of JSON
(``Ready``) once the model is loaded, and lives until stdin ends. So it ends with its parent, however that ends.
It runs apart because a crash of native code must not take the user's program with it.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import IO, TYPE_CHECKING, NoReturn

import msgspec

if TYPE_CHECKING:
    import xllamacpp


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve. ``key`` is asked of every request: the port is open to all users of this machine.

    ``chat_template`` is Jinja text; empty: the one in the file.
    """

    key: str
    name: str
    context_tokens: int
    max_tokens: int
    threads: int
    seed: int
    chat_template: str

    def __repr__(self) -> str:
        return f"Orders(name={self.name!r}, key=[secret])"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server listens (``http://127.0.0.1:PORT``), and the process it runs in."""

    address: str
    pid: int


def serve(model: str) -> NoReturn:
    """Serve the GGUF file ``model`` as stdin says until stdin ends; exit code 1 and a reason on stderr if it cannot."""
    # Ctrl-C reaches every process of the terminal; it is the parent's to deal with, who may go on with this server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = _take_stdout()
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    try:
        server = _started(model, orders)
    except (ImportError, RuntimeError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    ready = Ready(address=server.listening_address, pid=os.getpid())
    with answer:
        answer.write(msgspec.json.encode(ready) + b"\n")
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # no orderly end: native threads may be in the middle of a reply that nobody wants any more


def _take_stdout() -> IO[bytes]:
    """Stdout for our one line; whatever the native code prints there goes to stderr from now on."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ours


def _started(model: str, orders: Orders) -> xllamacpp.Server:
    """The server, its model loaded; what callers leave open (sampling, length) has reproducible defaults."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {orders.name}  # replies name it; the file's path is nobody's business
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [orders.key]
    params.n_parallel = 1
    params.n_ctx = orders.context_tokens
    params.n_predict = orders.max_tokens
    params.cpuparams.n_threads = orders.threads
    params.cpuparams_batch.n_threads = orders.threads
    params.sampling.temp = 0.0
    params.sampling.seed = orders.seed
    # A prompt computed in another batch size rounds differently: with the cache, equal requests get unequal answers.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 1
    params.chat_template = orders.chat_template
    return xllamacpp.Server(params)
