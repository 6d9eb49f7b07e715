"""What every pod is open to, by connectivity: namespace by namespace, then added up."""
