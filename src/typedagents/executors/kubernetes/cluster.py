"""The few calls of a Kubernetes cluster's interface that running a program takes: make a pod, run in it, remove it.

Programs run over a websocket on which each message begins with the number of its stream. Version 4 of that protocol
cannot say that input is over, so what is sent is counted by those who read it; version 5 differs in that alone.
"""

from __future__ import annotations

import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import anyio
from attrs import define, field, frozen

from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.containers.engine import SEE, Json, as_object, undisturbed
from typedagents.executors.sandbox import Chunk

if TYPE_CHECKING:
    from httpx import AsyncClient, Client, Response
    from httpx_ws import AsyncWebSocketSession

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDIN, STDOUT, STDERR, STATUS, CLOSE = 0, 1, 2, 3, 255
PIECE = 1 << 15
MESSAGE = 1 << 22
MISSING = 404
CALL_S = 30.0
GIVE_UP_S = 5.0
POLL_S = 0.05
AT_ONCE, SOON = {"gracePeriodSeconds": "0"}, {"gracePeriodSeconds": "1"}
TOLD = 400
NOT_READY = (
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
)

ORDER = 'IFS= read -r order && eval "$(printf %s "$order" | base64 -d)"'
"""What is run is sent as its first line of input: addresses, which name commands, are written to logs."""


@frozen
class Cluster:
    """A cluster's interface, and who we are there. ``namespace`` is where pods are made."""

    server: str
    namespace: str = "default"
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    trust: ssl.SSLContext = field(factory=ssl.create_default_context, repr=False, eq=False)

    @property
    def pods(self) -> str:
        """Where pods are."""
        return f"/api/v1/namespaces/{self.namespace}/pods"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        """A client in this event loop."""
        import httpx

        async with httpx.AsyncClient(
            base_url=self.server,
            headers=self.headers,
            verify=self.trust,
            timeout=CALL_S,
            trust_env=False,
            event_hooks={"response": [_read_refusal]},
        ) as client:
            yield client

    def blocking_client(self) -> Client:
        """A client for when nobody waits for anything else."""
        import httpx

        return httpx.Client(
            base_url=self.server, headers=self.headers, verify=self.trust, timeout=GIVE_UP_S, trust_env=False
        )

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """What goes wrong between us and the cluster is no fault of a program's."""
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise ExecutorUnavailable(
                f"the cluster at {self.server} does not answer ({said})", SEE
            ) from error

    async def create(self, pod: Json) -> None:
        """Make a pod; interrupted, it is made nevertheless, so that whoever removes it then finds it."""
        async with self.client() as client:
            with self.trouble():
                answer = await undisturbed(lambda: client.post(self.pods, json=pod))
        self.prove(answer, "make a pod")

    async def ready(self, name: str, within_s: float) -> None:
        """Wait until a pod runs; ``ExecutorUnavailable`` says why it does not."""
        told = "nobody said why"
        with anyio.move_on_after(within_s):
            async with self.client() as client:
                while True:
                    status = await self._status(client, name)
                    if status.get("phase") == "Running":
                        return
                    told = why_not(status) or told
                    if any(word in told for word in NOT_READY) or status.get("phase") in (
                        "Failed",
                        "Succeeded",
                    ):
                        break
                    await anyio.sleep(POLL_S)
        raise ExecutorUnavailable(
            f"the pod does not start: {told}", "look at the image and at what the cluster has free"
        )

    async def _status(self, client: AsyncClient, name: str) -> Json:
        with self.trouble():
            answer = await client.get(f"{self.pods}/{name}")
        self.prove(answer, "look at a pod")
        found = as_object(answer.content).get("status")
        return found if isinstance(found, dict) else {}

    async def exec(
        self,
        name: str,
        script: str,
        data: bytes,
        watch: Callable[[Chunk], bool],
        began: Callable[[], None] = lambda: None,
    ) -> int | None:
        """Run a shell script in a pod, with ``data`` to read; its exit code, or None where ``watch`` stopped it.

        ``began`` is called when it is under way. Stopped or cancelled, we only look away: what it started goes on in
        the pod, and is the caller's to end.
        """
        import httpx_ws

        query = [("command", word) for word in ("sh", "-c", ORDER)]
        query += [("stdin", "true"), ("stdout", "true"), ("stderr", "true"), ("container", "sandbox")]
        line = b64encode(script.encode("utf-8", "surrogateescape")) + b"\n"
        talk = _Talk(watch)
        async with self.client() as client:
            try:
                with self.trouble():
                    async with httpx_ws.aconnect_ws(
                        f"{self.pods}/{name}/exec?{urlencode(query)}",
                        client,
                        max_message_size_bytes=MESSAGE,
                        keepalive_ping_interval_seconds=None,
                        subprotocols=list(PROTOCOLS),
                    ) as socket:
                        began()
                        await talk.hold(socket, line + data)
            except httpx_ws.WebSocketUpgradeError as error:
                self.prove(error.response, "run in a pod")
            if talk.stopped:
                return None
            if talk.status is None:
                await self._explain(client, name, "it did not say how the program ended")
        return exit_of(talk.status or {})

    async def _explain(self, client: AsyncClient, name: str, said: str) -> None:
        """The connection broke: say what became of the pod."""
        status = await self._status(client, name)
        raise ExecutorUnavailable(f"the pod is lost: {why_not(status) or said}", SEE)

    async def remove(self, name: str, *, ended: bool) -> None:
        """Remove a pod, through whatever cancellation; nothing happens where it is gone.

        Unless all that ran in it is known to have ``ended``, this waits until it has: whoever removes a pod at once is
        told that it is gone before it is.
        """
        removed = False
        try:
            with anyio.CancelScope(shield=True):
                async with self.client() as client:
                    with self.trouble():
                        answer = await client.delete(f"{self.pods}/{name}", params=AT_ONCE if ended else SOON)
                if answer.status_code != MISSING:
                    self.prove(answer, "remove a pod")
                removed = ended or answer.status_code == MISSING
                if not removed:
                    removed = await anyio.to_thread.run_sync(self.remove_now, name)
        finally:
            if (
                not removed
            ):  # a second cancellation came through the shield: block rather than leave something
                self.remove_now(name)

    def remove_now(self, name: str) -> bool:
        """The same, blocking, without a word about what does not work; True."""
        import httpx

        path, until = f"{self.pods}/{name}", time.monotonic() + GIVE_UP_S
        with suppress(httpx.HTTPError), self.blocking_client() as client:
            client.delete(path, params=SOON)
            while client.get(path).status_code != MISSING and time.monotonic() < until:
                time.sleep(POLL_S)
            client.delete(path, params=AT_ONCE)
        return True

    def ping(self) -> None:
        """``ExecutorUnavailable`` where the cluster does not answer, or does not let us see pods."""
        with self.trouble(), self.blocking_client() as client:
            self.prove(client.get(self.pods, params={"limit": "1"}), "show pods")

    def prove(self, answer: Response, what: str) -> None:
        """``ExecutorUnavailable`` where the cluster refused."""
        if not answer.is_success:
            said = answer.text.strip()[:TOLD] or answer.reason_phrase
            told = as_object(answer.content).get("message", said)
            raise ExecutorUnavailable(f"the cluster at {self.server} could not {what}: {told}", SEE)


async def _read_refusal(answer: Response) -> None:
    """Where a websocket was wanted, nobody else reads it."""
    if answer.is_error:
        await answer.aread()


@define
class _Talk:
    """What is said over one websocket."""

    watch: Callable[[Chunk], bool]
    status: Json | None = None
    stopped: bool = False

    @property
    def over(self) -> bool:
        return self.stopped or self.status is not None

    async def hold(self, socket: AsyncWebSocketSession, data: bytes) -> None:
        """Send all there is to read, and hear the program to its end, or until it said too much or was cut off."""
        from httpx_ws import HTTPXWSException

        async with anyio.create_task_group() as group:
            group.start_soon(self._send, socket, data)
            with suppress(HTTPXWSException):
                while not self.over:
                    self.take(await socket.receive_bytes())
            group.cancel_scope.cancel()

    async def _send(self, socket: AsyncWebSocketSession, data: bytes) -> None:
        from httpx_ws import HTTPXWSException

        with suppress(HTTPXWSException):  # who hears tells
            for start in range(0, len(data), PIECE):
                await socket.send_bytes(bytes([STDIN]) + data[start : start + PIECE])
            if socket.subprotocol == PROTOCOLS[0]:
                await socket.send_bytes(bytes([CLOSE, STDIN]))

    def take(self, message: bytes) -> None:
        """Take a message apart; of other streams we know nothing."""
        channel, data = message[0] if message else CLOSE, message[1:]
        if channel == STATUS:
            self.status = as_object(data)
        elif channel in (STDOUT, STDERR) and data:
            self.stopped = self.watch(Chunk("stdout" if channel == STDOUT else "stderr", data))


def exit_of(status: Json) -> int:
    """The exit code in what a cluster says of a program's end; ``ExecutorUnavailable`` where it could not be run."""
    if status.get("status") == "Success":
        return 0
    details = status.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    for cause in _objects(causes):
        if cause.get("reason") == "ExitCode" and str(cause.get("message")).isdecimal():
            return int(str(cause["message"]))
    raise ExecutorUnavailable(
        f"the program could not be run in the pod: {status.get('message', 'nobody said why')}", SEE
    )


def why_not(status: Json) -> str:
    """Why a pod does not run, in the cluster's words; empty where it says nothing."""
    if status.get("reason"):
        return f"{status['reason']}: {status.get('message', '')}"
    for one in _objects(status.get("containerStatuses")):
        state = one.get("state")
        for about in _objects(list(state.values()) if isinstance(state, dict) else None):
            if about.get("reason") not in (None, "ContainerCreating"):
                return f"{about['reason']}: {about.get('message', '')}"
    for one in _objects(status.get("conditions")):
        if one.get("reason") == "Unschedulable":
            return f"Unschedulable: {one.get('message', '')}"
    return ""


def _objects(value: object) -> list[Json]:
    """The objects in a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
