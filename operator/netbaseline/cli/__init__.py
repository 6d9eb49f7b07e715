"""The command line: one command a file, each importing what it alone needs."""

from netbaseline.cli.app import main

__all__ = ["main"]
