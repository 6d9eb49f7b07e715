"""The operator as its users run it: a real node, real pods, the image and the chart. `make e2e` runs it.

Everything lives in namespaces of its own (network, mounts, processes), so no bridge, no iptables rule, no mount and no
sysctl of the machine is touched, and the end of one process ends it all. It needs root and some packages:
docs/e2e.md says which.
"""
