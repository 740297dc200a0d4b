# Everything a person or CI does with this repository. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV := .venv
LOCK := requirements/dev.txt
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := $(shell command -v uv 2>/dev/null)
# Neighbours in one process share what is made once for a session; who is done early takes from the others.
TESTS ?= -m "not slow" -n auto --dist worksteal
export PYTHONPATH := $(CURDIR)
# Otherwise each of the many processes that tests start compiles the same sources anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-slow test-long test-all mutants bench check format docs lock wheel clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP)  ## Make .venv from the lock; a second time does nothing

# The lock is complete, so nothing is resolved: pip would otherwise go for a newer release that another package's extra allows.
$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python"; exit 2; }
ifdef UV
	@test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r $(LOCK)
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check --quiet --disable-pip-version-check || { echo "The lock misses a package: run make lock"; exit 1; }
endif
	@touch $@

demo: $(STAMP)  ## Three nights of a simulated seller, through Prefect, to a simulated Slack
	@$(BIN)/sellerwatch demo

test: $(STAMP)  ## The default tests: a few minutes
	$(BIN)/pytest $(TESTS)

test-slow: $(STAMP)  ## Kill, wheel, demo and deployment tests
	$(BIN)/pytest -m "slow and not long" -n auto --dist loadfile --no-loadscope-reorder

test-long: $(STAMP)  ## Both metric engines on fifty thousand generated cases, and what else is long (over an hour)
	ENGINE_CASES=50000 $(BIN)/pytest tests/property/test_engines_agree*.py tests/property/test_explained_values.py -m slow -n auto --dist worksteal
	$(BIN)/pytest -m long -n auto --dist loadfile

test-all: test test-slow  ## Everything

mutants:  ## What quick tests notice of small changes to what decides (half an hour or more; a part: make mutants ONLY=alerts/condition)
	@$(MAKE) --no-print-directory VENV=.venv-mutants LOCK=requirements/mutants.txt .venv-mutants/.installed
	.venv-mutants/bin/python -m mutation --only "$(ONLY)"

bench: $(STAMP)  ## Speed and memory, one JSON line a figure (some minutes)
	@$(BIN)/python -m benchmarks

check: $(STAMP)  ## Format, lint, types, imports, dependencies, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python docs/render.py --check

format: $(STAMP)  ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)  ## Render the generated pages anew
	$(BIN)/python docs/render.py

lock:  ## Resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --group mutants --constraints requirements/dev.txt -o requirements/mutants.txt

wheel: $(STAMP)  ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

clean:  ## Remove what was made here
	rm -rf $(VENV) .venv-mutants build dist var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
