"""What `__all__` lists is there, and says what it is."""

from __future__ import annotations

import importlib
import inspect
import types

import pytest

from tests.house.distribution import NEEDS_EXTRAS, module_names

MODULES = [name for name in module_names() if not name.startswith(NEEDS_EXTRAS)]


def public_names(module: types.ModuleType) -> list[str]:
    """Returns a module's `__all__`; a package without one promises nothing."""
    names: object = vars(module).get("__all__", [])
    assert isinstance(names, list | tuple), f"{module.__name__}.__all__ is no list"
    return [str(name) for name in names]


@pytest.mark.parametrize("name", MODULES)
def test_all_is_true_and_has_no_double(name: str) -> None:
    module = importlib.import_module(name)
    names = public_names(module)

    assert [public for public in names if not hasattr(module, public)] == []
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


def test_every_public_class_and_function_has_a_docstring_of_its_own() -> None:
    module = importlib.import_module("typedagents")
    silent = [name for name in public_names(module) if not documented(getattr(module, name))]

    assert silent == []


def test_a_docstring_that_attrs_or_a_base_class_wrote_does_not_count() -> None:
    class Silent(Exception):
        pass

    assert not documented(Silent)
    assert documented(test_a_docstring_that_attrs_or_a_base_class_wrote_does_not_count) is False
    assert documented(documented)
    assert documented(1.5), "constants and type aliases are explained where they are assigned"


def documented(value: object) -> bool:
    """Tells whether a class or function has its own docstring; other values cannot have one."""
    if inspect.isclass(value):
        return bool((vars(value).get("__doc__") or "").strip())
    if inspect.isfunction(value):
        return bool((value.__doc__ or "").strip())
    return True
