"""Programs in pods of a Kubernetes cluster: a pod for each sandbox, made with its first block and removed with it.

The pod has a user of its own and no rights, a read-only system, no token of the cluster's, no names of its network,
and limits; its work folder lies in it, so files go in and out through programs that run there. After each program
everything else that runs in the pod is ended. Whether pods reach the network is for the cluster's policies to say.
"""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib.util import find_spec
from mimetypes import guess_type
from secrets import randbelow, token_hex

import anyio
from attrs import define, field, frozen

from typedagents.core.code import Artefact, CodeLimits, LimitHit, RunEnd, TimedOut
from typedagents.core.errors import ExecutorError, ExecutorUnavailable
from typedagents.executors.capture import Output
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.containers.container import KILL_ALL, TMP_BYTES, WORKSPACE
from typedagents.executors.containers.engine import SEE, Json
from typedagents.executors.containers.fresh import IMAGE
from typedagents.executors.planner import SYSTEM_PATH, bounded
from typedagents.executors.processes.running import shell_end
from typedagents.executors.sandbox import Capabilities, Chunk, FileInfo, Interpreted, Job, SafePath
from typedagents.executors.tree import MAX_DEPTH, MAX_ENTRIES, kind_of

from .cluster import CALL_S, Cluster
from .kubeconfig import HINT, find_cluster

FIRST_USER, USERS = 1_000_000, 1_000_000_000
"""Each pod has a user of its own, since processes are counted for each user of a machine."""

STDIN = "/tmp/.stdin"
LISTING_BYTES = 4 << 20
MAX_ARTEFACTS = 1000
IN_THE_WAY = 3
WAITS = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"
WRITE = """\
path={path}; rest=$path; sofar=
while [ "$rest" != "${{rest#*/}}" ]; do
  sofar=$sofar${{rest%%/*}}; rest=${{rest#*/}}
  [ ! -L "$sofar" ] && {{ [ -d "$sofar" ] || mkdir "$sofar"; }} || exit 3
  sofar=$sofar/
done 2>/dev/null
rm -f -- "$path" 2>/dev/null && head -c {size} >"$path" 2>/dev/null || exit 3
stat -c '%i %s %y' -- "$path"
"""
LIST = """\
find . -mindepth 1 -maxdepth {depth} -exec sh -c 'for one do stat -c "%f %i %s %y" -- "$one"; printf "%s\\0" "$one"; done' sh {{}} + \
2>/dev/null | head -c {most}
"""
READ = "[ -f {path} ] && [ ! -L {path} ] || exit 3; head -c {most} -- {path}"


def pod_of(box: Pods, name: str, limits: CodeLimits) -> Json:
    """What to make: one container that waits, under its limits, with nothing of the cluster in it."""
    user = FIRST_USER + randbelow(USERS) if box.user is None else box.user
    memory = str(limits.memory_bytes)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"typedagents": "sandbox"}},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": round(box.life_s),
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["127.0.0.1"]},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": user,
                "runAsGroup": user,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "sandbox",
                    "image": box.image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-c", WAITS],
                    "workingDir": WORKSPACE,
                    "securityContext": {
                        "readOnlyRootFilesystem": True,
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "resources": {
                        "limits": {"memory": memory, "cpu": "1"},
                        "requests": {"memory": memory, "cpu": "50m"},
                    },
                    "volumeMounts": [
                        {"name": "work", "mountPath": WORKSPACE},
                        {"name": "tmp", "mountPath": "/tmp"},
                    ],
                }
            ],
            "volumes": [
                {"name": "work", "emptyDir": {"sizeLimit": str(box.folder_bytes)}},
                {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": str(TMP_BYTES)}},
            ],
        },
    }


def script_of(job: Job) -> str:
    """The shell script that runs a program within its limits. How shells call the limit on processes differs."""
    limits = job.limits
    argv, addresses = bounded(job.argv, limits)
    usual = {"PATH": SYSTEM_PATH, "HOME": WORKSPACE, "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
    named = shlex.join(f"{name}={value}" for name, value in {**usual, **job.env}.items())
    lines = [
        "exec 3>&2 2>/dev/null",
        "ulimit -c 0",
        f"ulimit -n {limits.open_files}",
        f"ulimit -f {max(1, limits.file_bytes >> 9)}",
        f"ulimit -t {max(1, round(limits.cpu_s))}",
        f"ulimit -u {limits.processes} || ulimit -p {limits.processes}",
        *([] if addresses is None else [f"ulimit -v {addresses >> 10}"]),
        f"exec env -i {named} {shlex.join(argv)} <{STDIN if job.stdin else '/dev/null'} 2>&3 3>&-",
    ]
    return "\n".join(lines)


@frozen
class Pods:
    """Sandboxes in pods of ``cluster``.

    ``image`` has to hold ``sh``, the usual small tools (``base64``, ``find``, ``head``, ``stat``) and the commands of
    ``languages``. ``user``: the number that programs run as, where the cluster prescribes it. A pod ends by itself
    after ``life_s``, should this program be gone by then; nothing is left running, but the ended pod is listed until
    somebody removes it (``kubectl delete pod -l typedagents=sandbox``).
    """

    cluster: Cluster
    image: str = IMAGE
    languages: tuple[str, ...] = field(default=("python", "sh", "bash"), converter=tuple[str, ...])
    user: int | None = field(default=None, kw_only=True)
    folder_bytes: int = field(default=1 << 30, kw_only=True)
    start_s: float = field(default=120.0, kw_only=True)
    life_s: float = field(default=3600.0, kw_only=True)

    @property
    def capabilities(self) -> Capabilities:
        """What they promise; the network is the cluster's concern."""
        shared = () if self.user is None else ("processes",)
        return Capabilities("container", True, self.languages, unenforced=("network", *shared))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[PodSandbox]:
        """A sandbox whose pod is made with its first program, and removed with it."""
        sandbox = PodSandbox(self)
        try:
            yield sandbox
        finally:
            await sandbox.close()


@define(eq=False)
class PodSandbox:
    """A pod and the folder in it; see ``Pods``. What is written before there is a pod is kept until there is one."""

    box: Pods
    _name: str = field(default="", init=False)
    _ended: bool = field(default=True, init=False)
    _waiting: dict[str, bytes] = field(factory=dict, init=False)
    _known: dict[str, str] = field(factory=dict, init=False)

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program in the pod; the memory of all of it is that of the first one's limits."""
        await self._began(job.limits)
        if job.stdin:
            await self._do(f"head -c {len(job.stdin)} >{STDIN}", job.stdin)
        script, wall_s, output = script_of(job), job.limits.wall_s, Output(job)
        code: int | None = None
        self._ended = False
        try:
            with anyio.CancelScope() as clock:

                def began() -> None:  # how long the cluster takes until then is not the program's time
                    clock.deadline = anyio.current_time() + wall_s

                code = await self.box.cluster.exec(self._name, script, b"", output.take, began)
        finally:
            with anyio.CancelScope(shield=True):
                await self._do(KILL_ALL)
                self._ended = True
        if code is not None:
            return shell_end(code)
        return TimedOut(wall_s) if clock.cancelled_caught else LimitHit("output")

    async def _began(self, limits: CodeLimits) -> None:
        """Make the pod, if that was not done yet, and write what waits."""
        if not self._name:
            self._name = f"typedagents-{token_hex(8)}"
            try:
                await self.box.cluster.create(pod_of(self.box, self._name, limits))
                await self.box.cluster.ready(self._name, self.box.start_s)
            except BaseException:
                await self.close()
                raise
        waiting, self._waiting = self._waiting, {}
        for path, data in waiting.items():
            await self._write(path, data)

    async def _do(self, script: str, data: bytes = b"") -> tuple[int, bytes]:
        """Run a script of ours; its exit code, and what it said."""
        said = bytearray()

        def keep(chunk: Chunk) -> bool:
            if chunk.stream == "stdout":
                said.extend(chunk.data)
            return False

        with anyio.move_on_after(CALL_S):
            code = await self.box.cluster.exec(self._name, f"cd {WORKSPACE}; {script}", data, keep)
            return code or 0, bytes(said)
        raise ExecutorUnavailable(f"the pod did not answer in {CALL_S:g} s", SEE)

    async def interpret(self, language: str, code: str, job: Job) -> Interpreted | None:
        """Nothing goes on here between two blocks but the files."""
        return None

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Put a file into the work folder."""
        if self._name:
            await self._write(path.text, data)
        else:
            self._waiting[path.text] = data

    async def _write(self, path: str, data: bytes) -> None:
        code, said = await self._do(WRITE.format(path=shlex.quote(path), size=len(data)), data)
        if code:
            raise ExecutorError(f"cannot write {path}: a folder or a link is in its way", kind="path")
        self._known[path] = said.decode(errors="replace").strip()

    async def read_file(self, path: SafePath, max_bytes: int) -> bytes:
        """A regular file of the work folder."""
        if not self._name:
            code, data = (0, self._waiting[path.text]) if path.text in self._waiting else (IN_THE_WAY, b"")
        else:
            code, data = await self._do(READ.format(path=shlex.quote(path.text), most=max_bytes + 1))
        if code or len(data) > max_bytes:
            raise ExecutorError(
                f"cannot read {path}: it is no file of at most {max_bytes} bytes", kind="path"
            )
        return data

    async def list_files(self) -> tuple[FileInfo, ...]:
        """What is in the work folder."""
        if not self._name:
            return tuple(FileInfo(path, len(data), "file") for path, data in sorted(self._waiting.items()))
        return tuple(found.info for found in await self._listing())

    async def _listing(self) -> list[Found]:
        _, said = await self._do(LIST.format(depth=MAX_DEPTH, most=LISTING_BYTES))
        return sorted(listed(said)[:MAX_ENTRIES], key=lambda found: found.path)

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """What programs left in the work folder since the last time."""
        if not self._name:
            return ()
        new = [
            found
            for found in await self._listing()
            if found.info.kind == "file" and self._known.get(found.path) != found.mark
        ]
        self._known.update((found.path, found.mark) for found in new)
        left, taken = limits.artefact_bytes, list[Found]()
        for found in new[:MAX_ARTEFACTS]:
            if found.info.size <= left:
                left -= found.info.size
                taken.append(found)
        script = "; ".join(f"head -c {one.info.size} -- {shlex.quote(one.path)}" for one in taken)
        data = (await self._do(script))[1] if taken else b""
        contents = dict[str, bytes]()
        for one in taken:
            contents[one.path], data = data[: one.info.size], data[one.info.size :]
        return tuple(found.artefact(contents.get(found.path)) for found in new[:MAX_ARTEFACTS])

    async def reset(self) -> None:
        """Empty the work folder."""
        self._waiting.clear()
        self._known.clear()
        if self._name:
            await self._do("chmod -R u+rwx . 2>/dev/null; find . -mindepth 1 -delete")

    async def close(self) -> None:
        """Remove the pod, through whatever cancellation."""
        name, self._name = self._name, ""
        if name:
            await self.box.cluster.remove(name, ended=self._ended)


@frozen
class Found:
    """Something in a pod's folder. ``mark`` is what changes when it is written anew."""

    path: str
    mark: str
    info: FileInfo

    def artefact(self, data: bytes | None) -> Artefact:
        """It as an artefact; without contents where it is too large."""
        path, size = self.info.path, self.info.size
        mime = guess_type(path)[0] or ""
        if data is None:
            return Artefact(path, size, "", mime)
        return Artefact(path, size, sha256(data).hexdigest(), mime, data)


def listed(said: bytes) -> list[Found]:
    """What a pod says is in its folder; what was cut off at the end is left out."""
    found: list[Found] = []
    for record in said.split(b"\0")[:-1]:
        about, _, raw = record.partition(b"\n")
        words = about.decode(errors="replace").split(" ", 3)
        if len(words) < 4 or not raw.startswith(b"./"):
            continue
        path, mode = raw[2:].decode("utf-8", "surrogateescape"), int(words[0], 16)
        shown = raw[2:].decode("utf-8", "replace")
        found.append(Found(path, " ".join(words[1:]), FileInfo(shown, int(words[2]), kind_of(mode))))
    return found


def kubernetes_cluster(
    *, config: str | None = None, context: str | None = None, namespace: str | None = None
) -> Cluster:
    """The cluster that kubectl would take, or as told; ``ExecutorUnavailable`` where the extra ``k8s`` is missing."""
    if find_spec("httpx_ws") is None:
        raise ExecutorUnavailable("httpx-ws, which speaks to programs in pods, is not installed", HINT)
    return find_cluster(config=config, context=context, namespace=namespace)


def kubernetes_executor(image: str = IMAGE, *, cluster: Cluster | None = None) -> CommandLineExecutor:
    """Run code in pods of ``cluster``, by default ``kubernetes_cluster()``; nothing is asked of it yet."""
    return CommandLineExecutor(Pods(cluster or kubernetes_cluster(), image))
