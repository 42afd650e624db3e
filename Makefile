# Everything a person or a CI job does with this repository. Needs make, python3 (3.11 or newer) with venv, and a
# package index that pip can reach; everything else is installed here, into .venv, with pinned versions and hashes.

SHELL   := /bin/sh
PYTHON  ?= python3
WORKERS ?= 2
ARGS    ?=

LOCK     := requirements.lock
VENV     := .venv
BIN      := $(VENV)/bin
PACKAGES := console widgets storage tests
# The name carries a checksum of what was installed, so that times of files, which a clone does not keep, do not matter.
STAMP    := $(VENV)/installed-$(shell cat $(LOCK) pyproject.toml | cksum | cut -d ' ' -f 1)

# The machine's pip settings decide where packages come from, never where they go or how they are checked.
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_NO_DEPS PYTHONHOME PYTHONPATH
export PIP_USER := 0
export PIP_REQUIRE_HASHES := 0
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

say = @printf '==> %s\n'

.DEFAULT_GOAL := help
.PHONY: help run install test lint tmux format bench soak screenshots lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(STAMP) ## Start the simulated terminal, the syncer and the console (ARGS="--help" for options)
	$(say) "Starting the simulated terminal and the console; q leaves"
	@$(BIN)/dryport demo $(ARGS)

test: lint tmux ## Run everything CI runs: format, lint, types, import rules, tests with coverage
	$(say) "Tests with coverage, $(WORKERS) at a time (a few minutes)"
	@$(BIN)/pytest -n $(WORKERS) --no-header --cov --cov-report=term:skip-covered $(ARGS)

lint: $(STAMP) ## Run the checks that need no tests to run
	$(say) "Format"
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make format' and commit what it changes." >&2; exit 1; }
	$(say) "Lint"
	@$(BIN)/ruff check --quiet .
	$(say) "Types (about 30 s the first time, then seconds)"
	@$(BIN)/mypy --no-error-summary $(PACKAGES) $(wildcard screenshots/*.py)
	$(say) "Import rules"
	@$(BIN)/lint-imports --no-logo > $(VENV)/import-rules.txt 2>&1 || { cat $(VENV)/import-rules.txt >&2; exit 1; }

format: $(STAMP) ## Format the code and repair what lint can repair
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

bench: $(STAMP) ## Measure the figures the project promises
	@$(BIN)/python tests/bench/run.py $(ARGS)

soak: $(STAMP) tmux ## Run the long loops (minutes to hours)
	@$(BIN)/pytest --no-header -m soak --timeout 0 $(ARGS)

screenshots: $(STAMP) ## Draw the pictures of the README again
	@$(BIN)/python screenshots/make.py $(ARGS)

lock: $(STAMP) ## Write the lock again from pyproject.toml (ARGS="--upgrade" for newer versions)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras --group dev --output-file $(LOCK) $(ARGS) pyproject.toml
	$(say) "$(LOCK) written"

install: $(STAMP) ## Make .venv and install the locked packages, nothing else

$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Dryport needs Python 3.11 or newer: install it, or name one with 'make PYTHON=...'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing: install it with 'apt-get install python3-venv'." >&2; exit 1; }
	@# An environment that was moved, or whose Python is gone, is made anew: its scripts name their old place.
	@if ! { $(BIN)/python -c '' && head -n 3 $(BIN)/pip | grep -qF "$(CURDIR)/$(BIN)/python"; } 2>/dev/null; then \
	  echo "==> Making $(VENV) (a few seconds, once)"; \
	  $(PYTHON) -m venv --clear $(VENV); \
	fi
	@rm -f $(VENV)/installed-*
	$(say) "Installing the packages of $(LOCK) (about 30 s, once; seconds when nothing changed)"
	@$(BIN)/python -m pip install -qq --progress-bar off --require-hashes -r $(LOCK) \
	  || { echo "The packages could not be installed: see pip's words above (is a package index reachable?)." >&2; exit 1; }
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

tmux:
	@command -v tmux >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then as_root=; \
	  elif sudo -n true 2>/dev/null; then as_root=sudo; \
	  else echo "The end-to-end tests need tmux, and installing it needs root: run 'sudo apt-get install tmux' first." >&2; exit 1; fi; \
	  command -v apt-get >/dev/null || { echo "The end-to-end tests need tmux: install it with your system's tool." >&2; exit 1; }; \
	  echo "==> Installing tmux for the end-to-end tests (about 20 s, once)"; \
	  $$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes tmux >/dev/null; \
	}
