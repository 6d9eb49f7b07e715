// Manifests that other projects ship in their Go modules: kinds that ours refer to. Nothing is built from it.
module netbaseline.dev/manifests

go 1.26.0

require (
	github.com/fluxcd/kustomize-controller v1.9.6
	github.com/fluxcd/source-controller v1.9.6
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
