# Every target does all of its own set-up from a fresh clone: `make demo` and `make test` need nothing before them but
# Python 3.11 or newer, and a network for the first run.

PYTHON ?= python3
PYTEST_ARGS ?=
WORKERS ?= 2
PYTHONS ?=

BIN := .venv/bin
INSTALLED := .venv/.installed
SANDBOX := $(BIN)/python -m tests.sandbox
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' operator/netbaseline/__init__.py)
CRD := crds/netbaseline.dev_networkbaselines.yaml

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench fuzz sandbox-up sandbox-down crds monitoring chart gitops wheel zipapp krew
.PHONY: docs reference krew-manifest version changes e2e sbom image-lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Show it at work on a throw-away control plane (KEEP=1 leaves it up; KUBECONFIG=FILE uses a cluster)
	@$(BIN)/python -m tests.demo $(if $(KEEP),--keep)

# The cluster tests wait for a real control plane on a machine that may be busy: what fails is tried twice more, and listed.
test: check binaries beside ## Run all checks and all tests (PYTEST_ARGS='-k name' passes through)
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --reruns=2 -rR $(PYTEST_ARGS)

check: $(INSTALLED) ## Run the linters, the type checker and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(INSTALLED) ## Put the code into the one format, and mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED) binaries ## Measure speed and memory against the raw limit, in one table
	$(BIN)/python -m tests.bench

fuzz: $(INSTALLED) ## Look for counterexamples to the core's properties much longer than `make test` does
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/core $(PYTEST_ARGS)

sandbox-up: $(INSTALLED) ## Leave a throw-away control plane running, with its kubeconfig at .sandbox/kubeconfig
	@$(SANDBOX) up

sandbox-down: $(INSTALLED) ## End it, and the operator that `make demo KEEP=1` left running
	@$(BIN)/python -m tests.demo down
	@$(SANDBOX) down

crds: $(INSTALLED) ## Generate the CustomResourceDefinitions from the models
	$(BIN)/netbaseline crds > $(CRD).new
	mv $(CRD).new $(CRD)
	$(BIN)/python -m tools.chart
	$(BIN)/python -m tools.gitops

monitoring: $(INSTALLED) ## Generate the dashboard from its code, and the PrometheusRule from the rules
	$(BIN)/python -m tools.monitoring
	$(BIN)/python -m tools.chart

gitops: $(INSTALLED) ## Generate the test data of Argo CD's health check, and the ConfigMap with it
	$(BIN)/python -m tools.gitops

reference: $(INSTALLED) ## Write the pages of reference from the code: API, conditions, metrics, lint rules, commands, plugins
	$(BIN)/python -m tools.reference

docs: $(INSTALLED) ## Build the documentation site into build/site, strictly, and list what of its commands no test runs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@$(BIN)/python -m tests.docs.worlds

chart: $(INSTALLED) ## Copy what the Helm chart shares with the rest (CRDs, rights, rules, version) into it
	$(BIN)/python -m tools.chart

wheel: $(INSTALLED) ## Build the wheel and the source archive into dist/
	$(BIN)/python -m build --outdir dist

# Several interpreters: make zipapp PYTHONS='python3.11 python3.12'
zipapp: wheel ## Build dist/netbaseline.pyz, one file with all dependencies in it
	$(BIN)/pex dist/netbaseline-$(VERSION)-py3-none-any.whl --script netbaseline --venv --output-file dist/netbaseline.pyz \
	  --python-shebang '/usr/bin/env python3' --use-pip-config $(PYTHONS:%=--python=%)

krew: zipapp ## Pack kubectl's plugin for this machine, and its manifest for krew
	$(BIN)/python -m tools.krew

e2e: $(INSTALLED) ## Run image and chart on a real node with real pods: docs/e2e.md (KEEP=1 leaves a node to try things on)
	@$(BIN)/python -m tests.e2e $(if $(KEEP),--keep) $(PYTEST_ARGS)

sbom: $(INSTALLED) ## Write what the image has of Python, as CycloneDX, to dist/netbaseline.cdx.json
	mkdir -p dist
	sed 's/^dynamic = \["version"\]$$/version = "$(VERSION)"/' pyproject.toml > dist/pyproject.toml
	$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements --output-reproducible --pyproject dist/pyproject.toml \
	  --output-file dist/netbaseline.cdx.json deploy/image/runtime.txt
	rm dist/pyproject.toml

image-lock: $(INSTALLED) ## Lock the image's dependencies anew, by version and hash
	PATH="$(CURDIR)/$(BIN):$$PATH" deploy/image/lock.sh

krew-manifest: $(INSTALLED) ## Write krew's manifest for the archives that lie in dist/
	$(BIN)/python -m tools.krew

version: ## Print the version
	@echo $(VERSION)

changes: ## Print what the changelog says of this version, with links that lead somewhere from any page
	@awk '/^## \[/ { show = index($$0, "## [$(VERSION)]") } show' CHANGELOG.md | \
	  sed -E 's|\]\(([^):]+)\)|](https://github.com/netbaseline/netbaseline/blob/v$(VERSION)/\1)|g'

clean: ## Remove .venv, caches and build results (a running sandbox goes by make sandbox-down)
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find operator tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: binaries beside
binaries: $(INSTALLED)
	@$(SANDBOX) binaries

beside: $(INSTALLED)
	@$(SANDBOX) beside

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and $(PYTHON) is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[dev]'
	@touch $@
