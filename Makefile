# Every target is described in the comment behind its name: `make help` prints them.
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.8

.DEFAULT_GOAL := help
.PHONY: help venv lock

help: ## Print every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/.done ## Install the locked dependencies and the three packages into .venv

$(VENV)/.done: locks/dev.txt operator/pyproject.toml emulator/pyproject.toml devcluster/pyproject.toml
	@test -x $(UV) || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install -q uv==$(UV_VERSION); }
	@echo "Installing the locked dependencies into $(VENV)"
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes locks/dev.txt
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e operator -e emulator -e devcluster
	@touch $@

lock: $(VENV)/.done ## Resolve the dependencies anew (UPGRADE=1 takes newer versions)
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) --custom-compile-command "make lock" \
		operator/pyproject.toml -o locks/operator.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) --custom-compile-command "make lock" \
		-c locks/operator.txt operator/pyproject.toml emulator/pyproject.toml devcluster/pyproject.toml --group dev -o locks/dev.txt
