"""The documentation, run: what it tells a reader to type works, and what it shows is what comes out."""
