from enum import IntEnum

class RetryConfig:
    def __init__(self, *, max_elapsed_time_millis: int | None = ..., max_retries: int = ...) -> None: ...

class RPCStatusCode(IntEnum):
    NOT_FOUND = 5

class RPCError(Exception):
    @property
    def status(self) -> RPCStatusCode: ...
