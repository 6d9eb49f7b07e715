"""Flows that somebody observed, each format in a file of its own."""
