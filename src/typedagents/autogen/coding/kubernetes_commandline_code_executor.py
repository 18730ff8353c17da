"""Programs in files of a folder, run in pods of a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.code.command_line import CommandLineExecutor
from typedagents.autogen.layer.code.running import Programs, limits_of
from typedagents.executors.containers.fresh import IMAGE
from typedagents.executors.kubernetes.pods import Pods, kubernetes_cluster
from typedagents.executors.planner import LANGUAGES
from typedagents.executors.sandbox import SandboxFactory

__all__ = ["PodCommandLineCodeExecutor"]

WORKSPACE = "/workspace"


class PodCommandLineCodeExecutor(CommandLineExecutor):
    """Runs blocks of code in a pod of ``image``, over the folder ``/workspace`` in it.

    Each call of ``execute_code_blocks`` has a pod of its own, which is removed afterwards with all its files: so
    ``pod_name``, ``container_name`` and ``stop_container`` change nothing. The cluster is the one that kubectl would
    take, or that of ``kube_config_file``; it is asked at the first run.
    """

    def __init__(
        self,
        image: str = IMAGE,
        pod_name: str | None = None,
        namespace: str | None = None,
        pod_spec: object = None,
        container_name: str = "autogen-code-exec",
        timeout: int = 60,
        work_dir: Path | str = WORKSPACE,
        kube_config_file: str | None = None,
        stop_container: bool = True,
        execution_policies: Mapping[str, bool] | None = None,
    ) -> None:
        super().__init__(timeout, work_dir, execution_policies)
        if str(work_dir) != WORKSPACE:
            raise InvalidValue(f"work_dir is {WORKSPACE} in every pod; found {str(work_dir)!r}")
        if pod_spec is not None:
            raise InvalidValue(
                "pod_spec: pods are made here, without rights and network credentials; name image and namespace, or write"
                " typedagents.executors.Pods(...) for more"
            )
        self._image = image
        self._namespace = namespace
        self._config = kube_config_file

    def stop(self) -> None:
        """Each pod ends with its programs, so there is nothing to stop."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _place(self) -> SandboxFactory:
        cluster = kubernetes_cluster(config=self._config, namespace=self._namespace)
        return Pods(cluster, self._image, tuple(LANGUAGES))

    def _manner(self) -> Programs:
        return Programs(self.execution_policies, limits_of(self._timeout))
