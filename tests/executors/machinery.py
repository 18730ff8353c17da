"""A Docker engine and a Podman service of our own, and a small image made from this machine's own files.

Nothing is downloaded. Both need root and their programs (Debian: docker.io, podman, busybox-static); where something
is missing, the tests that need it are skipped with that as the reason.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from attrs import frozen

IMAGE = "typedagents/tests:latest"  # podman gives an imported image no other tag
KERNEL_IMAGE = "typedagents/kernels:latest"
KERNEL_PLACE = "opt/kernel"
TOOLS = ("sh", "cat", "head", "ls", "sleep", "ps", "kill", "id", "mkdir", "rm", "env", "unshare", "true")
MORE_TOOLS = ("base64", "find", "stat", "chmod")
LEFT_OUT = ("test", "idlelib", "config-", "__pycache__", "dist-packages", "ensurepip", "lib2to3", "tkinter")
PODMAN_CONF = '[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=4096:4096"]\n'
START_S = 30


class CannotStart(Exception):
    """What is missing for an engine."""


@frozen
class Service:
    """An engine that listens, with the image in it; ``pid`` is its process, where it is ours."""

    socket: str
    pid: int = 0

    def containers(self) -> list[str]:
        """The names of all that it holds, running or not."""
        with self.client() as client:
            found = client.get("/containers/json", params={"all": "1"}).json()
        return [name for one in found for name in one["Names"]]

    def load(self, name: str, packed: bytes) -> None:
        """Give it an image."""
        repository, tag = name.split(":")
        with self.client() as client:
            query = {"fromSrc": "-", "repo": repository, "tag": tag}
            client.post("/images/create", params=query, content=packed).raise_for_status()

    def client(self) -> httpx.Client:
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=self.socket), base_url="http://engine", timeout=60
        )


def processes(mark: str) -> dict[int, str]:
    """The living processes whose command lines contain ``mark``."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if mark in line:
                    found[int(entry.name)] = line
    return found


def _libraries(programs: Iterable[str]) -> set[str]:
    """What these are linked with; of several of them, ldd writes each one's own name with a colon."""
    done = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    words = done.stdout.replace("=>", " ").split()
    return {word for word in words if word.startswith("/") and not word.endswith(":")}


def image(packages: str = "") -> bytes:
    """The image as a tar: a shell and its tools, bash, and the system's Python with its library, and such packages."""
    busybox = shutil.which("busybox")
    python = os.path.realpath("/usr/bin/python3")
    if busybox is None or not os.path.exists(python):
        raise CannotStart("the image takes busybox (Debian: busybox-static) and /usr/bin/python3")
    told = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    library = told.stdout.strip()
    out = io.BytesIO()

    def wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if any(word in item.name.split("/")[-1] for word in LEFT_OUT) else item

    with tarfile.open(fileobj=out, mode="w") as tar:
        for folder in ("tmp", "workspace", "run", "proc", "dev", "etc"):
            item = tarfile.TarInfo(folder)
            item.type, item.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(item)
        tar.add(busybox, "usr/bin/busybox")
        for name in (*TOOLS, *MORE_TOOLS):
            _link(tar, f"bin/{name}", "/usr/bin/busybox")
        places = filter(None, (f"{library}/lib-dynload", packages))
        extensions = [str(found) for place in places for found in Path(place).rglob("*.so")]
        files = _libraries((python, "/bin/bash", *extensions))
        for file in sorted(file for file in files if not (packages and file.startswith(packages))):
            tar.add(os.path.realpath(file), file.lstrip("/"))
        tar.add(python, "usr/bin/python3")
        tar.add("/bin/bash", "usr/bin/bash")
        tar.add(library, library.lstrip("/"), filter=wanted)
        if packages:
            tar.add(packages, KERNEL_PLACE)
    return out.getvalue()


def _link(tar: tarfile.TarFile, name: str, to: str) -> None:
    item = tarfile.TarInfo(name)
    item.type, item.linkname = tarfile.SYMTYPE, to
    tar.addfile(item)


@contextmanager
def docker(*options: str) -> Iterator[Service]:
    """A Docker engine of our own, which leaves the machine's network as it is."""
    with _service("dockerd", lambda folder: [*_docker_line(folder), *options], {}) as service:
        yield service


@contextmanager
def podman() -> Iterator[Service]:
    """Podman's service, which speaks as Docker does."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", dir="/tmp") as conf:
        conf.write(PODMAN_CONF)
        conf.flush()
        with _service("podman", _podman_line, {"CONTAINERS_CONF": conf.name}) as service:
            yield service


def _docker_line(folder: str) -> list[str]:
    line = ["dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    line += ["--pidfile", f"{folder}/pid", "-H", f"unix://{folder}/s.sock", "--group", "root"]
    line += [
        "--iptables=false",
        "--ip6tables=false",
        "--bridge=none",
        "--ip-forward=false",
        "--ip-masq=false",
    ]
    return [*line, "--userland-proxy=false", "--storage-driver=overlay2"]


def _podman_line(folder: str) -> list[str]:
    line = ["podman", "--root", f"{folder}/data", "--runroot", f"{folder}/run", "--storage-driver", "overlay"]
    line += ["--cgroup-manager", "cgroupfs", "--runtime", "runc"]
    return [*line, "system", "service", "--time", "0", f"unix://{folder}/s.sock"]


@contextmanager
def _service(program: str, line: Callable[[str], list[str]], env: dict[str, str]) -> Iterator[Service]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise CannotStart(f"only root on Linux can start {program}")
    if shutil.which(program) is None:
        raise CannotStart(f"{program} is not installed")
    packed = image()
    folder = tempfile.mkdtemp(prefix="ta-", dir="/tmp")  # short: a socket's path holds about 107 bytes
    log = Path(folder, "log")
    with log.open("wb") as file:
        engine = subprocess.Popen(
            line(folder), stdout=file, stderr=file, env={**os.environ, **env}, start_new_session=True
        )
    try:
        service = Service(f"{folder}/s.sock", engine.pid)
        _await(service, engine, log)
        service.load(IMAGE, packed)
        yield service
    finally:
        engine.send_signal(signal.SIGTERM)
        try:
            engine.wait(START_S)
        except subprocess.TimeoutExpired:
            engine.kill()
        for pid in processes(folder):  # of one that was killed, the keepers of its containers
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _await(service: Service, engine: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and engine.poll() is None:
        if _listens(service.socket):
            with service.client() as client:
                client.get("/_ping").raise_for_status()
            return
        time.sleep(0.02)
    raise CannotStart(f"the engine does not start: {log.read_text(errors='replace').strip()[-400:]}")


def _listens(path: str) -> bool:
    """Asked without HTTP: its client leaves sockets open that find nobody."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(path) == 0


def unmount(folder: str) -> None:
    """What a program left mounted below its folder, the innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((one for one in mounts if one.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)
