# Every target is described in the comment behind its name: `make help` prints them.
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.8

.DEFAULT_GOAL := help
.PHONY: help venv lock demo demo-env demo-stop test crash fuzz bench rows generate generate-check lint types prepare image-test

help: ## Print every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.done ## From nothing to a DAG that ran: control plane, emulated AWS, operator, quick start
	@$(BIN)/python -m devcluster.stack.demo up

demo-env: $(VENV)/.done ## Print the variables that point a shell at the demo, for eval
	@$(BIN)/python -m devcluster.stack.demo env

demo-stop: $(VENV)/.done ## End the demo and everything that it left running
	@$(BIN)/python -m devcluster.stack.demo stop

prepare: $(VENV)/.done ## Build or install, once, what the tests run: control plane, kubectl, Helm, two versions of Airflow
	@$(BIN)/devcluster build etcd kube-apiserver kubectl helm registry health flux-definitions argo-cd-definitions
	@$(BIN)/python -m mwaa_emulator.airflow install 3 >/dev/null
	@$(BIN)/python -m mwaa_emulator.airflow install 2 >/dev/null

# Each suite is a run of its own with one control plane; the results of all of them are what `make rows` reads. The fast
# one needs none and has two processes, one for each core of a small machine.
test: prepare ## Run the tests, the fast ones first; crash and image-test are apart
	@rm -rf .mwaa/results
	@MWAA_SUITE=fast $(BIN)/pytest -q -n 2 --dist loadfile -m "not cluster and not airflow"
	@MWAA_SUITE=cluster $(BIN)/pytest -q -m "cluster and not airflow" --ignore=tests/crash
	@MWAA_SUITE=crash CRASH_SEED=$${CRASH_SEED:-8622} $(BIN)/pytest -q tests/crash
	@MWAA_SUITE=airflow $(BIN)/pytest -q -m "airflow"

image-test: $(VENV)/.done ## Build the image for real and run it (Docker, else buildah as root)
	@$(BIN)/pytest -s -q tests/image/checks.py

# Two processes share the cases, each with a control plane, an emulator and an operator of its own.
crash: $(VENV)/.done ## Kill the operator before and after every write of each scenario, and lose every reply
	@CRASH=1/2 $(BIN)/pytest -q tests/crash & other=$$!; \
	CRASH=2/2 $(BIN)/pytest -q tests/crash; result=$$?; wait $$other && exit $$result

fuzz: $(VENV)/.done ## Draw hostile archives, Git packs, webhooks and specs, each kind for so long: make fuzz SECONDS=600
	@FUZZ_SECONDS=$(or $(SECONDS),60) $(BIN)/pytest -q -s -p no:cacheprovider tests/fuzz

bench: $(VENV)/.done ## Measure calls, writes, times and memory, each beside its floor (SCALE=1000,10000: very many instead; DELIVERY=100: that of DAG files)
	@$(BIN)/python -m benchmarks $(if $(SCALE),--scale $(SCALE)) $(if $(DELIVERY),--delivery $(DELIVERY))

rows: $(VENV)/.done ## Print which capability rows the last test run proved: make rows ROWS="A1-A4 A9"
	@$(BIN)/python tests/rows.py $(ROWS)

lint: $(VENV)/.done ## Check style, and which way imports go
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.done ## Check types
	@$(BIN)/mypy -p mwaa_operator -p mwaa_emulator -p devcluster

generate: $(VENV)/.done ## Write the CRDs, the chart's copies, the reference and preflight pages, manifests/install.yaml and the IAM policy anew
	@$(BIN)/python -m mwaa_operator.api.generate
	@$(BIN)/python -m mwaa_operator.cli.pages
	@$(BIN)/python -m mwaa_operator.checks.catalogue
	@$(BIN)/python helm/render.py
	@$(BIN)/python -m devcluster.stack.policy

generate-check: $(VENV)/.done ## Fail when a generated file is not current
	@$(BIN)/python -m mwaa_operator.api.generate --check
	@$(BIN)/python -m mwaa_operator.cli.pages --check
	@$(BIN)/python -m mwaa_operator.checks.catalogue --check
	@$(BIN)/python helm/render.py --check
	@$(BIN)/python -m devcluster.stack.policy --check

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
	@echo 'setuptools>=80' | $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade) --custom-compile-command "make lock" \
		-c locks/dev.txt - -o locks/build.txt
