"""The command line: one command a file, each importing what it alone needs."""
