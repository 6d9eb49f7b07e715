"""The Helm chart, with the real helm: rendered, compared with the kustomizations, and installed."""
