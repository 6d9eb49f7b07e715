"""The operator's service account."""

from dataclasses import dataclass

from tests.sandbox.control_plane import ControlPlane

_MANIFEST = """
apiVersion: v1
kind: Namespace
metadata: {name: netbaseline-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: netbaseline-faults, namespace: netbaseline-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: netbaseline-faults}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: netbaseline-faults, namespace: netbaseline-system}]
"""


@dataclass(frozen=True)
class Account:
    """A service account by namespace and name."""

    namespace: str
    name: str


def operator_account(plane: ControlPlane) -> Account:
    """The account of a control plane that may do what the operator does."""
    plane.kubectl("apply", "-f", "-", stdin=_MANIFEST)
    return Account("netbaseline-system", "netbaseline-faults")
