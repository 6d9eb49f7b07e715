"""What the tests run on: they are the same on either."""

from tests.e2e.kind import KindCluster
from tests.e2e.node import Node

Cluster = Node | KindCluster
