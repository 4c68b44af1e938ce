# Every target sets up what it needs in .venv; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo "$$p" && exit; done)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(BIN)/uv)
READY := $(VENV)/.ready
UPSTREAM ?=
URL ?=
CONFIG ?= run.yaml
FROM ?= 0.5.1
TO ?= latest
JOBS ?= 2
TESTS ?= tests
CHOSEN ?= not integration and not thorough
# Hundreds of processes import the same modules, which are compiled once.
unexport PYTHONDONTWRITEBYTECODE
# Two a core: checks of servers and tests of time limits mostly wait. Thorough tests do not.
PROCESSES ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
# What a file shares is made once. A check that kills its process is tried in two more.
DISTRIBUTED ?= -n $(PROCESSES) --dist loadfile --max-worker-restart 2
# The order is that of the conftest.py files; pytest-xdist would begin with the file of most tests.
IN_ORDER := --no-loadscope-reorder
# What `make lock` takes newer than the reference release: the tools that test it.
TOOLS := ast-serialize execnet hatchling hypothesis iniconfig librt mypy \
	mypy-extensions pathspec pluggy pytest pytest-asyncio pytest-xdist ruff sortedcontainers \
	types-pyyaml uv vcrpy
RELEASED := 2026-02-19T19:10:00Z
TODAY := 2026-11-20T00:00:00Z

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(READY) ## make the environment: the reference release as it was released, tools of today

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: Python 3.12 or newer is needed, and none of python3, \
	python3.12, python3.13, python is; install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "installing $$(grep -c == requirements.lock) packages into $(VENV), about 30 s" >&2
	@"$(PYTHON)" -m venv --clear $(VENV) \
		|| { echo "error: $(PYTHON) cannot make an environment; install its venv module" >&2; exit 1; }
	@test "$(UV)" = uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv \
		|| { echo "error: uv could not be installed; is a package index reachable?" >&2; exit 1; }
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock \
		&& $(UV) pip install --quiet --python $(BIN)/python --no-deps --editable . \
		|| { echo "error: the environment could not be installed; is a package index reachable? \
	then: make clean venv" >&2; exit 1; }
	@$(BIN)/python -c 'import llama_stack.core.server.server' >/dev/null 2>&1 \
		|| { echo "error: the installed llama-stack cannot be imported; repair: make clean venv" >&2; exit 1; }
	@touch $(READY)

conformance: $(READY) ## check the installed release against its expectations; CONFIG=my/run.yaml
	$(BIN)/pytest -m "conformance or process" $(DISTRIBUTED) $(IN_ORDER) $(if $(filter-out file,$(origin CONFIG)),"--stack-config=$(CONFIG)") $(ARGS)

test: $(READY) ## run the checks of this process and the suite's own tests, in under five minutes
	$(BIN)/pytest -m "$(CHOSEN)" $(DISTRIBUTED) $(IN_ORDER) $(ARGS)

integration: $(READY) ## run the suite under mutated stacks, on other configs, and recording
	$(BIN)/pytest -m "integration and not thorough" $(DISTRIBUTED) $(IN_ORDER) $(ARGS) $(TESTS)

thorough: $(READY) ## run the tests that take minutes: releases, recordings, the built wheel
	$(BIN)/pytest -m thorough -n auto --dist load --maxschedchunk 1 $(ARGS) $(TESTS)

check: $(READY) ## format, lint, types, generated files, cassettes, schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/llama-conformance generate --check
	$(BIN)/llama-conformance cassettes --check
	$(BIN)/llama-conformance schemas --check
	$(BIN)/python -m conformance.schemas.extract --check

format: $(READY) ## format the code and write the generated files
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/llama-conformance generate

live: $(READY) ## ask a running gateway, reads only: URL=http://host:8321 ARGS="--spend --keys own"
	@test -n "$(URL)" || { echo "error: which gateway? make live URL=http://host:8321" >&2; exit 2; }
	$(BIN)/llama-conformance live "$(URL)" $(ARGS)

server: $(READY) ## run the gateway of run.yaml on its port
	$(BIN)/llama-conformance server --config $(CONFIG)

client: $(READY) ## chat with every vendor whose key is in .env; UPSTREAM=stand-in needs none
	$(BIN)/llama-conformance client $(if $(UPSTREAM),--upstream $(UPSTREAM))

record: $(READY) ## record vendor answers with keys from .env; UPSTREAM=gemini or UPSTREAM=stand-in
	$(BIN)/llama-conformance record $(if $(UPSTREAM),--upstream $(UPSTREAM)) $(ARGS)

bench: $(READY) ## measure the suite against one bare boot, in pairs; RELEASES="ogx==1.5.0"
	$(BIN)/python -m tests.bench $(RELEASES) $(ARGS)

bench-gateway: $(READY) ## time chats through a release's own server and without: RELEASES="0.5.1 ogx==1.5.0"
	$(BIN)/llama-conformance bench-gateway $(RELEASES) $(ARGS)

matrix: $(READY) ## the suite on every release; RELEASES="0.5.1 ogx==1.5.0" JOBS=2 RESOLVE=today|pinned
	$(BIN)/llama-conformance matrix $(RELEASES) --jobs $(JOBS) $(if $(RESOLVE),--resolve $(RESOLVE)) $(ARGS)

upgrade: $(READY) ## what changes between two releases: FROM=0.5.1 TO=0.7.1 or TO=latest; CONFIG=my/run.yaml
	$(BIN)/llama-conformance upgrade $(FROM) $(TO) $(if $(filter-out file,$(origin CONFIG)),--config $(CONFIG)) $(ARGS)

witnesses: $(READY) ## try what shows the breaks between each release and the next
	$(BIN)/llama-conformance witnesses

schemas: $(READY) ## write the config schema of each release
	$(BIN)/llama-conformance schemas $(RELEASES)

lock: ## resolve requirements.lock again
	$(UV) pip compile pyproject.toml --extra llama-stack --extra dev --universal \
		--python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--quiet --exclude-newer $(RELEASED) $(TOOLS:%=--exclude-newer-package %=$(TODAY)) \
		--output-file requirements.lock

clean: ## remove the environment
	rm -rf $(VENV)

.PHONY: help venv conformance test integration thorough check format live server client record bench bench-gateway matrix upgrade witnesses schemas lock clean
