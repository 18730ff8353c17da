from collections.abc import AsyncIterator, Sequence
from typing import Generic, Protocol, Self, TypeVar

from temporalio.converter import DataConverter
from temporalio.service import RetryConfig

_R = TypeVar("_R")

class _ActivityType(Protocol):
    name: str

class _Scheduled(Protocol):
    activity_id: str
    activity_type: _ActivityType

class _Started(Protocol):
    scheduled_event_id: int
    attempt: int

class _GoneOn(Protocol):
    new_execution_run_id: str

class HistoryEvent(Protocol):
    event_id: int
    activity_task_scheduled_event_attributes: _Scheduled
    activity_task_started_event_attributes: _Started
    workflow_execution_continued_as_new_event_attributes: _GoneOn
    def HasField(self, name: str) -> bool: ...
    def ByteSize(self) -> int: ...

class WorkflowHistory:
    workflow_id: str
    events: Sequence[HistoryEvent]
    def to_json(self) -> str: ...
    @staticmethod
    def from_json(workflow_id: str, history: str) -> WorkflowHistory: ...

class WorkflowExecutionDescription:
    run_id: str
    status: object
    history_length: int

class WorkflowHandle(Generic[_R]):
    id: str
    async def result(self) -> _R: ...
    async def query(self, query: str, *, result_type: type[object]) -> object: ...
    async def execute_update(
        self, update: str, *, args: Sequence[object], id: str, result_type: type[object]
    ) -> object: ...
    def fetch_history_events(self) -> AsyncIterator[HistoryEvent]: ...
    async def fetch_history(self) -> WorkflowHistory: ...
    async def describe(self) -> WorkflowExecutionDescription: ...
    async def cancel(self) -> None: ...
    async def terminate(self, reason: str = ...) -> None: ...

class WorkflowFailureError(Exception):
    @property
    def cause(self) -> BaseException: ...

class WorkflowUpdateFailedError(Exception):
    @property
    def cause(self) -> BaseException: ...

class Client:
    @classmethod
    async def connect(
        cls,
        target_host: str,
        *,
        namespace: str = ...,
        data_converter: DataConverter = ...,
        retry_config: RetryConfig | None = ...,
    ) -> Self: ...
    async def start_workflow(
        self, workflow: str, arg: object, *, id: str, task_queue: str, result_type: type[_R]
    ) -> WorkflowHandle[_R]: ...
    def get_workflow_handle(
        self, workflow_id: str, *, run_id: str | None = ..., result_type: type[_R]
    ) -> WorkflowHandle[_R]: ...
