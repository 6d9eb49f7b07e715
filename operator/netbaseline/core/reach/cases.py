"""What the NetworkPolicy API leaves to the network plugin, case by case.

A verdict that hangs on one of these is `depends`, with the case as its reason, until somebody says which plugin it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Case(StrEnum):
    """A question that the API's text leaves open."""

    HOST_NETWORK_TARGET = "host-network-target"
    """Does a policy isolate a hostNetwork pod that its podSelector selects? The concept page calls it undefined."""
    HOST_NETWORK_PEER = "host-network-peer"
    """Does a peer's podSelector match a hostNetwork pod, rather than its node's address?"""
    SELF = "self"
    """Does a pod always reach itself by its own address, whatever isolates it?"""
    OWN_NODE = "own-node"
    """Does a pod's own node always reach it (kubelet probes), whatever isolates it?"""
    BLOCK_ON_POD = "ip-block-on-pod"
    """Does an ipBlock match addresses of pods, hostNetwork or not, rather than only those outside of the cluster?"""
    SERVICE_ADDRESS = "service-address"
    """Does an ipBlock match the address of a Service, before it is translated to a pod's?"""
    ADDRESS_UNKNOWN = "address-unknown"
    """An ipBlock matches pods by address, and this one's isn't known. No plugin's matter, so no table answers it."""


QUESTIONS: Mapping[Case, str] = {
    Case.HOST_NETWORK_TARGET: "whether policies apply to hostNetwork pods is the network plugin's choice",
    Case.HOST_NETWORK_PEER: "whether a podSelector matches hostNetwork pods is the network plugin's choice",
    Case.SELF: "whether a pod always reaches itself by its own address is the network plugin's choice",
    Case.OWN_NODE: "whether a pod's own node always reaches it is the network plugin's choice",
    Case.BLOCK_ON_POD: "whether an ipBlock matches addresses of pods is the network plugin's choice",
    Case.SERVICE_ADDRESS: "whether an ipBlock is compared before or after a Service is resolved is the network plugin's"
    " choice",
    Case.ADDRESS_UNKNOWN: "an ipBlock may match this pod, whose address isn't known",
}


@dataclass(frozen=True, slots=True)
class Semantics:
    """The answers: True, False, or absent where it is open."""

    answers: Mapping[Case, bool] = field(default_factory=dict)
    enforces: bool = True
    """False where nothing enforces policies: then everything is allowed."""

    def answer(self, case: Case) -> bool | None:
        """What is known of `case`; None where it depends."""
        return self.answers.get(case)


OPEN = Semantics()
"""Nothing but the API's text."""
