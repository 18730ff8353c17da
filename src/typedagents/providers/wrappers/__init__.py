"""Providers around providers: each takes a model and is one, so they are put around each other.

retry(model)                      asks again after failures that may pass
limit(model, concurrency=8)       no more at once, or in a minute, than a service allows
budget(model, Budget(...))        no more than may be spent
fallback(model, other)            the next one where one fails
function(answer)                  a plain function as a model

The usual order: ``fallback(retry(budget(limit(service))), ...)``. An order that would not do what it says is refused.
"""

from .budget import Allowance, budget
from .clock import Clock
from .fallback import fallback
from .function import function
from .limit import Limiter, limit
from .retry import retry

__all__ = ["Allowance", "Clock", "Limiter", "budget", "fallback", "function", "limit", "retry"]
