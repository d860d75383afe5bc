# The two commands of this project are `make run` and `make test`; each sets up what is missing.

PYTHON := $(or $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3),python3)
BIN := .venv/bin
SOURCES := app engine training packaging tests
ARGS ?=

.PHONY: run test check format translations screens kills bench evaluate package llama-tools model set-up lock clean help

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: set-up ## open the window (without a display: save a picture of it)
	@$(BIN)/sightline $(ARGS)

test: ## set up what the tests need as well, and run them
	@$(PYTHON) packaging/set_up.py --tests
	@$(BIN)/python -m pytest $(ARGS)

check: set-up ## format, lint, types, import contracts, sizes, dead code
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/python packaging/check_sizes.py $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/vulture
	@$(BIN)/mypy

format: set-up ## put the code in order
	@$(BIN)/ruff check --fix --exit-zero --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

translations: set-up ## bring the .ts files to what the source says, and the .qm files to those
	@$(BIN)/python packaging/translations.py

screens: set-up ## pictures of the window's states, themes and languages, in build/screens
	@$(BIN)/python -m tests.support.screens

kills: set-up ## kill 100 windows and 100 engines, hold what is left against what was shown, as JSON
	@$(BIN)/python -m tests.support.kills $(ARGS)

bench: set-up ## how fast it is here, as JSON
	@$(BIN)/sightline bench $(ARGS)

evaluate: set-up ## measure the bundled model
	@$(BIN)/python -m training evaluate training/configs/evaluate.yaml $(ARGS)

package: set-up ## a folder and an installer of the program, in build/package
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[package]'
	@$(BIN)/python packaging/package.py $(ARGS)

llama-tools: set-up ## llama.cpp's own converter and programs, for the tests that compare with them
	@$(BIN)/python packaging/llama_tools.py

model: ## put the bundled model together anew
	@$(PYTHON) packaging/set_up.py --rebuild-model

set-up:
	@$(PYTHON) packaging/set_up.py

lock: ## write down the versions that are in .venv now
	@$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean: ## remove what the set-up and the builds made (not trained runs)
	rm -rf .venv build/sightline-mini build/sightline-mini.stamp build/whisper-tiny.en build/whisper-tiny.en.stamp
	rm -rf build/screenshot.png build/screens build/package build/llama.cpp
	rm -rf *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
