"""Which cluster, and who we are there."""

from __future__ import annotations

import ssl
import sys
from base64 import b64encode
from pathlib import Path

import anyio
import pytest

from tests.kubernetes.loopback import Api, Refusal
from typedagents import ExecutorUnavailable
from typedagents.executors import executor_named, kubernetes_cluster, kubernetes_executor, probe_kubernetes

pytest.importorskip("yaml")
pytest.importorskip("httpx_ws")

CONFIG = """
current-context: here
contexts:
- {name: here, context: {cluster: a, user: token, namespace: team}}
- {name: there, context: {cluster: b, user: helper}}
- {name: nobody, context: {cluster: a}}
- {name: filed, context: {cluster: a, user: file}}
- {name: broken, context: {cluster: a, user: broken}}
- {name: lost, context: {cluster: nowhere}}
clusters:
- {name: a, cluster: {server: 'http://127.0.0.1:PORT'}}
- {name: b, cluster: {server: 'https://b', insecure-skip-tls-verify: true}}
users:
- {name: token, user: {token: sesame}}
- {name: file, user: {tokenFile: 'FOLDER/token'}}
- {name: broken, user: {exec: {command: FOLDER/none}}}
- name: helper
  user:
    exec:
      command: PYTHON
      args: [-c, "import os; print('{\\"status\\": {\\"token\\": \\"' + os.environ['WORD'] + '\\"}}')"]
      env: [{name: WORD, value: asked}]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig that is found."""
    (tmp_path / "token").write_text("filed\n")
    text = CONFIG.replace("FOLDER", str(tmp_path)).replace("PYTHON", sys.executable).replace("PORT", "1")
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.mark.parametrize(
    ("context", "token"),
    [(None, "Bearer sesame"), ("there", "Bearer asked"), ("filed", "Bearer filed"), ("nobody", "")],
)
@pytest.mark.usefixtures("config")
def test_who_we_are_is_read(context: str | None, token: str) -> None:
    assert kubernetes_cluster(context=context).headers.get("Authorization", "") == token


@pytest.mark.usefixtures("config")
def test_where_it_is_is_read() -> None:
    assert kubernetes_cluster().namespace == "team"
    assert kubernetes_cluster(namespace="mine").pods == "/api/v1/namespaces/mine/pods"
    there = kubernetes_cluster(context="there")
    assert (there.server, there.namespace, there.trust.verify_mode) == ("https://b", "default", ssl.CERT_NONE)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("nowhere", "has no context 'nowhere'; there are: here, there, nobody"),
        ("lost", "has no cluster 'nowhere'; there are: a, b"),
        ("broken", "none, which logs in to the cluster, failed"),
    ],
)
def test_what_is_not_there_is_named(config: Path, context: str, said: str) -> None:
    with pytest.raises(ExecutorUnavailable, match=said):
        kubernetes_cluster(config=str(config), context=context)


@pytest.mark.parametrize("text", ["[", "just text", "\x00"])
def test_what_is_no_configuration_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad").write_text(text)
    with pytest.raises(ExecutorUnavailable, match=r"(cannot read .*bad|bad is no kubeconfig)"):
        kubernetes_cluster(config=str(tmp_path / "bad"))
    with pytest.raises(ExecutorUnavailable, match=r"cannot read .*none"):
        kubernetes_cluster(config=str(tmp_path / "none"))


def test_without_any_nothing_is_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(
        ExecutorUnavailable, match="no Kubernetes cluster is configured; name a file in KUBECONFIG"
    ):
        executor_named("kubernetes")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    with pytest.raises(ExecutorUnavailable, match="this pod has no service account"):
        kubernetes_executor()


def test_what_is_not_installed_says_how_to_get_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "yaml", None)
        with pytest.raises(ExecutorUnavailable, match=r"PyYAML.*typedagents\[k8s\]"):
            kubernetes_cluster()
    monkeypatch.setitem(sys.modules, "httpx_ws", None)
    with pytest.raises(ExecutorUnavailable, match=r"httpx-ws.*typedagents\[k8s\]"):
        kubernetes_cluster()


def test_an_authority_that_is_none_is_said(tmp_path: Path) -> None:
    data = b64encode(b"no certificate").decode()
    text = CONFIG.replace("PORT'", f"1', certificate-authority-data: {data}")
    (tmp_path / "config").write_text(text)
    with pytest.raises(ExecutorUnavailable, match="certificate"):
        kubernetes_cluster(config=str(tmp_path / "config"))


def put_port(config: Path, port: str) -> None:
    """Have the cluster listen there."""
    config.write_text(config.read_text().replace("127.0.0.1:1'", f"127.0.0.1:{port}'"))


@pytest.mark.parametrize(("refusals", "works"), [({}, True), ({"GET": Refusal(401, "who are you")}, False)])
def test_the_doctor_asks_whether_pods_may_be_seen(
    config: Path, *, refusals: dict[str, Refusal], works: bool
) -> None:
    async def go() -> tuple[bool, str]:
        async with Api(refusals=refusals).listening() as cluster:
            put_port(config, cluster.server.rpartition(":")[2])
            probe = await anyio.to_thread.run_sync(probe_kubernetes)
            return probe.works, probe.text

    found, text = anyio.run(go)
    assert found is works
    assert ("pods at http://127.0.0.1" if works else "who are you") in text
