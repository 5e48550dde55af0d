# make demo sets everything up once and runs the demonstration; make help lists the rest.
# On a machine without a graphics card, TORCH_INDEX=<address of PyTorch's CPU index> saves gigabytes.

PYTHON ?= $(or $(shell command -v python3.11),python3)
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
STORE := outputs/mlflow.db

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit slow long commands pins ui clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## */\t/' | expand -t 8

demo: $(READY)  ## set up if need be, run the demonstration, end with its report
	$(BIN)/proeftuin demo

test: $(READY)  ## everything that is checked before a change goes in
	$(MAKE) -j 2 lint unit  # style and types keep one processor busy for two minutes
	$(MAKE) slow

lint: $(READY)  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)  ## the fast tests
	$(BIN)/pytest -n auto -m "not slow and not long"

slow: $(READY)  ## the tests that run whole studies
	$(BIN)/pytest -n auto --dist loadfile -m slow

long: $(READY)  ## kills, restarts, whole runs, commands of the documents: a quarter of an hour more
	$(BIN)/pytest -m long

commands: $(READY)  ## run every command of the documents in a fresh clone (hours)
	PYTHONPATH=. $(BIN)/python benchmarks/documented_commands.py

pins: $(READY)  ## renew requirements.txt: the versions of constraints.txt with their hashes
	grep -v '^torch==' constraints.txt | UV_CUSTOM_COMPILE_COMMAND="make pins" \
	$(BIN)/uv pip compile - --no-deps --universal --generate-hashes --upgrade --quiet \
	--output-file requirements.txt

ui: $(READY)  ## browse the ledger of finished runs with MLflow
	@test -f $(STORE) || { echo "no runs yet: make demo makes one" >&2; exit 1; }
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true \
	$(BIN)/mlflow ui --backend-store-uri sqlite:///$(STORE) --workers 1

clean:  ## remove what tools left behind; outputs and the virtual environment stay
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# Everything but torch, whose wheel differs by machine, is checked against its hash. Three packages
# have no wheel everywhere (antlr4-python3-runtime, riskcal, xgboost-cpu); pip fetches what builds them.
# Libraries are compiled here on all processors, which pip does on one: a process then starts in a third of
# the time, also where Python may write no bytecode. A file for another Python fails, which the log tells.
$(READY): pyproject.toml constraints.txt requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 13) \
	else "proeftuin needs Python 3.11 or 3.12, and $(PYTHON) is %d.%d; make PYTHON=/path/to/python3.11" % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --no-compile --no-deps --require-hashes -r requirements.txt
	$(BIN)/pip install --no-compile $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) \
	$(shell grep '^torch==' constraints.txt)
	$(BIN)/pip install --no-deps --no-build-isolation -e .
	$(BIN)/pip check
	-$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib > $(VENV)/compiled.log
	touch $@
