"""What `netbaseline lint` reads and prints; the rules themselves are in `core/lint`."""
