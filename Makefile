# Sekisho: the two commands a newcomer needs are `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

# The environment is made once, from the lock with hashes; touching the lock or pyproject.toml makes it anew.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Sekisho needs Python 3.11 or later; name one with: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: setup
setup: $(VENV)/.ready ## make the environment in .venv, from the lock

.PHONY: demo
demo: setup ## run the main job on the embedded example city
	$(BIN)/sekisho demo

.PHONY: demo-live
demo-live: setup system ## the city in network namespaces with a sensor, real clients and real alerting (root)
	$(BIN)/python -m sensors.example.live_city

.PHONY: lint
lint: setup ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: system
system: ## what the tests need of the system (root: installed; else they skip with a reason)
	packaging/install-test-tools

.PHONY: test
test: setup system lint ## the full test suite, lint, type check and import contracts
	$(BIN)/pytest

.PHONY: lock
lock: ## resolve requirements.lock anew (needs a package index)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements.lock pyproject.toml

.PHONY: bench-replay
bench-replay: setup ## replay speed beside the C walker and every peer that installs
	PYTHON=$(PYTHON) packaging/install-bench-peers
	$(BIN)/python bench/replay.py --nfstream-python .venv-peers/bin/python

.PHONY: bench-lint
bench-lint: setup ## linter speed at up to 100,000 rules, beside the peers that install
	PYTHON=$(PYTHON) packaging/install-bench-peers
	$(BIN)/python bench/lint.py --results bench/RESULTS.md

.PHONY: bench-live
bench-live: setup ## live capture over a veth pair: highest rate without a drop, and its CPU (root)
	$(BIN)/python bench/live.py

.PHONY: clean
clean: ## remove what make made
	rm -rf $(VENV) .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
