"""Requests are spread over a few clients, so that no pool grows large."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from tests.providers.asking import ask
from tests.providers.loopback import Loopback, running, said, serving, whole
from typedagents.providers import NoKey, OpenAIChat
from typedagents.providers.http import USERS, Clients, no_tls


async def made_for(users: int, clients: Clients) -> list[int]:
    """How many users each client has, while so many hold one."""
    async with AsyncExitStack() as held:
        found = [await held.enter_async_context(clients.client()) for _ in range(users)]
        return [found.count(client) for client in dict.fromkeys(found)]


def test_a_client_is_made_when_all_others_have_enough_users(backend: str) -> None:
    async def main() -> list[list[int]]:
        async with AsyncExitStack() as stack:
            clients = Clients(no_tls(), stack)
            return [await made_for(users, clients) for users in (1, 2 * USERS + 1, 2 * USERS + 1, 3)]

    full = [USERS, USERS, 1]
    one, first, again, few = anyio.run(main, backend=backend)
    assert (one, first, sorted(again, reverse=True), sum(few)) == ([1], full, full, 3)


def test_users_that_come_at_once_share_clients(backend: str) -> None:
    async def main() -> int:
        async with AsyncExitStack() as stack:
            clients = Clients(no_tls(), stack)
            seen: list[object] = []
            together = anyio.Event()

            async def use() -> None:
                async with clients.client() as client:
                    seen.append(client)
                    if len(seen) == 2 * USERS:
                        together.set()
                    await together.wait()

            async with anyio.create_task_group() as group:
                for _ in range(2 * USERS):
                    group.start_soon(use)
            return len(set(map(id, seen)))

    assert anyio.run(main, backend=backend) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_not_asked_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as nobody, serving(whole(said("direct"))) as server:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{nobody.port}")
        provider = OpenAIChat(model="m", base_url=f"http://{host}:{server.port}/v1")
        assert ask(provider).text == "direct"
        assert nobody.asked == []


def test_the_world_outside_is_asked_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(whole(said("by proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        outside = OpenAIChat(model="m", base_url="http://models.invalid/v1", api_key=NoKey())
        assert ask(outside).text == "by proxy"
        [asked] = proxy.asked
    assert asked.line == "POST http://models.invalid/v1/chat/completions HTTP/1.1"


ASK = """
import sys, anyio
from tests.providers.asking import ask
from typedagents.core.errors import ProviderError
from typedagents.providers import OpenAIChat
try:
    print(ask(OpenAIChat(model="m", base_url=sys.argv[1])).text)
except ProviderError as error:
    print(error.kind, error.text)
"""


def certificate(folder: Path) -> Path:
    """A certificate that nobody has signed, with its key."""
    x509 = pytest.importorskip("cryptography.x509")
    oid = pytest.importorskip("cryptography.x509.oid")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    forms = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(forms.Encoding.PEM)
    (folder / "key.pem").write_bytes(
        key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    )
    file = folder / "own.pem"
    file.write_bytes(pem)
    return file


def test_a_server_with_a_certificate_of_ones_own_is_trusted_by_the_environment(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, tmp_path / "key.pem")
    with running(Loopback([whole(said("in private"))], context)) as server:
        # The context is made once in a process: others ask here.
        address = f"https://localhost:{server.port}/v1"
        told = [asked_elsewhere(address, **more) for more in ({}, {"SSL_CERT_FILE": str(file)})]

    assert told[0].startswith("connection ")
    assert "certificate" in told[0].lower()
    assert told[1] == "in private\n"


def asked_elsewhere(address: str, **more: str) -> str:
    places = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", ASK, address],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": places, **more},
    )
    return done.stdout
