"""Makes what the files for GitOps tools share with the operator: `python -m tools.gitops`."""
