"""Makes the dashboard from code, and Kubernetes objects from the rules: `python -m tools.monitoring`."""
