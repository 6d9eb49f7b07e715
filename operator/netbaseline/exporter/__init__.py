"""The edge to Prometheus, and the only place that imports `prometheus_client`."""
