from collections.abc import Callable, MutableMapping, Sequence
from datetime import timedelta
from typing import Self

from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter

from .workflow_sandbox import SandboxedWorkflowRunner

class WorkflowInterceptorClassInput:
    unsafe_extern_functions: MutableMapping[str, Callable[[], object]]

class WorkflowOutboundInterceptor: ...

class WorkflowInboundInterceptor:
    def init(self, outbound: WorkflowOutboundInterceptor) -> None: ...

class Interceptor:
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None: ...

class Worker:
    def __init__(
        self,
        client: Client,
        *,
        task_queue: str,
        activities: Sequence[object] = ...,
        workflows: Sequence[type] = ...,
        workflow_runner: SandboxedWorkflowRunner = ...,
        interceptors: Sequence[Interceptor] = ...,
        max_cached_workflows: int = ...,
        max_concurrent_workflow_tasks: int | None = ...,
        max_concurrent_activities: int | None = ...,
        max_task_queue_activities_per_second: float | None = ...,
        graceful_shutdown_timeout: timedelta = ...,
    ) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *args: object) -> None: ...

class Replayer:
    def __init__(
        self,
        *,
        workflows: Sequence[type],
        workflow_runner: SandboxedWorkflowRunner = ...,
        data_converter: DataConverter = ...,
        interceptors: Sequence[Interceptor] = ...,
    ) -> None: ...
    async def replay_workflow(self, history: WorkflowHistory) -> object: ...
