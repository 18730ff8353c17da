"""Which cluster, and who we are there: as kubectl is told it, or as a pod of the cluster is."""

from __future__ import annotations

import os
import ssl
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.containers.engine import Json, as_object

from .cluster import Cluster

HINT = "pip install 'typedagents[k8s]'"
CONFIGURE = "name a file in KUBECONFIG, as kubectl has it"
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
LOGIN_S = 60


def find_cluster(
    *, config: str | None = None, context: str | None = None, namespace: str | None = None
) -> Cluster:
    """The cluster of a kubeconfig (``config``, else KUBECONFIG, else ~/.kube/config), else the one we run in."""
    told = config or os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    path = Path(told) if told else Path.home() / ".kube" / "config"
    if told or path.exists():
        return _configured(path, context, namespace)
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return _around_us(namespace)
    raise ExecutorUnavailable("no Kubernetes cluster is configured", CONFIGURE)


def _around_us(namespace: str | None) -> Cluster:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        token = (ACCOUNT / "token").read_text()
        here = (ACCOUNT / "namespace").read_text()
        trust = ssl.create_default_context(cafile=ACCOUNT / "ca.crt")
    except OSError as error:
        raise ExecutorUnavailable(f"this pod has no service account: {error}", CONFIGURE) from error
    shown = f"[{host}]" if ":" in host else host
    return Cluster(f"https://{shown}:{port}", namespace or here, {"Authorization": f"Bearer {token}"}, trust)


def _configured(path: Path, context: str | None, namespace: str | None) -> Cluster:
    try:
        import yaml
    except ImportError as error:
        raise ExecutorUnavailable("PyYAML, which reads kubeconfigs, is not installed", HINT) from error
    try:
        config: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ExecutorUnavailable(f"cannot read {path}: {error}", CONFIGURE) from error
    if not isinstance(config, dict):
        raise ExecutorUnavailable(f"{path} is no kubeconfig", CONFIGURE)
    chosen = _named(config, "context", context or str(config.get("current-context") or ""), path)
    cluster = _named(config, "cluster", str(chosen.get("cluster")), path)
    user = _named(config, "user", str(chosen.get("user")), path) if chosen.get("user") else {}
    try:
        login, trust = _login(user), _trust(cluster, user, path.parent)
    except (OSError, ValueError) as error:  # errors of certificates are OSErrors
        raise ExecutorUnavailable(
            f"cannot use a certificate or a token that {path} names: {error}", CONFIGURE
        ) from error
    space = namespace or str(chosen.get("namespace") or "default")
    return Cluster(str(cluster.get("server", "")), space, login, trust)


def _named(config: Json, what: str, name: str, path: Path) -> Json:
    """The entry of this name; ``ExecutorUnavailable`` says which there are."""
    found = config.get(f"{what}s")
    entries = {
        str(one.get("name")): one.get(what)
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict)
    }
    entry = entries.get(name)
    if not isinstance(entry, dict):
        known = ", ".join(entries) or "none"
        raise ExecutorUnavailable(f"{path} has no {what} {name!r}; there are: {known}", CONFIGURE)
    return entry


def _login(user: Json) -> Mapping[str, str]:
    token = user.get("token")
    if isinstance(user.get("tokenFile"), str):
        token = Path(str(user["tokenFile"])).read_text(encoding="utf-8").strip()
    if isinstance(helper := user.get("exec"), dict):
        token = _asked(helper)
    return {"Authorization": f"Bearer {token}"} if token else {}


def _asked(helper: Json) -> str:
    """The token that a program gives, which clouds bring for that."""
    line = [str(helper.get("command")), *(str(word) for word in _list(helper.get("args")))]
    about = (one for one in _list(helper.get("env")) if isinstance(one, dict))
    env = {**os.environ, **{str(one.get("name")): str(one.get("value")) for one in about}}
    try:
        done = subprocess.run(line, capture_output=True, check=True, timeout=LOGIN_S, env=env)
    except (OSError, subprocess.SubprocessError) as error:
        raise ExecutorUnavailable(
            f"{line[0]}, which logs in to the cluster, failed: {error}", CONFIGURE
        ) from error
    status = as_object(done.stdout).get("status")
    return str(status.get("token", "")) if isinstance(status, dict) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _trust(cluster: Json, user: Json, folder: Path) -> ssl.SSLContext:
    """Whom we trust, and what we prove ourselves with."""
    authority = _data(cluster, "certificate-authority", folder)
    trust = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify") is True:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    certificate, key = _data(user, "client-certificate", folder), _data(user, "client-key", folder)
    if certificate and key:
        with tempfile.TemporaryDirectory() as place:  # these can only be given as files
            Path(place, "both").touch(mode=0o600)
            Path(place, "both").write_bytes(certificate + b"\n" + key)
            trust.load_cert_chain(Path(place, "both"))
    return trust


def _data(entry: Json, name: str, folder: Path) -> bytes:
    if isinstance(told := entry.get(f"{name}-data"), str):
        return b64decode(told)
    return (folder / str(entry[name])).read_bytes() if entry.get(name) else b""
