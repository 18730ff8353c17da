"""A Kubernetes cluster of our own on this machine: etcd, an API server, a scheduler, and one kubelet over Docker.

Its programs are built once by `build.sh` beside this file; TYPEDAGENTS_KUBERNETES names the folder they are in. Where
they, or what they need, are missing, the tests that need a cluster are skipped with that as the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TypeAlias

import httpx
from attrs import frozen

from tests.executors import machinery
from tests.executors.machinery import CannotStart
from typedagents.executors import Cluster

PROGRAMS = ("kube-apiserver", "kube-scheduler", "kubelet")
BESIDES = ("etcd", "openssl", "dockerd", "runc", "busybox", "ip", "nsenter")
PAUSE = "typedagents/pause"
START_S = 120
ETCD, ETCD_PEERS, SERVER = 23790, 23800, 16443

Node: TypeAlias = dict[str, dict[str, list[dict[str, str]]]]

RUNC = """\
#!/usr/bin/env python3
import json, os, sys
if "--bundle" in sys.argv:  # what may not be had everywhere: a process that is spared when memory runs out
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    config = json.load(open(path))
    if config["process"].get("oomScoreAdj", 0) < 0:
        config["process"]["oomScoreAdj"] = 0
        json.dump(config, open(path, "w"))
os.execvp("runc", ["runc", *sys.argv[1:]])
"""

NETWORK = """\
#!/bin/sh
address=10.88.0.2/32
if [ "$CNI_COMMAND" = ADD ] && [ "$CNI_IFNAME" = eth0 ]; then
  nsenter --net="$CNI_NETNS" sh -ec "
    ip link add eth0 type veth peer name nowhere; ip addr add $address dev eth0; ip link set eth0 up" >&2
fi
cat <<END
{"cniVersion": "0.3.1", "supportedVersions": ["0.3.1"], "ips": [{"version": "4", "address": "$address"}]}
END
"""
"""Gives a pod the address that a node wants it to have, on a device that leads nowhere."""


def folder_of_programs() -> Path:
    """Where `build.sh` was told to put them."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "typedagents", "kubernetes")
    return Path(os.environ.get("TYPEDAGENTS_KUBERNETES") or usual)


def missing() -> list[str]:
    """The programs that are not there."""
    built = folder_of_programs()
    lacking = [str(built / name) for name in PROGRAMS if not os.access(built / name, os.X_OK)]
    return lacking + [name for name in BESIDES if shutil.which(name) is None]


@frozen
class _Starting:
    """Starts programs that end, in the other order, when the stack does; what they say goes into the folder."""

    stack: ExitStack
    folder: Path

    def __call__(self, line: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.folder / f"{Path(line[0]).name}.log").open("wb"))
        process = subprocess.Popen(
            line,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=self.folder,
            env={**os.environ, **(env or {})},
        )
        self.stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that can run pods of the tests' image."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise CannotStart("only root can start a cluster")
    if lacking := missing():
        raise CannotStart(
            f"missing: {', '.join(lacking)}; tests/kubernetes/build.sh FOLDER builds the programs"
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tk-", dir="/tmp")))
        stack.callback(machinery.unmount, str(folder))
        runtime = folder / "runc"
        runtime.write_text(RUNC)
        runtime.chmod(0o755)
        engine = stack.enter_context(
            machinery.docker(f"--add-runtime=spared={runtime}", "--default-runtime=spared")
        )
        _import_pause(engine)
        start = _Starting(stack, folder)
        found = _start_server(start, folder)
        _start_node(start, folder, found, engine)
        _await(folder, found, "/api/v1/nodes/127.0.0.1", _is_ready)
        yield found
        _remove_all_pods(found)


def _import_pause(engine: machinery.Service) -> None:
    """The container that holds a pod's namespaces: it sleeps."""
    with engine.client() as client:
        body = {"Image": machinery.IMAGE, "Entrypoint": ["sleep", "1000000"]}
        made = (
            client.post("/containers/create", params={"name": "pause"}, json=body).raise_for_status().json()
        )
        query = {"container": made["Id"], "repo": PAUSE, "tag": "1"}
        client.post("/commit", params=query).raise_for_status()
        client.delete("/containers/pause").raise_for_status()


def _start_server(start: _Starting, folder: Path) -> Cluster:
    """A store and the API server; who holds the token may do everything."""
    token, built = token_hex(16), folder_of_programs()
    (folder / "tokens").write_text(f'{token},tester,1,"system:masters"\n')
    key = folder / "key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    etcd, peers = f"http://127.0.0.1:{ETCD}", f"http://127.0.0.1:{ETCD_PEERS}"
    start(
        [
            "etcd",
            "--unsafe-no-fsync",
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        ]
    )
    start(
        [
            str(built / "kube-apiserver"),
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={SERVER}",
            "--insecure-port=0",
            f"--cert-dir={folder}/certificates",
            f"--token-auth-file={folder}/tokens",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
            "--kubelet-preferred-address-types=InternalIP",
            "--endpoint-reconciler-type=none",
        ]
    )
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # it signs for itself
    found = Cluster(f"https://127.0.0.1:{SERVER}", "default", {"Authorization": f"Bearer {token}"}, trust)
    _await(folder, found, "/api/v1/namespaces/default", lambda _: True)
    return found


def _start_node(start: _Starting, folder: Path, found: Cluster, engine: machinery.Service) -> None:
    built, config = folder_of_programs(), folder / "kubeconfig"
    config.write_text(json.dumps(kubeconfig_of(found)))
    config.chmod(stat.S_IRUSR)
    _make_network(folder)
    start(
        [
            str(built / "kube-scheduler"),
            f"--kubeconfig={config}",
            "--leader-elect=false",
            "--port=0",
            "--secure-port=0",
        ]
    )
    start(
        [
            str(built / "kubelet"),
            f"--kubeconfig={config}",
            "--hostname-override=127.0.0.1",
            "--address=127.0.0.1",
            "--container-runtime=docker",
            f"--docker-endpoint=unix://{engine.socket}",
            "--cgroup-driver=cgroupfs",
            "--cgroups-per-qos=false",
            "--enforce-node-allocatable=",
            "--fail-swap-on=false",
            "--anonymous-auth=true",
            "--authorization-mode=AlwaysAllow",
            f"--pod-infra-container-image={PAUSE}:1",
            f"--root-dir={folder}/kubelet",
            f"--cert-dir={folder}/kubelet-certificates",
            "--make-iptables-util-chains=false",
            "--network-plugin=cni",
            f"--cni-bin-dir={folder}/network",
            f"--cni-conf-dir={folder}/network",
            f"--cni-cache-dir={folder}/network-cache",
            "--eviction-hard=memory.available<50Mi",
        ]
    )


def _make_network(folder: Path) -> None:
    """A network plugin of our own, which is asked for the loopback device too."""
    (folder / "network").mkdir()
    for name in ("nowhere", "loopback"):
        (folder / "network" / name).write_text(NETWORK)
        (folder / "network" / name).chmod(0o755)
    told = {"cniVersion": "0.3.1", "name": "nowhere", "type": "nowhere"}
    (folder / "network" / "nowhere.conf").write_text(json.dumps(told))


def kubeconfig_of(found: Cluster) -> dict[str, object]:
    """What kubectl would be told of this cluster."""
    token = found.headers["Authorization"].removeprefix("Bearer ")
    named = {"server": found.server, "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": named}],
        "users": [{"name": "tests", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
    }


def _is_ready(node: Node) -> bool:
    return any(
        one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions", ())
    )


def _await(folder: Path, found: Cluster, path: str, says: Callable[[Node], bool]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with found.blocking_client() as client:
            try:
                answer = client.get(path)
                if answer.is_success and says(answer.json()):
                    return
            except httpx.HTTPError:
                pass
        time.sleep(0.2)
    said = "; ".join(f"{log.name}: {log.read_text(errors='replace')[-300:]}" for log in folder.glob("*.log"))
    raise CannotStart(f"the cluster does not start: {said}")


def _remove_all_pods(found: Cluster) -> None:
    with found.blocking_client() as client:
        client.delete(found.pods, params={"gracePeriodSeconds": "0"})


def pods_left(found: Cluster) -> list[str]:
    """The names of all pods that are listed."""
    with found.blocking_client() as client:
        return [one["metadata"]["name"] for one in client.get(found.pods).json()["items"]]
