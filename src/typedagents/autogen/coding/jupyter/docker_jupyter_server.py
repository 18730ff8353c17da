"""Kernels in containers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Self

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.containers.engine import Engine
from typedagents.executors.containers.fresh import Containers, find_socket
from typedagents.executors.jupyter.kernels import jupyter_executor

__all__ = ["DockerJupyterServer"]

NOTHING: Mapping[str, str] = MappingProxyType({})


class DockerJupyterServer:
    """A place for kernels: containers of an image that has ipykernel, without network.

    The image has to be there and to be named: nothing is downloaded or built. No server runs in it and no port is
    open, and each container ends with its kernel, so the other options change nothing.
    """

    def __init__(
        self,
        *,
        custom_image_name: str | None = None,
        container_name: str | None = None,
        auto_remove: bool = True,
        stop_container: bool = True,
        docker_env: Mapping[str, str] = NOTHING,
        token: object = None,
    ) -> None:
        if custom_image_name is None:
            raise InvalidValue(
                "DockerJupyterServer needs the name of an image that has ipykernel: custom_image_name='...'. Make one"
                " with these two lines: FROM python:3-slim, RUN pip install ipykernel"
            )
        if docker_env:
            raise InvalidValue(
                f"docker_env cannot be given to kernels; found {', '.join(docker_env)}. Set it in the image (ENV)"
            )
        self._image = custom_image_name

    def kernels(self) -> CommandLineExecutor:
        """The executor."""
        return jupyter_executor(Containers(Engine(find_socket("docker")), self._image))

    def stop(self) -> None:
        """There is no server to stop; kernels end with their executor."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
