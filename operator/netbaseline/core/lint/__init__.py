"""Mistakes in policies that the API server accepts: found, explained and, where that is safe, mended.

`registry.IN_ORDER` is the list of all rules.
"""
