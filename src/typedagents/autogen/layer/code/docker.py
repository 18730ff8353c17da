"""Containers as places for the code of classic programs: ``use_docker=True``, or the name of an image."""

from __future__ import annotations

from typedagents.autogen.exception_utils import InvalidType
from typedagents.executors.containers.engine import Engine
from typedagents.executors.containers.fresh import IMAGE, Containers, find_socket
from typedagents.executors.planner import LANGUAGES
from typedagents.executors.sandbox import SandboxFactory


def image_of(use_docker: object) -> str | None:
    """The image that ``use_docker`` asks for; None where it asks for none. Of several names the first is taken."""
    match use_docker:
        case None | False | "":
            return None
        case True:
            return IMAGE
        case str():
            return use_docker
        case [str(first), *_]:
            return first
        case _:
            raise InvalidType(
                f"use_docker is True, False, the name of an image or a list of names; found {use_docker!r:.60}"
            )


def containers_over(work_dir: str, image: str) -> SandboxFactory:
    """Sandboxes over this folder, a container for each program. ``ExecutorUnavailable`` where there is no Docker."""
    return Containers(Engine(find_socket("docker")), image, work_dir, languages=tuple(LANGUAGES))
