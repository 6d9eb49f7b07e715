"""The engine before judges who know nothing of it: two programs of others, and our own plain evaluator."""
