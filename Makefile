# python3 (3.11 or newer, with its venv module) and make are enough: the rest is set up in .tools/.
PYTHON ?= python3
RUN := $(PYTHON) bootstrap.py run

.PHONY: help demo test slow bench transcripts

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\): ## /  make \1 - /p' Makefile

demo: ## generate the default project and run a whole S3 Batch Operations job in it, on this machine
	@$(PYTHON) bootstrap.py generate python -m jobs demo

test: ## run the tests of the template and of what it generates
	@$(RUN) pytest -m "not slow" -n auto --dist worksteal

slow: ## run the tests that take longer
	@$(RUN) pytest -m slow -n auto --dist worksteal

bench: ## measure against peers, side by side, and write the figures into bench/README.md
	@$(RUN) python bench/record.py

transcripts: ## run what the READMEs and docs/jobs.md show, and write there what it says
	@$(RUN) python tests/whole/transcripts.py
