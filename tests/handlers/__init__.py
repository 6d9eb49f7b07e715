"""What kopf calls, as far as it needs no cluster."""
