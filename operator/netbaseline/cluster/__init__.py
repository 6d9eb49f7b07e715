"""The edge to Kubernetes and the only place that imports `kubernetes`: transport, reflectors, stores, writes, lease."""
