"""The demo: the operator at work on a real control plane, told on one screen with what was measured on the way.

`make demo` runs it on a throw-away control plane of its own, or on the cluster of KUBECONFIG, where it removes what it
made and nothing else.
"""
