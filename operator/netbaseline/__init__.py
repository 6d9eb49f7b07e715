"""netbaseline: default-deny for Kubernetes namespaces, without cutting what must work."""

__version__ = "0.1.0"
