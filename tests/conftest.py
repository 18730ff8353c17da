"""How hard Hypothesis looks: `HYPOTHESIS_PROFILE=ci` or `nightly` asks for more than the everyday profile."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

# No deadline: the machines that run this differ, and nothing here is a promise about time.
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("everyday", max_examples=40, deadline=None, suppress_health_check=SLOW)
settings.register_profile("ci", max_examples=150, deadline=None, suppress_health_check=SLOW, derandomize=True)
settings.register_profile("nightly", max_examples=1500, deadline=None, suppress_health_check=SLOW)
# For tests that run tests: the first failure is enough, as it is.
settings.register_profile(
    "quick",
    max_examples=60,
    deadline=None,
    suppress_health_check=SLOW,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "everyday"))
