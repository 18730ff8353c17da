from collections.abc import Callable
from typing import TypeVar

_F = TypeVar("_F")

class Info:
    attempt: int
    activity_id: str
    task_queue: str

def defn(*, name: str) -> Callable[[_F], _F]: ...
def heartbeat(*details: object) -> None: ...
def info() -> Info: ...
