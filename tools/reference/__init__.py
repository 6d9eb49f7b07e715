"""The pages of reference, made from the code: the API, conditions, metrics, lint rules, commands, network plugins."""
