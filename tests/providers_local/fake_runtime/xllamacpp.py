"""Stands for xllamacpp: a server that answers with what it was started with, or does what the model's name says.

broken...    the model cannot be loaded
slow...      loading takes long
last words of a request: "die" kills the process; "die once" does so unless ``MODEL.died`` exists
"""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(
            model=SimpleNamespace(path=""),
            cpuparams=SimpleNamespace(n_threads=0),
            cpuparams_batch=SimpleNamespace(n_threads=0),
            sampling=SimpleNamespace(temp=0.8, seed=1),
        )


class Server:
    def __init__(self, params: CommonParams) -> None:
        os.write(1, b"chatter of the native code\n")
        model = Path(params.model.path)
        if model.name.startswith("broken"):
            raise RuntimeError("Failed to init server, please check the input params.")
        if model.name.startswith("slow"):
            time.sleep(600)
        http = ThreadingHTTPServer((params.hostnames[0], params.port), handler(params, model))
        threading.Thread(target=http.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{http.server_address[1]}"


def handler(params: CommonParams, model: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.headers["authorization"] not in [f"Bearer {key}" for key in params.api_keys]:
                return self.answer(401, {"error": {"message": "Invalid API Key"}})
            obey(body["messages"][-1]["content"], model.with_suffix(".died"))
            facts = {
                "pid": os.getpid(),
                "context": params.n_ctx,
                "limit": params.n_predict,
                "threads": params.cpuparams.n_threads,
                "sampling": vars(params.sampling),
                "cache": params.cache_prompt,
                "template": params.chat_template,
            }
            message = {"role": "assistant", "content": json.dumps(facts)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            (name,) = params.model_alias
            return self.answer(200, {"id": "1", "model": name, "choices": [choice]})

        def answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def obey(words: str, died: Path) -> None:
    if words == "die" or (words == "die once" and not died.exists()):
        died.touch()
        os._exit(9)
