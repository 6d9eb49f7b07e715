"""Manifests in, an Inventory out: what a folder, a stream or a cluster holds, read as the API server would read it."""

from netbaseline.core.manifests.gather import Gathered, gather
from netbaseline.core.manifests.given import Given, Refused, Remark, called, place, reading, shown

__all__ = ["Gathered", "Given", "Refused", "Remark", "called", "gather", "place", "reading", "shown"]
