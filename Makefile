# Everything a person types here. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
SEED ?= 1
HISTORIES ?= 10
OPENFGA := v1.22.1
ENGINES := .engines

# A node is started hundreds of times by the tests, four times by the demonstration: modules are compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up test lint proto docs bench soak e2e engines fetchable lock clean

help: ## list what can be made
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(READY) ## make the environment in .venv (again only when the lock changed)

$(READY): deploy/lock/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || { echo "setup: making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "setup: installing the pinned packages (a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/lock/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

up: setup ## four ports on this machine, fed with AIS; Ctrl-C stops them (ARGS="--base-port 9400": on other ports)
	@exec $(BIN)/port2port demo $(ARGS)

# The folders in their order: the long files come first, the many short ones fill up the end.
test: setup ## every test but the browser's, and the ledger of promises (WORKERS=4: on so many cores)
	@$(BIN)/python -m pytest --ledger -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: setup ## style, types, floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

e2e: setup ## the screens in a real Chromium (needs /usr/bin/chromium)
	@$(BIN)/python -m pytest -m browser -n $(WORKERS) --dist loadfile tests/e2e

soak: setup ## seeded histories without end, HISTORIES times as many as the tests play, from SEED on (SEED=7 HISTORIES=20)
	@P2P_SEED=$(SEED) P2P_HISTORIES=$(HISTORIES) $(BIN)/python -m pytest -n $(WORKERS) $$(grep -l "^from histories import" tests/property/*.py)

bench: setup ## measure the targets; writes docs/benchmarks.json and docs/benchmarks.md
	@$(BIN)/python tests/bench/run.py

engines: $(ENGINES)/openfga-$(OPENFGA) ## a real OpenFGA server for the tests that ask one (needs go; minutes the first time)

# Go's checksum database holds the version to its content; two compilers at a time, since a third would only wait.
$(ENGINES)/openfga-$(OPENFGA):
	@command -v go >/dev/null || { echo "engines: there is no go on this machine; tests that ask a real server are not shown here"; exit 1; }
	@echo "engines: building OpenFGA $(OPENFGA)"
	@mkdir -p $(ENGINES)
	@GOBIN=$(CURDIR)/$(ENGINES) GOTOOLCHAIN=local GOFLAGS=-mod=mod CGO_ENABLED=0 \
	  go install -p 2 -trimpath -ldflags "-s -w" github.com/openfga/openfga/cmd/openfga@$(OPENFGA) 2>$(ENGINES)/build.log \
	  || { cat $(ENGINES)/build.log; exit 1; }
	@mv $(ENGINES)/openfga $@

fetchable: # whether there is go, and the server's module can be had
	@go mod download github.com/openfga/openfga@$(OPENFGA)

proto: setup ## regenerate the committed wire stubs
	@$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. protocol/v1/records.proto
	@$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. protocol/v1/federation.proto

docs: setup ## write the tables of records in docs/protocol.md anew
	@PYTHONPATH=tests $(BIN)/python tests/records_page.py

lock: setup ## resolve the dependencies anew
	@for name in runtime dev; do \
	  extra=""; [ $$name = dev ] && extra="--extra dev"; \
	  $(BIN)/uv pip compile pyproject.toml --extra build $$extra --generate-hashes --no-emit-index-url --no-header \
	    --universal --python-version 3.11 --upgrade --quiet -o deploy/lock/$$name.txt; \
	done

clean: ## remove the environment, the engines and the demonstration's data
	@rm -rf $(VENV) $(ENGINES) var
