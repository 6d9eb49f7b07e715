"""Kopf at the edge: importing this package registers the handlers, as `kopf run -m netbaseline.handlers` expects."""

from netbaseline.handlers import baselines, lifecycle

__all__ = ["baselines", "lifecycle"]
