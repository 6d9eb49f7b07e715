"""What Argo CD and Flux make of baselines, and what pipelines make of `render`."""
