"""A real Kubernetes control plane to throw away: etcd, the API server and the controller manager as plain processes.

Tests, benchmarks and the demo share it, because a fake API server agrees with whoever wrote the fake. It needs no
container runtime and no root: the binaries are built once from the Go modules pinned in `binaries/go.mod` and kept in a
cache. There are no nodes, so no pod ever runs; `python -m tests.sandbox --help` shows what can be done by hand.
"""
