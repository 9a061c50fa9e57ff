# `make run`: train, track, select and serve a map.  `make test`: everything CI runs.  `make help`: the rest.
# Needs Python 3.11 or newer and make; all else goes into .venv.
PYTHON ?= python3
PORT ?= 8000
SHELL := /bin/sh
ROOT := $(CURDIR)
BIN := $(ROOT)/.venv/bin
export PATH := $(BIN):$(PATH)
export VIRTUAL_ENV := $(ROOT)/.venv
export PYTHONPATH :=
export MPLBACKEND := Agg

# Each is a target of its own, so `make types` runs one alone. The quick ones come first.
STEPS := exported clean-notebooks readme lint types notebooks tests site package

DEMOS := demo-vectorization demo-batch demo-mlflow demo-api demo-env-config

.PHONY: help run test docs bench lock venv $(STEPS) comparison-demos $(DEMOS) compose build up down train api inspect use-best use-specific logs

help:
	@echo "make run    install, train on the penguins, select the model, serve it on port $(PORT) (PORT=8001 for another)"
	@echo "make test   install and run everything CI runs: $(STEPS)"
	@echo "make docs   export, run the notebooks, store their outputs, rebuild README.md and docs/"
	@echo "make bench  measure every version of the walk, speed beside other libraries, and quality, again, into nbs/results/"
	@echo "make demo-vectorization | demo-batch | demo-mlflow | demo-api | demo-env-config | comparison-demos (all of them)"
	@echo "            run the demos of nbs/demos again and leave their figures in examples/comparison/"
	@echo "make lock   resolve constraints.txt again, to the newest versions that settings.ini allows"
	@echo "In containers (Docker with compose), as .env says:"
	@echo "make build | up | down | logs   build the image; start MLflow, train, serve; stop; follow the logs"
	@echo "make train | api                train once more | serve (each starts MLflow if it does not run)"
	@echo "make inspect [run_id=...]       what MLflow holds"
	@echo "make use-best | use-specific run_id=...   which model is served"
	@echo "PYTHON=python3.12 chooses the interpreter that .venv is made with."

run: .venv/installed-all
	@$(BIN)/python -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
	|| { echo "make run: port $(PORT) is taken; stop what listens there, or choose another: make run PORT=8001"; exit 1; }
	@$(BIN)/som-nb train --data penguins || { echo "make run: training failed, see above"; exit 1; }
	@trap 'exit 0' INT; $(BIN)/som-nb serve --port $(PORT) || { echo "make run: the server ended with an error, see above"; exit 1; }

test: .venv/installed-dev
	@for step in $(STEPS); do \
	  echo; echo "== $$step"; \
	  $(MAKE) --no-print-directory $$step || { echo; echo "make test: FAILED at the step '$$step'; 'make $$step' runs it alone"; exit 1; }; \
	done
	@echo; echo "make test: OK, every step went through: $(STEPS)"

# ---- the steps -------------------------------------------------------------------------------------------------------
exported: .venv/installed-dev  # som_nb/ is what the notebooks export; a module with no notebook goes
	@tools/unchanged som_nb sh -ec 'find som_nb -name "*.py" ! -name __init__.py -exec rm {} +; nbdev_export'

clean-notebooks: .venv/installed-dev  # no execution counts and no stray metadata in the notebooks
	@tools/unchanged nbs nbdev_clean

readme: .venv/installed-dev
	@tools/unchanged README.md python tools/readme.py

lint: .venv/installed-dev
	@$(BIN)/ruff check .

types: .venv/installed-dev
	@$(BIN)/mypy

notebooks: .venv/installed-dev  # every page runs, its checks hold; what nbs/tests and nbs/demos hold is run by the next step
	@$(BIN)/nbdev_test --n_workers 2 --skip_folder_re '^([_.].*|tests|demos)$$'

tests: .venv/installed-dev  # the exported tests, as a user of the package runs them
	@$(BIN)/pytest --pyargs som_nb -q -n 2 --dist loadfile

site: .venv/installed-dev  # docs/ is what the notebooks give; its links and offline promise are checked while it is built
	@tools/unchanged docs python tools/docs.py

package: .venv/installed-dev  # wheel and sdist install alone, with only the base requirements
	@tools/package

# ---- what changes files ----------------------------------------------------------------------------------------------
docs: .venv/installed-dev
	$(BIN)/nbdev_export
	$(BIN)/python tools/refresh.py
	$(BIN)/python tools/readme.py
	$(BIN)/python tools/docs.py

bench: .venv/installed-dev  # half an hour; the pages read what it writes, so `make docs` after it. pip install '.[bench]' brings the other libraries
	$(BIN)/som-nb bench --out nbs/results/peers.json
	$(BIN)/python -c "from som_nb.benchmarks import run_compat, run_quality, run_walk; run_walk('nbs/results/walk.json'); run_compat('nbs/results/compat.json'); run_quality('nbs/results/quality.json')"

comparison-demos: $(DEMOS)

$(DEMOS): demo-%: .venv/installed-dev
	@$(BIN)/python tools/refresh.py nbs/demos/*_$(subst -,_,$*).ipynb

lock: .venv/uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra all --extra dev --no-annotate \
	  --custom-compile-command "make lock" --output-file constraints.txt pyproject.toml

# ---- in containers ----------------------------------------------------------------------------------------------------
COMPOSE = docker compose
SOM = $(COMPOSE) run --rm --no-deps train

.env:
	cp .env.example .env

compose: .env
	@$(COMPOSE) version >/dev/null 2>&1 || { echo "this needs Docker with its compose plugin; 'make run' needs neither"; exit 1; }

build: compose
	$(COMPOSE) build mlflow

up: compose
	$(COMPOSE) up --detach --wait mlflow
	$(COMPOSE) run --rm train
	$(COMPOSE) up --detach --wait api
	@echo "MLflow: http://localhost:5050   service: http://localhost:$(PORT)"

down: compose
	$(COMPOSE) --profile monitoring down

train: compose
	$(COMPOSE) run --rm train

api: compose
	$(COMPOSE) up --detach --wait mlflow api

logs: compose
	$(COMPOSE) logs --follow

inspect: compose
	@$(COMPOSE) up --detach --wait mlflow
	@$(SOM) inspect $(if $(run_id),--run-id $(run_id))

# The container changes the run id file; the .env that lies here is changed here, and the service is started anew with it.
use-best: compose
	@$(COMPOSE) run --rm --no-deps -w /tmp train use-best >/dev/null
	@sed -i.bak 's/^SOM_FORCE_BEST=.*/SOM_FORCE_BEST=true/' .env && rm -f .env.bak && $(COMPOSE) up --detach --wait api

use-specific: compose
	@test -n "$(run_id)" || { echo "which run? make use-specific run_id=... ('make inspect' lists them)"; exit 1; }
	@$(COMPOSE) run --rm --no-deps -w /tmp train use-specific $(run_id) >/dev/null
	@sed -i.bak 's/^SOM_FORCE_BEST=.*/SOM_FORCE_BEST=false/' .env && rm -f .env.bak && $(COMPOSE) up --detach --wait api

# ---- the environment -------------------------------------------------------------------------------------------------
venv: .venv/installed-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| { echo "som_nb needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv \
	|| { rm -rf .venv; echo "'$(PYTHON)' could not make a virtual environment, see above (Debian and Ubuntu: apt install python3-venv)"; exit 1; }

# uv only makes installing quick: where it cannot be had, pip does the same work.
.venv/uv: .venv/bin/python
	@echo "Installing into .venv ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv || echo "no uv for this machine: going on with pip"
	@touch $@

.venv/installed-all: extras := all
.venv/installed-dev: extras := all,dev
.venv/installed-all .venv/installed-dev: .venv/uv settings.ini setup.py pyproject.toml constraints.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode -c constraints.txt -e ".[$(extras)]" \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(extras)]" \
	|| { echo "Installing failed, see above (is the package index within reach?)"; exit 1; }
	@touch $@
