# What this project uses of xllamacpp 2026.10, which brings no types.
# stubtest --ignore-missing-stub finds one difference it cannot be told: classes made by Cython show every __init__ as
# (*args, **kwargs).
from typing import Self

from typing_extensions import disjoint_base

@disjoint_base
class CpuParams:
    n_threads: int

@disjoint_base
class CommonParamsModel:
    path: str

@disjoint_base
class CommonParamsSampling:
    temp: float
    seed: int

@disjoint_base
class CommonParams:
    model: CommonParamsModel
    model_alias: set[str]
    hostnames: list[str]
    port: int
    api_keys: list[str]
    n_parallel: int
    n_ctx: int
    n_predict: int
    cpuparams: CpuParams
    cpuparams_batch: CpuParams
    sampling: CommonParamsSampling
    cache_prompt: bool
    cache_ram_mib: int
    ui: bool
    endpoint_slots: bool
    verbosity: int
    chat_template: str

@disjoint_base
class Server:
    def __new__(cls, common_params: CommonParams, /) -> Self: ...
    @property
    def listening_address(self) -> str: ...
