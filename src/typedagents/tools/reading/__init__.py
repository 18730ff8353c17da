"""From Python's annotations to shapes."""

from .annotations import Parameter, parameters_of, shape_of

__all__ = ["Parameter", "parameters_of", "shape_of"]
