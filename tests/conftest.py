"""What all tests share: the control plane's fixtures, and profiles for Hypothesis."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.sandbox.plugin", "tests.core.reach.judges.plugin"]

# Timing asserts nothing here: a slow machine is no failure. `make fuzz` looks much longer than `make test`.
settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", deadline=None, max_examples=5000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
