from typing import ClassVar, Self

class SandboxRestrictions:
    default: ClassVar[SandboxRestrictions]
    def with_passthrough_modules(self, *modules: str) -> Self: ...

class SandboxedWorkflowRunner:
    def __init__(self, restrictions: SandboxRestrictions = ...) -> None: ...
