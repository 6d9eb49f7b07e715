"""Makes what the Helm chart shares with the rest of the project: `python -m tools.chart`."""
