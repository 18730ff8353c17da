# What this project uses of pydantic-monty 1.4, which is an extra and not installed everywhere.
from collections.abc import Callable, Mapping
from typing import Literal, Protocol, Self

NOT_HANDLED: object

class MontyError(Exception):
    def exception(self) -> BaseException: ...

class MontySyntaxError(MontyError):
    def display(self) -> str: ...

class MontyRuntimeError(MontyError):
    def display(self) -> str: ...

class MontyCrashedError(MontyError):
    @property
    def exit_status(self) -> int | None: ...

class OsHandler(Protocol):
    def __call__(
        self,
        *,
        name: str,
        args: tuple[object, ...],
        kwargs: Mapping[str, object],
        is_async: bool,
        **later: object,
    ) -> object: ...

class MontySession:
    @property
    def worker_pid(self) -> int | None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def feed_run(
        self,
        code: str,
        *,
        print_callback: Callable[[Literal["stdout", "stderr"], str], None],
        os: OsHandler,
    ) -> object: ...

class Monty:
    def __init__(self, *, max_processes: int, checkout_timeout: float) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def checkout(self, *, limits: Mapping[str, float], os_policy: Mapping[str, str]) -> MontySession: ...
