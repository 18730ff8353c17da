# What this project uses of xllamacpp 2026.10, which brings no types.
class CpuParams:
    n_threads: int

class CommonParamsModel:
    path: str

class CommonParamsSampling:
    temp: float
    seed: int

class CommonParams:
    def __init__(self) -> None: ...
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

class Server:
    def __init__(self, common_params: CommonParams) -> None: ...
    @property
    def listening_address(self) -> str: ...
