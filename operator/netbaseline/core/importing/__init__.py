"""Existing NetworkPolicies in, the NetworkBaselines that mean the same out, and the proof that they do."""
