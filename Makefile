# `make demo` and `make test` do all the set-up on a fresh machine: Python 3.11 or later, make and git are enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test types tests lint floors cluster programs clean

demo: $(VENV)/installed
	$(BIN)/alt-audit demo

# Hundreds of processes import the same modules: they are compiled once, whatever the environment says of bytecode, and
# only those that are used: pip would compile all of torch and transformers, a minute of a core.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/installed-dev programs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j2 types tests

types: $(VENV)/installed-dev
	$(BIN)/mypy

# One process collects first: it compiles what three would compile at the same time, each for itself. The run
# itself tells of errors.
tests: $(VENV)/installed-dev
	$(BIN)/python -m pytest --collect-only -qq > /dev/null || true
	$(BIN)/python -m pytest -n 3 --dist worksteal --durations=20 -m "not slow and not gpu"

# constraints.txt pins torch: its newest builds bring gigabytes of GPU libraries that an audit on a CPU never uses.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt --editable ".[postgres,xlsx]"
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt --group dev
	touch $@

# Every dependency at the lowest version that pyproject.toml allows, in an environment of its own, tried by a smoke test.
# It fetches some 3 GB where the package index has no CPU build of the lowest torch.
floors: $(VENV)/installed-dev $(VENV)-floors/installed
	$(BIN)/python -m pytest -m slow tests/cli/test_floors.py

$(VENV)-floors/installed: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)-floors
	$(VENV)-floors/bin/python -m pip install --quiet uv
	$(VENV)-floors/bin/uv pip install --quiet --python $(VENV)-floors/bin/python --resolution lowest-direct \
		--requirement pyproject.toml --all-extras --editable .
	touch $@

# What runs on a Ray cluster, tried on one of two nodes on this machine: Ray is 240 MB, and no part of `make test`.
cluster: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt --group cluster
	$(BIN)/python -m pytest -m slow tests/sites/test_cluster.py

# The tests of Chromium and Tesseract skip, and say so, where these are missing and cannot be installed.
programs:
	@{ command -v chromium && command -v tesseract; } >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq chromium tesseract-ocr tesseract-ocr-rus >/dev/null; } || true

lint: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(VENV)-floors build dist reports-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
