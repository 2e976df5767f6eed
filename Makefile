# make run    start the dashboard      make test    run every test
# Both set up .venv first, and only when requirements changed. ARGS passes options on: make run ARGS="--port 8060".
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
HOST ?=

.PHONY: help run test thorough check bench load load-room docs site results baselines setup setup-dev setup-site clean

help:
	@echo "make run        start the dashboard (ARGS=\"--port 8060\"; HOST=0.0.0.0 opens it to the local network)"
	@echo "make test       run every test (ARGS=\"unit\" for one stage: javascript, unit, interpreted, browser, pictures)"
	@echo "make thorough   the same, with many more of the days and examples that are drawn at random"
	@echo "make check      style, types and coverage of the last test run"
	@echo "make bench      benchmarks, at most five minutes each (ARGS=\"search powerflow\" for some)"
	@echo "make load       twenty people at once against the server, for three minutes"
	@echo "make load-room  a class of a hundred phones in a room, with a server that is killed in mid-round"
	@echo "make docs       make plots, tables and lessons of docs/ again, from real runs (ARGS=\"quiet\" for one, \"pages\" without runs)"
	@echo "make site       the documentation as a site, in build/site"
	@echo "make results    solve the default scenario again; kept where more than seconds has changed"
	@echo "make baselines  renew facts and pictures the page is compared with, where something moved"
	@echo "make clean      remove .venv, caches and reports"

setup:
	@$(PYTHON) scripts/setup.py

setup-dev:
	@$(PYTHON) scripts/setup.py --dev

setup-site:
	@$(PYTHON) scripts/setup.py --site

run: setup
	@exec $(PY) app.py $(if $(HOST),--host $(HOST)) $(ARGS)

test: setup-dev
	@$(PY) scripts/run_tests.py $(ARGS)

thorough: setup-dev
	@$(PY) scripts/run_tests.py --thorough $(ARGS)

check: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@$(PY) -m scripts.node check
	@test -f .coverage || $(PY) scripts/run_tests.py unit interpreted
	$(PY) -m coverage report --skip-covered --fail-under=90

bench: setup-dev
	@$(PY) scripts/run_benchmarks.py $(ARGS)

load: setup
	@$(PY) scripts/load_test.py $(ARGS)

load-room: setup
	@$(PY) -m scripts.load_room $(ARGS)

docs: setup-dev
	@$(PY) -m scripts.docs $(ARGS)

site: setup-site
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict $(ARGS)

results: setup
	@$(PY) scripts/precompute.py $(ARGS)

baselines: setup-dev
	@$(PY) -m pytest tests/visual -m visual --renew-baselines

clean:
	rm -rf .venv node_modules build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/visual/actual
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
