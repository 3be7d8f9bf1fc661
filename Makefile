# Everything starts from a bare machine with python3 (>= 3.11, with its venv module), git and make.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help install dev demo test lint types structure prove bench faults words cases learning families docs clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 18

$(UV):
	@scripts/bare-machine.sh $(PYTHON)
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

install: $(UV) ## .venv/bin/interlock, with what it needs to run
	@$(UV) sync --quiet --frozen --inexact
	@$(BIN)/interlock --version

dev: $(UV)
	@$(UV) sync --quiet --frozen --inexact --group dev

demo: install ## one sentence in, a verified result out, on examples/shop
	@$(BIN)/python scripts/demo.py

test: dev lint types structure ## lint, types, structure, proofs and every test
	$(PYTEST)

lint: dev
	$(BIN)/ruff format --check src tests prove bench scripts
	$(BIN)/ruff check src tests prove bench scripts

types: dev
	$(BIN)/mypy

structure: dev
	$(BIN)/lint-imports --no-cache

prove: dev ## the stop hook's laws, proved on the function that runs
	$(BIN)/python -m prove

bench: dev ## figures against peers and limits, side by side
	$(BIN)/python -m bench

faults: dev ## 1,000 seeded kill -9, and the same with the write-ahead rule removed
	$(BIN)/python -m bench.faults

words: dev ## sentences, read as a careful person would: the score of `interlock read`
	$(BIN)/python -m bench.words

cases: dev ## what really breaks, handed over with one sentence: packages that drifted apart, and forty families
	@$(BIN)/python -m bench.cases; drifted=$$?; $(BIN)/python -m bench.families && exit $$drifted

learning: dev ## what learning is worth, simulated against Thompson sampling, UCB and a static order
	$(BIN)/python -m bench.learning

families: dev ## the forty families of everyday failures alone
	$(BIN)/python -m bench.families

docs: dev ## write the reference pages that are generated from code
	$(BIN)/python scripts/write_reference.py

clean: ## remove what was installed and generated
	rm -rf .venv .demo .mypy_cache .ruff_cache .hypothesis
