"""Which models to ask, and how: in code, in variables of the environment, and in files.

provider_of({"model": "...", "api_key_env": "..."})       one entry as a provider
providers_from([entry, other])                            several, in their order
find_configuration().provider()                           what is configured on this machine, wherever that is
config_list_from_json("OAI_CONFIG_LIST")                  a list as AutoGen's programs have it

An entry is a dict of names and values. All that reads one reads it here: the command line, the AutoGen layer, programs.
"""

from .asking import provider_of, providers_from
from .configuration import Configuration
from .lists import config_list_from_json
from .llm_config import LLMConfig
from .places import find_configuration, find_named

__all__ = [
    "Configuration",
    "LLMConfig",
    "config_list_from_json",
    "find_configuration",
    "find_named",
    "provider_of",
    "providers_from",
]
