# What this project uses of dbos 3.4 and later, whose own types say Any where a value passes.
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Generic, ParamSpec, TypedDict, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

class Serializer:
    def serialize(self, data: object) -> str: ...
    def deserialize(self, serialized_data: str) -> object: ...
    def name(self) -> str: ...

class DBOSConfig(TypedDict, total=False):
    name: str
    system_database_url: str
    application_version: str
    executor_id: str
    serializer: Serializer
    log_level: str
    notification_listener_polling_interval_sec: float
    max_executor_threads: int

class StepOptions(TypedDict, total=False):
    name: str

class EnqueueOptions(TypedDict, total=False):
    workflow_name: str
    queue_name: str
    workflow_id: str
    app_version: str

class StepInfo(TypedDict):
    function_id: int
    function_name: str

class WorkflowStatus:
    workflow_id: str
    status: str
    output: object
    error: BaseException | None

class WorkflowHandleAsync(Generic[_R]):
    workflow_id: str
    async def get_result(self, *, polling_interval_sec: float = ...) -> _R: ...
    async def get_status(self) -> WorkflowStatus: ...

class StepReservation:
    async def run_async(
        self, dbos_step_options: StepOptions | None, func: Callable[[], Awaitable[_R]]
    ) -> _R: ...

def SetWorkflowID(wfid: str) -> AbstractContextManager[object]: ...

class DBOS:
    workflow_id: str
    def __init__(self, *, config: DBOSConfig) -> None: ...
    @classmethod
    def migrate(cls, system_database_url: str) -> None: ...
    @classmethod
    def launch(cls) -> None: ...
    @classmethod
    def destroy(cls, *, destroy_registry: bool = ..., workflow_completion_timeout_sec: int = ...) -> None: ...
    @classmethod
    def workflow(
        cls, *, name: str | None = ..., max_recovery_attempts: int | None = ...
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
    @classmethod
    async def register_queue_async(
        cls,
        name: str,
        *,
        worker_concurrency: int | None = ...,
        global_concurrency: int | None = ...,
        limiter: Mapping[str, float] | None = ...,
        polling_interval_sec: float = ...,
        on_conflict: str = ...,
    ) -> object: ...
    @classmethod
    async def enqueue_workflow_async(
        cls,
        queue_name: str,
        func: Callable[_P, Coroutine[object, object, _R]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> WorkflowHandleAsync[_R]: ...
    @classmethod
    async def start_workflow_async(
        cls, func: Callable[_P, Coroutine[object, object, _R]], *args: _P.args, **kwargs: _P.kwargs
    ) -> WorkflowHandleAsync[_R]: ...
    @classmethod
    async def run_step_async(
        cls, dbos_step_options: StepOptions | None, func: Callable[[], Awaitable[_R]]
    ) -> _R: ...
    @classmethod
    def reserve_step(cls) -> StepReservation: ...
    @classmethod
    async def recv_async(cls, topic: str | None = ..., timeout_seconds: float = ...) -> object: ...
    @classmethod
    async def sleep_async(cls, seconds: float) -> None: ...
    @classmethod
    async def set_event_async(cls, key: str, value: object) -> None: ...

class DBOSClient:
    def __init__(self, *, system_database_url: str, serializer: Serializer = ...) -> None: ...
    async def enqueue_async(self, options: EnqueueOptions, *args: object) -> WorkflowHandleAsync[object]: ...
    async def retrieve_workflow_async(self, workflow_id: str) -> WorkflowHandleAsync[object]: ...
    async def send_async(
        self, destination_id: str, message: object, topic: str | None = ..., idempotency_key: str | None = ...
    ) -> None: ...
    async def get_event_async(self, workflow_id: str, key: str, timeout_seconds: float = ...) -> object: ...
    async def list_workflow_steps_async(self, workflow_id: str) -> Sequence[StepInfo]: ...
    async def list_workflows_async(
        self, *, status: Sequence[str] | None = ..., workflow_id_prefix: str | None = ...
    ) -> Sequence[WorkflowStatus]: ...
    async def fork_workflow_async(
        self, workflow_id: str, start_step: int, *, application_version: str | None = ...
    ) -> WorkflowHandleAsync[object]: ...
    def destroy(self) -> None: ...
